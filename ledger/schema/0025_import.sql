-- The register of imports (导入登记): what a file brought in, by whom, and its undoing as a whole while nothing of it went on.
-- Nothing is rewritten: what an undone import brought in is withdrawn, and what stood before it is the newest again.
set role gongku_owner;

create table ledger.import_batch (
  treasury_id    integer not null references ledger.treasury,
  import_no      integer not null check (import_no > 0),
  kind           text not null constraint import_kind_known check (kind in ('budget', 'history')),
  agency         text,
  fiscal_year    smallint check (fiscal_year between 1949 and 2999),
  file_name      text not null constraint import_file_said check (file_name ~ '\S' and length(file_name) <= 200 and file_name !~ '[\x01-\x1f\x7f]'),
  size           bigint not null constraint import_size_said check (size > 0),
  sha256         bytea not null constraint import_digest check (octet_length(sha256) = 32),
  mapping        text not null constraint import_mapping_said check (mapping ~ '^[a-z0-9_]{1,60}$'),
  mapping_no     integer not null check (mapping_no > 0),
  mapping_sha256 bytea not null constraint import_mapping_digest check (octet_length(mapping_sha256) = 32),
  new_rows       integer not null check (new_rows >= 0),
  changed_rows   integer not null check (changed_rows >= 0),
  same_rows      integer not null check (same_rows >= 0),
  taken_by       text not null,
  taken_at       timestamptz not null default now(),
  primary key (treasury_id, import_no),
  foreign key (treasury_id, agency) references ledger.agency,
  foreign key (treasury_id, taken_by) references ledger.person
);
comment on table ledger.import_batch is
  '导入登记 the files that brought something in; a file with a wrong row brings in nothing, so there are no wrong rows to count';

create table ledger.import_package (
  treasury_id integer not null,
  package     text not null,
  version     integer not null,
  import_no   integer not null,
  ranks       integer not null check (ranks >= 0),
  primary key (treasury_id, package, version),
  foreign key (treasury_id, package, version) references ledger.package_version,
  foreign key (treasury_id, import_no) references ledger.import_batch
);
comment on table ledger.import_package is
  '导入的决策包版本 which versions of packages an import brought in; ranks is how many places the package had before';

create table ledger.import_driver (
  treasury_id integer not null,
  agency      text not null,
  driver      text not null,
  fiscal_year smallint not null,
  version     integer not null,
  import_no   integer not null,
  primary key (treasury_id, agency, driver, fiscal_year, version),
  foreign key (treasury_id, agency, driver, fiscal_year, version) references ledger.driver_value,
  foreign key (treasury_id, import_no) references ledger.import_batch
);
comment on table ledger.import_driver is '导入的基础数据 which basic data an import brought in';

create table ledger.import_income (
  treasury_id integer not null,
  fiscal_year smallint not null,
  agency      text not null,
  version     integer not null,
  import_no   integer not null,
  submissions integer not null check (submissions >= 0),
  primary key (treasury_id, fiscal_year, agency, version),
  foreign key (treasury_id, agency) references ledger.agency,
  foreign key (treasury_id, import_no) references ledger.import_batch
);
comment on table ledger.import_income is
  '导入的收入预算 which income estimates an import brought in; submissions is how often the agency had sent up before';

create table ledger.import_undo (
  treasury_id integer not null,
  import_no   integer not null,
  why         text not null constraint import_undo_reasoned check (why ~ '\S' and length(why) <= 400 and why !~ '[\x01-\x1f\x7f]'),
  undone_by   text not null,
  undone_at   timestamptz not null default now(),
  constraint import_undone_once primary key (treasury_id, import_no),
  foreign key (treasury_id, import_no) references ledger.import_batch,
  foreign key (treasury_id, undone_by) references ledger.person
);
comment on table ledger.import_undo is '导入撤销 which imports were undone, by whom, when and why';

create index import_package_of on ledger.import_package (treasury_id, import_no);
create index import_driver_of on ledger.import_driver (treasury_id, import_no);
create index import_income_of on ledger.import_income (treasury_id, import_no);

create view ledger.withdrawn_package with (security_invoker = true) as
  select i.treasury_id, i.package, i.version from ledger.import_package i join ledger.import_undo u using (treasury_id, import_no);
comment on view ledger.withdrawn_package is '撤销的决策包版本 versions of packages whose import was undone';

create view ledger.withdrawn_driver with (security_invoker = true) as
  select i.treasury_id, i.agency, i.driver, i.fiscal_year, i.version
    from ledger.import_driver i join ledger.import_undo u using (treasury_id, import_no);
comment on view ledger.withdrawn_driver is '撤销的基础数据 basic data whose import was undone';

create view ledger.withdrawn_income with (security_invoker = true) as
  select i.treasury_id, i.fiscal_year, i.agency, i.version
    from ledger.import_income i join ledger.import_undo u using (treasury_id, import_no);
comment on view ledger.withdrawn_income is '撤销的收入预算 income estimates whose import was undone';

create function ledger.newest_version(p_treasury_id integer, p_package text) returns integer language sql stable
set search_path = pg_catalog, pg_temp
begin atomic
  select max(v.version) from ledger.package_version v
   where (v.treasury_id, v.package) = (p_treasury_id, p_package)
     and not exists (select from ledger.withdrawn_package w where (w.treasury_id, w.package, w.version)
                       = (v.treasury_id, v.package, v.version));
end;
comment on function ledger.newest_version(integer, text) is 'the newest version of a package that stands; none where its import was undone';

create view ledger.import_obstacle with (security_invoker = true) as
  select i.treasury_id, i.import_no, 'package' as what, i.package as subject, o.step
    from ledger.import_package i
    join ledger.budget_package b using (treasury_id, package)
    cross join lateral (
      select 'submitted' as step where exists (
        select from ledger.submitted_package s where (s.treasury_id, s.fiscal_year, s.agency, s.package, s.package_version)
               = (i.treasury_id, b.fiscal_year, b.agency, i.package, i.version))
      union all
      select 'reviewed' where exists (
        select from ledger.package_review r where (r.treasury_id, r.package, r.version) = (i.treasury_id, i.package, i.version))
      union all
      select 'ranked' where i.ranks < (
        select count(*) from ledger.package_rank k where (k.treasury_id, k.fiscal_year, k.department, k.fund, k.package)
               = (i.treasury_id, b.fiscal_year, b.department, b.fund, i.package))
      union all
      select 'newer' where exists (
        select from ledger.package_version v where (v.treasury_id, v.package) = (i.treasury_id, i.package) and v.version > i.version
           and not exists (select from ledger.withdrawn_package w where (w.treasury_id, w.package, w.version)
                             = (v.treasury_id, v.package, v.version)))) o
  union all
  select i.treasury_id, i.import_no, 'basic', i.agency || ' ' || i.driver, o.step
    from ledger.import_driver i
    cross join lateral (
      select 'approved' as step where exists (
        select from ledger.driver_approval a where (a.treasury_id, a.agency, a.driver, a.fiscal_year, a.version)
               = (i.treasury_id, i.agency, i.driver, i.fiscal_year, i.version))
      union all
      select 'newer' where exists (
        select from ledger.driver_value v where (v.treasury_id, v.agency, v.driver, v.fiscal_year)
               = (i.treasury_id, i.agency, i.driver, i.fiscal_year) and v.version > i.version
           and not exists (select from ledger.withdrawn_driver w where (w.treasury_id, w.agency, w.driver, w.fiscal_year, w.version)
                             = (v.treasury_id, v.agency, v.driver, v.fiscal_year, v.version)))) o
  union all
  select i.treasury_id, i.import_no, 'income', i.agency, o.step
    from ledger.import_income i
    cross join lateral (
      select 'submitted' as step where i.submissions < (
        select count(*) from ledger.budget_submission s
         where (s.treasury_id, s.fiscal_year, s.agency) = (i.treasury_id, i.fiscal_year, i.agency))
      union all
      select 'newer' where exists (
        select from ledger.income_estimate e where (e.treasury_id, e.fiscal_year, e.agency)
               = (i.treasury_id, i.fiscal_year, i.agency) and e.version > i.version
           and not exists (select from ledger.withdrawn_income w where (w.treasury_id, w.fiscal_year, w.agency, w.version)
                             = (e.treasury_id, e.fiscal_year, e.agency, e.version)))) o;
comment on view ledger.import_obstacle is
  '撤销障碍 what went on of an import and stands in the way of its undoing: submitted, reviewed, ranked, approved, or a newer version';

-- A package that no version stands of leaves its activity and level free; its code stays its own.
alter table ledger.budget_package drop constraint package_level_once;
create index package_of_level on ledger.budget_package (treasury_id, fiscal_year, agency, activity, level);
create function ledger.package_level_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  bad record;
begin
  perform pg_advisory_xact_lock(hashtextextended(concat_ws('|', 'level', d.fiscal_year, d.agency, d.activity, d.level), d.treasury_id))
     from (select distinct b.treasury_id, b.fiscal_year, b.agency, b.activity, b.level
             from new_rows n join ledger.budget_package b using (treasury_id, package) order by 1, 2, 3, 4, 5) d;
  select b.package, o.package as other into bad
    from new_rows n
    join ledger.budget_package b on (b.treasury_id, b.package) = (n.treasury_id, n.package)
    join ledger.budget_package o on (o.treasury_id, o.fiscal_year, o.agency, o.activity, o.level)
      = (b.treasury_id, b.fiscal_year, b.agency, b.activity, b.level) and o.package <> b.package
   where ledger.newest_version(o.treasury_id, o.package) is not null limit 1;
  if found then
    raise exception 'package % stands at this activity and level', bad.other
      using errcode = 'unique_violation', constraint = 'package_level_once', table = 'package_version',
            detail = jsonb_build_object('package', bad.package)::text;
  end if;
  return null;
end $$;
create trigger package_level_checked after insert on ledger.package_version
  referencing new table as new_rows for each statement execute function ledger.package_level_checked();
alter table ledger.package_version enable always trigger package_level_checked;

create or replace view ledger.income_in_force with (security_invoker = true) as
  select i.* from ledger.income_estimate i
   where i.version = (select max(x.version) from ledger.income_estimate x
                       where (x.treasury_id, x.fiscal_year, x.agency) = (i.treasury_id, i.fiscal_year, i.agency)
                         and not exists (select from ledger.withdrawn_income w where (w.treasury_id, w.fiscal_year, w.agency, w.version)
                                           = (x.treasury_id, x.fiscal_year, x.agency, x.version)));

create or replace view published.budget_income with (security_barrier) as
  select i.treasury_id, t.code as treasury, i.fiscal_year, i.agency, i.line_no, i.source, i.fund, i.func, i.amount_fen, i.basis
    from ledger.budget_publication p
    join ledger.income_estimate i using (treasury_id, fiscal_year, agency)
    join ledger.treasury t using (treasury_id)
   where i.version = (select max(x.version) from ledger.income_estimate x
                       where (x.treasury_id, x.fiscal_year, x.agency) = (i.treasury_id, i.fiscal_year, i.agency)
                         and not exists (select from ledger.import_income m join ledger.import_undo u using (treasury_id, import_no)
                                          where (m.treasury_id, m.fiscal_year, m.agency, m.version)
                                              = (x.treasury_id, x.fiscal_year, x.agency, x.version)));

create function ledger.register_import(p jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['COMP', 'CLOS']);
  n integer;
  asked integer := jsonb_array_length(p -> 'packages') + jsonb_array_length(p -> 'basic') + jsonb_array_length(p -> 'income');
  made integer;
  found_rows integer;
begin
  if (p ->> 'kind' = 'budget') is distinct from (who.duty = 'COMP') then
    perform ledger.refuse('import_brought_in', jsonb_build_object('kind', p ->> 'kind'));
  end if;
  perform pg_advisory_xact_lock(hashtextextended('imports', who.treasury_id));
  select coalesce(max(b.import_no), 0) + 1 into n from ledger.import_batch b where b.treasury_id = who.treasury_id;
  insert into ledger.import_batch (treasury_id, import_no, kind, agency, fiscal_year, file_name, size, sha256, mapping, mapping_no,
                                   mapping_sha256, new_rows, changed_rows, same_rows, taken_by)
  values (who.treasury_id, n, p ->> 'kind', p ->> 'agency', (p ->> 'fiscal_year')::smallint, coalesce(p ->> 'file_name', ''),
          (p ->> 'size')::bigint, decode(p ->> 'sha256', 'hex'), p ->> 'mapping', (p ->> 'mapping_no')::integer,
          decode(p ->> 'mapping_sha256', 'hex'), (p ->> 'new_rows')::integer, (p ->> 'changed_rows')::integer,
          (p ->> 'same_rows')::integer, who.person);
  -- Only what the same person saved in this very transaction can have come with the file.
  insert into ledger.import_package (treasury_id, package, version, import_no, ranks)
  select v.treasury_id, v.package, v.version, n,
         (select count(*) from ledger.package_rank k join ledger.budget_package b using (treasury_id, package)
           where (k.treasury_id, k.fiscal_year, k.department, k.fund, k.package)
               = (v.treasury_id, b.fiscal_year, b.department, b.fund, v.package))
    from jsonb_to_recordset(p -> 'packages') as r (package text, version integer)
    join ledger.package_version v on (v.treasury_id, v.package, v.version) = (who.treasury_id, r.package, r.version)
   where (v.saved_by, v.saved_at) = (who.person, now());
  get diagnostics made = row_count;
  insert into ledger.import_driver (treasury_id, agency, driver, fiscal_year, version, import_no)
  select v.treasury_id, v.agency, v.driver, v.fiscal_year, v.version, n
    from jsonb_to_recordset(p -> 'basic') as r (agency text, driver text, fiscal_year smallint)
    join ledger.driver_value v on (v.treasury_id, v.agency, v.driver, v.fiscal_year) = (who.treasury_id, r.agency, r.driver, r.fiscal_year)
   where (v.recorded_by, v.recorded_at) = (who.person, now());
  get diagnostics found_rows = row_count;
  made := made + found_rows;
  insert into ledger.import_income (treasury_id, fiscal_year, agency, version, import_no, submissions)
  select who.treasury_id, r.fiscal_year, r.agency, r.version, n,
         (select count(*) from ledger.budget_submission s
           where (s.treasury_id, s.fiscal_year, s.agency) = (who.treasury_id, r.fiscal_year, r.agency))
    from jsonb_to_recordset(p -> 'income') as r (fiscal_year smallint, agency text, version integer)
   where exists (select from ledger.income_estimate e where (e.treasury_id, e.fiscal_year, e.agency, e.version, e.saved_by, e.saved_at)
                   = (who.treasury_id, r.fiscal_year, r.agency, r.version, who.person, now()));
  get diagnostics found_rows = row_count;
  if made + found_rows <> asked or asked = 0 and who.duty = 'COMP' then
    perform ledger.refuse('import_brought_in', jsonb_build_object('missing', asked - made - found_rows));
  end if;
  return n;
end $$;
comment on function ledger.register_import(jsonb) is 'enters into the register what a file brought in within this transaction';

create function ledger.undo_import(p_import_no integer, p_why text) returns void language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['COMP', 'CLOS']);
  batch ledger.import_batch;
  bad record;
begin
  select b.* into batch from ledger.import_batch b where (b.treasury_id, b.import_no) = (who.treasury_id, p_import_no);
  if not found then
    perform ledger.refuse('import_known', jsonb_build_object('import', p_import_no));
  end if;
  if batch.kind = 'history' then
    perform ledger.refuse('import_posted', jsonb_build_object('import', p_import_no));
  end if;
  if who.duty <> 'COMP' then
    raise exception 'duty % may not do this', who.duty using errcode = 'insufficient_privilege', constraint = 'duty_may';
  end if;
  perform ledger.agency_mine(who, x.agency) from (
    select b.agency from ledger.import_package i join ledger.budget_package b using (treasury_id, package)
     where (i.treasury_id, i.import_no) = (who.treasury_id, p_import_no)
    union select i.agency from ledger.import_driver i where (i.treasury_id, i.import_no) = (who.treasury_id, p_import_no)
    union select i.agency from ledger.import_income i where (i.treasury_id, i.import_no) = (who.treasury_id, p_import_no)) x;
  -- The locks of all that could go on with it, in the order of those who take several: a year, submissions, rankings, packages.
  perform ledger.budget_open(who.treasury_id, y.fiscal_year) from (
    select distinct b.fiscal_year::integer from ledger.import_package i join ledger.budget_package b using (treasury_id, package)
     where (i.treasury_id, i.import_no) = (who.treasury_id, p_import_no)
    union select distinct i.fiscal_year from ledger.import_driver i where (i.treasury_id, i.import_no) = (who.treasury_id, p_import_no)
    union select distinct i.fiscal_year from ledger.import_income i where (i.treasury_id, i.import_no) = (who.treasury_id, p_import_no)
    order by 1) y;
  perform pg_advisory_xact_lock(hashtextextended('drivers', who.treasury_id));
  perform pg_advisory_xact_lock(hashtextextended('income' || x.agency, who.treasury_id)) from (
    select distinct i.agency from ledger.import_income i where (i.treasury_id, i.import_no) = (who.treasury_id, p_import_no) order by 1) x;
  perform pg_advisory_xact_lock(hashtextextended('submit' || x.agency, who.treasury_id)) from (
    select b.agency from ledger.import_package i join ledger.budget_package b using (treasury_id, package)
     where (i.treasury_id, i.import_no) = (who.treasury_id, p_import_no)
    union select i.agency from ledger.import_income i where (i.treasury_id, i.import_no) = (who.treasury_id, p_import_no)
    order by 1) x;
  perform pg_advisory_xact_lock(hashtextextended('rank' || x.department, who.treasury_id)) from (
    select distinct b.department from ledger.import_package i join ledger.budget_package b using (treasury_id, package)
     where (i.treasury_id, i.import_no) = (who.treasury_id, p_import_no) order by 1) x;
  perform pg_advisory_xact_lock(hashtextextended('package' || x.package, who.treasury_id)) from (
    select distinct i.package from ledger.import_package i
     where (i.treasury_id, i.import_no) = (who.treasury_id, p_import_no) order by 1) x;
  -- One row may be there only once: of two who undo at the same time, one is told so.
  insert into ledger.import_undo (treasury_id, import_no, why, undone_by)
  values (who.treasury_id, p_import_no, coalesce(p_why, ''), who.person);
  select min(o.subject) as subject, (array_agg(o.step order by o.subject, o.step))[1] as step, count(*) as count into bad
    from ledger.import_obstacle o where (o.treasury_id, o.import_no) = (who.treasury_id, p_import_no);
  if bad.count > 0 then
    perform ledger.refuse('import_went_on',
      jsonb_build_object('import', p_import_no, 'subject', bad.subject, 'step', bad.step, 'count', bad.count));
  end if;
end $$;
comment on function ledger.undo_import(integer, text) is
  'undoes an import as a whole: what it brought in is withdrawn, unless anything of it went on';

do $$
declare
  name text;
begin
  foreach name in array array['import_batch', 'import_package', 'import_driver', 'import_income', 'import_undo'] loop
    execute format('create trigger append_only before update or delete or truncate on ledger.%I '
                   'for each statement execute function ledger.append_only()', name);
    execute format('alter table ledger.%I enable always trigger append_only', name);
    execute format('alter table ledger.%I enable row level security', name);
    execute format('create policy writer on ledger.%I to gongku_writer using (treasury_id = (select ledger.writing()))', name);
    execute format('create policy inspect on ledger.%I for select to gongku_inspect using (true)', name);
    execute format('create policy duty on ledger.%I for select to gongku_compile, gongku_execute, gongku_oversee, gongku_audit, '
      'gongku_publish using (treasury_id = (select (access.whoami()).treasury_id)%s)', name,
      case when name in ('import_driver', 'import_income') then
        ' and ((select (access.whoami()).agencies) is null or agency = any ((select (access.whoami()).agencies)::text[]))'
      when name = 'import_batch' then
        ' and ((select (access.whoami()).agencies) is null or agency = any ((select (access.whoami()).agencies)::text[])'
        ' or taken_by = (select (access.whoami()).person))'
      when name = 'import_package' then
        ' and exists (select from ledger.budget_package b where (b.treasury_id, b.package) = (import_package.treasury_id, import_package.package))'
      else '' end);
    execute format('grant select on ledger.%I to gongku_writer, gongku_compile, gongku_execute, gongku_oversee, gongku_audit, '
      'gongku_publish, gongku_inspect', name);
    execute format('grant insert on ledger.%I to gongku_writer', name);
  end loop;
end $$;
grant select on ledger.withdrawn_package, ledger.withdrawn_driver, ledger.withdrawn_income, ledger.import_obstacle
  to gongku_writer, gongku_compile, gongku_execute, gongku_oversee, gongku_audit, gongku_publish, gongku_inspect;
grant execute on function ledger.newest_version(integer, text) to gongku_writer;
reset role;
do $$
declare
  f regprocedure;
begin
  execute 'grant create on schema ledger to gongku_writer';
  foreach f in array array['ledger.register_import(jsonb)', 'ledger.undo_import(integer, text)']::regprocedure[] loop
    execute format('alter function %s owner to gongku_writer', f);
  end loop;
end $$;
set role gongku_writer;
grant execute on function ledger.register_import(jsonb), ledger.undo_import(integer, text) to gongku_compile, gongku_execute;

-- What takes the newest version takes the newest that stands.
create or replace function ledger.approve_drivers(p_rows jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['REVW']);
  made integer;
  asked integer := (select count(*) from jsonb_array_elements(p_rows));
begin
  perform ledger.agency_mine(who, r.agency) from jsonb_to_recordset(p_rows) as r (agency text);
  perform pg_advisory_xact_lock(hashtextextended('drivers', who.treasury_id));
  insert into ledger.driver_approval (treasury_id, agency, driver, fiscal_year, version, recorded_by, approved_by)
  select v.treasury_id, v.agency, v.driver, v.fiscal_year, v.version, v.recorded_by, who.person
    from jsonb_to_recordset(p_rows) as r (agency text, driver text, fiscal_year smallint, version integer)
    join ledger.driver_value v on (v.treasury_id, v.agency, v.driver, v.fiscal_year, v.version)
      = (who.treasury_id, r.agency, r.driver, r.fiscal_year, r.version)
   where not exists (select from ledger.withdrawn_driver w where (w.treasury_id, w.agency, w.driver, w.fiscal_year, w.version)
                       = (v.treasury_id, v.agency, v.driver, v.fiscal_year, v.version))
   order by v.agency, v.driver, v.fiscal_year, v.version;
  get diagnostics made = row_count;
  if made <> asked then
    perform ledger.refuse('budget_record_known', jsonb_build_object('missing', asked - made));
  end if;
  return made;
end $$;
create or replace function ledger.review_package(p jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['REVW']);
  code text := p ->> 'package';
  asked ledger.package_version;
  of_package ledger.budget_package;
  n integer;
  bad record;
begin
  -- The version that is reviewed holds still: an undone import may take it back.
  perform pg_advisory_xact_lock(hashtextextended('package' || coalesce(code, ''), who.treasury_id));
  select v.* into asked from ledger.package_version v
   where (v.treasury_id, v.package) = (who.treasury_id, code) and v.version = ledger.newest_version(who.treasury_id, code);
  if not found or asked.version is distinct from (p ->> 'version')::integer then
    perform ledger.refuse('package_version_newest', jsonb_build_object('package', code, 'version', p ->> 'version'));
  end if;
  select b.* into of_package from ledger.budget_package b where (b.treasury_id, b.package) = (who.treasury_id, code);
  perform ledger.agency_mine(who, of_package.agency);
  perform ledger.budget_open(who.treasury_id, of_package.fiscal_year);
  select l.line_no into bad
    from jsonb_to_recordset(coalesce(p -> 'lines', '[]')) as r (line_no smallint, quantity_milli bigint, times smallint, cut text)
    left join ledger.package_line l on (l.treasury_id, l.package, l.version, l.line_no)
      = (who.treasury_id, code, asked.version, r.line_no)
   where l.line_no is null or coalesce(r.quantity_milli, l.quantity_milli) > l.quantity_milli or coalesce(r.times, l.times) > l.times
      or (coalesce(r.cut, 'none') = 'none') <> (coalesce(r.quantity_milli, l.quantity_milli) = l.quantity_milli
                                                and coalesce(r.times, l.times) = l.times) limit 1;
  if found then
    perform ledger.refuse('review_only_lowers', jsonb_build_object('package', code, 'line', bad.line_no));
  end if;
  select coalesce(max(v.review_no), 0) + 1 into n from ledger.package_review v
   where (v.treasury_id, v.package, v.version) = (who.treasury_id, code, asked.version);
  insert into ledger.package_review (treasury_id, package, version, review_no, saved_by, reviewed_by, opinion)
  values (who.treasury_id, code, asked.version, n, asked.saved_by, who.person, coalesce(p ->> 'opinion', ''));
  insert into ledger.line_review (treasury_id, package, version, review_no, line_no, unit_fen, per, quantity_milli, times, cut, reason)
  select who.treasury_id, code, asked.version, n, l.line_no, l.unit_fen, l.per, coalesce(r.quantity_milli, l.quantity_milli),
         coalesce(r.times, l.times), coalesce(r.cut, 'none'), coalesce(r.reason, '')
    from ledger.package_line l
    left join jsonb_to_recordset(coalesce(p -> 'lines', '[]')) as r (
      line_no smallint, quantity_milli bigint, times smallint, cut text, reason text) using (line_no)
   where (l.treasury_id, l.package, l.version) = (who.treasury_id, code, asked.version);
  return n;
end $$;
create or replace function ledger.prior_year(p_package text) returns bigint language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['REVW']);
  of_package ledger.budget_package;
begin
  select b.* into of_package from ledger.budget_package b where (b.treasury_id, b.package) = (who.treasury_id, p_package);
  perform ledger.agency_mine(who, of_package.agency);
  if not exists (select from ledger.package_review r where (r.treasury_id, r.package, r.reviewed_by)
                   = (who.treasury_id, p_package, who.person)
                    and r.version = ledger.newest_version(who.treasury_id, p_package)) then
    perform ledger.refuse('review_before_prior_year', jsonb_build_object('package', p_package));
  end if;
  return (select sum(l.fen) from ledger.budget_line l join ledger.budget_package b using (treasury_id, package)
           where (l.treasury_id, l.fiscal_year, b.agency, b.activity, b.level)
               = (who.treasury_id, of_package.fiscal_year - 1, of_package.agency, of_package.activity, of_package.level));
end $$;
create or replace function ledger.rank_packages(p jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['COMP', 'REVW', 'APPR']);
  voice text := case who.duty when 'COMP' then 'department' when 'REVW' then 'finance' else 'committee' end;
  year smallint := (p ->> 'fiscal_year')::smallint;
  n integer;
  made integer;
  bad record;
begin
  perform ledger.agency_mine(who, p ->> 'department');
  perform ledger.budget_open(who.treasury_id, year);
  perform pg_advisory_xact_lock(hashtextextended('rank' || (p ->> 'department'), who.treasury_id));
  select coalesce(max(k.version), 0) + 1 into n from ledger.package_rank k
   where (k.treasury_id, k.fiscal_year, k.department, k.fund, k.rank_by) = (who.treasury_id, year, p ->> 'department', p ->> 'fund', voice);
  insert into ledger.package_rank (treasury_id, fiscal_year, department, fund, rank_by, version, package, place, ranked_by)
  select who.treasury_id, year, p ->> 'department', p ->> 'fund', voice, n, r.package, r.place, who.person
    from rows from (jsonb_array_elements_text(coalesce(p -> 'packages', '[]'))) with ordinality as r (package, place);
  get diagnostics made = row_count;
  -- Every project package of the department and fund that stands has its place, and no level stands before the one below it.
  select b.package into bad from ledger.budget_package b
    left join ledger.package_rank k on (k.treasury_id, k.fiscal_year, k.department, k.fund, k.rank_by, k.version, k.package)
      = (who.treasury_id, year, p ->> 'department', p ->> 'fund', voice, n, b.package)
    left join ledger.budget_package low on (low.treasury_id, low.fiscal_year, low.agency, low.activity, low.fund)
      = (b.treasury_id, b.fiscal_year, b.agency, b.activity, b.fund) and low.level < b.level
      and ledger.newest_version(low.treasury_id, low.package) is not null
    left join ledger.package_rank j on (j.treasury_id, j.fiscal_year, j.department, j.fund, j.rank_by, j.version, j.package)
      = (who.treasury_id, year, p ->> 'department', p ->> 'fund', voice, n, low.package)
   where (b.treasury_id, b.fiscal_year, b.department, b.fund, b.category)
       = (who.treasury_id, year, p ->> 'department', p ->> 'fund', 'project')
     and ledger.newest_version(b.treasury_id, b.package) is not null
     and (k.place is null or j.place > k.place) limit 1;
  if found then
    perform ledger.refuse('ranking_whole_and_in_levels', jsonb_build_object('package', bad.package));
  end if;
  select k.package into bad from ledger.package_rank k join ledger.budget_package b using (treasury_id, package)
   where (k.treasury_id, k.fiscal_year, k.department, k.fund, k.rank_by, k.version)
       = (who.treasury_id, year, p ->> 'department', p ->> 'fund', voice, n)
     and ((b.fiscal_year, b.department, b.fund, b.category) is distinct from (year, p ->> 'department', p ->> 'fund', 'project')
          or ledger.newest_version(b.treasury_id, b.package) is null) limit 1;
  if found then
    perform ledger.refuse('ranking_whole_and_in_levels', jsonb_build_object('package', bad.package));
  end if;
  return made;
end $$;
create or replace function ledger.submit_budget(p jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['COMP']);
  year smallint := (p ->> 'fiscal_year')::smallint;
  unit text := p ->> 'agency';
  turn smallint := (p ->> 'round')::smallint;
  n integer;
  made integer;
  bad record;
begin
  perform ledger.agency_mine(who, unit);
  perform ledger.budget_open(who.treasury_id, year);
  perform pg_advisory_xact_lock(hashtextextended('submit' || coalesce(unit, ''), who.treasury_id));
  -- A project without all its objectives is no request.
  select b.package, k.kind into bad from ledger.budget_package b
    join lateral (select ledger.newest_version(b.treasury_id, b.package) as version) v on v.version is not null
    cross join unnest(array['quantity', 'quality', 'time', 'cost', 'benefit', 'satisfaction']) as k (kind)
   where (b.treasury_id, b.fiscal_year, b.agency, b.category) = (who.treasury_id, year, unit, 'project')
     and not exists (select from ledger.package_target t where (t.treasury_id, t.package, t.version, t.kind)
                       = (b.treasury_id, b.package, v.version, k.kind)) order by b.package limit 1;
  if found then
    perform ledger.refuse('package_has_objectives', jsonb_build_object('package', bad.package, 'kind', bad.kind));
  end if;
  if turn = 2 then
    select b.department, b.fund into bad from ledger.budget_package b
     where (b.treasury_id, b.fiscal_year, b.agency) = (who.treasury_id, year, unit)
       and ledger.newest_version(b.treasury_id, b.package) is not null
       and not exists (select from ledger.budget_ceiling c where (c.treasury_id, c.fiscal_year, c.department, c.fund)
                         = (b.treasury_id, b.fiscal_year, b.department, b.fund)) limit 1;
    if found then
      perform ledger.refuse('submission_after_ceiling', jsonb_build_object('department', bad.department, 'fund', bad.fund));
    end if;
  elsif exists (select from ledger.budget_submission s where (s.treasury_id, s.fiscal_year, s.agency, s.round)
                  = (who.treasury_id, year, unit, 2)) then
    perform ledger.refuse('submission_round_forward', jsonb_build_object('agency', unit));
  end if;
  select coalesce(max(s.version), 0) + 1 into n from ledger.budget_submission s
   where (s.treasury_id, s.fiscal_year, s.agency, s.round) = (who.treasury_id, year, unit, turn);
  insert into ledger.budget_submission (treasury_id, fiscal_year, agency, round, version, submitted_by)
  values (who.treasury_id, year, unit, turn, n, who.person);
  insert into ledger.submitted_package (treasury_id, fiscal_year, agency, round, version, package, package_version)
  select b.treasury_id, b.fiscal_year, b.agency, turn, n, b.package, v.version
    from ledger.budget_package b
    join lateral (select ledger.newest_version(b.treasury_id, b.package) as version) v on v.version is not null
   where (b.treasury_id, b.fiscal_year, b.agency) = (who.treasury_id, year, unit);
  get diagnostics made = row_count;
  if made = 0 then
    perform ledger.refuse('submission_not_empty', jsonb_build_object('agency', unit));
  end if;
  return n;
end $$;
reset role;
do $$
begin
  execute 'revoke create on schema ledger from gongku_writer';
end $$;
