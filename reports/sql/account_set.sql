-- Account sets by code and treasury, each blank for all.
select s.treasury_id, t.code, s.account_set_id, s.code, s.name_zh, s.name_en, s.role, s.agency, s.chart,
       s.fiscal_year, s.starts_on, s.ends_on, s.currency, t.demo, b.books
  from ledger.account_set s
  join ledger.treasury t using (treasury_id)
  join (select a.chart, array_agg(distinct a.book) as books from ledger.account a group by a.chart) b
    on b.chart = s.chart
 where (%(code)s::text is null or s.code = %(code)s)
   and (%(treasury_id)s::integer is null or s.treasury_id = %(treasury_id)s)
   and (%(treasury)s::text is null or t.code = %(treasury)s)
 order by t.code collate "C", s.fiscal_year, s.account_set_id
