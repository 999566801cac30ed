-- Account sets in the order of an export, with the end of their opening day and the accounts that have postings.
select s.treasury_id, t.code, s.account_set_id, s.code, s.name_zh, s.currency, (s.starts_on - 1)::text
  from ledger.account_set s join ledger.treasury t using (treasury_id)
 where (%(treasury_id)s::integer is null or s.treasury_id = %(treasury_id)s)
   and (%(treasury)s::text is null or t.code = %(treasury)s)
 order by t.code collate "C", s.code collate "C"
