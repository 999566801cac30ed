-- What is drawn on the stabilisation fund is in it (预算稳定调节基金): an approved adjustment says how much may be drawn, the books
-- say how much there is. Draws of a treasury are looked at one after the other, so that two cannot both take the last of it.
set role gongku_owner;

create function ledger.stabilisation_fund_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_material = off as $$
declare
  bad record;
begin
  if not exists (select from new_rows n where n.kind = 'stabilisation_fund_draw') then
    return null;
  end if;
  perform pg_advisory_xact_lock(hashtextextended('stabilisation fund', d.treasury_id))
     from (select distinct n.treasury_id from new_rows n where n.kind = 'stabilisation_fund_draw' order by 1) d;
  select n.kind, n.key, own.fen as drawn, f.fen as rest into bad
    from new_rows n
    join ledger.voucher v on (v.treasury_id, v.event_id) = (n.treasury_id, n.event_id)
    join ledger.account_set s on (s.treasury_id, s.account_set_id) = (v.treasury_id, v.account_set_id)
    join ledger.account_key k on (k.chart, k.key, k.dim) = (s.chart, 'STABILISATION_FUND', '')
    cross join lateral (
      select coalesce(sum(p.amount_fen), 0)::bigint as fen from ledger.posting p
       where (p.treasury_id, p.voucher_id, p.account, p.side) = (v.treasury_id, v.voucher_id, k.code, 'D')) own
    cross join lateral (
      select coalesce(sum(case p.side when 'C' then p.amount_fen else -p.amount_fen end), 0)::bigint as fen from ledger.posting p
       where (p.treasury_id, p.account_set_id, p.account) = (v.treasury_id, v.account_set_id, k.code)) f
   where n.kind = 'stabilisation_fund_draw' and f.fen < 0
   limit 1;
  if found then
    raise exception 'the stabilisation fund would fall to % fen', bad.rest
      using errcode = 'check_violation', constraint = 'stabilisation_fund_holds', table = 'event',
            detail = jsonb_build_object('kind', bad.kind, 'key', bad.key, 'amount_fen', bad.drawn,
                       'held_fen', bad.rest + bad.drawn)::text;
  end if;
  return null;
end $$;
comment on function ledger.stabilisation_fund_checked() is 'refuses a draw on the stabilisation fund of more than it holds';
create trigger stabilisation_fund_checked after insert on ledger.event
  referencing new table as new_rows for each statement execute function ledger.stabilisation_fund_checked();
alter table ledger.event enable always trigger stabilisation_fund_checked;
reset role;
