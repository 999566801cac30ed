-- What the year-end close (and its reversals) posted by account up to a day, found by kind of event.
with closing as (
  select e.event_id from ledger.event e where e.treasury_id = %(treasury_id)s and e.kind = 'year_end_close'
  union all
  select r.event_id from ledger.event e
    join ledger.event r on (r.treasury_id, r.reverses) = (e.treasury_id, e.event_id)
   where e.treasury_id = %(treasury_id)s and e.kind = 'year_end_close')
select p.account, p.effective_on < %(month)s::date, sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end)
  from closing c
  join ledger.voucher v
    on (v.treasury_id, v.event_id, v.account_set_id) = (%(treasury_id)s, c.event_id, %(account_set_id)s)
  join ledger.posting p on (p.treasury_id, p.voucher_id) = (v.treasury_id, v.voucher_id)
 where p.effective_on <= %(on)s::date
   and (%(known)s::bigint is null or exists (
         select from ledger.log_entry l where l.treasury_id = p.treasury_id and l.leaf_id = p.voucher_id
            and l.log_index < %(known)s))
 group by 1, 2
