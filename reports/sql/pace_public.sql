-- What the indicators of units came to and what was paid of them, by month, as far as it is published; month 0 is before.
with undone as materialized (
  select r.code, r.label, r.no, o.kind
    from published.voucher r
    join published.voucher o on (o.treasury_id, o.code, o.event_id) = (r.treasury_id, r.code, r.reverses)
   where r.treasury_id = %(treasury)s and r.code = %(code)s and r.reverses is not null)
select p.agency,
       case when p.effective_on < %(starts_on)s::date then 0 else extract(month from p.effective_on)::integer end as month,
       sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end)::bigint as had_fen,
       coalesce(sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end)
         filter (where p.account = any (%(executed)s::text[])), 0)::bigint as executed_fen
  from published.posting p
  left join undone u using (code, label, no)
 where p.treasury_id = %(treasury)s and p.code = %(code)s and p.agency = any (%(agencies)s::text[])
   and p.account = any (%(had)s::text[]) and coalesce(u.kind, p.kind) not in ('year_end_close', 'indicator_carry_over')
 group by 1, 2 order by 1, 2
