-- Added up again from every posting, up to a day.
select p.account, p.side, p.effective_on <= %(opens_on)s::date, sum(p.amount_fen)
  from ledger.posting p
 where p.treasury_id = %(treasury_id)s and p.account_set_id = %(account_set_id)s and p.effective_on <= %(on)s::date
 group by 1, 2, 3
