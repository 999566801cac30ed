select coalesce((select z.size from ledger.log_size z where z.treasury_id = %(treasury_id)s), 0)
