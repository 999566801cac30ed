select agency, change_no, func, amount_fen, reason, reason_rule, document, approved_at from published.own_budget_change
 where treasury_id = %(treasury)s and fiscal_year = %(year)s and agency = any (%(agencies)s::text[])
 order by approved_at, agency, change_no
