-- Approved changes of a unit's own money stand beside its published budget; what was only asked for stays in the office.
set role gongku_owner;

create view published.own_budget_change with (security_barrier) as
  select c.treasury_id, t.code as treasury, c.fiscal_year, c.agency, c.change_no, c.func, c.amount_fen,
         case when h.rule is null then c.reason end as reason, h.rule as reason_rule, a.document, a.approved_at
    from ledger.own_budget_approval a
    join ledger.own_budget_change c using (treasury_id, fiscal_year, agency, change_no)
    join ledger.budget_publication p using (treasury_id, fiscal_year, agency)
    join ledger.treasury t using (treasury_id)
    left join lateral (
      select r.rule from ledger.redacted_code r
       where r.field = 'narration' and r.valid @> (a.approved_at at time zone interval '8 hours')::date
         and ((r.dim, r.code) = ('func', c.func) or r.dim = 'text' and c.reason ~ '[0-9]{11,}') limit 1) h on true;
comment on view published.own_budget_change is
  '单位资金预算调整 the approved changes of own money in published budgets, private text left out by rule';
grant select on published.own_budget_change to gongku_public, gongku_inspect;

create or replace view published.state with (security_barrier) as
  select (select count(*) from ledger.publication) as sets, (select count(*) from ledger.fee_publication) as fees,
         (select count(*) from ledger.project_publication) as projects,
         (now() at time zone interval '8 hours')::date as today,
         (select count(*) from ledger.budget_publication) as budgets, (select count(*) from ledger.standard_approval) as standards,
         (select count(*) from ledger.fund_publication) as funds,
         (select count(*) from ledger.claim_step where action = 'allow') as claims,
         (select count(*) from ledger.pace_reason) as reasons,
         (select count(*) from ledger.performance_confirmation) as results,
         (select count(*) from ledger.own_budget_approval) as own_changes;
reset role;
