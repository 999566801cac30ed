-- How a budget is carried out: why an agency spends faster or slower than the year passes (支出进度), and what its projects
-- achieved (绩效自评). A month is not closed for good off pace without a reason, a year not without confirmed results.
set role gongku_owner;

create table ledger.pace_limit (
  since      date primary key,
  points_bp  integer not null check (points_bp between 1 and 10000),
  basis      text not null,
  confidence text not null
);
comment on table ledger.pace_limit is
  '支出进度偏差 by how much, in hundredths of a percent, executed share and passed time may differ without a reason';

create table ledger.pace_reason (
  treasury_id  integer not null,
  fiscal_year  smallint not null,
  agency       text not null,
  month        smallint not null constraint pace_month check (month between 1 and 12),
  version      integer not null check (version > 0),
  reason       text not null constraint pace_reason_said check (reason ~ '\S' and length(reason) <= 700 and reason !~ '[\x01-\x09\x0b-\x1f\x7f]'),
  remedy       text not null constraint pace_remedy_said check (remedy ~ '\S' and length(remedy) <= 700 and remedy !~ '[\x01-\x09\x0b-\x1f\x7f]'),
  due_on       date not null,
  adjusted_fen bigint not null,
  executed_fen bigint not null,
  passed_bp    integer not null,
  recorded_by  text not null,
  recorded_at  timestamptz not null default now(),
  primary key (treasury_id, fiscal_year, agency, month, version),
  constraint pace_budget_known foreign key (treasury_id, fiscal_year) references ledger.budget_resolution,
  foreign key (treasury_id, agency) references ledger.agency,
  foreign key (treasury_id, recorded_by) references ledger.person
);
comment on table ledger.pace_reason is
  '支出进度说明 why an agency was off pace at the end of a month, what it does about it and until when; with the figures of that moment';

create table ledger.performance_result (
  treasury_id integer not null,
  package     text not null,
  version     integer not null check (version > 0),
  fiscal_year smallint not null,
  agency      text not null,
  of_version  integer not null,
  recorded_by text not null,
  recorded_at timestamptz not null default now(),
  primary key (treasury_id, package, version),
  constraint performance_recorder unique (treasury_id, package, version, recorded_by),
  constraint performance_of_version unique (treasury_id, package, version, of_version),
  foreign key (treasury_id, package, of_version) references ledger.package_version,
  foreign key (treasury_id, fiscal_year) references ledger.budget_resolution,
  foreign key (treasury_id, agency) references ledger.agency,
  foreign key (treasury_id, recorded_by) references ledger.person
);
comment on table ledger.performance_result is '绩效自评 what an approved project achieved, as its agency records it; the last confirmed version counts';

create table ledger.performance_answer (
  treasury_id  integer not null,
  package      text not null,
  version      integer not null,
  of_version   integer not null,
  target_no    smallint not null,
  result       text not null constraint performance_result_said check (result ~ '\S' and length(result) <= 700 and result !~ '[\x01-\x09\x0b-\x1f\x7f]'),
  score_tenths smallint not null constraint performance_score check (score_tenths between 0 and 1000),
  met          boolean not null,
  cause        text not null default '',
  primary key (treasury_id, package, version, target_no),
  foreign key (treasury_id, package, version, of_version) references ledger.performance_result (treasury_id, package, version, of_version),
  constraint performance_target_known foreign key (treasury_id, package, of_version, target_no) references ledger.package_target,
  constraint performance_cause_said check ((met or cause ~ '\S') and length(cause) <= 700 and cause !~ '[\x01-\x09\x0b-\x1f\x7f]')
);
comment on table ledger.performance_answer is
  '自评结果 the result of one objective, its score in tenths of a point of 100, and why it was missed if it was';

create table ledger.performance_confirmation (
  treasury_id  integer not null,
  package      text not null,
  version      integer not null,
  recorded_by  text not null,
  confirmed_by text not null,
  opinion      text not null constraint performance_opinion_said check (opinion ~ '\S' and length(opinion) <= 700 and opinion !~ '[\x01-\x09\x0b-\x1f\x7f]'),
  confirmed_at timestamptz not null default now(),
  constraint performance_confirmed_once primary key (treasury_id, package, version),
  foreign key (treasury_id, package, version, recorded_by) references ledger.performance_result (treasury_id, package, version, recorded_by),
  foreign key (treasury_id, confirmed_by) references ledger.person,
  constraint performance_not_confirmed_by_recorder check (confirmed_by <> recorded_by)
);
comment on table ledger.performance_confirmation is '复核 the finance division looked at the results of a project';

create view ledger.performance_in_force with (security_invoker = true) as
  select distinct on (r.treasury_id, r.package) r.*, c.confirmed_by, c.confirmed_at, c.opinion
    from ledger.performance_result r
    join ledger.performance_confirmation c using (treasury_id, package, version)
   order by r.treasury_id, r.package, r.version desc;
comment on view ledger.performance_in_force is 'the last confirmed results of each project';

create view ledger.project_approved with (security_invoker = true) as
  select l.treasury_id, l.fiscal_year, l.agency, l.package, max(l.version) as version, sum(l.fen)::bigint as fen
    from ledger.budget_line l where l.category = 'project' group by 1, 2, 3, 4;
comment on view ledger.project_approved is 'the packages of projects in an approved budget, whose results are asked for';

create view ledger.pace_in_force with (security_invoker = true) as
  select distinct on (r.treasury_id, r.fiscal_year, r.agency, r.month) r.*
    from ledger.pace_reason r
   order by r.treasury_id, r.fiscal_year, r.agency, r.month, r.version desc;
comment on view ledger.pace_in_force is 'the last reason of each agency and month';

-- What an agency has and has used of a year's budget by a day, and how much of the year has passed.
create function ledger.pace(p_treasury_id integer, p_year integer, p_agency text, p_on date)
returns table (adjusted_fen bigint, executed_fen bigint, passed_bp integer) language sql stable
set search_path = pg_catalog, pg_temp as $$
  with books as (
    select s.* from ledger.account_set s
     where s.treasury_id = p_treasury_id and s.role = 'indicator' and s.fiscal_year = p_year),
  found as (
    select k.key, case p.side when 'D' then p.amount_fen else -p.amount_fen end as fen
      from books s
      join ledger.posting p on (p.treasury_id, p.account_set_id) = (s.treasury_id, s.account_set_id)
      join ledger.account_key k on k.chart = s.chart and k.dim = '' and k.code = p.account
      join ledger.voucher v on (v.treasury_id, v.voucher_id) = (p.treasury_id, p.voucher_id)
      join ledger.event e on (e.treasury_id, e.event_id) = (v.treasury_id, v.event_id)
      left join ledger.event o on (o.treasury_id, o.event_id) = (e.treasury_id, e.reverses)
     where p.agency = p_agency and p.effective_on <= p_on and coalesce(o.kind, e.kind) not in ('year_end_close', 'indicator_carry_over')
       and k.key in ('AWAITING_ISSUE', 'EXECUTABLE', 'FROZEN', 'RESERVED', 'EXECUTED_PAYMENT', 'EXECUTED_ALLOCATION'))
  select coalesce((select sum(f.fen) from found f), 0)::bigint,
         coalesce((select sum(f.fen) from found f where f.key in ('EXECUTED_PAYMENT', 'EXECUTED_ALLOCATION')), 0)::bigint,
         (least(greatest(p_on - s.starts_on + 1, 0), s.ends_on - s.starts_on + 1) * 10000 / (s.ends_on - s.starts_on + 1))::integer
    from books s;
$$;
comment on function ledger.pace(integer, integer, text, date) is 'the adjusted budget of an agency, what was paid of it, and the share of the year that passed';

create function ledger.pace_off(p_adjusted_fen bigint, p_executed_fen bigint, p_passed_bp integer, p_on date) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
  select p_adjusted_fen > 0 and abs(p_executed_fen::numeric * 10000 / p_adjusted_fen - p_passed_bp) > (
    select l.points_bp from ledger.pace_limit l where l.since <= p_on order by l.since desc limit 1);
$$;
comment on function ledger.pace_off(bigint, bigint, integer, date) is 'tells whether spending and time are further apart than the limit of that day';

create function ledger.explain_pace(p jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['COMP', 'APPL']);
  year smallint := (p ->> 'fiscal_year')::smallint;
  unit text := p ->> 'agency';
  of_month smallint := (p ->> 'month')::smallint;
  at record;
  n integer;
begin
  perform ledger.agency_mine(who, unit);
  if not exists (select from ledger.budget_line l where (l.treasury_id, l.fiscal_year, l.agency) = (who.treasury_id, year, unit)) then
    perform ledger.refuse('pace_budget_known', jsonb_build_object('agency', unit, 'year', year));
  end if;
  if of_month not between 1 and 12 or of_month is null then
    perform ledger.refuse('pace_month', jsonb_build_object('month', of_month));
  end if;
  perform pg_advisory_xact_lock(hashtextextended('pace' || year || unit, who.treasury_id));
  select * into at from ledger.pace(who.treasury_id, year, unit, (make_date(year, of_month, 1) + interval '1 month - 1 day')::date);
  select coalesce(max(r.version), 0) + 1 into n from ledger.pace_reason r
   where (r.treasury_id, r.fiscal_year, r.agency, r.month) = (who.treasury_id, year, unit, of_month);
  insert into ledger.pace_reason (treasury_id, fiscal_year, agency, month, version, reason, remedy, due_on, adjusted_fen, executed_fen,
                                  passed_bp, recorded_by)
  values (who.treasury_id, year, unit, of_month, n, coalesce(p ->> 'reason', ''), coalesce(p ->> 'remedy', ''), (p ->> 'due_on')::date,
          coalesce(at.adjusted_fen, 0), coalesce(at.executed_fen, 0), coalesce(at.passed_bp, 0), who.person);
  return n;
end $$;
comment on function ledger.explain_pace(jsonb) is 'records why an agency is off pace at the end of a month';

create function ledger.record_performance(p jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['COMP']);
  of ledger.project_approved;
  bad record;
  n integer;
begin
  select a.* into of from ledger.project_approved a where (a.treasury_id, a.package) = (who.treasury_id, p ->> 'package');
  if not found then
    perform ledger.refuse('performance_package_approved', jsonb_build_object('package', p ->> 'package'));
  end if;
  perform ledger.agency_mine(who, of.agency);
  perform pg_advisory_xact_lock(hashtextextended('performance' || of.package, who.treasury_id));
  -- Every objective is answered, once.
  select coalesce(t.target_no, r.target_no) as target_no into bad
    from (select t.target_no from ledger.package_target t
           where (t.treasury_id, t.package, t.version) = (who.treasury_id, of.package, of.version)) t
    full join (select r.target_no, count(*) as copies from jsonb_to_recordset(coalesce(p -> 'answers', '[]')) as r (target_no smallint)
                group by 1) r using (target_no)
   where t.target_no is null or coalesce(r.copies, 0) <> 1 order by 1 limit 1;
  if found then
    perform ledger.refuse('performance_all_answered', jsonb_build_object('package', of.package, 'target', bad.target_no));
  end if;
  select coalesce(max(r.version), 0) + 1 into n from ledger.performance_result r
   where (r.treasury_id, r.package) = (who.treasury_id, of.package);
  insert into ledger.performance_result (treasury_id, package, version, fiscal_year, agency, of_version, recorded_by)
  values (who.treasury_id, of.package, n, of.fiscal_year, of.agency, of.version, who.person);
  insert into ledger.performance_answer (treasury_id, package, version, of_version, target_no, result, score_tenths, met, cause)
  select who.treasury_id, of.package, n, of.version, r.target_no, coalesce(r.result, ''), coalesce(r.score_tenths, -1),
         coalesce(r.met, false), coalesce(r.cause, '')
    from jsonb_to_recordset(p -> 'answers') as r (target_no smallint, result text, score_tenths smallint, met boolean, cause text);
  return n;
end $$;
comment on function ledger.record_performance(jsonb) is 'records what an approved project achieved, objective by objective';

create function ledger.confirm_performance(p jsonb) returns void language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['REVW']);
  newest ledger.performance_result;
begin
  select r.* into newest from ledger.performance_result r
   where (r.treasury_id, r.package) = (who.treasury_id, p ->> 'package') order by r.version desc limit 1;
  if not found or newest.version is distinct from (p ->> 'version')::integer then
    perform ledger.refuse('performance_version_newest', jsonb_build_object('package', p ->> 'package', 'version', p ->> 'version'));
  end if;
  perform ledger.agency_mine(who, newest.agency);
  insert into ledger.performance_confirmation (treasury_id, package, version, recorded_by, confirmed_by, opinion)
  values (who.treasury_id, newest.package, newest.version, newest.recorded_by, who.person, coalesce(p ->> 'opinion', ''));
end $$;
comment on function ledger.confirm_performance(jsonb) is 'confirms the newest results of a project';

-- Only agencies whose budget was compiled here are asked.
create function ledger.close_explained() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  books ledger.account_set;
  at record;
  missing text[];
begin
  select s.* into books from ledger.account_set s where (s.treasury_id, s.account_set_id) = (new.treasury_id, new.account_set_id);
  if books.role <> 'agency' or new.period_no = 0 or not exists (
    select from ledger.budget_line l where (l.treasury_id, l.fiscal_year, l.agency) = (books.treasury_id, books.fiscal_year, books.agency)) then
    return new;
  end if;
  select * into at from ledger.pace(books.treasury_id, books.fiscal_year, books.agency, new.ends_on);
  if ledger.pace_off(at.adjusted_fen, at.executed_fen, at.passed_bp, new.ends_on) and not exists (
    select from ledger.pace_reason r
     where (r.treasury_id, r.fiscal_year, r.agency, r.month) = (books.treasury_id, books.fiscal_year, books.agency, new.period_no)) then
    perform ledger.refuse('pace_explained', jsonb_build_object('agency', books.agency, 'year', books.fiscal_year, 'month', new.period_no,
      'adjusted_fen', at.adjusted_fen, 'executed_fen', at.executed_fen, 'passed_bp', at.passed_bp));
  end if;
  if new.period_no = 12 then
    select array_agg(a.package order by a.package) into missing
      from ledger.project_approved a
     where (a.treasury_id, a.fiscal_year, a.agency) = (books.treasury_id, books.fiscal_year, books.agency)
       and not exists (select from ledger.performance_in_force f where (f.treasury_id, f.package) = (a.treasury_id, a.package));
    if missing is not null then
      perform ledger.refuse('performance_recorded', jsonb_build_object('agency', books.agency, 'year', books.fiscal_year,
        'packages', array_to_string(missing, ', ')));
    end if;
  end if;
  return new;
end $$;
create trigger close_explained before update on ledger.period
  for each row when (new.state = 'closed' and old.state <> 'closed') execute function ledger.close_explained();
alter table ledger.period enable always trigger close_explained;

-- What is public: reasons and confirmed results of published budgets.
create view published.pace_reason with (security_barrier) as
  select r.treasury_id, t.code as treasury, r.fiscal_year, r.agency, r.month, r.reason, r.remedy, r.due_on, r.adjusted_fen,
         r.executed_fen, r.passed_bp, r.recorded_at
    from ledger.pace_in_force r
    join ledger.budget_publication p using (treasury_id, fiscal_year, agency)
    join ledger.treasury t using (treasury_id);
comment on view published.pace_reason is '支出进度说明 why an agency was off pace, month by month';

create view published.performance with (security_barrier) as
  select f.treasury_id, t.code as treasury, f.fiscal_year, f.agency, f.package, b.name_zh, b.name_en, a.target_no, k.kind, k.target,
         a.result, a.score_tenths, a.met, a.cause, f.opinion, f.confirmed_at
    from ledger.performance_in_force f
    join ledger.budget_publication p using (treasury_id, fiscal_year, agency)
    join ledger.treasury t using (treasury_id)
    join ledger.budget_package b using (treasury_id, package)
    join ledger.performance_answer a on (a.treasury_id, a.package, a.version) = (f.treasury_id, f.package, f.version)
    join ledger.package_target k on (k.treasury_id, k.package, k.version, k.target_no) = (a.treasury_id, a.package, a.of_version, a.target_no);
comment on view published.performance is '绩效自评结果 what each project was to achieve and achieved, as it was confirmed';

create or replace view published.state with (security_barrier) as
  select (select count(*) from ledger.publication) as sets, (select count(*) from ledger.fee_publication) as fees,
         (select count(*) from ledger.project_publication) as projects,
         (now() at time zone interval '8 hours')::date as today,
         (select count(*) from ledger.budget_publication) as budgets, (select count(*) from ledger.standard_approval) as standards,
         (select count(*) from ledger.fund_publication) as funds,
         (select count(*) from ledger.claim_step where action = 'allow') as claims,
         (select count(*) from ledger.pace_reason) as reasons,
         (select count(*) from ledger.performance_confirmation) as results;

do $$
declare
  name text;
begin
  foreach name in array array['pace_reason', 'performance_result', 'performance_answer', 'performance_confirmation'] loop
    execute format('create trigger append_only before update or delete or truncate on ledger.%I '
                   'for each statement execute function ledger.append_only()', name);
    execute format('alter table ledger.%I enable always trigger append_only', name);
    execute format('alter table ledger.%I enable row level security', name);
    execute format('create policy writer on ledger.%I to gongku_writer using (treasury_id = (select ledger.writing()))', name);
    execute format('create policy inspect on ledger.%I for select to gongku_inspect using (true)', name);
    execute format('create policy duty on ledger.%I for select to gongku_compile, gongku_execute, gongku_oversee, gongku_audit, gongku_publish '
      'using (treasury_id = (select (access.whoami()).treasury_id)%s)', name,
      case when name in ('pace_reason', 'performance_result') then
        ' and ((select (access.whoami()).agencies) is null or agency = any ((select (access.whoami()).agencies)::text[]))'
      else format(' and exists (select from ledger.performance_result r where (r.treasury_id, r.package, r.version) '
                  '= (%1$I.treasury_id, %1$I.package, %1$I.version))', name) end);
    execute format('grant select on ledger.%I to gongku_writer, gongku_compile, gongku_execute, gongku_oversee, gongku_audit, '
      'gongku_publish, gongku_inspect', name);
    execute format('grant insert on ledger.%I to gongku_writer', name);
  end loop;
end $$;
grant select on ledger.pace_limit, ledger.performance_in_force, ledger.project_approved, ledger.pace_in_force
  to gongku_writer, gongku_compile, gongku_execute, gongku_oversee, gongku_audit, gongku_publish, gongku_inspect;
grant select on published.pace_reason, published.performance to gongku_public, gongku_inspect;
grant execute on function ledger.pace(integer, integer, text, date), ledger.pace_off(bigint, bigint, integer, date)
  to gongku_writer, gongku_compile, gongku_execute, gongku_oversee, gongku_audit, gongku_publish, gongku_inspect;
reset role;
do $$
declare
  f regprocedure;
begin
  execute 'grant create on schema ledger to gongku_writer';
  foreach f in array array['ledger.explain_pace(jsonb)', 'ledger.record_performance(jsonb)', 'ledger.confirm_performance(jsonb)']::regprocedure[] loop
    execute format('alter function %s owner to gongku_writer', f);
  end loop;
  execute 'revoke create on schema ledger from gongku_writer';
end $$;
set role gongku_writer;
grant execute on function ledger.explain_pace(jsonb) to gongku_compile, gongku_execute;
grant execute on function ledger.record_performance(jsonb), ledger.confirm_performance(jsonb) to gongku_compile;
reset role;
