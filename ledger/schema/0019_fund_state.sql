-- The public site may keep what it reads of special funds, because the state of what is published counts them.
set role gongku_owner;
create or replace view published.state with (security_barrier) as
  select (select count(*) from ledger.publication) as sets, (select count(*) from ledger.fee_publication) as fees,
         (select count(*) from ledger.project_publication) as projects,
         (now() at time zone interval '8 hours')::date as today,
         (select count(*) from ledger.budget_publication) as budgets, (select count(*) from ledger.standard_approval) as standards,
         (select count(*) from ledger.fund_publication) as funds;
reset role;
