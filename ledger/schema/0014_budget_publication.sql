-- The publication of departmental budgets (部门预算公开): the notes that no other table tells, what is read to make the
-- statutory tables, before and after publication, and until when each duty is due.
set role gongku_owner;

create table ledger.budget_narrative (
  treasury_id         integer not null,
  fiscal_year         smallint not null check (fiscal_year between 1949 and 2999),
  agency              text not null,
  version             integer not null check (version > 0),
  abroad_fen          bigint not null,
  reception_fen       bigint not null,
  vehicles_bought_fen bigint not null,
  vehicles_run_fen    bigint not null,
  goods_fen           bigint not null,
  works_fen           bigint not null,
  services_fen        bigint not null,
  sme_fen             bigint not null,
  vehicles            integer not null,
  equipment_500k      integer not null,
  equipment_1m        integer not null,
  told                jsonb not null,
  recorded_by         text not null,
  recorded_at         timestamptz not null default now(),
  primary key (treasury_id, fiscal_year, agency, version),
  constraint narrative_agency_known foreign key (treasury_id, agency) references ledger.agency,
  foreign key (treasury_id, recorded_by) references ledger.person,
  constraint narrative_amount_in_range check (
    least(abroad_fen, reception_fen, vehicles_bought_fen, vehicles_run_fen, goods_fen, works_fen, services_fen, sme_fen,
          vehicles, equipment_1m) >= 0
    and greatest(abroad_fen, reception_fen, vehicles_bought_fen, vehicles_run_fen, goods_fen, works_fen, services_fen)
        <= 99999999999999
    and sme_fen <= goods_fen + works_fen + services_fen and equipment_1m <= equipment_500k and equipment_500k <= 999999),
  constraint narrative_text_plain check (
    jsonb_typeof(told) = 'object'
    and told - array['total', 'abroad', 'reception', 'vehicles', 'vehicles_bought', 'vehicles_run', 'running', 'procurement',
                     'performance', 'assets'] = '{}'
    and not jsonb_path_exists(told, '$.* ? (@.type() != "string")')
    and length(told::text) <= 8000 and told::text !~ '\\u00[01]')
);
comment on table ledger.budget_narrative is
  '预算情况说明 the notes of a budget before it is published: public expenses of the year before, procurement, assets, reasons; '
  'the last version holds';

create view ledger.narrative_in_force with (security_invoker = true) as
  select distinct on (n.treasury_id, n.fiscal_year, n.agency) n.*
    from ledger.budget_narrative n
   order by n.treasury_id, n.fiscal_year, n.agency, n.version desc;
comment on view ledger.narrative_in_force is '现行情况说明 the newest notes of each agency and year';

-- One text for both readers: the office sees what its row policies show, the public what is published.
do $do$
declare
  told text := $$
  select l.treasury_id, l.fiscal_year, l.agency, l.department, l.package, l.version, b.name_zh, b.name_en, b.activity as activity_code,
         b.level, l.category, l.func, l.fund, l.project, l.fen,
         (select sum(k.fen) from ledger.package_line k
           where (k.treasury_id, k.package, k.version) = (l.treasury_id, l.package, l.version))::bigint as asked_fen,
         v.mandate, v.activity, v.consequences,
         coalesce((select s.document from ledger.project_stage s
                    where (s.treasury_id, s.project, s.stage) = (l.treasury_id, l.project, 'review')
                    order by s.stage_no limit 1), '') as document,
         (select coalesce(jsonb_agg(jsonb_build_object('kind', g.kind, 'target', g.target) order by g.target_no), '[]')
            from ledger.package_target g
           where (g.treasury_id, g.package, g.version) = (l.treasury_id, l.package, l.version)) as targets
    from (select x.treasury_id, x.fiscal_year, x.agency, x.department, x.package, x.version, x.category, x.func, x.fund, x.project,
                 sum(x.fen)::bigint as fen
            from ledger.budget_line x group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10) l
    join ledger.budget_package b using (treasury_id, package)
    join ledger.package_version v on (v.treasury_id, v.package, v.version) = (l.treasury_id, l.package, l.version)$$;
begin
  execute 'create view ledger.approved_package with (security_invoker = true) as ' || told;
  execute 'create view published.budget_package with (security_barrier) as select t.code as treasury, k.* from (' || told
    || ') k join ledger.budget_publication p using (treasury_id, fiscal_year, agency) join ledger.treasury t using (treasury_id)';
end $do$;
comment on view ledger.approved_package is
  '批准的决策包 the packages of the approved budget, with what they ask, what they got, why, and the document of the project review';

-- The same for the public, of published budgets only.
create view published.budget_narrative with (security_barrier) as
  select t.code as treasury, n.*
    from ledger.budget_publication p
    join ledger.budget_narrative n using (treasury_id, fiscal_year, agency)
    join ledger.treasury t using (treasury_id)
   where n.version = (select max(x.version) from ledger.budget_narrative x
                       where (x.treasury_id, x.fiscal_year, x.agency) = (n.treasury_id, n.fiscal_year, n.agency));
comment on view published.budget_narrative is '预算情况说明 the notes of published budgets';

comment on view published.budget_package is '决策包 the approved packages of published budgets';

create or replace view published.budget with (security_barrier) as
  select p.treasury_id, t.code as treasury, p.fiscal_year, p.agency, a.name_zh, a.name_en, a.kind, r.document, r.title, r.passed_on,
         encode(r.sha256, 'hex') as sha256, encode(p.tables_sha256, 'hex') as tables_sha256, p.published_at,
         (select sum(l.fen) from ledger.budget_line l
           where (l.treasury_id, l.fiscal_year, l.agency) = (p.treasury_id, p.fiscal_year, p.agency))::bigint as total_fen,
         d.agency as department, d.name_zh as department_zh, d.name_en as department_en, t.demo
    from ledger.budget_publication p
    join ledger.budget_resolution r using (treasury_id, fiscal_year)
    join ledger.agency a using (treasury_id, agency)
    join ledger.treasury t using (treasury_id)
    join lateral (select l.department from ledger.budget_line l
                   where (l.treasury_id, l.fiscal_year, l.agency) = (p.treasury_id, p.fiscal_year, p.agency) limit 1) l on true
    join ledger.agency d on (d.treasury_id, d.agency) = (p.treasury_id, l.department);

-- Deadlines run from acts of the Congress and the bureau; they tell no amount, so they are public before the budget is.
create view published.budget_duty with (security_barrier) as
  with unit as (
    select l.treasury_id, l.fiscal_year, l.agency, min(l.department) as department, bool_or(l.fund <> '6') as released
      from ledger.budget_line l group by 1, 2, 3),
  given as (
    select e.treasury_id, extract(year from p.effective_on)::smallint as fiscal_year, p.agency,
           min(p.effective_on) filter (where e.kind = 'department_decomposition') as to_department,
           min(p.effective_on) filter (where e.kind = 'unit_decomposition') as to_unit
      from ledger.event e
      join ledger.voucher v using (treasury_id, event_id)
      join ledger.posting p using (treasury_id, voucher_id)
     where e.kind in ('department_decomposition', 'unit_decomposition') and p.agency is not null and p.side = 'D'
       and p.indicator like extract(year from p.effective_on) || '-B-%'
     group by 1, 2, 3),
  known as (
    select u.*, r.passed_on, g.to_department, n.to_unit,
           (b.published_at at time zone interval '8 hours')::date as published_on
      from unit u
      join ledger.budget_resolution r using (treasury_id, fiscal_year)
      left join given g on (g.treasury_id, g.fiscal_year, g.agency) = (u.treasury_id, u.fiscal_year, u.department)
      left join given n on (n.treasury_id, n.fiscal_year, n.agency) = (u.treasury_id, u.fiscal_year, u.agency)
      left join ledger.budget_publication b
        on (b.treasury_id, b.fiscal_year, b.agency) = (u.treasury_id, u.fiscal_year, u.agency))
  select k.treasury_id, t.code as treasury, k.fiscal_year, k.agency, a.name_zh, a.name_en, k.department, d.duty, d.since, d.due_on,
         d.done_on
    from known k
    join ledger.treasury t using (treasury_id)
    join ledger.agency a using (treasury_id, agency)
    cross join lateral (values
      ('to_departments', k.passed_on, k.passed_on + 20, k.to_department),
      ('to_units', k.to_department, k.to_department + 15, k.to_unit),
      ('publication', case when k.released then k.to_unit else k.passed_on end,
       case when k.released then k.to_unit else k.passed_on end + 20, k.published_on)) as d (duty, since, due_on, done_on)
   where d.duty = 'publication' or k.released and (d.duty = 'to_units' or k.agency = k.department);
comment on view published.budget_duty is
  '公开时限 until when an approved budget is to be released (预算法 52) and published (预算法 14), since when the days count, and when it was done';

create or replace view published.state with (security_barrier) as
  select (select count(*) from ledger.publication) as sets, (select count(*) from ledger.fee_publication) as fees,
         (select count(*) from ledger.project_publication) as projects,
         (now() at time zone interval '8 hours')::date as today,
         (select count(*) from ledger.budget_publication) as budgets, (select count(*) from ledger.standard_approval) as standards;

create trigger append_only before update or delete or truncate on ledger.budget_narrative
  for each statement execute function ledger.append_only();
alter table ledger.budget_narrative enable always trigger append_only;
alter table ledger.budget_narrative enable row level security;
create policy writer on ledger.budget_narrative to gongku_writer using (treasury_id = (select ledger.writing()));
create policy inspect on ledger.budget_narrative for select to gongku_inspect using (true);
create policy duty on ledger.budget_narrative for select
  to gongku_compile, gongku_execute, gongku_oversee, gongku_audit, gongku_publish
  using (treasury_id = (select (access.whoami()).treasury_id)
         and ((select (access.whoami()).agencies) is null or agency = any ((select (access.whoami()).agencies)::text[])));
grant select on ledger.budget_narrative, ledger.narrative_in_force, ledger.approved_package
  to gongku_writer, gongku_compile, gongku_execute, gongku_oversee, gongku_audit, gongku_publish, gongku_inspect;
grant insert on ledger.budget_narrative to gongku_writer;
grant select on published.budget_narrative, published.budget_package, published.budget_duty to gongku_public, gongku_inspect;

create function ledger.record_narrative(p jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['COMP']);
  year smallint := (p ->> 'fiscal_year')::smallint;
  unit text := p ->> 'agency';
  before record;
  n integer;
begin
  perform ledger.agency_mine(who, unit);
  perform pg_advisory_xact_lock(hashtextextended('notes' || year || unit, who.treasury_id));
  if exists (select from ledger.budget_publication b where (b.treasury_id, b.fiscal_year, b.agency) = (who.treasury_id, year, unit)) then
    perform ledger.refuse('budget_published_once', jsonb_build_object('agency', unit, 'year', year));
  end if;
  -- What the books know is not typed: the public expenses of an approved year before, and the vehicles of the basic data.
  select sum(l.fen) filter (where l.dept_econ = '30212') as abroad, sum(l.fen) filter (where l.dept_econ = '30217') as reception,
         sum(l.fen) filter (where l.dept_econ in ('30913', '31013')) as bought, sum(l.fen) filter (where l.dept_econ = '30231') as run,
         count(*) > 0 as known into before
    from ledger.budget_line l
   where (l.treasury_id, l.fiscal_year, l.agency) = (who.treasury_id, year - 1, unit) and l.fund in ('1', '2', '3');
  select coalesce(max(x.version), 0) + 1 into n from ledger.budget_narrative x
   where (x.treasury_id, x.fiscal_year, x.agency) = (who.treasury_id, year, unit);
  insert into ledger.budget_narrative (treasury_id, fiscal_year, agency, version, abroad_fen, reception_fen, vehicles_bought_fen,
           vehicles_run_fen, goods_fen, works_fen, services_fen, sme_fen, vehicles, equipment_500k, equipment_1m, told, recorded_by)
  select who.treasury_id, year, unit, n,
         coalesce(case when before.known then coalesce(before.abroad, 0) else r.abroad_fen end, 0),
         coalesce(case when before.known then coalesce(before.reception, 0) else r.reception_fen end, 0),
         coalesce(case when before.known then coalesce(before.bought, 0) else r.vehicles_bought_fen end, 0),
         coalesce(case when before.known then coalesce(before.run, 0) else r.vehicles_run_fen end, 0),
         coalesce(r.goods_fen, 0), coalesce(r.works_fen, 0), coalesce(r.services_fen, 0), coalesce(r.sme_fen, 0),
         coalesce((select d.quantity_milli / 1000 from ledger.driver_in_force d
                    where (d.treasury_id, d.agency, d.driver, d.fiscal_year) = (who.treasury_id, unit, 'vehicles', year)), 0),
         coalesce(r.equipment_500k, 0), coalesce(r.equipment_1m, 0), coalesce(r.told, '{}'), who.person
    from jsonb_to_record(p) as r (abroad_fen bigint, reception_fen bigint, vehicles_bought_fen bigint, vehicles_run_fen bigint,
           goods_fen bigint, works_fen bigint, services_fen bigint, sme_fen bigint, equipment_500k integer, equipment_1m integer,
           told jsonb);
  return n;
end $$;
comment on function ledger.record_narrative(jsonb) is
  'records the notes of a budget before it is published; the public expenses of an approved year before and the vehicles come from the books';
reset role;

do $$
begin
  execute 'grant create on schema ledger to gongku_writer';
  execute 'alter function ledger.record_narrative(jsonb) owner to gongku_writer';
end $$;
set role gongku_writer;
grant execute on function ledger.record_narrative(jsonb) to gongku_compile;
create or replace function ledger.publish_budget(p jsonb) returns void language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['PUBL']);
  year smallint := (p ->> 'fiscal_year')::smallint;
  unit text := p ->> 'agency';
begin
  perform ledger.agency_mine(who, unit);
  -- Shared with those who record notes: what is published is what was checked.
  perform pg_advisory_xact_lock(hashtextextended('notes' || year || unit, who.treasury_id));
  if not exists (select from ledger.budget_line l where (l.treasury_id, l.fiscal_year, l.agency) = (who.treasury_id, year, unit)) then
    perform ledger.refuse('budget_record_known', jsonb_build_object('agency', unit, 'year', year));
  end if;
  if coalesce((p ->> 'narrative')::integer, 0) is distinct from
     (select coalesce(max(n.version), 0) from ledger.budget_narrative n
       where (n.treasury_id, n.fiscal_year, n.agency) = (who.treasury_id, year, unit)) then
    perform ledger.refuse('budget_notes_checked', jsonb_build_object('agency', unit, 'year', year));
  end if;
  insert into ledger.budget_publication (treasury_id, fiscal_year, agency, tables_sha256, published_by)
  values (who.treasury_id, year, unit, decode(p ->> 'sha256', 'hex'), who.person);
end $$;
reset role;
do $$
begin
  execute 'revoke create on schema ledger from gongku_writer';
end $$;
