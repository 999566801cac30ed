select agency, name_zh, name_en, kind from ledger.agency
 where treasury_id = %(treasury)s and agency = any (%(agencies)s)
