-- Postings that name what does not exist or was not in force, or stand in the wrong book or under the wrong limit.
with told as (
  select p.voucher_id, p.line_no, p.account, p.book, p.effective_on, p.limit_key, p.indicator, a.book as true_book,
         case a.limit_by when 'set' then '' when 'fund' then p.fund when 'indicator' then p.indicator
           when 'agency' then p.agency when 'project' then p.project when 'contract' then p.contract end as true_key,
         nullif(concat_ws(', ',
           case when p.func is not null and f.code is null then 'func ' || p.func end,
           case when p.gov_econ is not null and ge.code is null then 'gov_econ ' || p.gov_econ end,
           case when p.dept_econ is not null and de.code is null then 'dept_econ ' || p.dept_econ end,
           case when p.revenue is not null and r.code is null then 'revenue ' || p.revenue end,
           case when p.fund is not null and u.code is null then 'fund ' || p.fund end,
           case when p.pay_mode is not null and m.code is null then 'pay_mode ' || p.pay_mode end,
           case when p.agency is not null and g.agency is null then 'agency ' || p.agency end), '') as unknown_codes,
         a.code is null as no_account, p.indicator is not null and i.indicator is null as no_indicator
    from ledger.posting p
    left join ledger.account_set s on (s.treasury_id, s.account_set_id) = (p.treasury_id, p.account_set_id)
    left join ledger.account a on (a.chart, a.code) = (s.chart, p.account) and a.valid @> p.effective_on
    left join ledger.class_code f on f.scheme = 'func' and f.code = p.func and f.valid @> p.effective_on
    left join ledger.class_code ge on ge.scheme = 'gov_econ' and ge.code = p.gov_econ and ge.valid @> p.effective_on
    left join ledger.class_code de on de.scheme = 'dept_econ' and de.code = p.dept_econ and de.valid @> p.effective_on
    left join ledger.class_code r on r.scheme = 'revenue' and r.code = p.revenue and r.valid @> p.effective_on
    left join ledger.class_code u on u.scheme = 'fund' and u.code = p.fund and u.valid @> p.effective_on
    left join ledger.class_code m on m.scheme = 'pay_mode' and m.code = p.pay_mode and m.valid @> p.effective_on
    left join ledger.agency g on (g.treasury_id, g.agency) = (p.treasury_id, p.agency) and g.valid @> p.effective_on
    left join ledger.indicator i on (i.treasury_id, i.indicator) = (p.treasury_id, p.indicator)
   where p.treasury_id = %(treasury_id)s)
select x.kind, t.voucher_id, concat('line ', t.line_no, ' account ', t.account) as detail, x.said, x.found
  from told t
 cross join lateral (values
   ('account-unknown', t.no_account, t.account, 'not in the chart on ' || t.effective_on),
   ('code-unknown', t.unknown_codes is not null, t.unknown_codes, 'not in the classification on ' || t.effective_on),
   ('indicator-unknown', t.no_indicator, t.indicator, 'no such indicator'),
   ('posting-book', t.book <> t.true_book, t.book, t.true_book),
   ('posting-limit', not t.no_account and t.limit_key is distinct from t.true_key,
    coalesce('limit ' || t.limit_key, 'no limit'), coalesce('limit ' || t.true_key, 'no limit')))
   x (kind, bad, said, found)
 where (t.no_account or t.unknown_codes is not null or t.no_indicator or t.book <> t.true_book
        or t.limit_key is distinct from t.true_key)
   and x.bad
 limit %(most)s
