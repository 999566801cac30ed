-- A reversal takes back a whole event in every account set; what is opened again in a new year was carried over, once; budget
-- is granted to an indicator only in the books of its own year; own money is bound function by function.
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

-- The close of a year counts neither where it empties an account nor where that is taken back; nothing is spent by a close.
create or replace function ledger.own_money_spent(p_treasury_id integer, p_year integer, p_agency text)
returns table (func text, fen bigint) language sql stable
set search_path = pg_catalog, pg_temp as $$
  select coalesce(p.func, ''), sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end)::bigint
    from ledger.account_set s
    join ledger.account a on a.chart = s.chart and a.element = 'budget_expense'
    join ledger.posting p on (p.treasury_id, p.account_set_id, p.account) = (s.treasury_id, s.account_set_id, a.code) and p.fund = '6'
    join ledger.voucher v on (v.treasury_id, v.voucher_id) = (p.treasury_id, p.voucher_id)
    join ledger.event e on (e.treasury_id, e.event_id) = (v.treasury_id, v.event_id)
    left join ledger.event o on (o.treasury_id, o.event_id) = (e.treasury_id, e.reverses)
   where (s.treasury_id, s.fiscal_year, s.agency) = (p_treasury_id, p_year, p_agency) and s.role = 'agency'
     and not (e.kind = 'year_end_close' and (p.side = 'D') = (p.amount_fen < 0))
     and not (coalesce(o.kind, '') = 'year_end_close' and (p.side = 'D') = (p.amount_fen > 0))
   group by 1;
$$;

-- What goes from one function to another raises the one by what it lowers the other.
create or replace function ledger.own_money_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_material = off as $$
declare
  one record;
  bad record;
begin
  if not exists (select from new_rows n where n.fund = '6') then
    return null;
  end if;
  -- One unit after the other and always in the same order, so that two payments cannot both take the last of a budget.
  for one in
    select s.treasury_id, s.fiscal_year, s.agency
      from (select n.treasury_id, n.account_set_id, n.account from new_rows n where n.fund = '6'
             group by 1, 2, 3, n.func having sum(case n.side when 'D' then n.amount_fen else -n.amount_fen end) > 0) m
      join ledger.account_set s on (s.treasury_id, s.account_set_id) = (m.treasury_id, m.account_set_id) and s.role = 'agency'
      join ledger.account a on (a.chart, a.code) = (s.chart, m.account) and a.element = 'budget_expense'
     where exists (select from ledger.budget_line l
                    where (l.treasury_id, l.fiscal_year, l.agency) = (s.treasury_id, s.fiscal_year, s.agency))
     group by 1, 2, 3 order by 1, 2, 3
  loop
    perform pg_advisory_xact_lock(hashtextextended('own money' || one.fiscal_year || one.agency, one.treasury_id));
    select * into bad from ledger.own_money_beyond(one.treasury_id, one.fiscal_year, one.agency);
    if found then
      perform ledger.refuse('own_money_within_budget', jsonb_strip_nulls(jsonb_build_object('agency', one.agency,
        'year', one.fiscal_year, 'func', nullif(bad.func, ''), 'spent_fen', bad.spent_fen, 'limit_fen', bad.limit_fen)));
    end if;
  end loop;
  return null;
end $$;
reset role;
grant create on schema ledger to gongku_writer;
set role gongku_writer;
create or replace function ledger.approve_own_change(p jsonb) returns void language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['REVW']);
  year smallint := (p ->> 'fiscal_year')::smallint;
  unit text := p ->> 'agency';
  bad record;
begin
  perform ledger.agency_mine(who, unit);
  perform pg_advisory_xact_lock(hashtextextended('own money' || year || unit, who.treasury_id));
  insert into ledger.own_budget_approval (treasury_id, fiscal_year, agency, change_no, asked_by, document, approved_by)
  values (who.treasury_id, year, unit, (p ->> 'change_no')::integer,
          coalesce((select c.asked_by from ledger.own_budget_change c where (c.treasury_id, c.fiscal_year, c.agency, c.change_no)
                      = (who.treasury_id, year, unit, (p ->> 'change_no')::integer)), ''),
          coalesce(p ->> 'document', ''), who.person);
  -- What is already spent cannot be taken out of the budget.
  select * into bad from ledger.own_money_beyond(who.treasury_id, year, unit);
  if found and exists (select from ledger.own_budget_change c where (c.treasury_id, c.fiscal_year, c.agency, c.change_no)
                         = (who.treasury_id, year, unit, (p ->> 'change_no')::integer) and c.amount_fen < 0) then
    perform ledger.refuse('own_money_within_budget', jsonb_strip_nulls(jsonb_build_object('agency', unit, 'year', year,
      'func', nullif(bad.func, ''), 'spent_fen', bad.spent_fen, 'limit_fen', bad.limit_fen)));
  end if;
  if exists (select from ledger.own_budget b where (b.treasury_id, b.fiscal_year, b.agency) = (who.treasury_id, year, unit)
                                               and b.approved_fen + b.changed_fen < 0)
    or (select sum(b.approved_fen + b.changed_fen) from ledger.own_budget b
         where (b.treasury_id, b.fiscal_year, b.agency) = (who.treasury_id, year, unit)) > 99999999999999999 then
    perform ledger.refuse('own_change_in_range', jsonb_build_object('agency', unit, 'year', year));
  end if;
end $$;
reset role;
revoke create on schema ledger from gongku_writer;
