-- A unit's own money (单位资金) never passes through the treasury, but its budget binds as well: what the unit's books hold
-- as budgetary expenditure of fund 6 stays within what the Congress approved for the function, and with what was changed since.
set role gongku_owner;

create table ledger.own_budget_change (
  treasury_id integer not null,
  fiscal_year smallint not null,
  agency      text not null,
  change_no   integer not null check (change_no > 0),
  func        text not null,
  amount_fen  bigint not null constraint own_change_in_range check (amount_fen <> 0 and abs(amount_fen) <= 99999999999999999),
  reason      text not null constraint own_change_reason_said check (reason ~ '\S' and length(reason) <= 400 and reason !~ '[\x01-\x1f\x7f]'),
  asked_by    text not null,
  asked_at    timestamptz not null default now(),
  primary key (treasury_id, fiscal_year, agency, change_no),
  constraint own_change_asker unique (treasury_id, fiscal_year, agency, change_no, asked_by),
  constraint own_change_budget_known foreign key (treasury_id, fiscal_year) references ledger.budget_resolution,
  foreign key (treasury_id, agency) references ledger.agency,
  foreign key (treasury_id, asked_by) references ledger.person
);
comment on table ledger.own_budget_change is
  '单位资金预算调整申请 by how much a unit asks to spend more or less of its own money on a function, and why; it counts when approved';

create table ledger.own_budget_approval (
  treasury_id integer not null,
  fiscal_year smallint not null,
  agency      text not null,
  change_no   integer not null,
  asked_by    text not null,
  document    text not null constraint own_change_document_said check (document ~ '\S' and length(document) <= 200 and document !~ '[\x01-\x1f\x7f]'),
  approved_by text not null,
  approved_at timestamptz not null default now(),
  constraint own_change_approved_once primary key (treasury_id, fiscal_year, agency, change_no),
  constraint own_change_known foreign key (treasury_id, fiscal_year, agency, change_no, asked_by)
    references ledger.own_budget_change (treasury_id, fiscal_year, agency, change_no, asked_by),
  foreign key (treasury_id, approved_by) references ledger.person,
  constraint own_change_not_approved_by_asker check (approved_by <> asked_by)
);
comment on table ledger.own_budget_approval is '单位资金预算调整批复 an approved change, with its document';

create view ledger.own_budget with (security_invoker = true) as
  select x.treasury_id, x.fiscal_year, x.agency, x.func, sum(x.approved_fen)::bigint as approved_fen,
         sum(x.changed_fen)::bigint as changed_fen
    from (
      select l.treasury_id, l.fiscal_year, l.agency, l.func, l.fen as approved_fen, 0 as changed_fen from ledger.budget_line l where l.fund = '6'
      union all
      select c.treasury_id, c.fiscal_year, c.agency, c.func, 0, c.amount_fen from ledger.own_budget_change c
        join ledger.own_budget_approval a using (treasury_id, fiscal_year, agency, change_no)) x
   group by 1, 2, 3, 4;
comment on view ledger.own_budget is '单位资金预算 what a unit may spend of its own money by function: approved, and changed since';

-- What the books of a unit hold as budgetary expenditure of its own money. The close of a year counts neither where it empties
-- an account nor where that is taken back; nothing is spent by a close.
create function ledger.own_money_spent(p_treasury_id integer, p_year integer, p_agency text)
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
comment on function ledger.own_money_spent(integer, integer, text) is 'what a unit spent of its own money in a year, by function';

-- The function, or the whole of an agency's own money, that is spent beyond its budget; nothing where all is within.
create function ledger.own_money_beyond(p_treasury_id integer, p_year integer, p_agency text)
returns table (func text, spent_fen bigint, limit_fen bigint) language sql stable
set search_path = pg_catalog, pg_temp as $$
  with spent as materialized (select * from ledger.own_money_spent(p_treasury_id, p_year, p_agency)),
  allowed as materialized (
    select b.func, b.approved_fen + b.changed_fen as fen from ledger.own_budget b
     where (b.treasury_id, b.fiscal_year, b.agency) = (p_treasury_id, p_year, p_agency))
  select s.func, s.fen, coalesce(a.fen, 0) from spent s left join allowed a using (func)
   where s.func <> '' and s.fen > coalesce(a.fen, 0)
  union all
  select '', t.fen, u.fen from (select coalesce(sum(s.fen), 0)::bigint as fen from spent s) t,
         (select coalesce(sum(a.fen), 0)::bigint as fen from allowed a) u
   where t.fen > u.fen
   limit 1;
$$;
comment on function ledger.own_money_beyond(integer, integer, text) is 'where a unit''s own money is spent beyond its budget';

-- What goes from one function to another raises the one by what it lowers the other.
create function ledger.own_money_checked() returns trigger language plpgsql
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
create trigger own_money_checked after insert on ledger.posting
  referencing new table as new_rows for each statement execute function ledger.own_money_checked();
alter table ledger.posting enable always trigger own_money_checked;

create function ledger.ask_own_change(p jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['COMP']);
  year smallint := (p ->> 'fiscal_year')::smallint;
  unit text := p ->> 'agency';
  n integer;
begin
  perform ledger.agency_mine(who, unit);
  perform pg_advisory_xact_lock(hashtextextended('own change' || year || unit, who.treasury_id));
  if not exists (select from ledger.budget_line l where (l.treasury_id, l.fiscal_year, l.agency) = (who.treasury_id, year, unit)) then
    perform ledger.refuse('own_change_budget_known', jsonb_build_object('agency', unit, 'year', year));
  end if;
  if not exists (select from ledger.class_code c where (c.scheme, c.code) = ('func', p ->> 'func') and c.leaf) then
    perform ledger.refuse('class_code_known', jsonb_build_object('func', p ->> 'func'));
  end if;
  select coalesce(max(c.change_no), 0) + 1 into n from ledger.own_budget_change c
   where (c.treasury_id, c.fiscal_year, c.agency) = (who.treasury_id, year, unit);
  insert into ledger.own_budget_change (treasury_id, fiscal_year, agency, change_no, func, amount_fen, reason, asked_by)
  values (who.treasury_id, year, unit, n, p ->> 'func', (p ->> 'amount_fen')::bigint, coalesce(p ->> 'reason', ''), who.person);
  return n;
end $$;
comment on function ledger.ask_own_change(jsonb) is 'asks to spend more or less of a unit''s own money';

create function ledger.approve_own_change(p jsonb) returns void language plpgsql
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
comment on function ledger.approve_own_change(jsonb) is 'approves a change of a unit''s own budget; nothing that is spent is taken away';

do $$
declare
  name text;
begin
  foreach name in array array['own_budget_change', 'own_budget_approval'] loop
    execute format('create trigger append_only before update or delete or truncate on ledger.%I '
                   'for each statement execute function ledger.append_only()', name);
    execute format('alter table ledger.%I enable always trigger append_only', name);
    execute format('alter table ledger.%I enable row level security', name);
    execute format('create policy writer on ledger.%I to gongku_writer using (treasury_id = (select ledger.writing()))', name);
    execute format('create policy inspect on ledger.%I for select to gongku_inspect using (true)', name);
    execute format('create policy duty on ledger.%I for select to gongku_compile, gongku_execute, gongku_oversee, gongku_audit, gongku_publish '
      'using (treasury_id = (select (access.whoami()).treasury_id)'
      ' and ((select (access.whoami()).agencies) is null or agency = any ((select (access.whoami()).agencies)::text[])))', name);
    execute format('grant select on ledger.%I to gongku_writer, gongku_compile, gongku_execute, gongku_oversee, gongku_audit, '
      'gongku_publish, gongku_inspect', name);
    execute format('grant insert on ledger.%I to gongku_writer', name);
  end loop;
end $$;
grant select on ledger.own_budget
  to gongku_writer, gongku_compile, gongku_execute, gongku_oversee, gongku_audit, gongku_publish, gongku_inspect;
grant execute on function ledger.own_money_spent(integer, integer, text)
  to gongku_writer, gongku_compile, gongku_execute, gongku_oversee, gongku_audit, gongku_publish, gongku_inspect;
grant execute on function ledger.own_money_beyond(integer, integer, text) to gongku_writer;
reset role;
do $$
declare
  f regprocedure;
begin
  execute 'grant create on schema ledger to gongku_writer';
  foreach f in array array['ledger.ask_own_change(jsonb)', 'ledger.approve_own_change(jsonb)']::regprocedure[] loop
    execute format('alter function %s owner to gongku_writer', f);
  end loop;
  execute 'revoke create on schema ledger from gongku_writer';
end $$;
set role gongku_writer;
grant execute on function ledger.ask_own_change(jsonb), ledger.approve_own_change(jsonb) to gongku_compile;
reset role;
