-- What the accounts of indicators hold, by a dimension, account, side and, where the event changes what an indicator
-- has, its kind. These events and the year-end close are few and found by kind; all others are read as postings only.
with told as (
  select e.event_id, e.kind from ledger.event e
   where e.treasury_id = %(treasury_id)s and e.kind = any (%(kinds)s::text[])
  union all
  select r.event_id, e.kind from ledger.event e
    join ledger.event r on (r.treasury_id, r.reverses) = (e.treasury_id, e.event_id)
   where e.treasury_id = %(treasury_id)s and e.kind = any (%(kinds)s::text[])),
marked as materialized (
  select v.voucher_id, t.kind from told t
    join ledger.voucher v
      on (v.treasury_id, v.event_id, v.account_set_id) = (%(treasury_id)s, t.event_id, %(account_set_id)s))
select case %(by)s::text when 'indicator' then p.indicator when 'func' then p.func when 'gov_econ' then p.gov_econ
         when 'dept_econ' then p.dept_econ end,
       p.account, coalesce(m.kind, ''), p.side, sum(p.amount_fen)
  from ledger.posting p
  left join marked m using (voucher_id)
 where p.treasury_id = %(treasury_id)s and p.account_set_id = %(account_set_id)s
   and p.account = any (%(accounts)s::text[]) and p.effective_on <= %(on)s::date
   and (%(indicator)s::text[] is null or p.indicator = any (%(indicator)s::text[]))
   and (%(fund)s::text[] is null or p.fund = any (%(fund)s::text[]))
   and (%(agency)s::text[] is null or p.agency = any (%(agency)s::text[]))
   and m.kind is distinct from 'year_end_close'
   and (%(known)s::bigint is null or exists (
         select from ledger.log_entry l where l.treasury_id = p.treasury_id and l.leaf_id = p.voucher_id
            and l.log_index < %(known)s))
 group by 1, 2, 3, 4
