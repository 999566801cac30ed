with recursive below as (
  select c.scheme, c.code from ledger.class_code c where c.scheme = %(dimension)s and c.code = %(code)s
  union
  select c.scheme, c.code from ledger.class_code c join below b on (c.scheme, c.parent) = (b.scheme, b.code))
select code from below order by 1
