-- BUD-015: the last two months of each project against its indicators, and the last month of each unit against its year.
, projects as (
  select u.agency, u.project, sum(u.net_fen) as whole,
         coalesce((select sum(e.net_fen) from paid e where e.of_the_year and (e.agency, e.project) = (u.agency, u.project)
                      and extract(month from e.effective_on) >= 11), 0) as late
    from units u where u.of_the_year and u.project is not null group by u.agency, u.project having sum(u.net_fen) > 0),
year as (
  select e.agency, sum(e.net_fen) as whole, coalesce(sum(e.net_fen) filter (where extract(month from e.effective_on) = 12), 0) as late
    from paid e where e.of_the_year group by e.agency having sum(e.net_fen) > 0),
both_of as (
  select 'project' as part, agency, project, whole, late from projects
  union all
  select 'unit', agency, null, whole, late from year)
select b.agency, b.project, null as indicator, null as package, null as voucher,
       b.late > b.whole * (p ->> b.part)::numeric as fires,
       jsonb_build_object('of', b.part, 'late_fen', b.late, 'whole_fen', b.whole) as inputs
  from both_of b, given
 order by b.agency, b.part, b.project
