-- Numbers without a gap in each set and period, up to the period's counter; each voucher in the period of its day.
with numbered as (
  select v.voucher_id, v.event_id, v.account_set_id, v.period_no, v.no, v.effective_on,
         coalesce(lag(v.no) over (partition by v.account_set_id, v.period_no order by v.no), 0) as before
    from ledger.voucher v where v.treasury_id = %(treasury_id)s),
gap as (
  select 'number-missing' as kind, null::uuid as voucher_id,
         concat(coalesce(s.code, 'set ' || n.account_set_id), ' ', coalesce(q.label, 'period ' || n.period_no), '/',
                n.before + 1, case when n.no - n.before > 2 then ' to ' || n.no - 1 end) as detail,
         'a voucher' as said, 'none' as found
    from numbered n
    left join ledger.account_set s on (s.treasury_id, s.account_set_id) = (%(treasury_id)s, n.account_set_id)
    left join ledger.period q
      on (q.treasury_id, q.account_set_id, q.period_no) = (%(treasury_id)s, n.account_set_id, n.period_no)
   where n.no > n.before + 1
   limit %(most)s),
twice as (
  select 'number-twice' as kind, n.voucher_id, '' as detail, 'once' as said, 'number ' || n.no || ' again' as found
    from numbered n where n.no = n.before
   limit %(most)s),
counter as (
  select 'number-last' as kind, null::uuid as voucher_id, concat(s.code, ' ', q.label, '/', q.last_no) as detail,
         'last number ' || q.last_no as said, 'last number ' || coalesce(m.no, 0) as found
    from ledger.period q
    join ledger.account_set s using (treasury_id, account_set_id)
    left join (select n.account_set_id, n.period_no, max(n.no) as no from numbered n group by 1, 2) m
      using (account_set_id, period_no)
   where q.treasury_id = %(treasury_id)s and q.last_no <> coalesce(m.no, 0)
   limit %(most)s),
placed as (
  select case when s.code is null then 'set-unknown' when q.label is null then 'period-unknown'
              when n.effective_on not between q.starts_on and q.ends_on then 'period-wrong'
              when e.event_id is null then 'event-missing' else 'event-day' end as kind,
         n.voucher_id, '' as detail,
         case when s.code is null then 'set ' || n.account_set_id when q.label is null then 'period ' || n.period_no
              when n.effective_on not between q.starts_on and q.ends_on then 'period ' || q.label
              when e.event_id is null then 'event ' || n.event_id else n.effective_on::text end as said,
         case when s.code is null or q.label is null or e.event_id is null then 'none'
              when n.effective_on not between q.starts_on and q.ends_on then n.effective_on::text
              else 'event of ' || e.effective_on end as found
    from numbered n
    left join ledger.account_set s on (s.treasury_id, s.account_set_id) = (%(treasury_id)s, n.account_set_id)
    left join ledger.period q
      on (q.treasury_id, q.account_set_id, q.period_no) = (%(treasury_id)s, n.account_set_id, n.period_no)
    left join ledger.event e on (e.treasury_id, e.event_id) = (%(treasury_id)s, n.event_id)
   where s.code is null or q.label is null or n.effective_on not between q.starts_on and q.ends_on
      or e.effective_on is distinct from n.effective_on
   limit %(most)s)
select * from gap union all select * from twice union all select * from counter union all select * from placed
