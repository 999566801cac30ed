-- BUD-007: what is left, as a year ends, of indicators whose budget is of an earlier year.
, line_of as (
  select i.indicator as below, i.indicator, i.parent, i.fiscal_year
    from ledger.indicator i, given g where i.treasury_id = g.treasury_id
  union all
  select l.below, i.indicator, i.parent, i.fiscal_year
    from line_of l, given g, ledger.indicator i where (i.treasury_id, i.indicator) = (g.treasury_id, l.parent)),
origin as (
  select below as indicator, min(fiscal_year) as year from line_of group by below),
left_over as (
  select p.indicator, p.agency, p.project, p.fiscal_year, p.ends_on, o.year, sum(p.net_fen) as fen
    from seen p join named n on (n.chart, n.code) = (p.chart, p.account) join origin o using (indicator)
   where p.role = 'indicator' and p.of_the_year and n.key in ('AWAITING_ISSUE', 'EXECUTABLE', 'FROZEN', 'RESERVED')
     and o.year < p.fiscal_year
   group by p.indicator, p.agency, p.project, p.fiscal_year, p.ends_on, o.year)
select l.agency, l.project, l.indicator, null as package, null as voucher,
       l.fen > 0 and g.day >= l.ends_on and l.fiscal_year - l.year + 1 >= (g.p ->> 'years')::integer as fires,
       jsonb_build_object('year', l.year, 'left_fen', l.fen) as inputs
  from left_over l, given g
 order by l.agency, l.indicator, l.project
