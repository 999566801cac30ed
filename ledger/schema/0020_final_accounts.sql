-- The public may know whose books a published set is: an agency's final accounts are made of its own set.
set role gongku_owner;
create or replace view published.account_set with (security_barrier) as
  select s.treasury_id, t.code as treasury, t.name_zh as treasury_zh, t.name_en as treasury_en, t.demo,
         s.account_set_id, s.code, s.name_zh, s.name_en, s.role, s.chart, s.fiscal_year, s.starts_on, s.currency,
         max(p.as_of) as as_of, s.agency
    from ledger.publication p
    join ledger.account_set s using (treasury_id, account_set_id)
    join ledger.treasury t using (treasury_id)
   group by s.treasury_id, s.account_set_id, t.treasury_id;
reset role;
