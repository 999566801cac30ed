-- Budget comes from the Congress and moves by events of its own. In the indicator set nothing is entered by hand; what a city brings
-- along is there before the first event; and a close moves only what its rules close.
set role gongku_owner;

create function ledger.indicator_by_event_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_material = off as $$
declare
  given uuid[];
  bad record;
begin
  -- Most of what is posted in bulk brings no lines of its own: nothing more is read then.
  select array_agg(v.voucher_id) into given
    from (select distinct n.treasury_id, n.voucher_id from new_rows n where n.book = 'indicator') d
    join ledger.voucher v on (v.treasury_id, v.voucher_id) = (d.treasury_id, d.voucher_id)
    join ledger.event e on (e.treasury_id, e.event_id) = (v.treasury_id, v.event_id)
   where ledger.lines_given(e.kind);
  if given is null then
    return null;
  end if;
  select n.treasury_id, n.voucher_id, n.account, n.amount_fen into bad
    from new_rows n
    join ledger.voucher v on (v.treasury_id, v.voucher_id) = (n.treasury_id, n.voucher_id)
    join ledger.event e on (e.treasury_id, e.event_id) = (v.treasury_id, v.event_id)
    join ledger.account_set s on (s.treasury_id, s.account_set_id) = (v.treasury_id, v.account_set_id)
   where n.voucher_id = any (given)
     and case e.kind
           when 'manual' then true
           when 'year_end_close' then not exists (
             select from ledger.close_rule r where r.chart = s.chart and n.account in (r.from_code, r.to_code))
           else exists (
             select from ledger.account_set kept
               join ledger.voucher w on (w.treasury_id, w.account_set_id) = (kept.treasury_id, kept.account_set_id)
               join ledger.event moved on (moved.treasury_id, moved.event_id) = (w.treasury_id, w.event_id)
              where kept.treasury_id = s.treasury_id and kept.role = s.role and kept.fiscal_year <= s.fiscal_year
                and not ledger.lines_given(moved.kind) and moved.reverses is null)
         end
   order by n.line_no limit 1;
  if found then
    perform ledger.refuse('indicator_moved_by_event', ledger.event_of(bad.treasury_id, bad.voucher_id)
      || jsonb_build_object('account', bad.account, 'amount_fen', bad.amount_fen));
  end if;
  return null;
end $$;
comment on function ledger.indicator_by_event_checked() is 'refuses lines by hand in the indicator set: budget moves by events of its own';
-- By its name it fires after posting_checked: a voucher that does not balance is told so.
create trigger posting_indicator_by_event_checked after insert on ledger.posting
  referencing new table as new_rows for each statement execute function ledger.indicator_by_event_checked();
alter table ledger.posting enable always trigger posting_indicator_by_event_checked;
reset role;
