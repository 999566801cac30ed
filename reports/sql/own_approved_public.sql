select agency, func, sum(fen)::bigint from published.budget_line
 where treasury_id = %(treasury)s and fiscal_year = %(year)s and agency = any (%(agencies)s::text[]) and fund = '6'
 group by 1, 2
