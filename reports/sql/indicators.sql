select i.indicator, i.parent, i.agency, i.func, i.fund from ledger.indicator i where i.treasury_id = %(treasury_id)s
