select agency, package, name_zh, name_en, fen from published.budget_package
 where treasury_id = %(treasury)s and fiscal_year = %(year)s and category = 'project' and agency = any (%(agencies)s::text[])
 order by array_position(%(agencies)s::text[], agency), package
