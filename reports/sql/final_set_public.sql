select s.code, s.chart, s.starts_on, (s.starts_on + interval '1 year' - interval '1 day')::date, s.as_of, a.name_zh, a.name_en
  from published.account_set s join published.agency a using (treasury_id, agency)
 where s.treasury_id = %(treasury)s and s.fiscal_year = %(year)s and s.agency = %(agency)s and s.role = 'agency'
 order by s.code
