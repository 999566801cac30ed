select agency, func, dept_econ, fund, category, coalesce(project, ''), sum(fen)::bigint
  from ledger.budget_line
 where treasury_id = %(treasury)s and fiscal_year = %(year)s and agency = any (%(agencies)s)
 group by 1, 2, 3, 4, 5, 6 order by 1, 2, 3, 4, 5, 6
