-- BUD-004: each release by the day on which it was made, and what still waits by the day that is asked.
, moved as (
  select p.*, n.key from seen p join named n on (n.chart, n.code) = (p.chart, p.account)
   where p.role = 'indicator' and p.of_the_year and p.kind <> 'year_end_close'
     and (n.key in ('APPROVED_EXPENDITURE', 'DEPARTMENT_INDICATOR')
          or n.key = 'APPROVED_TRANSFER' and left(p.func, 5) in ('23001', '23002', '23003'))),  -- to lower levels, not up or aside
received as (
  select m.indicator, m.effective_on from moved m where m.key = 'DEPARTMENT_INDICATOR' and m.side = 'D' and m.amount_fen > 0),
steps as (
  select 'department' as step, m.agency, m.indicator, m.place as voucher, a.day as since, m.effective_on as until
    from moved m join approved a using (fiscal_year)
   where m.kind = 'department_decomposition' and m.key = 'DEPARTMENT_INDICATOR' and m.amount_fen > 0
     and exists (select from moved w where w.voucher_id = m.voucher_id and w.key = 'APPROVED_EXPENDITURE')
  union all
  select 'unit', m.agency, m.indicator, m.place,
         (select max(r.effective_on) from received r where r.indicator = m.indicator and r.effective_on <= m.effective_on), m.effective_on
    from moved m where m.kind = 'unit_decomposition' and m.key = 'DEPARTMENT_INDICATOR' and m.amount_fen > 0
  union all
  select case left(m.func, 5) when '23003' then 'earmarked' else 'general' end, m.agency, m.indicator, m.place, a.day, m.effective_on
    from moved m join approved a using (fiscal_year)
   where m.kind = 'transfer_issue' and m.key = 'APPROVED_TRANSFER' and m.amount_fen > 0
  union all
  select case m.key when 'DEPARTMENT_INDICATOR' then 'unit' when 'APPROVED_EXPENDITURE' then 'department'
           else case left(m.func, 5) when '23003' then 'earmarked' else 'general' end end,
         max(m.agency), m.indicator, null,
         case m.key when 'DEPARTMENT_INDICATOR' then (select max(r.effective_on) from received r where r.indicator = m.indicator)
           else min(a.day) end, g.day
    from moved m join approved a using (fiscal_year) cross join given g
   group by m.key, m.indicator, left(m.func, 5), g.day having sum(m.net_fen) > 0)
select s.agency, null as project, s.indicator, null as package, s.voucher,
       s.until - s.since > (p ->> s.step)::integer as fires,
       jsonb_build_object('step', s.step, 'since', s.since, 'until', s.until, 'days', s.until - s.since, 'waits', s.voucher is null) as inputs
  from steps s, given
 order by s.step, s.indicator, s.until, s.voucher
