-- Kept running sums; what stands before the fiscal year is opening.
select b.account, coalesce(o.debit_fen - o.credit_fen, 0), b.debit_fen - coalesce(o.debit_fen, 0),
       b.credit_fen - coalesce(o.credit_fen, 0)
  from ledger.balance b
  left join ledger.balance_day o
    on (o.treasury_id, o.account_set_id, o.account, o.effective_on)
     = (b.treasury_id, b.account_set_id, b.account, %(opens_on)s::date)
 where b.treasury_id = %(treasury_id)s and b.account_set_id = %(account_set_id)s
