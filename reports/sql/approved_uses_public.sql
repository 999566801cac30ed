-- The approved budget as it becomes indicators: by unit, fund, function, and class or project (see ledger.compilation.approval).
select agency, fund, func, case when project is null or dept_econ = any (%(public)s::text[]) then dept_econ end, project, sum(fen)::bigint
  from published.budget_line
 where treasury_id = %(treasury)s and fiscal_year = %(year)s and agency = any (%(agencies)s::text[]) and fund <> %(own)s
 group by 1, 2, 3, 4, 5
