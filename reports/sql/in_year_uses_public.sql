-- What each indicator of some units is granted for, by the published events that granted it.
select p.agency, p.indicator, coalesce(max(p.fund), ''), coalesce(max(p.func), ''), max(p.dept_econ), max(p.project)
  from published.posting p
 where p.treasury_id = %(treasury)s and p.code = %(code)s and p.agency = any (%(agencies)s::text[]) and p.indicator is not null
   and p.kind = any (%(kinds)s::text[])
 group by 1, 2 order by 1, 2
