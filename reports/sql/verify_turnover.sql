-- The running sums of every account, with what names it in an exported text.
select t.code, s.code, b.account, a.name_zh, a.element, a.book, b.debit_fen, b.credit_fen
  from ledger.balance b
  join ledger.treasury t using (treasury_id)
  join ledger.account_set s using (treasury_id, account_set_id)
  left join ledger.account a on (a.chart, a.code) = (s.chart, b.account)
 where %(treasury_id)s::integer is null or b.treasury_id = %(treasury_id)s
 order by t.code collate "C", s.code collate "C", b.account collate "C"
