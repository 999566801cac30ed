-- The treasury by its code, if anything of it is published.
select s.treasury_zh, s.treasury_en, s.demo from published.account_set s where s.treasury = %(treasury)s limit 1
