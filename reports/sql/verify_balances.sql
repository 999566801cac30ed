-- Running sums of accounts and days against the sums of the raw postings.
with of_day as materialized (
  select p.account_set_id, p.account, p.effective_on,
         coalesce(sum(p.amount_fen) filter (where p.side = 'D'), 0) as debit_fen,
         coalesce(sum(p.amount_fen) filter (where p.side = 'C'), 0) as credit_fen
    from ledger.posting p where p.treasury_id = %(treasury_id)s group by 1, 2, 3),
whole as (
  select d.account_set_id, d.account, sum(d.debit_fen) as debit_fen, sum(d.credit_fen) as credit_fen
    from of_day d group by 1, 2),
bad as (
  select 'balance' as kind, account_set_id, 'account ' || account as detail,
         b.debit_fen as said_debit, b.credit_fen as said_credit, w.debit_fen, w.credit_fen
    from (select * from ledger.balance b where b.treasury_id = %(treasury_id)s) b
    full join whole w using (account_set_id, account)
   where (b.debit_fen, b.credit_fen) is distinct from (w.debit_fen, w.credit_fen)
  union all
  select 'balance-day', account_set_id, concat('account ', account, ' on ', effective_on),
         b.debit_fen, b.credit_fen, d.debit_fen, d.credit_fen
    from (select * from ledger.balance_day b where b.treasury_id = %(treasury_id)s) b
    full join of_day d using (account_set_id, account, effective_on)
   where (b.debit_fen, b.credit_fen) is distinct from (d.debit_fen, d.credit_fen))
select b.kind, null::uuid as voucher_id, concat_ws(' ', coalesce(s.code, 'set ' || b.account_set_id), b.detail) as detail,
       coalesce('debit ' || b.said_debit || ', credit ' || b.said_credit, 'no row') as said,
       coalesce('debit ' || b.debit_fen || ', credit ' || b.credit_fen, 'no postings') as found
  from bad b
  left join ledger.account_set s on (s.treasury_id, s.account_set_id) = (%(treasury_id)s, b.account_set_id)
 limit %(most)s
