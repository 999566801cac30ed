select agency, name_zh, name_en, kind from published.budget
 where treasury_id = %(treasury)s and fiscal_year = %(year)s and agency = any (%(agencies)s)
