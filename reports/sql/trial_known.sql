-- Added up from the postings of the vouchers that the log held when it had so many leaves.
select p.account, p.side, p.effective_on <= %(opens_on)s::date, sum(p.amount_fen)
  from ledger.log_entry l
  join ledger.posting p on (p.treasury_id, p.voucher_id) = (l.treasury_id, l.leaf_id)
 where l.treasury_id = %(treasury_id)s and l.log_index < %(known)s
   and p.account_set_id = %(account_set_id)s and p.effective_on <= %(on)s::date
 group by 1, 2, 3
