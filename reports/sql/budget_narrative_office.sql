select agency, version, abroad_fen, reception_fen, vehicles_bought_fen, vehicles_run_fen, goods_fen, works_fen,
       services_fen, sme_fen, vehicles, equipment_500k, equipment_1m, told
  from ledger.narrative_in_force
 where treasury_id = %(treasury)s and fiscal_year = %(year)s and agency = any (%(agencies)s)
 order by agency
