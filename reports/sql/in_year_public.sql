-- What a published indicator set holds of some units, by unit and indicator, account, side and kind; the close left out.
with undone as materialized (
  select r.code, r.label, r.no, o.kind
    from published.voucher r
    join published.voucher o on (o.treasury_id, o.code, o.event_id) = (r.treasury_id, r.code, r.reverses)
   where r.treasury_id = %(treasury)s and r.code = %(code)s and r.reverses is not null)
select p.agency || ' ' || p.indicator, p.account,
       case when coalesce(u.kind, p.kind) = any (%(kinds)s::text[]) then coalesce(u.kind, p.kind) else '' end, p.side,
       sum(p.amount_fen)::bigint
  from published.posting p
  left join undone u using (code, label, no)
 where p.treasury_id = %(treasury)s and p.code = %(code)s and p.account = any (%(accounts)s::text[])
   and p.agency = any (%(agencies)s::text[]) and p.indicator is not null and coalesce(u.kind, p.kind) <> 'year_end_close'
 group by 1, 2, 3, 4
