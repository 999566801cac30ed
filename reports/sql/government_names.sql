-- The names of codes, agencies and published projects.
select c.scheme, c.code, c.name_zh, c.name_en from published.class_code c
 where c.scheme in ('func', 'revenue', 'gov_econ')
union all
select 'agency', a.agency, a.name_zh, a.name_en from published.agency a where a.treasury = %(treasury)s
union all
select 'project', p.project, p.name_zh, p.name_en from published.project p where p.treasury = %(treasury)s
