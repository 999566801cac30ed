select agency, month, reason, remedy, due_on from published.pace_reason
 where treasury_id = %(treasury)s and fiscal_year = %(year)s and agency = any (%(agencies)s::text[])
