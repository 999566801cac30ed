-- Books go on where the year before ended: an opening brings in what the set of the year before left, to the fen and fund by fund.
-- Only books whose year before was not kept here bring something along. A year that is kept here takes no totals.
set role gongku_owner;

create function ledger.opening_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_material = off as $$
declare
  given uuid[];
  bad record;
begin
  select array_agg(v.voucher_id) into given
    from (select distinct n.treasury_id, n.voucher_id from new_rows n) d
    join ledger.voucher v on (v.treasury_id, v.voucher_id) = (d.treasury_id, d.voucher_id)
    join ledger.event e on (e.treasury_id, e.event_id) = (v.treasury_id, v.event_id)
   where e.kind in ('opening', 'yearly_totals');
  if given is null then
    return null;
  end if;
  -- 1. A year in which events were posted has its turnover from them.
  select v.treasury_id, v.voucher_id into bad
    from (select distinct n.treasury_id from new_rows n) t cross join unnest(given) as q (voucher_id)
    join ledger.voucher v on (v.treasury_id, v.voucher_id) = (t.treasury_id, q.voucher_id)
    join ledger.event e on (e.treasury_id, e.event_id) = (v.treasury_id, v.event_id) and e.kind = 'yearly_totals'
   where exists (select from ledger.voucher w
                   join ledger.event own on (own.treasury_id, own.event_id) = (w.treasury_id, w.event_id)
                  where (w.treasury_id, w.account_set_id) = (v.treasury_id, v.account_set_id)
                    and own.reverses is null and not ledger.lines_given(own.kind))
   limit 1;
  if found then
    perform ledger.refuse('totals_of_a_year_not_kept', ledger.event_of(bad.treasury_id, bad.voucher_id));
  end if;
  -- 2. What was opened, less what was taken back of it, is what the same books of the year before ended with.
  select o.treasury_id, o.voucher_id, x.account, x.fund, x.fen into bad
    from (select v.treasury_id, v.account_set_id, (min(v.voucher_id::text))::uuid as voucher_id, last.account_set_id as last_set_id
            from (select distinct n.treasury_id from new_rows n) t cross join unnest(given) as q (voucher_id)
            join ledger.voucher v on (v.treasury_id, v.voucher_id) = (t.treasury_id, q.voucher_id)
            join ledger.event e on (e.treasury_id, e.event_id) = (v.treasury_id, v.event_id) and e.kind = 'opening'
            join ledger.account_set s on (s.treasury_id, s.account_set_id) = (v.treasury_id, v.account_set_id)
            join ledger.account_set last on (last.treasury_id, last.role, last.chart, last.fiscal_year)
                                          = (s.treasury_id, s.role, s.chart, s.fiscal_year - 1)
                                        and last.agency is not distinct from s.agency
           where exists (select from ledger.voucher w
                          where (w.treasury_id, w.account_set_id) = (last.treasury_id, last.account_set_id))
           group by 1, 2, 4) o
   cross join lateral (
     select y.account, y.fund, sum(y.fen)::bigint as fen
       from (select p.account, p.fund, case p.side when 'D' then p.amount_fen else -p.amount_fen end as fen
               from ledger.voucher v
               join ledger.event e on (e.treasury_id, e.event_id) = (v.treasury_id, v.event_id)
               join ledger.posting p on (p.treasury_id, p.voucher_id) = (v.treasury_id, v.voucher_id)
              where (v.treasury_id, v.account_set_id) = (o.treasury_id, o.account_set_id)
                and 'opening' in (e.kind, (select back.kind from ledger.event back
                                            where (back.treasury_id, back.event_id) = (e.treasury_id, e.reverses)))
              union all
             select p.account, p.fund, case p.side when 'D' then -p.amount_fen else p.amount_fen end
               from ledger.posting p
              where (p.treasury_id, p.account_set_id) = (o.treasury_id, o.last_set_id)) y
      group by 1, 2 having sum(y.fen) <> 0) x
   order by x.account, x.fund limit 1;
  if found then
    perform ledger.refuse('opening_continues', ledger.event_of(bad.treasury_id, bad.voucher_id)
      || jsonb_strip_nulls(jsonb_build_object('account', bad.account, 'fund', bad.fund, 'amount_fen', bad.fen)));
  end if;
  return null;
end $$;
comment on function ledger.opening_checked() is
  'refuses an opening that is not what the year before left, and totals of a year whose events are kept';
-- By its name it fires after posting_money_by_hand_checked, which says more of a unit's money.
create trigger posting_opening_checked after insert on ledger.posting
  referencing new table as new_rows for each statement execute function ledger.opening_checked();
alter table ledger.posting enable always trigger posting_opening_checked;
reset role;
