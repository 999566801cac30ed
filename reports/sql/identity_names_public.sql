-- What each indicator of an agency is granted for, by the published events that granted it: project, class, or only a function.
select p.indicator, max(p.func) as func, max(p.dept_econ) as dept_econ, max(p.project) as project
  from published.posting p
 where p.treasury_id = %(treasury)s and p.code = %(code)s and p.agency = %(agency)s and p.kind = any (%(kinds)s::text[])
 group by 1 order by 1
