select agency, func, source, amount_fen, fund
  from published.budget_income
 where treasury_id = %(treasury)s and fiscal_year = %(year)s and agency = any (%(agencies)s)
 order by agency, line_no
