with recursive below as (
  select a.agency from ledger.agency a where a.treasury_id = %(treasury_id)s and a.agency = %(code)s
  union
  select a.agency from ledger.agency a join below b on a.parent = b.agency where a.treasury_id = %(treasury_id)s)
select agency from below order by 1
