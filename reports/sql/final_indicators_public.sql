-- What the indicators of a unit got from fiscal funds by function, before the year-end close: at first, and in all.
with undone as materialized (
  select r.code, r.label, r.no, o.kind
    from published.voucher r
    join published.voucher o on (o.treasury_id, o.code, o.event_id) = (r.treasury_id, r.code, r.reverses)
   where r.treasury_id = %(treasury)s and r.code = %(code)s and r.reverses is not null)
select p.func,
       coalesce(sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end)
         filter (where coalesce(u.kind, p.kind) = any (%(first)s::text[])), 0)::bigint as budget_fen,
       sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end)::bigint as adjusted_fen
  from published.posting p
  left join undone u using (code, label, no)
 where p.treasury_id = %(treasury)s and p.code = %(code)s and p.agency = %(agency)s and p.func is not null
   and p.fund = any (%(funds)s::text[]) and p.account = any (%(accounts)s::text[])
   and coalesce(u.kind, p.kind) <> 'year_end_close'
 group by 1 order by 1
