-- The published bureau and indicator sets of a treasury's year.
select treasury_id, treasury_zh, treasury_en, demo, code, role, chart, starts_on, as_of
  from published.account_set
 where treasury = %(treasury)s and fiscal_year = %(year)s and role in ('bureau', 'indicator')
 order by role, code
