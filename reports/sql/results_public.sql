select package, opinion, confirmed_at, kind, target, result, score_tenths, met, cause from published.performance
 where treasury_id = %(treasury)s and fiscal_year = %(year)s and agency = any (%(agencies)s::text[])
 order by package, target_no
