select project, agency, name_zh, activity, mandate, document, fen, targets
  from ledger.approved_package
 where treasury_id = %(treasury)s and fiscal_year = %(year)s and agency = any (%(agencies)s) and category = 'project'
 order by project, level, package
