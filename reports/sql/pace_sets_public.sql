select code, chart, starts_on, as_of from published.account_set
 where treasury_id = %(treasury)s and fiscal_year = %(year)s and role = 'indicator' order by code
