-- BUD-014: what each unit and project had and used in a year that is over, and in the years before it.
, years as (
  select u.fiscal_year, u.agency, u.project, sum(u.net_fen) as budget,
         coalesce((select sum(e.net_fen) from paid e where (e.fiscal_year, e.agency) = (u.fiscal_year, u.agency)
                      and e.project is not distinct from u.project), 0) as used
    from units u, given g where u.ends_on <= g.day group by u.fiscal_year, u.agency, u.project having sum(u.net_fen) > 0),
judged as (
  select y.*, (select count(*) from years x, given g
                where x.agency = y.agency and x.project is not distinct from y.project
                  and x.fiscal_year between y.fiscal_year - (g.p ->> 'running')::integer + 1 and y.fiscal_year
                  and x.used < x.budget * (g.p ->> 'years')::numeric) as low_years
    from years y, given g where y.fiscal_year = (select max(x.fiscal_year) from years x))
select j.agency, j.project, null as indicator, null as package, null as voucher,
       j.used < j.budget * (p ->> 'year')::numeric or j.low_years >= (p ->> 'running')::integer as fires,
       jsonb_build_object('year', j.fiscal_year, 'budget_fen', j.budget, 'used_fen', j.used, 'low_years', j.low_years) as inputs
  from judged j, given
 order by j.agency, j.project
