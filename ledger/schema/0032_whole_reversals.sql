-- A reversal takes back a whole event in every account set; what is opened again in a new year was carried over, once; budget
-- is granted to an indicator only in the books of its own year.
set role gongku_owner;

create function ledger.reversal_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_material = off as $$
declare
  bad record;
begin
  if not exists (select from new_rows n where n.reverses is not null) then
    return null;
  end if;
  -- Who sees only some of the account sets of an event would leave it standing in the others.
  select n.kind, n.key, s.code into bad
    from new_rows n
    join ledger.voucher v on (v.treasury_id, v.event_id) = (n.treasury_id, n.reverses)
    join ledger.account_set s on (s.treasury_id, s.account_set_id) = (v.treasury_id, v.account_set_id)
   where not exists (select from ledger.voucher w
                      where (w.treasury_id, w.event_id, w.account_set_id) = (n.treasury_id, n.event_id, v.account_set_id))
   limit 1;
  if found then
    raise exception 'event % was posted in % too', bad.key, bad.code
      using errcode = 'insufficient_privilege', constraint = 'account_set_yours', table = 'event',
            detail = jsonb_build_object('kind', bad.kind, 'key', bad.key, 'set', bad.code)::text;
  end if;
  select n.kind, n.key into bad
    from new_rows n
   where n.reverses is not null and exists (
     select from (
       select v.event_id = n.event_id as red, p.account_set_id, p.account, p.side, p.agency, p.func,
              p.gov_econ, p.dept_econ, p.revenue, p.fund, p.project, p.indicator, p.contract, p.counterparty, p.pay_mode,
              case when v.event_id = n.event_id then -p.amount_fen else p.amount_fen end as amount_fen
         from ledger.voucher v join ledger.posting p on (p.treasury_id, p.voucher_id) = (v.treasury_id, v.voucher_id)
        where v.treasury_id = n.treasury_id and v.event_id in (n.event_id, n.reverses)) x
      group by x.account_set_id, x.account, x.side, x.amount_fen, x.agency, x.func, x.gov_econ, x.dept_econ, x.revenue, x.fund,
               x.project, x.indicator, x.contract, x.counterparty, x.pay_mode
     having count(*) filter (where x.red) <> count(*) filter (where not x.red))
   limit 1;
  if found then
    raise exception 'the lines of % are not those of what it reverses', bad.key
      using errcode = 'check_violation', constraint = 'voucher_complete', table = 'event',
            detail = jsonb_build_object('kind', bad.kind, 'key', bad.key)::text;
  end if;
  return null;
end $$;
create trigger reversal_checked after insert on ledger.event
  referencing new table as new_rows for each statement execute function ledger.reversal_checked();
alter table ledger.event enable always trigger reversal_checked;

create function ledger.reopening_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  bad record;
begin
  if not exists (select from new_rows n where n.reverses is not null or n.kind in (
                   'indicator_reopening', 'budget_approval', 'held_budget_approval', 'budget_addition')) then
    return null;
  end if;
  select n.kind, n.key, p.indicator into bad
    from new_rows n
    join ledger.voucher v on (v.treasury_id, v.event_id) = (n.treasury_id, n.event_id)
    join ledger.account_set s on (s.treasury_id, s.account_set_id) = (v.treasury_id, v.account_set_id) and s.role = 'indicator'
    join ledger.posting p on (p.treasury_id, p.voucher_id) = (v.treasury_id, v.voucher_id)
    join ledger.indicator i on (i.treasury_id, i.indicator) = (p.treasury_id, p.indicator) and i.fiscal_year <> s.fiscal_year
   where n.kind in ('indicator_reopening', 'budget_approval', 'held_budget_approval', 'budget_addition')
   limit 1;
  if found then
    perform ledger.refuse('indicator_fits', jsonb_build_object('kind', bad.kind, 'key', bad.key, 'indicator', bad.indicator));
  end if;
  if not exists (select from new_rows n left join ledger.event o on (o.treasury_id, o.event_id) = (n.treasury_id, n.reverses)
                  where n.kind = 'indicator_reopening' or o.kind = 'indicator_carry_over') then
    return null;
  end if;
  -- One after the other, so that nothing is opened while what it came from is taken back.
  perform pg_advisory_xact_lock(hashtextextended('reopening', d.treasury_id))
     from (select distinct n.treasury_id from new_rows n order by 1) d;
  with touched as (
    select distinct n.treasury_id, n.kind, n.key, p.indicator, i.parent, s.fiscal_year, n.kind = 'indicator_reopening' as opens
      from new_rows n
      left join ledger.event o on (o.treasury_id, o.event_id) = (n.treasury_id, n.reverses)
      join ledger.voucher v on (v.treasury_id, v.event_id) = (n.treasury_id, n.event_id)
      join ledger.account_set s on (s.treasury_id, s.account_set_id) = (v.treasury_id, v.account_set_id)
      join ledger.posting p on (p.treasury_id, p.voucher_id) = (v.treasury_id, v.voucher_id) and p.side = 'D'
      join ledger.indicator i on (i.treasury_id, i.indicator) = (p.treasury_id, coalesce(p.indicator, ''))
     where n.kind = 'indicator_reopening' or o.kind = 'indicator_carry_over'),
  source as materialized (
    select t.treasury_id, t.kind, t.key, t.indicator, case when t.opens then t.parent else t.indicator end as origin,
           case when t.opens then t.fiscal_year - 1 else t.fiscal_year end as year from touched t),
  stood as materialized (
    select e.treasury_id, e.kind, case e.kind when 'indicator_carry_over' then p.indicator else i.parent end as origin,
           case e.kind when 'indicator_carry_over' then s.fiscal_year else s.fiscal_year - 1 end as year,
           sum(p.amount_fen)::bigint as fen
      from ledger.event e
      join ledger.voucher v on (v.treasury_id, v.event_id) = (e.treasury_id, e.event_id)
      join ledger.account_set s on (s.treasury_id, s.account_set_id) = (v.treasury_id, v.account_set_id)
      join ledger.posting p on (p.treasury_id, p.voucher_id) = (v.treasury_id, v.voucher_id) and p.side = 'D'
      join ledger.indicator i on (i.treasury_id, i.indicator) = (p.treasury_id, p.indicator)
     where e.treasury_id in (select n.treasury_id from source n) and e.kind in ('indicator_carry_over', 'indicator_reopening')
       and not exists (select from ledger.event r where (r.treasury_id, r.reverses) = (e.treasury_id, e.event_id))
     group by 1, 2, 3, 4)
  select n.kind, n.key, n.indicator, coalesce(b.fen, 0) as opened_fen, coalesce(a.fen, 0) as carried_fen into bad
    from source n
    left join stood a on (a.treasury_id, a.origin, a.year) = (n.treasury_id, n.origin, n.year) and a.kind = 'indicator_carry_over'
    left join stood b on (b.treasury_id, b.origin, b.year) = (n.treasury_id, n.origin, n.year) and b.kind = 'indicator_reopening'
   where n.origin is null or coalesce(b.fen, 0) > coalesce(a.fen, 0)
   limit 1;
  if found then
    perform ledger.refuse('reopened_within_carried', jsonb_build_object('kind', bad.kind, 'key', bad.key,
      'indicator', bad.indicator, 'opened_fen', bad.opened_fen, 'carried_fen', bad.carried_fen));
  end if;
  return null;
end $$;
create trigger reopening_checked after insert on ledger.event
  referencing new table as new_rows for each statement execute function ledger.reopening_checked();
alter table ledger.event enable always trigger reopening_checked;
reset role;
