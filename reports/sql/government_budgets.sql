-- Approved lines of all published department budgets of a year, with the kind of each unit.
select l.agency, b.kind, l.fund, l.category, l.dept_econ, sum(l.fen)::bigint
  from published.budget_line l
  join published.budget b using (treasury, fiscal_year, agency)
 where l.treasury = %(treasury)s and l.fiscal_year = %(year)s
 group by 1, 2, 3, 4, 5
