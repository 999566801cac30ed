-- BUD-011: the lines of a project beside those of the same activity and level of the year before, where no quantity changed.
, newest as (
  select b.treasury_id, b.package, b.fiscal_year, b.agency, b.activity, b.level, max(v.version) as version
    from given g join ledger.budget_package b on b.treasury_id = g.treasury_id and b.category = 'project'
    join ledger.package_version v on (v.treasury_id, v.package) = (b.treasury_id, b.package) and v.saved_at < g.before
     and not exists (select from ledger.import_package i join ledger.import_undo u using (treasury_id, import_no)
                      where (i.treasury_id, i.package, i.version) = (v.treasury_id, v.package, v.version) and u.undone_at < g.before)
   where b.fiscal_year between extract(year from g.day) - 1 and extract(year from g.day) + 1
   group by b.treasury_id, b.package),
pairs as (
  select n.agency, n.package, l.fen, f.fen as former_fen, l.fen::numeric / f.fen as rate
    from newest n
    join newest o on (o.agency, o.activity, o.level, o.fiscal_year) = (n.agency, n.activity, n.level, n.fiscal_year - 1)
    join ledger.package_line l on (l.treasury_id, l.package, l.version) = (n.treasury_id, n.package, n.version)
    join ledger.package_line f on (f.treasury_id, f.package, f.version, f.line_no, f.dept_econ, f.driver, f.quantity_milli, f.times)
      = (o.treasury_id, o.package, o.version, l.line_no, l.dept_econ, l.driver, l.quantity_milli, l.times)
   where f.fen > 0),
packages as (
  select p.agency, p.package, sum(p.fen)::bigint as fen, sum(p.former_fen)::bigint as former_fen, max(a.alike) as alike,
         round((array_agg(p.rate order by a.alike desc, p.rate))[1], 6) as rate
    from pairs p cross join given g
    cross join lateral (select count(*) filter (where abs(x.rate - p.rate) <= (g.p ->> 'tolerance')::numeric
                                                  and abs(p.rate - 1) > (g.p ->> 'tolerance')::numeric) as alike
                          from pairs x where x.package = p.package) a
   group by p.agency, p.package)
select k.agency, null as project, null as indicator, k.package, null as voucher,
       k.alike >= (p ->> 'lines')::integer as fires,
       jsonb_build_object('lines_alike', k.alike, 'rate', k.rate, 'fen', k.fen, 'former_fen', k.former_fen) as inputs
  from packages k, given
 order by k.agency, k.package
