-- What may be spent before the Congress approves the budget (预算法 54; PAY-012): carry-over of the year before, which is opened
-- by the year end; what a unit spent in the same period of the year before; and what a law or a disaster demands. In a year whose
-- budget is compiled here no other approval is posted before the resolution, and nothing of the approved budget is spent before it.
set role gongku_owner;

create table ledger.advance_grant (
  treasury_id integer not null references ledger.treasury,
  fiscal_year smallint not null check (fiscal_year between 1949 and 2999),
  advance_no  integer not null check (advance_no > 0),
  indicator   text not null,
  reason      text not null constraint advance_reason_lawful check (reason in ('same_period', 'statutory')),
  agency      text not null,
  fund        text not null constraint advance_fund check (fund in ('1', '2', '3', '5')),
  func        text not null,
  dept_econ   text,
  project     text,
  amount_fen  bigint not null constraint advance_in_range check (amount_fen between 1 and 99999999999999999),
  given_on    date not null,
  document    text not null constraint advance_document_said check (document ~ '\S' and length(document) <= 200 and document !~ '[\x01-\x1f\x7f]'),
  approved_by text not null,
  approved_at timestamptz not null default now(),
  primary key (treasury_id, fiscal_year, advance_no),
  constraint advance_indicator_once unique (treasury_id, indicator),
  constraint advance_agency_known foreign key (treasury_id, agency) references ledger.agency,
  foreign key (treasury_id, approved_by) references ledger.person,
  constraint advance_for_one_use check ((project is null) <> (dept_econ is null)
                or project is not null and dept_econ in ('30212', '30217', '30231', '31013'))
);
comment on table ledger.advance_grant is
  '预算批准前支出 what a unit may spend before the budget is approved, and by which of the cases of the budget law; it is part of the budget';

-- What a unit executed of a fund in the year before, from its first day to the same day.
create function ledger.same_period_fen(p_treasury_id integer, p_year integer, p_agency text, p_fund text, p_on date) returns bigint
language sql stable set search_path = pg_catalog, pg_temp as $$
  select coalesce(sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end), 0)::bigint
    from ledger.account_set s
    join ledger.account_key k on k.chart = s.chart and k.dim = '' and k.key in ('EXECUTED_PAYMENT', 'EXECUTED_TRANSFER', 'EXECUTED_ALLOCATION')
    join ledger.posting p on (p.treasury_id, p.account_set_id, p.account) = (s.treasury_id, s.account_set_id, k.code)
     and p.agency = p_agency and p.fund = p_fund and p.effective_on <= (p_on - interval '1 year')::date
    join ledger.voucher v on (v.treasury_id, v.voucher_id) = (p.treasury_id, p.voucher_id)
    join ledger.event e on (e.treasury_id, e.event_id) = (v.treasury_id, v.event_id)
   where (s.treasury_id, s.fiscal_year, s.role) = (p_treasury_id, p_year - 1, 'indicator') and e.kind <> 'year_end_close';
$$;
comment on function ledger.same_period_fen(integer, integer, text, text, date) is
  'what a unit executed of a fund in the year before, up to the same day';

create function ledger.grant_advance(p jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['APPR']);
  year smallint := (p ->> 'fiscal_year')::smallint;
  unit text := p ->> 'agency';
  day date := (p ->> 'given_on')::date;
  most bigint;
  given bigint;
  n integer;
begin
  perform ledger.whole_city(who);
  perform pg_advisory_xact_lock(hashtextextended('advance' || year, who.treasury_id));
  if extract(year from day) <> year then
    perform ledger.refuse('advance_before_resolution', jsonb_build_object('year', year, 'on', day));
  end if;
  if exists (select from ledger.budget_resolution r where (r.treasury_id, r.fiscal_year) = (who.treasury_id, year)) then
    perform ledger.refuse('advance_before_resolution', jsonb_build_object('year', year, 'on', day));
  end if;
  if not exists (select from ledger.class_code c where (c.scheme, c.code) = ('func', p ->> 'func') and c.leaf)
     or p ->> 'dept_econ' is not null
        and not exists (select from ledger.class_code c where (c.scheme, c.code) = ('dept_econ', p ->> 'dept_econ') and c.leaf) then
    perform ledger.refuse('class_code_known', jsonb_build_object('code', concat_ws(' ', p ->> 'func', p ->> 'dept_econ')));
  end if;
  if p ->> 'reason' = 'same_period' then
    most := ledger.same_period_fen(who.treasury_id, year, unit, p ->> 'fund', day);
    select coalesce(sum(a.amount_fen), 0) into given from ledger.advance_grant a
     where (a.treasury_id, a.fiscal_year, a.agency, a.fund, a.reason) = (who.treasury_id, year, unit, p ->> 'fund', 'same_period');
    if given + (p ->> 'amount_fen')::bigint > most then
      perform ledger.refuse('advance_within_last_year', jsonb_build_object('agency', unit, 'fund', p ->> 'fund',
        'amount_fen', given + (p ->> 'amount_fen')::bigint, 'limit_fen', most));
    end if;
  end if;
  select coalesce(max(a.advance_no), 0) + 1 into n from ledger.advance_grant a
   where (a.treasury_id, a.fiscal_year) = (who.treasury_id, year);
  insert into ledger.advance_grant (treasury_id, fiscal_year, advance_no, indicator, reason, agency, fund, func, dept_econ, project,
                                    amount_fen, given_on, document, approved_by)
  values (who.treasury_id, year, n, format('%s-B-T%s', year, n), coalesce(p ->> 'reason', ''), unit, p ->> 'fund', p ->> 'func',
          p ->> 'dept_econ', p ->> 'project', (p ->> 'amount_fen')::bigint, day, coalesce(p ->> 'document', ''), who.person);
  return n;
end $$;
comment on function ledger.grant_advance(jsonb) is 'allows a unit to spend before the budget is approved, in a case that the law knows';

create function ledger.advance_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_material = off as $$
declare
  bad record;
begin
  if not exists (select from new_rows n where n.kind in ('budget_approval', 'held_budget_approval', 'budget_addition',
                                                         'payment_reservation', 'held_payment_reservation')) then
    return null;
  end if;
  -- An approval before the resolution is that of an advance, and no more than it.
  select n.kind, n.key, p.indicator, s.fiscal_year, n.effective_on into bad
    from new_rows n
    join ledger.voucher v on (v.treasury_id, v.event_id) = (n.treasury_id, n.event_id)
    join ledger.account_set s on (s.treasury_id, s.account_set_id) = (v.treasury_id, v.account_set_id)
    join ledger.posting p on (p.treasury_id, p.voucher_id, p.line_no) = (v.treasury_id, v.voucher_id, 1)
   where n.kind in ('budget_approval', 'held_budget_approval', 'budget_addition')
     and exists (select from ledger.budget_package b where (b.treasury_id, b.fiscal_year) = (n.treasury_id, s.fiscal_year))
     and not exists (select from ledger.budget_resolution r
                      where (r.treasury_id, r.fiscal_year) = (n.treasury_id, s.fiscal_year) and r.passed_on <= n.effective_on)
     and not exists (select from ledger.advance_grant a
                      where (a.treasury_id, a.indicator) = (n.treasury_id, p.indicator) and a.given_on <= n.effective_on
                        and a.amount_fen = ledger.changed_by(n.treasury_id, n.event_id)
                        and n.kind = 'budget_approval' and n.key = a.indicator || '-approval')
   limit 1;
  if found then
    raise exception 'nothing is approved before the resolution: %', bad.key
      using errcode = 'check_violation', constraint = 'advance_lawful', table = 'event',
            detail = jsonb_strip_nulls(jsonb_build_object('kind', bad.kind, 'key', bad.key, 'indicator', bad.indicator,
                       'year', bad.fiscal_year, 'on', bad.effective_on))::text;
  end if;
  -- Nothing of an approved budget is spent on a day before its approval.
  select n.kind, n.key, p.indicator, r.fiscal_year, n.effective_on into bad
    from new_rows n
    join ledger.budget_resolution r on (r.treasury_id, r.fiscal_year) = (n.treasury_id, extract(year from n.effective_on)::smallint)
     and n.effective_on < r.passed_on
    join ledger.voucher v on (v.treasury_id, v.event_id) = (n.treasury_id, n.event_id)
    join ledger.posting p on (p.treasury_id, p.voucher_id) = (v.treasury_id, v.voucher_id) and p.limit_key = p.indicator
   where n.kind in ('payment_reservation', 'held_payment_reservation')
     and p.indicator like r.fiscal_year || '-B-%'
     and not exists (select from ledger.advance_grant a
                      where (a.treasury_id, a.fiscal_year) = (n.treasury_id, r.fiscal_year) and a.indicator || '-U' = p.indicator)
   limit 1;
  if found then
    raise exception 'nothing of the budget is spent before the resolution: %', bad.key
      using errcode = 'check_violation', constraint = 'advance_lawful', table = 'event',
            detail = jsonb_strip_nulls(jsonb_build_object('kind', bad.kind, 'key', bad.key, 'indicator', bad.indicator,
                       'year', bad.fiscal_year, 'on', bad.effective_on))::text;
  end if;
  return null;
end $$;
create trigger advance_checked after insert on ledger.event
  referencing new table as new_rows for each statement execute function ledger.advance_checked();
alter table ledger.event enable always trigger advance_checked;

create trigger append_only before update or delete or truncate on ledger.advance_grant
  for each statement execute function ledger.append_only();
alter table ledger.advance_grant enable always trigger append_only;
alter table ledger.advance_grant alter column treasury_id set (n_distinct = 1);
alter table ledger.advance_grant enable row level security;
create policy writer on ledger.advance_grant to gongku_writer using (treasury_id = (select ledger.writing()));
create policy inspect on ledger.advance_grant for select to gongku_inspect using (true);
create policy duty on ledger.advance_grant for select
  to gongku_compile, gongku_execute, gongku_oversee, gongku_audit, gongku_publish
  using (treasury_id = (select (access.whoami()).treasury_id)
         and ((select (access.whoami()).agencies) is null or agency = any ((select (access.whoami()).agencies)::text[])));
grant select on ledger.advance_grant
  to gongku_writer, gongku_compile, gongku_execute, gongku_oversee, gongku_audit, gongku_publish, gongku_inspect;
grant insert on ledger.advance_grant to gongku_writer;
grant execute on function ledger.same_period_fen(integer, integer, text, text, date)
  to gongku_writer, gongku_compile, gongku_execute, gongku_oversee, gongku_audit, gongku_inspect;
reset role;
grant create on schema ledger to gongku_writer;
alter function ledger.grant_advance(jsonb) owner to gongku_writer;
revoke create on schema ledger from gongku_writer;
set role gongku_writer;
grant execute on function ledger.grant_advance(jsonb) to gongku_compile;
reset role;
