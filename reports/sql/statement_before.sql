-- The balance up to a place: kept sums of the days before, and the postings of that day up to it.
select coalesce((
         select sum(b.debit_fen - b.credit_fen) from ledger.balance_day b
          where b.treasury_id = %(treasury_id)s and b.account_set_id = %(account_set_id)s
            and b.account = any (%(accounts)s::text[]) and b.effective_on < %(after_on)s::date), 0)
     + coalesce((
         select sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end) from ledger.posting p
          where p.treasury_id = %(treasury_id)s and p.account_set_id = %(account_set_id)s
            and p.account = any (%(accounts)s::text[]) and p.effective_on = %(after_on)s::date
            and (p.voucher_id, p.line_no) <= (%(after_id)s::uuid, %(after_line)s::smallint)), 0)
