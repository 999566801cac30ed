-- What every rule reads: the postings up to a day as they were known, the meaning of their accounts, and the approvals.
with recursive given as (
  select %(treasury_id)s::integer as treasury_id, %(on)s::date as day, %(p)s::jsonb as p,
         coalesce(%(known)s::date + 1, 'infinity'::date)::timestamptz as before),
seen as not materialized (
  select p.*, case p.side when 'D' then p.amount_fen else -p.amount_fen end as net_fen, s.role, s.chart, s.fiscal_year,
         s.ends_on, g.day between s.starts_on and s.ends_on as of_the_year, coalesce(o.kind, e.kind) as kind, e.document,
         coalesce(p.narration, e.narration) as said, s.code || ' ' || q.label || '/' || v.no as place
    from given g
    join ledger.account_set s on s.treasury_id = g.treasury_id
    join ledger.posting p on (p.treasury_id, p.account_set_id) = (s.treasury_id, s.account_set_id) and p.effective_on <= g.day
    join ledger.voucher v on (v.treasury_id, v.voucher_id) = (p.treasury_id, p.voucher_id)
    join ledger.event e on (e.treasury_id, e.event_id) = (v.treasury_id, v.event_id) and e.recorded_at < g.before
    join ledger.period q on (q.treasury_id, q.account_set_id, q.period_no) = (v.treasury_id, v.account_set_id, v.period_no)
    left join ledger.event o on (o.treasury_id, o.event_id) = (e.treasury_id, e.reverses)),
named as (
  select k.chart, k.code, k.key from ledger.account_key k where k.dim = ''),
approved as (
  select p.fiscal_year,
         coalesce((select r.passed_on from ledger.budget_resolution r, given g
                    where (r.treasury_id, r.fiscal_year) = (g.treasury_id, p.fiscal_year) and r.recorded_at < g.before),
                  min(p.effective_on)) as day
    from seen p where p.role = 'indicator' and p.of_the_year and p.kind = 'budget_approval' group by p.fiscal_year),
expenditure as (
  select p.fund, n.key, p.kind, sum(p.net_fen)::bigint as fen
    from seen p join named n on (n.chart, n.code) = (p.chart, p.account)
   where p.role = 'indicator' and p.of_the_year and p.kind in ('budget_approval', 'held_budget_approval')
     and n.key in ('APPROVED_EXPENDITURE', 'RESERVE_BUDGET', 'HELD_BUDGET')
   group by p.fund, n.key, p.kind),
paid as (
  select p.* from seen p join named n on (n.chart, n.code) = (p.chart, p.account)
   where p.role = 'indicator' and p.kind <> 'year_end_close' and n.key in ('EXECUTED_PAYMENT', 'EXECUTED_ALLOCATION')),
units as (
  select p.* from seen p join named n on (n.chart, n.code) = (p.chart, p.account)
   where p.role = 'indicator' and p.kind not in ('year_end_close', 'indicator_carry_over')
     and n.key in ('AWAITING_ISSUE', 'EXECUTABLE', 'FROZEN', 'RESERVED', 'EXECUTED_PAYMENT', 'EXECUTED_ALLOCATION'))
