-- BUD-005: the day on which a unit's budget was released to it, and the day on which it was made public.
, released as (
  select p.fiscal_year, p.agency, min(p.effective_on) as since from seen p join named n on (n.chart, n.code) = (p.chart, p.account)
   where p.role = 'indicator' and p.of_the_year and p.kind = 'unit_decomposition' and n.key = 'AWAITING_ISSUE' and p.amount_fen > 0
   group by p.fiscal_year, p.agency),
told as (
  select r.*, (select b.published_at::date from ledger.budget_publication b
                where (b.treasury_id, b.fiscal_year, b.agency) = (g.treasury_id, r.fiscal_year, r.agency)
                  and b.published_at < g.before and b.published_at::date <= g.day) as published_on, g.day, g.p
    from released r, given g)
select t.agency, null as project, null as indicator, null as package, null as voucher,
       coalesce(t.published_on, t.day) - t.since > (t.p ->> 'days')::integer as fires,
       jsonb_build_object('year', t.fiscal_year, 'released_on', t.since, 'published_on', t.published_on,
                          'days', coalesce(t.published_on, t.day) - t.since) as inputs
  from told t
 order by t.agency
