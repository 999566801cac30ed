select (select count(*) from ledger.voucher v where v.treasury_id = %(treasury_id)s),
       (select count(*) from ledger.posting p where p.treasury_id = %(treasury_id)s)
