select agency, func, source, amount_fen, fund
  from ledger.income_in_force
 where treasury_id = %(treasury)s and fiscal_year = %(year)s and agency = any (%(agencies)s)
 order by agency, line_no
