-- The three public expenses of the year before, as published budgets tell them.
select count(*), coalesce(sum(n.abroad_fen), 0)::bigint, coalesce(sum(n.reception_fen), 0)::bigint,
       coalesce(sum(n.vehicles_bought_fen), 0)::bigint, coalesce(sum(n.vehicles_run_fen), 0)::bigint
  from published.budget_narrative n where n.treasury = %(treasury)s and n.fiscal_year = %(year)s
