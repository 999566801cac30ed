-- Kept sums of each day, up to a day.
select b.account, coalesce(sum(b.debit_fen - b.credit_fen) filter (where b.effective_on <= %(opens_on)s::date), 0),
       coalesce(sum(b.debit_fen) filter (where b.effective_on > %(opens_on)s::date), 0),
       coalesce(sum(b.credit_fen) filter (where b.effective_on > %(opens_on)s::date), 0)
  from ledger.balance_day b
 where b.treasury_id = %(treasury_id)s and b.account_set_id = %(account_set_id)s and b.effective_on <= %(on)s::date
 group by b.account
