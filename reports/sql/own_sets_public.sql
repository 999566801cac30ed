select agency, code, chart, as_of from published.account_set
 where treasury_id = %(treasury)s and fiscal_year = %(year)s and agency = any (%(agencies)s::text[]) and role = 'agency'
 order by agency
