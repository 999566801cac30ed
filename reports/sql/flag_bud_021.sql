-- BUD-021: how far the payments of each agency are ahead of or behind the part of the year that passed, and what it said of it.
, agencies as (
  select u.fiscal_year, u.agency, sum(u.net_fen) as budget,
         coalesce((select sum(e.net_fen) from paid e where e.of_the_year and e.agency = u.agency), 0) as used
    from units u where u.of_the_year and u.agency is not null group by u.fiscal_year, u.agency having sum(u.net_fen) > 0),
judged as (
  select a.*, (g.day - s.starts_on + 1) * 10000 / (s.ends_on - s.starts_on + 1) as passed_bp,
         (select r.reason from ledger.pace_reason r
           where (r.treasury_id, r.fiscal_year, r.agency, r.month)
               = (g.treasury_id, a.fiscal_year, a.agency, extract(month from g.day)) and r.recorded_at < g.before
           order by r.version desc limit 1) as reason
    from agencies a cross join given g
    join ledger.account_set s on (s.treasury_id, s.role, s.fiscal_year) = (g.treasury_id, 'indicator', a.fiscal_year))
select j.agency, null as project, null as indicator, null as package, null as voucher,
       abs(j.used * 10000 / j.budget - j.passed_bp) > (p ->> 'points_bp')::integer as fires,
       jsonb_build_object('year', j.fiscal_year, 'budget_fen', j.budget, 'used_fen', j.used, 'passed_bp', j.passed_bp,
                          'reason', j.reason) as inputs
  from judged j, given
 order by j.agency
