-- What the plan asks to publish by name: the fee catalogue (收费目录清单) and the register of investment projects.
-- Both are versions that are only added; one person records, another publishes, and only what is published is seen.
set role gongku_owner;

create table ledger.life_event (
  life_event text primary key constraint life_event_plain check (life_event ~ '^[a-z_]{2,20}$'),
  place      smallint not null unique,
  name_zh    text not null,
  name_en    text not null
);
comment on table ledger.life_event is '办事主题 what somebody is about to do when a fee meets them';

create table ledger.project_phase (
  stage   text primary key constraint project_phase_plain check (stage ~ '^[a-z_]{2,20}$'),
  place   smallint not null unique,
  name_zh text not null,
  name_en text not null
);
comment on table ledger.project_phase is '项目阶段 the stages of an investment project, in order';

create table ledger.fee_version (
  treasury_id     integer not null references ledger.treasury,
  item            text not null constraint fee_item_plain check (item ~ '^[0-9A-Za-z.-]{1,20}$'),
  version         integer not null check (version > 0),
  name_zh         text not null,
  name_en         text not null,
  also_called     text[] not null,
  life_event      text not null constraint fee_life_event_known references ledger.life_event,
  department      text not null,
  standard_kind   text not null constraint fee_standard_kind_known
                  check (standard_kind in ('fixed', 'range', 'formula', 'rate')),
  standard        text not null,
  min_fen         bigint,
  max_fen         bigint,
  unit            text not null constraint fee_unit_said check (unit ~ '\S'),
  payer           text not null,
  fund_mode       text not null constraint fee_fund_mode_known check (fund_mode in ('treasury', 'special_account')),
  revenue         text,
  receipt         text not null,
  exemptions      text not null,
  status          text not null constraint fee_status_known check (status in ('in_force', 'suspended', 'cancelled')),
  valid_from      date not null,
  valid_to        date,
  document_no     text not null,
  document_title  text not null,
  document_issuer text not null,
  document_on     date,
  confidence      text not null check (confidence in ('A', 'B', 'C', 'N', 'P', 'U')),
  source          text not null,
  recorded_by     text not null,
  recorded_at     timestamptz not null default now(),
  primary key (treasury_id, item, version),
  constraint fee_version_begins_once unique (treasury_id, item, valid_from),
  constraint fee_version_recorder unique (treasury_id, item, version, recorded_by),
  foreign key (treasury_id, recorded_by) references ledger.person,
  constraint fee_amount_not_negative check (min_fen between 0 and 99999999999999999
                                            and max_fen between 0 and 99999999999999999),
  constraint fee_standard_whole check (
    case standard_kind when 'fixed' then coalesce(min_fen = max_fen, false)
      when 'range' then coalesce(min_fen < max_fen, false)
      else standard ~ '\S' and (min_fen is null or max_fen is null or min_fen <= max_fen) end),
  constraint fee_valid_forward check (valid_to >= valid_from),
  constraint fee_document_said check (document_no ~ '\S'),
  constraint fee_text_plain check (
    name_zh ~ '\S' and name_en ~ '\S' and payer ~ '\S' and department ~ '\S' and source ~ '\S'
    and concat(name_zh, name_en, department, unit, payer, receipt, document_no, document_title, document_issuer, source,
               standard, exemptions, array_to_string(also_called, ' ')) !~ '[\x01-\x1f\x7f]'
    and greatest(length(name_zh), length(name_en), length(department), length(unit), length(payer), length(receipt),
                 length(document_no), length(document_title), length(document_issuer)) <= 200
    and greatest(length(standard), length(exemptions), length(source)) <= 1000
    and cardinality(also_called) <= 20 and length(array_to_string(also_called, ' ')) <= 400)
);
comment on table ledger.fee_version is
  '收费项目版本 a version of a fee item: it holds from valid_from until the next one, valid_to the last day if it has one';

create table ledger.fee_basis (
  treasury_id integer not null,
  item        text not null,
  version     integer not null,
  basis_no    smallint not null,
  document_no text not null,
  title       text not null,
  article     text not null,
  issuer      text not null,
  issued_on   date,
  primary key (treasury_id, item, version, basis_no),
  foreign key (treasury_id, item, version) references ledger.fee_version,
  constraint fee_basis_said check (document_no ~ '\S' and concat(document_no, title, article, issuer) !~ '[\x01-\x1f\x7f]'
    and length(concat(document_no, title, article, issuer)) <= 800)
);
comment on table ledger.fee_basis is '收费依据 the documents that allow a version of a fee';

create table ledger.fee_collector (
  treasury_id integer not null,
  item        text not null,
  version     integer not null,
  agency      text not null,
  primary key (treasury_id, item, version, agency),
  foreign key (treasury_id, item, version) references ledger.fee_version,
  constraint fee_collector_known foreign key (treasury_id, agency) references ledger.agency
);
comment on table ledger.fee_collector is '执收单位 the agencies that may charge a version of a fee';

create table ledger.fee_publication (
  treasury_id  integer not null,
  item         text not null,
  version      integer not null,
  recorded_by  text not null,
  published_by text not null,
  published_at timestamptz not null default now(),
  constraint fee_published_once primary key (treasury_id, item, version),
  constraint fee_publication_known foreign key (treasury_id, item, version, recorded_by)
    references ledger.fee_version (treasury_id, item, version, recorded_by),
  foreign key (treasury_id, published_by) references ledger.person,
  constraint fee_recorder_may_not_publish check (recorded_by <> published_by)
);
comment on table ledger.fee_publication is '收费公开 which versions of fees are public, since when and by whom';

create table ledger.project (
  treasury_id integer not null references ledger.treasury,
  project     text not null constraint project_plain check (project ~ '^[0-9A-Za-z.-]{1,40}$'),
  record_no   integer not null check (record_no > 0),
  name_zh     text not null,
  name_en     text not null,
  owner       text not null,
  place       text not null,
  sector      text not null,
  purpose     text not null,
  recorded_by text not null,
  recorded_at timestamptz not null default now(),
  primary key (treasury_id, project, record_no),
  constraint project_recorder unique (treasury_id, project, record_no, recorded_by),
  constraint project_owner_known foreign key (treasury_id, owner) references ledger.agency,
  foreign key (treasury_id, recorded_by) references ledger.person,
  constraint project_text_plain check (
    name_zh ~ '\S' and name_en ~ '\S' and place ~ '\S' and sector ~ '\S' and purpose ~ '\S'
    and concat(name_zh, name_en, place, sector, purpose) !~ '[\x01-\x1f\x7f]'
    and greatest(length(name_zh), length(name_en), length(place), length(sector)) <= 200 and length(purpose) <= 1000)
);
comment on table ledger.project is '投资项目 what was recorded of a project in one act; the newest record describes it';

create table ledger.project_stage (
  treasury_id integer not null,
  project     text not null,
  record_no   integer not null,
  stage_no    integer not null,
  stage       text not null constraint project_stage_known references ledger.project_phase,
  on_day      date not null,
  document    text not null constraint project_stage_document_said check (document ~ '\S' and length(document) <= 200),
  note        text not null check (length(note) <= 500),
  primary key (treasury_id, project, stage_no),
  foreign key (treasury_id, project, record_no) references ledger.project
);
comment on table ledger.project_stage is '项目阶段记录 when a project entered a stage, and by which document';

create table ledger.project_amount (
  treasury_id integer not null,
  project     text not null,
  record_no   integer not null,
  amount_no   integer not null,
  kind        text not null constraint project_amount_kind_known
              check (kind in ('estimate', 'budget_estimate', 'plan', 'contract', 'variation', 'final')),
  amount_fen  bigint not null,
  year        smallint,
  on_day      date not null,
  document    text not null constraint project_amount_document_said check (document ~ '\S' and length(document) <= 200),
  note        text not null check (length(note) <= 500),
  primary key (treasury_id, project, amount_no),
  foreign key (treasury_id, project, record_no) references ledger.project,
  constraint project_amount_in_range check (
    abs(amount_fen) <= 99999999999999999 and (amount_fen > 0 or kind = 'variation' and amount_fen <> 0)),
  constraint project_plan_of_a_year check ((kind = 'plan') = (year is not null) and (year is null or year between 1949 and 2200))
);
comment on table ledger.project_amount is
  '项目金额 estimate 估算, budget_estimate 概算, plan 年度计划, contract 合同, variation 变更, final 决算; never what was paid';

create table ledger.project_document (
  treasury_id integer not null,
  project     text not null,
  record_no   integer not null,
  document_no integer not null,
  title       text not null,
  kind        text not null constraint project_document_kind_known check (kind in (
                'proposal', 'feasibility', 'design', 'approval', 'plan', 'tender', 'contract', 'variation', 'progress',
                'acceptance', 'final_accounts', 'handover', 'evaluation', 'notice', 'other')),
  on_day      date not null,
  sha256      bytea not null constraint project_document_digest check (octet_length(sha256) = 32),
  size_bytes  bigint not null constraint project_document_not_empty check (size_bytes > 0),
  primary key (treasury_id, project, document_no),
  foreign key (treasury_id, project, record_no) references ledger.project,
  constraint project_document_titled check (title ~ '\S' and length(title) <= 200 and title !~ '[\x01-\x1f\x7f]')
);
comment on table ledger.project_document is '项目文件 a document of a project by the SHA-256 of its bytes';

create table ledger.project_progress (
  treasury_id  integer not null,
  project      text not null,
  record_no    integer not null,
  progress_no  integer not null,
  on_day       date not null,
  basis_points integer not null constraint project_progress_in_range check (basis_points between 0 and 10000),
  note         text not null check (length(note) <= 500),
  primary key (treasury_id, project, progress_no),
  foreign key (treasury_id, project, record_no) references ledger.project
);
comment on table ledger.project_progress is '形象进度 physical progress in hundredths of a percent';

create table ledger.project_publication (
  treasury_id  integer not null,
  project      text not null,
  record_no    integer not null,
  recorded_by  text not null,
  published_by text not null,
  published_at timestamptz not null default now(),
  constraint project_published_once primary key (treasury_id, project, record_no),
  constraint project_publication_known foreign key (treasury_id, project, record_no, recorded_by)
    references ledger.project (treasury_id, project, record_no, recorded_by),
  foreign key (treasury_id, published_by) references ledger.person,
  constraint project_recorder_may_not_publish check (recorded_by <> published_by)
);
comment on table ledger.project_publication is '项目公开 which records of projects are public, since when and by whom';

create index posting_by_project on ledger.posting (treasury_id, project, effective_on) where project is not null;

-- Checks by set, at the end of the statement that adds a version with all that belongs to it.
create function ledger.fee_version_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  bad record;
  broken text;
begin
  select n.item, n.version, n.valid_from, n.revenue,
         exists (select from ledger.fee_version f where (f.treasury_id, f.item) = (n.treasury_id, n.item)
           and (f.version < n.version and f.valid_from >= n.valid_from or f.version > n.version and f.valid_from <= n.valid_from))
           as backwards,
         n.version > 1 and not exists (select from ledger.fee_version f
           where (f.treasury_id, f.item, f.version) = (n.treasury_id, n.item, n.version - 1)) as gap,
         not exists (select from ledger.fee_basis b
           where (b.treasury_id, b.item, b.version) = (n.treasury_id, n.item, n.version)) as no_basis,
         not exists (select from ledger.fee_collector c
           where (c.treasury_id, c.item, c.version) = (n.treasury_id, n.item, n.version)) as no_collector,
         n.revenue is not null and not exists (select from ledger.class_code k
           where (k.scheme, k.code) = ('revenue', n.revenue)) as no_revenue
    into bad from new_rows n
   where exists (select from ledger.fee_version f where (f.treasury_id, f.item) = (n.treasury_id, n.item)
           and (f.version < n.version and f.valid_from >= n.valid_from or f.version > n.version and f.valid_from <= n.valid_from))
      or n.version > 1 and not exists (select from ledger.fee_version f
           where (f.treasury_id, f.item, f.version) = (n.treasury_id, n.item, n.version - 1))
      or not exists (select from ledger.fee_basis b
           where (b.treasury_id, b.item, b.version) = (n.treasury_id, n.item, n.version))
      or not exists (select from ledger.fee_collector c
           where (c.treasury_id, c.item, c.version) = (n.treasury_id, n.item, n.version))
      or n.revenue is not null and not exists (select from ledger.class_code k
           where (k.scheme, k.code) = ('revenue', n.revenue))
   order by n.item, n.version limit 1;
  if found then
    broken := case when bad.backwards or bad.gap then 'fee_version_forward' when bad.no_basis then 'fee_basis_named'
                   when bad.no_collector then 'fee_collector_named' else 'fee_revenue_known' end;
    raise exception 'version % of fee % is refused', bad.version, bad.item
      using errcode = 'check_violation', constraint = broken, table = 'fee_version',
            detail = jsonb_build_object('item', bad.item, 'version', bad.version, 'valid_from', bad.valid_from,
                                        'revenue', bad.revenue)::text;
  end if;
  return null;
end $$;
create trigger fee_version_checked after insert on ledger.fee_version
  referencing new table as new_rows for each statement execute function ledger.fee_version_checked();
alter table ledger.fee_version enable always trigger fee_version_checked;

create function ledger.project_stage_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  bad record;
begin
  select n.project, n.stage, n.on_day into bad from new_rows n
    join ledger.project_stage f on (f.treasury_id, f.project) = (n.treasury_id, n.project)
     and f.stage_no < n.stage_no and f.on_day > n.on_day
   order by n.project, n.stage_no limit 1;
  if found then
    raise exception 'project % entered % on %, before the stage that it was in', bad.project, bad.stage, bad.on_day
      using errcode = 'check_violation', constraint = 'project_stages_in_order', table = 'project_stage',
            detail = jsonb_build_object('project', bad.project, 'stage', bad.stage, 'on', bad.on_day)::text;
  end if;
  return null;
end $$;
create trigger project_stage_checked after insert on ledger.project_stage
  referencing new table as new_rows for each statement execute function ledger.project_stage_checked();
alter table ledger.project_stage enable always trigger project_stage_checked;

create function ledger.publication_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  gap boolean;
begin
  -- A history is published from its beginning: no version may be left out.
  if tg_table_name = 'fee_publication' then
    gap := exists (select from new_rows n where exists (
      select from ledger.fee_version v where (v.treasury_id, v.item) = (n.treasury_id, to_jsonb(n) ->> 'item')
         and v.version < (to_jsonb(n) ->> 'version')::integer
         and not exists (select from ledger.fee_publication p
                          where (p.treasury_id, p.item, p.version) = (v.treasury_id, v.item, v.version))));
  else
    gap := exists (select from new_rows n where exists (
      select from ledger.project v where (v.treasury_id, v.project) = (n.treasury_id, to_jsonb(n) ->> 'project')
         and v.record_no < (to_jsonb(n) ->> 'record_no')::integer
         and not exists (select from ledger.project_publication p
                          where (p.treasury_id, p.project, p.record_no) = (v.treasury_id, v.project, v.record_no))));
  end if;
  if gap then
    raise exception 'an earlier version is not published'
      using errcode = 'object_not_in_prerequisite_state', constraint = 'published_in_order', table = tg_table_name;
  end if;
  return null;
end $$;
create trigger publication_checked after insert on ledger.fee_publication
  referencing new table as new_rows for each statement execute function ledger.publication_checked();
alter table ledger.fee_publication enable always trigger publication_checked;
create trigger publication_checked after insert on ledger.project_publication
  referencing new table as new_rows for each statement execute function ledger.publication_checked();
alter table ledger.project_publication enable always trigger publication_checked;

-- The one way in.
create function ledger.record_fees(p_rows jsonb) returns table (item text, version integer) language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  who access.identity := access.must_be(array['REVW']);
begin
  perform pg_advisory_xact_lock(hashtextextended('fees', who.treasury_id));
  if who.agencies is not null and exists (
    select from jsonb_array_elements(p_rows) r cross join jsonb_array_elements_text(r -> 'collectors') c
     where c <> all (who.agencies)) then
    raise exception 'a collecting agency is not yours'
      using errcode = 'insufficient_privilege', constraint = 'agency_yours';
  end if;
  return query
  with given as materialized (
    select r.*, coalesce((select max(v.version) from ledger.fee_version v
                           where (v.treasury_id, v.item) = (who.treasury_id, r.item)), 0)
                + row_number() over (partition by r.item order by r.place)::integer as version
      from rows from (jsonb_to_recordset(p_rows) as (
             item text, name_zh text, name_en text, also_called text[], life_event text, department text,
             standard_kind text, standard text, min_fen bigint, max_fen bigint, unit text, payer text, fund_mode text,
             revenue text, receipt text, exemptions text, status text, valid_from date, valid_to date, document_no text,
             document_title text, document_issuer text, document_on date, confidence text, source text,
             basis jsonb, collectors text[])) with ordinality as r (
             item, name_zh, name_en, also_called, life_event, department, standard_kind, standard, min_fen, max_fen, unit,
             payer, fund_mode, revenue, receipt, exemptions, status, valid_from, valid_to, document_no, document_title,
             document_issuer, document_on, confidence, source, basis, collectors, place)),
  versions as (
    insert into ledger.fee_version (treasury_id, item, version, name_zh, name_en, also_called, life_event, department,
             standard_kind, standard, min_fen, max_fen, unit, payer, fund_mode, revenue, receipt, exemptions, status,
             valid_from, valid_to, document_no, document_title, document_issuer, document_on, confidence, source, recorded_by)
    select who.treasury_id, g.item, g.version, coalesce(g.name_zh, ''), coalesce(g.name_en, ''), coalesce(g.also_called, '{}'),
           g.life_event, coalesce(g.department, ''), g.standard_kind, coalesce(g.standard, ''), g.min_fen, g.max_fen,
           coalesce(g.unit, ''), coalesce(g.payer, ''), g.fund_mode, g.revenue, coalesce(g.receipt, ''),
           coalesce(g.exemptions, ''), g.status, g.valid_from, g.valid_to, coalesce(g.document_no, ''),
           coalesce(g.document_title, ''), coalesce(g.document_issuer, ''), g.document_on, g.confidence,
           coalesce(g.source, ''), who.person
      from given g order by g.place),
  bases as (
    insert into ledger.fee_basis (treasury_id, item, version, basis_no, document_no, title, article, issuer, issued_on)
    select who.treasury_id, g.item, g.version, b.place, coalesce(b.document_no, ''), coalesce(b.title, ''),
           coalesce(b.article, ''), coalesce(b.issuer, ''), b.issued_on
      from given g
      cross join lateral rows from (jsonb_to_recordset(coalesce(g.basis, '[]')) as (
        document_no text, title text, article text, issuer text, issued_on date)) with ordinality as b (
        document_no, title, article, issuer, issued_on, place)),
  collectors as (
    insert into ledger.fee_collector (treasury_id, item, version, agency)
    select distinct who.treasury_id, g.item, g.version, c from given g cross join unnest(g.collectors) c)
  select g.item, g.version from given g order by g.place;
end $$;
comment on function ledger.record_fees(jsonb) is 'adds versions of fees with their bases and collectors, all or none; the reviewer of the finance division does';

create function ledger.publish_fees(p_rows jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['PUBL']);
  made integer;
  asked integer := (select count(*) from jsonb_array_elements(p_rows));
begin
  if who.agencies is not null and exists (
    select from jsonb_to_recordset(p_rows) as r (item text, version integer)
      join ledger.fee_collector c on (c.treasury_id, c.item, c.version) = (who.treasury_id, r.item, r.version)
     where c.agency <> all (who.agencies)) then
    raise exception 'a collecting agency is not yours'
      using errcode = 'insufficient_privilege', constraint = 'agency_yours';
  end if;
  insert into ledger.fee_publication (treasury_id, item, version, recorded_by, published_by)
  select v.treasury_id, v.item, v.version, v.recorded_by, who.person
    from jsonb_to_recordset(p_rows) as r (item text, version integer)
    join ledger.fee_version v on (v.treasury_id, v.item, v.version) = (who.treasury_id, r.item, r.version)
   order by v.item, v.version;
  get diagnostics made = row_count;
  if made <> asked then
    raise exception '% of % versions are not there', asked - made, asked
      using errcode = 'foreign_key_violation', constraint = 'fee_publication_known', table = 'fee_publication';
  end if;
  return made;
end $$;
comment on function ledger.publish_fees(jsonb) is 'publishes versions of fees that somebody else recorded, from the first one on';

create function ledger.record_project(p_record jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['PRAP']);
  code text := p_record ->> 'project';
  was ledger.project;
  described jsonb;
  n integer;
begin
  perform pg_advisory_xact_lock(hashtextextended('project' || coalesce(code, ''), who.treasury_id));
  select p.* into was from ledger.project p
   where (p.treasury_id, p.project) = (who.treasury_id, code) order by p.record_no desc limit 1;
  n := coalesce(was.record_no, 0) + 1;
  described := coalesce(to_jsonb(was), '{}') || jsonb_strip_nulls(p_record);
  if code is null or (described ->> 'owner') is null then
    raise exception 'project % is not described yet', code
      using errcode = 'foreign_key_violation', constraint = 'project_described', table = 'project';
  end if;
  if who.agencies is not null and ((described ->> 'owner') <> all (who.agencies) or was.owner <> all (who.agencies)) then
    raise exception 'the owner of the project is not your agency'
      using errcode = 'insufficient_privilege', constraint = 'agency_yours';
  end if;
  insert into ledger.project (treasury_id, project, record_no, name_zh, name_en, owner, place, sector, purpose, recorded_by)
  values (who.treasury_id, code, n, coalesce(described ->> 'name_zh', ''), coalesce(described ->> 'name_en', ''),
          described ->> 'owner', coalesce(described ->> 'place', ''), coalesce(described ->> 'sector', ''),
          coalesce(described ->> 'purpose', ''), who.person);
  insert into ledger.project_stage (treasury_id, project, record_no, stage_no, stage, on_day, document, note)
  select who.treasury_id, code, n, r.place + (select count(*) from ledger.project_stage s
           where (s.treasury_id, s.project) = (who.treasury_id, code)), r.stage, r.on_day, coalesce(r.document, ''), coalesce(r.note, '')
    from rows from (jsonb_to_recordset(coalesce(p_record -> 'stages', '[]')) as (
           stage text, on_day date, document text, note text)) with ordinality as r (stage, on_day, document, note, place);
  insert into ledger.project_amount (treasury_id, project, record_no, amount_no, kind, amount_fen, year, on_day, document, note)
  select who.treasury_id, code, n, r.place + (select count(*) from ledger.project_amount s
           where (s.treasury_id, s.project) = (who.treasury_id, code)), r.kind, r.amount_fen, r.year, r.on_day,
         coalesce(r.document, ''), coalesce(r.note, '')
    from rows from (jsonb_to_recordset(coalesce(p_record -> 'amounts', '[]')) as (
           kind text, amount_fen bigint, year smallint, on_day date, document text, note text)) with ordinality as r (
           kind, amount_fen, year, on_day, document, note, place);
  insert into ledger.project_document (treasury_id, project, record_no, document_no, title, kind, on_day, sha256, size_bytes)
  select who.treasury_id, code, n, r.place + (select count(*) from ledger.project_document s
           where (s.treasury_id, s.project) = (who.treasury_id, code)), coalesce(r.title, ''), r.kind, r.on_day,
         case when r.sha256 ~ '^[0-9a-f]{64}$' then decode(r.sha256, 'hex') else '' end, r.size_bytes
    from rows from (jsonb_to_recordset(coalesce(p_record -> 'documents', '[]')) as (
           title text, kind text, on_day date, sha256 text, size_bytes bigint)) with ordinality as r (
           title, kind, on_day, sha256, size_bytes, place);
  insert into ledger.project_progress (treasury_id, project, record_no, progress_no, on_day, basis_points, note)
  select who.treasury_id, code, n, r.place + (select count(*) from ledger.project_progress s
           where (s.treasury_id, s.project) = (who.treasury_id, code)), r.on_day, r.basis_points, coalesce(r.note, '')
    from rows from (jsonb_to_recordset(coalesce(p_record -> 'progress', '[]')) as (
           on_day date, basis_points integer, note text)) with ordinality as r (on_day, basis_points, note, place);
  return n;
end $$;
comment on function ledger.record_project(jsonb) is
  'adds what is known of a project: stages, amounts, documents, progress; what the description leaves out stays as it was';

create function ledger.publish_projects(p_rows jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['PUBL']);
  made integer;
  asked integer := (select count(*) from jsonb_array_elements(p_rows));
begin
  if who.agencies is not null and exists (
    select from jsonb_to_recordset(p_rows) as r (project text, record_no integer)
      join ledger.project v on (v.treasury_id, v.project, v.record_no) = (who.treasury_id, r.project, r.record_no)
     where v.owner <> all (who.agencies)) then
    raise exception 'the owner of a project is not your agency'
      using errcode = 'insufficient_privilege', constraint = 'agency_yours';
  end if;
  insert into ledger.project_publication (treasury_id, project, record_no, recorded_by, published_by)
  select v.treasury_id, v.project, v.record_no, v.recorded_by, who.person
    from jsonb_to_recordset(p_rows) as r (project text, record_no integer)
    join ledger.project v on (v.treasury_id, v.project, v.record_no) = (who.treasury_id, r.project, r.record_no)
   order by v.project, v.record_no;
  get diagnostics made = row_count;
  if made <> asked then
    raise exception '% of % records are not there', asked - made, asked
      using errcode = 'foreign_key_violation', constraint = 'project_publication_known', table = 'project_publication';
  end if;
  return made;
end $$;
comment on function ledger.publish_projects(jsonb) is 'publishes records of projects that somebody else made, from the first one on';

-- What the public may see.
create view published.life_event with (security_barrier) as
  select l.life_event, l.place, l.name_zh, l.name_en from ledger.life_event l;
comment on view published.life_event is '办事主题 the life events by which fees are found, in order of place';

create view published.project_phase with (security_barrier) as
  select s.stage, s.place, s.name_zh, s.name_en from ledger.project_phase s;
comment on view published.project_phase is '项目阶段 the stages of projects, in order of place';

create view published.fee_history with (security_barrier) as
  with whole as (
    select v.*, t.code as treasury, p.published_at, l.name_zh as life_event_zh, l.name_en as life_event_en,
           k.name_zh as revenue_zh, k.name_en as revenue_en,
           (select jsonb_agg(jsonb_build_object('document_no', b.document_no, 'title', b.title, 'article', b.article,
                     'issuer', b.issuer, 'issued_on', b.issued_on) order by b.basis_no)
              from ledger.fee_basis b where (b.treasury_id, b.item, b.version) = (v.treasury_id, v.item, v.version)) as basis,
           (select jsonb_agg(jsonb_build_object('agency', c.agency, 'name_zh', a.name_zh, 'name_en', a.name_en) order by c.agency)
              from ledger.fee_collector c join ledger.agency a using (treasury_id, agency)
             where (c.treasury_id, c.item, c.version) = (v.treasury_id, v.item, v.version)) as collectors
      from ledger.fee_publication p
      join ledger.fee_version v using (treasury_id, item, version)
      join ledger.treasury t using (treasury_id)
      join ledger.life_event l using (life_event)
      left join ledger.class_code k on (k.scheme, k.code) = ('revenue', v.revenue))
  select w.treasury_id, w.treasury, w.item, w.version, w.name_zh, w.name_en, w.also_called, w.life_event, w.life_event_zh,
         w.life_event_en, w.department, w.standard_kind, w.standard, w.min_fen, w.max_fen, w.unit, w.payer, w.fund_mode,
         w.revenue, w.revenue_zh, w.revenue_en, w.receipt, w.exemptions, w.status, w.valid_from, w.valid_to,
         least(w.valid_to + 1, lead(w.valid_from) over i) as until_on, w.document_no, w.document_title, w.document_issuer,
         w.document_on, w.basis, w.collectors, w.confidence, w.source, w.published_at,
         case when w.version > 1 then array_remove(array[
           case when w.name_zh <> lag(w.name_zh) over i or w.name_en <> lag(w.name_en) over i then 'name' end,
           case when w.also_called <> lag(w.also_called) over i then 'also_called' end,
           case when w.life_event <> lag(w.life_event) over i then 'life_event' end,
           case when w.department <> lag(w.department) over i then 'department' end,
           case when (w.standard_kind, w.standard, w.min_fen, w.max_fen, w.unit) is distinct from
             (lag(w.standard_kind) over i, lag(w.standard) over i, lag(w.min_fen) over i, lag(w.max_fen) over i,
              lag(w.unit) over i) then 'standard' end,
           case when w.payer <> lag(w.payer) over i then 'payer' end,
           case when w.fund_mode <> lag(w.fund_mode) over i then 'fund_mode' end,
           case when w.revenue is distinct from lag(w.revenue) over i then 'revenue' end,
           case when w.receipt <> lag(w.receipt) over i then 'receipt' end,
           case when w.exemptions <> lag(w.exemptions) over i then 'exemptions' end,
           case when w.status <> lag(w.status) over i then 'status' end,
           case when w.valid_to is distinct from lag(w.valid_to) over i then 'valid_to' end,
           case when w.basis <> lag(w.basis) over i then 'basis' end,
           case when w.collectors <> lag(w.collectors) over i then 'collectors' end], null) end as changed
    from whole w
  window i as (partition by w.treasury_id, w.item order by w.version);
comment on view published.fee_history is
  '收费目录历史 every published version of a fee; until_on is the first day without it, changed what differs from the version before';

create view published.fee with (security_barrier) as
  select d.* from (
    select distinct on (h.treasury_id, h.item) h.*,
           case when h.valid_from > t.today then 'not_yet' when h.until_on <= t.today then 'expired' else h.status end as state,
           count(*) over (partition by h.treasury_id, h.item) as versions
      from published.fee_history h
      cross join (select (now() at time zone interval '8 hours')::date as today) t
     order by h.treasury_id, h.item, h.valid_from > t.today,
              case when h.valid_from > t.today then h.version else -h.version end) d;
comment on view published.fee is
  '收费目录 one row per published fee: the version of today, or the first one if none has begun; state says whether it is charged';

create view published.project_stage with (security_barrier) as
  select s.treasury_id, t.code as treasury, s.project, s.stage_no, s.stage, k.place, k.name_zh, k.name_en, s.on_day,
         s.document, s.note, p.published_at
    from ledger.project_publication p
    join ledger.project_stage s using (treasury_id, project, record_no)
    join ledger.project_phase k using (stage)
    join ledger.treasury t using (treasury_id);
comment on view published.project_stage is '已公开项目阶段 the published stages of projects';

create view published.project_amount with (security_barrier) as
  select s.treasury_id, t.code as treasury, s.project, s.amount_no, s.kind, s.amount_fen, s.year, s.on_day, s.document,
         s.note, p.published_at
    from ledger.project_publication p
    join ledger.project_amount s using (treasury_id, project, record_no)
    join ledger.treasury t using (treasury_id);
comment on view published.project_amount is '已公开项目金额 the published amounts of projects; a later estimate replaces an earlier one, contracts add up';

create view published.project_document with (security_barrier) as
  select s.treasury_id, t.code as treasury, s.project, s.document_no, s.title, s.kind, s.on_day,
         encode(s.sha256, 'hex') as sha256, s.size_bytes, p.published_at
    from ledger.project_publication p
    join ledger.project_document s using (treasury_id, project, record_no)
    join ledger.treasury t using (treasury_id);
comment on view published.project_document is '已公开项目文件 the published documents of projects by their SHA-256';

create view published.project_progress with (security_barrier) as
  select s.treasury_id, t.code as treasury, s.project, s.progress_no, s.on_day, s.basis_points, s.note, p.published_at
    from ledger.project_publication p
    join ledger.project_progress s using (treasury_id, project, record_no)
    join ledger.treasury t using (treasury_id);
comment on view published.project_progress is '已公开形象进度 the published progress of projects, in hundredths of a percent';

-- Paid is what the bureau's published books charge as budget expenditure to the project; the year's end is no payment.
create view published.project_payment with (security_barrier) as
  select p.treasury_id, p.treasury, p.project, p.code, p.label, p.no, p.line_no, p.effective_on,
         case p.side when 'D' then p.amount_fen else -p.amount_fen end as amount_fen, p.account, p.agency, p.func, p.gov_econ,
         p.dept_econ, p.fund, p.contract, p.kind, p.title_zh, p.title_en, p.counterparty, p.counterparty_rule
    from published.account_set s
    join published.posting p on (p.treasury_id, p.code) = (s.treasury_id, s.code)
    join ledger.account a on (a.chart, a.code) = (s.chart, p.account)
   where s.role = 'bureau' and a.book in ('budgetary', 'general') and a.element in ('budget_expense', 'expense')
     and p.project is not null and p.kind not in ('year_end_close', 'opening')
     and exists (select from ledger.project_publication b where (b.treasury_id, b.project) = (p.treasury_id, p.project));
comment on view published.project_payment is '已公开项目付款 the postings behind what a project was paid, private names left out by rule';

create view published.project_paid with (security_barrier) as
  select b.treasury_id, b.treasury, b.project, coalesce(m.paid_fen, 0)::bigint as paid_fen, coalesce(m.payments, 0) as payments,
         m.first_on, m.last_on, d.as_of
    from (select distinct p.treasury_id, t.code as treasury, p.project
            from ledger.project_publication p join ledger.treasury t using (treasury_id)) b
    left join lateral (select max(s.as_of) as as_of from published.account_set s
                        where s.treasury_id = b.treasury_id and s.role = 'bureau') d on true
    left join lateral (
      select sum(case p.side when 'D' then p.amount_fen else -p.amount_fen end) as paid_fen,
             count(distinct p.voucher_id) as payments, min(p.effective_on) as first_on, max(p.effective_on) as last_on
        from ledger.posting p
        join published.account_set s using (treasury_id, account_set_id)
        join ledger.account a on (a.chart, a.code) = (s.chart, p.account)
        join ledger.voucher v using (treasury_id, voucher_id)
        join ledger.event e using (treasury_id, event_id)
       where (treasury_id, p.project) = (b.treasury_id, b.project) and p.effective_on <= s.as_of and s.role = 'bureau'
         and a.book in ('budgetary', 'general') and a.element in ('budget_expense', 'expense')
         and e.kind not in ('year_end_close', 'opening')) m on true;
comment on view published.project_paid is '项目已付 what the published books of the bureau paid for a project, up to as_of';

create view published.project with (security_barrier) as
  select d.treasury_id, t.code as treasury, d.project, d.name_zh, d.name_en, d.owner, a.name_zh as owner_zh,
         a.name_en as owner_en, d.place, d.sector, d.purpose, s.stage, k.place as stage_place, k.name_zh as stage_zh,
         k.name_en as stage_en, s.on_day as stage_on, m.estimate_fen, m.budget_estimate_fen, m.plan_fen, m.contract_fen,
         m.variation_fen, m.final_fen, f.paid_fen, f.payments, f.as_of as paid_as_of, g.basis_points, g.on_day as progress_on,
         d.published_at, d.records
    from (select distinct on (p.treasury_id, p.project) r.*, p.published_at,
                 count(*) over (partition by p.treasury_id, p.project) as records
            from ledger.project_publication p join ledger.project r using (treasury_id, project, record_no)
           order by p.treasury_id, p.project, p.record_no desc) d
    join ledger.treasury t using (treasury_id)
    join ledger.agency a on (a.treasury_id, a.agency) = (d.treasury_id, d.owner)
    left join published.project_paid f on (f.treasury_id, f.project) = (d.treasury_id, d.project)
    left join lateral (select x.* from published.project_stage x
                        where (x.treasury_id, x.project) = (d.treasury_id, d.project) order by x.stage_no desc limit 1) s on true
    left join ledger.project_phase k on k.stage = s.stage
    left join lateral (select x.* from published.project_progress x
                        where (x.treasury_id, x.project) = (d.treasury_id, d.project)
                        order by x.on_day desc, x.progress_no desc limit 1) g on true
    left join lateral (
      select max(x.amount_fen) filter (where x.kind = 'estimate' and x.newest) as estimate_fen,
             max(x.amount_fen) filter (where x.kind = 'budget_estimate' and x.newest) as budget_estimate_fen,
             (sum(x.amount_fen) filter (where x.kind = 'plan' and x.newest))::bigint as plan_fen,
             (sum(x.amount_fen) filter (where x.kind = 'contract'))::bigint as contract_fen,
             (sum(x.amount_fen) filter (where x.kind = 'variation'))::bigint as variation_fen,
             max(x.amount_fen) filter (where x.kind = 'final' and x.newest) as final_fen
        from (select y.kind, y.amount_fen, row_number() over (partition by y.kind, y.year
                       order by y.on_day desc, y.amount_no desc) = 1 as newest
                from published.project_amount y where (y.treasury_id, y.project) = (d.treasury_id, d.project)) x) m on true;
comment on view published.project is
  '投资项目 one row per published project: its newest description, stage and progress, its amounts, and what the books paid';

-- Who may do what.
do $$
declare
  name text;
begin
  foreach name in array array['fee_version', 'fee_basis', 'fee_collector', 'fee_publication', 'project', 'project_stage',
    'project_amount', 'project_document', 'project_progress', 'project_publication'] loop
    execute format('create trigger append_only before update or delete or truncate on ledger.%I '
                   'for each statement execute function ledger.append_only()', name);
    execute format('alter table ledger.%I enable always trigger append_only', name);
    execute format('alter table ledger.%I enable row level security', name);
    execute format('create policy writer on ledger.%I to gongku_writer using (treasury_id = (select ledger.writing()))', name);
    execute format('create policy inspect on ledger.%I for select to gongku_inspect using (true)', name);
    execute format('create policy duty on ledger.%I for select to gongku_compile, gongku_execute, gongku_collect, gongku_bill, '
      'gongku_oversee, gongku_audit, gongku_publish using (treasury_id = (select (access.whoami()).treasury_id))', name);
    execute format('grant select on ledger.%I to gongku_writer, gongku_compile, gongku_execute, gongku_collect, gongku_bill, '
      'gongku_oversee, gongku_audit, gongku_publish, gongku_inspect', name);
    execute format('grant insert on ledger.%I to gongku_writer', name);
  end loop;
end $$;
grant select on ledger.life_event, ledger.project_phase to gongku_writer, gongku_compile, gongku_execute, gongku_collect,
  gongku_bill, gongku_oversee, gongku_audit, gongku_publish, gongku_inspect;
grant select on published.life_event, published.project_phase, published.fee, published.fee_history, published.project,
  published.project_stage, published.project_amount, published.project_document, published.project_progress,
  published.project_payment, published.project_paid to gongku_public, gongku_inspect;
reset role;
do $$
declare
  f regprocedure;
begin
  execute 'grant create on schema ledger to gongku_writer';
  foreach f in array array['ledger.record_fees(jsonb)', 'ledger.publish_fees(jsonb)', 'ledger.record_project(jsonb)',
    'ledger.publish_projects(jsonb)']::regprocedure[] loop
    execute format('alter function %s owner to gongku_writer', f);
  end loop;
  execute 'revoke create on schema ledger from gongku_writer';
end $$;
set role gongku_writer;
grant execute on function ledger.record_fees(jsonb) to gongku_compile;
grant execute on function ledger.record_project(jsonb) to gongku_execute;
grant execute on function ledger.publish_fees(jsonb), ledger.publish_projects(jsonb) to gongku_publish;
reset role;
