-- The accounts that postings of a set name, found by leaps along the index, with what the chart says of them.
with recursive used as (
  (select p.account from ledger.posting p
    where p.treasury_id = %(treasury_id)s and p.account_set_id = %(account_set_id)s order by p.account limit 1)
  union all
  select (select p.account from ledger.posting p
           where p.treasury_id = %(treasury_id)s and p.account_set_id = %(account_set_id)s and p.account > u.account
           order by p.account limit 1)
    from used u where u.account is not null)
select u.account, a.name_zh, a.element, a.book
  from used u
  left join ledger.account_set s
    on (s.treasury_id, s.account_set_id) = (%(treasury_id)s, %(account_set_id)s)
  left join ledger.account a on (a.chart, a.code) = (s.chart, u.account)
 where u.account is not null
 order by u.account collate "C"
