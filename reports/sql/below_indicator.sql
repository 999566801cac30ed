with recursive below as (
  select i.indicator from ledger.indicator i where i.treasury_id = %(treasury_id)s and i.indicator = %(code)s
  union
  select i.indicator from ledger.indicator i join below b on i.parent = b.indicator
   where i.treasury_id = %(treasury_id)s)
select indicator from below order by 1
