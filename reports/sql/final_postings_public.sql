-- What the budgetary book of a unit holds, debit less credit; a reversal counts as what it reverses.
with undone as materialized (
  select r.code, r.label, r.no, o.kind
    from published.voucher r
    join published.voucher o on (o.treasury_id, o.code, o.event_id) = (r.treasury_id, r.code, r.reverses)
   where r.treasury_id = %(treasury)s and r.code = %(code)s and r.reverses is not null)
select p.account, coalesce(u.kind, p.kind) as kind, p.effective_on < %(starts_on)s::date as before, p.func, p.dept_econ, p.fund,
       p.project,
       case when left(p.account, 4) = any (%(transfers)s::text[]) then p.counterparty end as counterparty,
       sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end)::bigint as fen
  from published.posting p
  left join undone u using (code, label, no)
 where p.treasury_id = %(treasury)s and p.code = %(code)s and p.book = 'budgetary'
 group by 1, 2, 3, 4, 5, 6, 7, 8
having sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end) <> 0
 order by 1, 2, 3, 4, 5, 6, 7, 8
