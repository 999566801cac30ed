-- The accounts of a chart that keys mean, where they do not depend on a dimension.
select distinct k.key, k.code from ledger.account_key k
 where k.chart = %(chart)s and k.dim = '' and k.key = any (%(keys)s::text[])
 order by 1, 2
