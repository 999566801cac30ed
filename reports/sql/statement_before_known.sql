-- The balance up to a place of what the log held when it had so many leaves.
select coalesce(sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end), 0)
  from ledger.posting p
  join ledger.log_entry l on (l.treasury_id, l.leaf_id) = (p.treasury_id, p.voucher_id) and l.log_index < %(known)s
 where p.treasury_id = %(treasury_id)s and p.account_set_id = %(account_set_id)s
   and p.account = any (%(accounts)s::text[])
   and (p.effective_on, p.voucher_id, p.line_no) <= (%(after_on)s::date, %(after_id)s::uuid, %(after_line)s::smallint)
