select t.treasury_id, t.code from ledger.treasury t order by t.code collate "C"
