select code from published.account_set
 where treasury_id = %(treasury)s and fiscal_year = %(year)s and role = 'indicator' and as_of = %(ends_on)s::date order by code
