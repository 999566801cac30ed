-- What the published books of a unit hold as budgetary expenditure of its own money, as ledger.own_money_spent counts it: the
-- close of a year counts neither where it empties an account nor where that is taken back.
with undone as materialized (
  select r.code, r.label, r.no, o.kind
    from published.voucher r
    join published.voucher o on (o.treasury_id, o.code, o.event_id) = (r.treasury_id, r.code, r.reverses)
   where r.treasury_id = %(treasury)s and r.code = %(code)s and r.reverses is not null)
select coalesce(p.func, ''), sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end)::bigint
  from published.posting p
  left join undone u using (code, label, no)
 where p.treasury_id = %(treasury)s and p.code = %(code)s and p.fund = '6' and p.account = any (%(accounts)s::text[])
   and not (p.kind = 'year_end_close' and (p.side = 'D') = (p.amount_fen < 0))
   and not (coalesce(u.kind, '') = 'year_end_close' and (p.side = 'D') = (p.amount_fen > 0))
 group by 1
