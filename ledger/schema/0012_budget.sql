-- Zero-based departmental budgets (部门预算零基编制): standards × drivers × months make packages, packages are reviewed,
-- ranked and cut off at a ceiling, and what the Congress approves is exactly what they add up to. No amount is typed.
set role gongku_owner;

create table ledger.driver_kind (
  driver  text primary key constraint driver_plain check (driver ~ '^[a-z_]{2,30}$'),
  place   smallint not null unique,
  name_zh text not null,
  name_en text not null,
  unit_zh text not null,
  unit_en text not null,
  stated  boolean not null
);
comment on table ledger.driver_kind is
  '定额要素 what a standard is multiplied by; a stated one comes with each package, the others from the approved basic data';

create table ledger.rank_weight (
  rank_by text primary key constraint rank_by_known check (rank_by in ('department', 'finance', 'committee')),
  weight  smallint not null check (weight > 0),
  name_zh text not null,
  name_en text not null
);
comment on table ledger.rank_weight is '排序权重 how much each ranking counts in the weighted Borda score';

create table ledger.spending_standard (
  treasury_id     integer not null references ledger.treasury,
  standard        text not null constraint standard_plain check (standard ~ '^[0-9A-Za-z][0-9A-Za-z.-]{0,29}$'),
  version         integer not null check (version > 0),
  name_zh         text not null,
  name_en         text not null,
  category        text not null constraint standard_category_known check (category in ('personnel', 'office', 'project')),
  dept_econ       text not null,
  driver          text not null constraint standard_driver_known references ledger.driver_kind,
  agency_kind     text constraint standard_kind_known check (agency_kind in ('organ', 'institution')),
  scope           text not null,
  per             text not null constraint standard_per_known check (per in ('month', 'year', 'time')),
  amount_fen      bigint not null constraint standard_amount_in_range check (amount_fen between 1 and 99999999999999),
  document_no     text not null,
  document_title  text not null,
  document_issuer text not null,
  valid_from      date not null,
  valid_to        date,
  confidence      text not null check (confidence in ('A', 'B', 'C', 'N', 'P', 'U')),
  recorded_by     text not null,
  recorded_at     timestamptz not null default now(),
  primary key (treasury_id, standard, version),
  constraint standard_begins_once unique (treasury_id, standard, valid_from),
  constraint standard_recorder unique (treasury_id, standard, version, recorded_by),
  constraint standard_priced unique (treasury_id, standard, version, amount_fen, per, dept_econ, driver),
  foreign key (treasury_id, recorded_by) references ledger.person,
  constraint standard_valid_forward check (valid_to >= valid_from),
  constraint standard_document_said check (document_no ~ '\S'),
  constraint standard_text_plain check (
    name_zh ~ '\S' and name_en ~ '\S'
    and concat(name_zh, name_en, scope, document_no, document_title, document_issuer) !~ '[\x01-\x1f\x7f]'
    and greatest(length(name_zh), length(name_en), length(scope), length(document_no), length(document_title),
                 length(document_issuer)) <= 200)
);
comment on table ledger.spending_standard is
  '支出标准 a version of a spending standard: it holds from valid_from until the next approved one, for one unit of its driver';

create table ledger.standard_approval (
  treasury_id integer not null,
  standard    text not null,
  version     integer not null,
  recorded_by text not null,
  approved_by text not null,
  approved_at timestamptz not null default now(),
  constraint standard_approved_once primary key (treasury_id, standard, version),
  constraint standard_approval_known foreign key (treasury_id, standard, version, recorded_by)
    references ledger.spending_standard (treasury_id, standard, version, recorded_by),
  foreign key (treasury_id, approved_by) references ledger.person,
  constraint standard_recorder_may_not_approve check (recorded_by <> approved_by)
);
comment on table ledger.standard_approval is '支出标准批准 which standards hold, and who approved them';

create table ledger.driver_value (
  treasury_id    integer not null,
  agency         text not null,
  driver         text not null constraint driver_value_known references ledger.driver_kind,
  fiscal_year    smallint not null check (fiscal_year between 1949 and 2999),
  version        integer not null check (version > 0),
  quantity_milli bigint not null constraint driver_quantity_in_range check (quantity_milli between 0 and 999999999999),
  origin         text not null constraint driver_origin_said check (origin ~ '\S' and length(origin) <= 400 and origin !~ '[\x01-\x1f\x7f]'),
  recorded_by    text not null,
  recorded_at    timestamptz not null default now(),
  primary key (treasury_id, agency, driver, fiscal_year, version),
  constraint driver_recorder unique (treasury_id, agency, driver, fiscal_year, version, recorded_by),
  constraint driver_counted unique (treasury_id, agency, driver, fiscal_year, version, quantity_milli),
  constraint driver_agency_known foreign key (treasury_id, agency) references ledger.agency,
  foreign key (treasury_id, recorded_by) references ledger.person
);
comment on table ledger.driver_value is '基础数据 how many people, square metres, vehicles an agency has for a budget year, in thousandths';

create table ledger.driver_approval (
  treasury_id integer not null,
  agency      text not null,
  driver      text not null,
  fiscal_year smallint not null,
  version     integer not null,
  recorded_by text not null,
  approved_by text not null,
  approved_at timestamptz not null default now(),
  constraint driver_approved_once primary key (treasury_id, agency, driver, fiscal_year, version),
  constraint driver_approval_known foreign key (treasury_id, agency, driver, fiscal_year, version, recorded_by)
    references ledger.driver_value (treasury_id, agency, driver, fiscal_year, version, recorded_by),
  foreign key (treasury_id, approved_by) references ledger.person,
  constraint driver_recorder_may_not_approve check (recorded_by <> approved_by)
);
comment on table ledger.driver_approval is '基础数据审核 which basic data hold, and who reviewed them';

create table ledger.budget_package (
  treasury_id integer not null references ledger.treasury,
  package     text not null constraint package_plain check (package ~ '^[0-9A-Za-z][0-9A-Za-z.-]{0,39}$'),
  fiscal_year smallint not null check (fiscal_year between 1949 and 2999),
  agency      text not null,
  department  text not null,
  category    text not null constraint package_category_known check (category in ('personnel', 'office', 'project')),
  activity    text not null constraint package_activity_plain check (activity ~ '^[0-9A-Za-z.-]{1,30}$'),
  level       smallint not null constraint package_level_known check (level between 1 and 3),
  func        text not null,
  fund        text not null,
  project     text,
  name_zh     text not null,
  name_en     text not null,
  opened_by   text not null,
  opened_at   timestamptz not null default now(),
  primary key (treasury_id, package),
  constraint package_level_once unique (treasury_id, fiscal_year, agency, activity, level),
  constraint package_of_year unique (treasury_id, package, fiscal_year, agency),
  constraint package_agency_known foreign key (treasury_id, agency) references ledger.agency,
  foreign key (treasury_id, department) references ledger.agency (treasury_id, agency),
  foreign key (treasury_id, opened_by) references ledger.person,
  constraint package_project_named check ((category = 'project') = (project is not null)),
  constraint package_basic_is_one_level check (category = 'project' or level = 1),
  constraint package_text_plain check (name_zh ~ '\S' and name_en ~ '\S' and concat(name_zh, name_en) !~ '[\x01-\x1f\x7f]'
    and greatest(length(name_zh), length(name_en)) <= 200)
);
comment on table ledger.budget_package is '决策包 a decision package: one activity of one agency at one level, from one fund, for one function';

create table ledger.package_version (
  treasury_id  integer not null,
  package      text not null,
  version      integer not null check (version > 0),
  mandate      text not null,
  activity     text not null,
  consequences text not null,
  saved_by     text not null,
  saved_at     timestamptz not null default now(),
  primary key (treasury_id, package, version),
  constraint package_version_saver unique (treasury_id, package, version, saved_by),
  foreign key (treasury_id, package) references ledger.budget_package,
  foreign key (treasury_id, saved_by) references ledger.person,
  constraint package_said check (activity ~ '\S' and consequences ~ '\S'
    and greatest(length(mandate), length(activity), length(consequences)) <= 2000
    and concat(mandate, activity, consequences) !~ '[\x01-\x09\x0b-\x1f\x7f]')
);
comment on table ledger.package_version is '决策包版本 what a package does, on whose mandate, and what follows if it is not funded';

create table ledger.package_line (
  treasury_id      integer not null,
  package          text not null,
  version          integer not null,
  line_no          smallint not null check (line_no > 0),
  fiscal_year      smallint not null,
  agency           text not null,
  dept_econ        text not null,
  standard         text,
  standard_version integer,
  quote_fens       bigint[],
  quote_documents  text[],
  unit_fen         bigint not null constraint package_price_in_range check (unit_fen between 1 and 99999999999999),
  per              text not null check (per in ('month', 'year', 'time')),
  driver           text not null references ledger.driver_kind,
  driver_version   integer,
  quantity_milli   bigint not null constraint package_quantity_in_range check (quantity_milli between 1 and 999999999999),
  times            smallint not null constraint package_times_in_range
                   check (times between 1 and case per when 'time' then 366 else 12 end),
  origin           text not null,
  fen              bigint not null generated always as (round(unit_fen::numeric * quantity_milli * times
                     / case per when 'year' then 12000 else 1000 end)::bigint) stored,
  primary key (treasury_id, package, version, line_no),
  constraint package_line_counted unique (treasury_id, package, version, line_no, unit_fen, per),
  foreign key (treasury_id, package, version) references ledger.package_version,
  foreign key (treasury_id, package, fiscal_year, agency) references ledger.budget_package (treasury_id, package, fiscal_year, agency),
  foreign key (treasury_id, standard, standard_version, unit_fen, per, dept_econ, driver)
    references ledger.spending_standard (treasury_id, standard, version, amount_fen, per, dept_econ, driver),
  foreign key (treasury_id, agency, driver, fiscal_year, driver_version, quantity_milli)
    references ledger.driver_value (treasury_id, agency, driver, fiscal_year, version, quantity_milli),
  constraint package_line_priced check ((standard is null) = (quote_fens is not null) and (standard is null) = (standard_version is null)),
  constraint package_three_quotes check (quote_fens is null or (cardinality(quote_fens) >= 3
    and cardinality(quote_documents) = cardinality(quote_fens) and unit_fen = least(quote_fens[1], quote_fens[2], quote_fens[3])
    and unit_fen <= all (quote_fens))),
  constraint package_origin_said check ((driver_version is null) = (origin ~ '\S') and length(origin) <= 400
    and origin !~ '[\x01-\x1f\x7f]')
);
comment on table ledger.package_line is
  '决策包明细 standard × quantity × months: the price is that of the standard, or the lowest of three quotes; fen is computed, never given';

create table ledger.package_target (
  treasury_id integer not null,
  package     text not null,
  version     integer not null,
  target_no   smallint not null check (target_no > 0),
  kind        text not null constraint package_target_kind_known
              check (kind in ('quantity', 'quality', 'time', 'cost', 'benefit', 'satisfaction')),
  target      text not null,
  primary key (treasury_id, package, version, target_no),
  foreign key (treasury_id, package, version) references ledger.package_version,
  constraint package_target_said check (target ~ '\S' and length(target) <= 400 and target !~ '[\x01-\x1f\x7f]')
);
comment on table ledger.package_target is '绩效目标 what a package is to achieve';

create table ledger.package_review (
  treasury_id integer not null,
  package     text not null,
  version     integer not null,
  review_no   integer not null check (review_no > 0),
  saved_by    text not null,
  reviewed_by text not null,
  opinion     text not null,
  reviewed_at timestamptz not null default now(),
  primary key (treasury_id, package, version, review_no),
  constraint package_review_known foreign key (treasury_id, package, version, saved_by)
    references ledger.package_version (treasury_id, package, version, saved_by),
  foreign key (treasury_id, reviewed_by) references ledger.person,
  constraint package_saver_may_not_review check (saved_by <> reviewed_by),
  constraint package_opinion_plain check (length(opinion) <= 2000 and opinion !~ '[\x01-\x09\x0b-\x1f\x7f]')
);
comment on table ledger.package_review is '决策包审核 a review of a version of a package by the finance division';

create table ledger.line_review (
  treasury_id    integer not null,
  package        text not null,
  version        integer not null,
  review_no      integer not null,
  line_no        smallint not null,
  unit_fen       bigint not null,
  per            text not null,
  quantity_milli bigint not null constraint review_quantity_in_range check (quantity_milli >= 0),
  times          smallint not null constraint review_times_in_range check (times >= 0),
  cut            text not null constraint review_cut_known
                 check (cut in ('none', 'quantity', 'months', 'unlawful', 'unready', 'duplicate', 'later')),
  reason         text not null,
  fen            bigint not null generated always as (round(unit_fen::numeric * quantity_milli * times
                   / case per when 'year' then 12000 else 1000 end)::bigint) stored,
  primary key (treasury_id, package, version, review_no, line_no),
  foreign key (treasury_id, package, version, review_no) references ledger.package_review,
  constraint review_line_known foreign key (treasury_id, package, version, line_no, unit_fen, per)
    references ledger.package_line (treasury_id, package, version, line_no, unit_fen, per),
  constraint review_cut_reasoned check ((cut = 'none') or (reason ~ '\S' and length(reason) <= 400 and reason !~ '[\x01-\x1f\x7f]'))
);
comment on table ledger.line_review is '逐条审减 what a review leaves of each line; a cut has a kind and a reason, and only ever lowers';

create table ledger.package_rank (
  treasury_id integer not null,
  fiscal_year smallint not null,
  department  text not null,
  fund        text not null,
  rank_by     text not null references ledger.rank_weight,
  version     integer not null check (version > 0),
  package     text not null,
  place       smallint not null check (place > 0),
  ranked_by   text not null,
  ranked_at   timestamptz not null default now(),
  constraint package_ranked_once primary key (treasury_id, fiscal_year, department, fund, rank_by, version, package),
  constraint package_rank_without_ties unique (treasury_id, fiscal_year, department, fund, rank_by, version, place),
  foreign key (treasury_id, package) references ledger.budget_package,
  foreign key (treasury_id, ranked_by) references ledger.person
);
comment on table ledger.package_rank is '排序 the places that department, finance and committee give to the project packages of a department and fund';

create table ledger.budget_ceiling (
  treasury_id integer not null,
  fiscal_year smallint not null,
  department  text not null,
  fund        text not null,
  version     integer not null check (version > 0),
  amount_fen  bigint not null constraint ceiling_in_range check (amount_fen between 0 and 99999999999999999),
  document    text not null constraint ceiling_document_said check (document ~ '\S' and length(document) <= 200 and document !~ '[\x01-\x1f\x7f]'),
  set_by      text not null,
  set_at      timestamptz not null default now(),
  primary key (treasury_id, fiscal_year, department, fund, version),
  constraint ceiling_department_known foreign key (treasury_id, department) references ledger.agency,
  foreign key (treasury_id, set_by) references ledger.person
);
comment on table ledger.budget_ceiling is '控制数 the ceiling of a department and fund; the last version holds';

create table ledger.income_estimate (
  treasury_id integer not null,
  fiscal_year smallint not null,
  agency      text not null,
  version     integer not null check (version > 0),
  line_no     smallint not null check (line_no > 0),
  source      text not null constraint income_source_known check (source in ('special_account', 'operating', 'business', 'upper',
                'affiliated', 'other', 'carry_over')),
  fund        text not null,
  func        text not null,
  amount_fen  bigint not null constraint income_in_range check (amount_fen between 1 and 99999999999999999),
  basis       text not null constraint income_basis_said check (basis ~ '\S' and length(basis) <= 400 and basis !~ '[\x01-\x1f\x7f]'),
  saved_by    text not null,
  saved_at    timestamptz not null default now(),
  primary key (treasury_id, fiscal_year, agency, version, line_no),
  constraint income_agency_known foreign key (treasury_id, agency) references ledger.agency,
  foreign key (treasury_id, saved_by) references ledger.person,
  constraint income_fund_fits check (case when source = 'special_account' then fund = '5' when source = 'carry_over' then true else fund = '6' end)
);
comment on table ledger.income_estimate is
  '收入预算 what an agency expects besides appropriations; an appropriation is what is approved and is never estimated by who gets it';

create table ledger.budget_submission (
  treasury_id  integer not null,
  fiscal_year  smallint not null,
  agency       text not null,
  round        smallint not null constraint submission_round_known check (round between 1 and 2),
  version      integer not null check (version > 0),
  submitted_by text not null,
  submitted_at timestamptz not null default now(),
  primary key (treasury_id, fiscal_year, agency, round, version),
  constraint submission_agency_known foreign key (treasury_id, agency) references ledger.agency,
  foreign key (treasury_id, submitted_by) references ledger.person
);
comment on table ledger.budget_submission is '一上、二上 a submission of an agency; the last one of the second round is its draft budget';

create table ledger.submitted_package (
  treasury_id     integer not null,
  fiscal_year     smallint not null,
  agency          text not null,
  round           smallint not null,
  version         integer not null,
  package         text not null,
  package_version integer not null,
  primary key (treasury_id, fiscal_year, agency, round, version, package),
  foreign key (treasury_id, fiscal_year, agency, round, version) references ledger.budget_submission,
  foreign key (treasury_id, package, package_version) references ledger.package_version (treasury_id, package, version)
);
comment on table ledger.submitted_package is '上报决策包 the versions of packages that a submission holds';

create table ledger.budget_resolution (
  treasury_id integer not null references ledger.treasury,
  fiscal_year smallint not null,
  document    text not null constraint resolution_document_said check (document ~ '\S' and length(document) <= 200 and document !~ '[\x01-\x1f\x7f]'),
  title       text not null constraint resolution_title_said check (title ~ '\S' and length(title) <= 400 and title !~ '[\x01-\x1f\x7f]'),
  passed_on   date not null,
  sha256      bytea not null constraint resolution_digest check (octet_length(sha256) = 32),
  total_fen   bigint not null,
  recorded_by text not null,
  recorded_at timestamptz not null default now(),
  constraint resolution_once primary key (treasury_id, fiscal_year),
  foreign key (treasury_id, recorded_by) references ledger.person
);
comment on table ledger.budget_resolution is '人大决议 the resolution by which the Congress approves the budget of a year';

create table ledger.budget_line (
  treasury_id integer not null,
  fiscal_year smallint not null,
  package     text not null,
  line_no     smallint not null,
  version     integer not null,
  review_no   integer,
  agency      text not null,
  department  text not null,
  category    text not null,
  func        text not null,
  fund        text not null,
  dept_econ   text not null,
  project     text,
  fen         bigint not null check (fen > 0),
  primary key (treasury_id, fiscal_year, package, line_no),
  foreign key (treasury_id, fiscal_year) references ledger.budget_resolution,
  foreign key (treasury_id, package, version, line_no) references ledger.package_line,
  foreign key (treasury_id, agency) references ledger.agency
);
create index budget_line_of_agency on ledger.budget_line (treasury_id, fiscal_year, agency);
comment on table ledger.budget_line is '批准预算 the approved lines of a year, each from a line of a package and what its review left of it';

create table ledger.budget_date (
  treasury_id integer not null references ledger.treasury,
  fiscal_year smallint not null,
  step        text not null constraint budget_step_known check (step in ('deploy', 'first_up', 'first_down', 'second_up', 'draft',
                'resolution', 'to_departments', 'to_units', 'publication')),
  version     integer not null check (version > 0),
  due_on      date not null,
  document    text not null constraint budget_date_document_said check (document ~ '\S' and length(document) <= 200 and document !~ '[\x01-\x1f\x7f]'),
  set_by      text not null,
  set_at      timestamptz not null default now(),
  primary key (treasury_id, fiscal_year, step, version),
  foreign key (treasury_id, set_by) references ledger.person
);
comment on table ledger.budget_date is '预算日程 until when each step of a budget year is due; the last version holds';

create table ledger.budget_publication (
  treasury_id   integer not null,
  fiscal_year   smallint not null,
  agency        text not null,
  tables_sha256 bytea not null check (octet_length(tables_sha256) = 32),
  published_by  text not null,
  published_at  timestamptz not null default now(),
  constraint budget_published_once primary key (treasury_id, fiscal_year, agency),
  constraint budget_publication_known foreign key (treasury_id, fiscal_year) references ledger.budget_resolution,
  foreign key (treasury_id, agency) references ledger.agency,
  foreign key (treasury_id, published_by) references ledger.person
);
comment on table ledger.budget_publication is '预算公开 which approved budgets are public; the digest is that of the tables as they were checked';

-- What holds now, and where the funding line lies.
create view ledger.standard_in_force with (security_invoker = true) as
  select s.*, a.approved_by, a.approved_at,
         least(s.valid_to + 1, lead(s.valid_from) over (partition by s.treasury_id, s.standard order by s.valid_from)) as until_on
    from ledger.spending_standard s
    join ledger.standard_approval a using (treasury_id, standard, version);
comment on view ledger.standard_in_force is '现行支出标准 approved standards; until_on is the first day without the version';

create view ledger.driver_in_force with (security_invoker = true) as
  select distinct on (v.treasury_id, v.agency, v.driver, v.fiscal_year) v.*, a.approved_by
    from ledger.driver_value v
    join ledger.driver_approval a using (treasury_id, agency, driver, fiscal_year, version)
   order by v.treasury_id, v.agency, v.driver, v.fiscal_year, v.version desc;
comment on view ledger.driver_in_force is '现行基础数据 the newest approved basic data of each agency and year';

create view ledger.ceiling_in_force with (security_invoker = true) as
  select distinct on (c.treasury_id, c.fiscal_year, c.department, c.fund) c.*
    from ledger.budget_ceiling c
   order by c.treasury_id, c.fiscal_year, c.department, c.fund, c.version desc;
comment on view ledger.ceiling_in_force is '现行控制数 the newest ceiling of each department and fund';

create view ledger.submission_in_force with (security_invoker = true) as
  select distinct on (s.treasury_id, s.fiscal_year, s.agency) s.*
    from ledger.budget_submission s
   order by s.treasury_id, s.fiscal_year, s.agency, s.round desc, s.version desc;
comment on view ledger.submission_in_force is '现行上报稿 the newest submission of each agency, of its latest round';

create view ledger.line_allowed with (security_invoker = true) as
  select l.treasury_id, l.package, l.version, l.line_no, l.dept_econ, l.fen as asked_fen, r.review_no, r.cut, r.reason,
         coalesce(r.fen, l.fen) as allowed_fen
    from ledger.package_line l
    left join lateral (
      select x.review_no, x.cut, x.reason, x.fen from ledger.line_review x
       where (x.treasury_id, x.package, x.version, x.line_no) = (l.treasury_id, l.package, l.version, l.line_no)
       order by x.review_no desc limit 1) r on true;
comment on view ledger.line_allowed is '审定明细 what the newest review leaves of each line; what no review touched is as it was asked';

create view ledger.package_order with (security_invoker = true) as
  with sent as (
    select p.treasury_id, p.fiscal_year, p.department, p.fund, p.package, p.agency, p.category, p.activity, p.level,
           m.package_version as version, s.round,
           (select sum(l.asked_fen) from ledger.line_allowed l
             where (l.treasury_id, l.package, l.version) = (m.treasury_id, m.package, m.package_version))::bigint as asked_fen,
           (select sum(l.allowed_fen) from ledger.line_allowed l
             where (l.treasury_id, l.package, l.version) = (m.treasury_id, m.package, m.package_version))::bigint as allowed_fen
      from ledger.submission_in_force s
      join ledger.submitted_package m on (m.treasury_id, m.fiscal_year, m.agency, m.round, m.version)
        = (s.treasury_id, s.fiscal_year, s.agency, s.round, s.version)
      join ledger.budget_package p on (p.treasury_id, p.package) = (m.treasury_id, m.package)),
  ranked as (
    select k.treasury_id, k.fiscal_year, k.department, k.fund, k.package, k.rank_by, k.place, w.weight,
           count(*) over (partition by k.treasury_id, k.fiscal_year, k.department, k.fund, k.rank_by) as ranked
      from ledger.package_rank k join ledger.rank_weight w using (rank_by)
     where k.version = (select max(x.version) from ledger.package_rank x
                         where (x.treasury_id, x.fiscal_year, x.department, x.fund, x.rank_by)
                             = (k.treasury_id, k.fiscal_year, k.department, k.fund, k.rank_by))),
  scored as (
    select r.treasury_id, r.package, sum(r.weight * (r.ranked - r.place + 1))::bigint as score,
           min(r.place) filter (where r.rank_by = 'department') as department_place,
           min(r.place) filter (where r.rank_by = 'finance') as finance_place,
           min(r.place) filter (where r.rank_by = 'committee') as committee_place
      from ranked r group by r.treasury_id, r.package),
  placed as (
    select s.*, coalesce(c.score, 0) as score, c.department_place, c.finance_place, c.committee_place,
           row_number() over o as place, sum(s.allowed_fen) over o as running_fen
      from sent s left join scored c using (treasury_id, package)
    window o as (partition by s.treasury_id, s.fiscal_year, s.department, s.fund
      order by array_position(array['personnel', 'office', 'project'], s.category), coalesce(c.score, 0) desc, c.committee_place, c.finance_place, c.department_place,
               s.level, s.package))
  select p.*, l.amount_fen as ceiling_fen, p.allowed_fen > 0 and coalesce(p.running_fen <= l.amount_fen, false) as funded
    from placed p
    left join ledger.ceiling_in_force l using (treasury_id, fiscal_year, department, fund);
comment on view ledger.package_order is
  '排序与资金线 the submitted packages of each department and fund: basic expenditure first, projects by weighted Borda score; '
  'those whose running sum stays within the ceiling are funded, so a higher ceiling never drops one';

-- The one way in.
create function ledger.refuse(p_constraint text, p_facts jsonb) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  raise exception '%: %', p_constraint, p_facts
    using errcode = 'check_violation', constraint = p_constraint, detail = p_facts::text;
end $$;
comment on function ledger.refuse(text, jsonb) is 'refuses by the name of the rule that is broken, with its facts';

create function ledger.agency_mine(who access.identity, p_agency text) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if who.agencies is not null and coalesce(p_agency <> all (who.agencies), true) then
    raise exception 'agency % is not yours', p_agency
      using errcode = 'insufficient_privilege', constraint = 'agency_yours';
  end if;
end $$;
comment on function ledger.agency_mine(access.identity, text) is 'refuses an agency outside of the appointment, and a blank one';

create function ledger.whole_city(who access.identity) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if who.agencies is not null then
    raise exception 'this is for the whole treasury, and the appointment is for some agencies'
      using errcode = 'insufficient_privilege', constraint = 'agency_yours';
  end if;
end $$;
comment on function ledger.whole_city(access.identity) is 'refuses whoever is appointed for some agencies only';

create function ledger.budget_open(p_treasury_id integer, p_year integer) returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  -- Shared by all who write, exclusive for the resolution: what the Congress approves holds still.
  perform pg_advisory_xact_lock_shared(hashtextextended('budget' || p_year, p_treasury_id));
  if exists (select from ledger.budget_resolution r where (r.treasury_id, r.fiscal_year) = (p_treasury_id, p_year)) then
    perform ledger.refuse('budget_not_resolved', jsonb_build_object('year', p_year));
  end if;
end $$;
comment on function ledger.budget_open(integer, integer) is 'refuses changes to a budget that the Congress has approved';

create function ledger.record_standards(p_rows jsonb) returns table (standard text, version integer) language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  who access.identity := access.must_be(array['REVW']);
  bad record;
begin
  perform ledger.whole_city(who);
  perform pg_advisory_xact_lock(hashtextextended('standards', who.treasury_id));
  select r.standard, r.dept_econ into bad from jsonb_to_recordset(p_rows) as r (standard text, dept_econ text)
   where not exists (select from ledger.class_code k where (k.scheme, k.code) = ('dept_econ', r.dept_econ)) limit 1;
  if found then
    perform ledger.refuse('budget_code_known', jsonb_build_object('dim', 'dept_econ', 'code', bad.dept_econ));
  end if;
  return query
  with given as materialized (
    select r.*, coalesce((select max(v.version) from ledger.spending_standard v
                           where (v.treasury_id, v.standard) = (who.treasury_id, r.standard)), 0)
                + row_number() over (partition by r.standard order by r.place)::integer as version
      from rows from (jsonb_to_recordset(p_rows) as (
             standard text, name_zh text, name_en text, category text, dept_econ text, driver text, agency_kind text,
             scope text, per text, amount_fen bigint, document_no text, document_title text, document_issuer text,
             valid_from date, valid_to date, confidence text)) with ordinality as r (
             standard, name_zh, name_en, category, dept_econ, driver, agency_kind, scope, per, amount_fen, document_no,
             document_title, document_issuer, valid_from, valid_to, confidence, place)),
  made as (
    insert into ledger.spending_standard (treasury_id, standard, version, name_zh, name_en, category, dept_econ, driver,
             agency_kind, scope, per, amount_fen, document_no, document_title, document_issuer, valid_from, valid_to,
             confidence, recorded_by)
    select who.treasury_id, g.standard, g.version, coalesce(g.name_zh, ''), coalesce(g.name_en, ''), g.category, g.dept_econ,
           g.driver, g.agency_kind, coalesce(g.scope, ''), g.per, g.amount_fen, coalesce(g.document_no, ''),
           coalesce(g.document_title, ''), coalesce(g.document_issuer, ''), g.valid_from, g.valid_to, g.confidence, who.person
      from given g order by g.place)
  select g.standard, g.version from given g order by g.place;
end $$;
comment on function ledger.record_standards(jsonb) is 'adds versions of spending standards, all or none; the finance division does';

create function ledger.approve_standards(p_rows jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['APPR']);
  made integer;
  asked integer := (select count(*) from jsonb_array_elements(p_rows));
begin
  perform ledger.whole_city(who);
  insert into ledger.standard_approval (treasury_id, standard, version, recorded_by, approved_by)
  select v.treasury_id, v.standard, v.version, v.recorded_by, who.person
    from jsonb_to_recordset(p_rows) as r (standard text, version integer)
    join ledger.spending_standard v on (v.treasury_id, v.standard, v.version) = (who.treasury_id, r.standard, r.version)
   order by v.standard, v.version;
  get diagnostics made = row_count;
  if made <> asked then
    perform ledger.refuse('budget_record_known', jsonb_build_object('missing', asked - made));
  end if;
  return made;
end $$;
comment on function ledger.approve_standards(jsonb) is 'approves versions of standards that somebody else recorded';

create function ledger.record_drivers(p_rows jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['COMP']);
  made integer;
begin
  perform ledger.agency_mine(who, r.agency) from jsonb_to_recordset(p_rows) as r (agency text);
  perform ledger.budget_open(who.treasury_id, y) from (
    select distinct r.fiscal_year as y from jsonb_to_recordset(p_rows) as r (fiscal_year integer)) d;
  perform pg_advisory_xact_lock(hashtextextended('drivers', who.treasury_id));
  insert into ledger.driver_value (treasury_id, agency, driver, fiscal_year, version, quantity_milli, origin, recorded_by)
  select who.treasury_id, r.agency, r.driver, r.fiscal_year,
         coalesce((select max(v.version) from ledger.driver_value v where (v.treasury_id, v.agency, v.driver, v.fiscal_year)
                     = (who.treasury_id, r.agency, r.driver, r.fiscal_year)), 0) + 1,
         r.quantity_milli, coalesce(r.origin, ''), who.person
    from jsonb_to_recordset(p_rows) as r (agency text, driver text, fiscal_year smallint, quantity_milli bigint, origin text);
  get diagnostics made = row_count;
  return made;
end $$;
comment on function ledger.record_drivers(jsonb) is 'adds basic data of agencies for a budget year; the compiler does';

create function ledger.approve_drivers(p_rows jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['REVW']);
  made integer;
  asked integer := (select count(*) from jsonb_array_elements(p_rows));
begin
  perform ledger.agency_mine(who, r.agency) from jsonb_to_recordset(p_rows) as r (agency text);
  insert into ledger.driver_approval (treasury_id, agency, driver, fiscal_year, version, recorded_by, approved_by)
  select v.treasury_id, v.agency, v.driver, v.fiscal_year, v.version, v.recorded_by, who.person
    from jsonb_to_recordset(p_rows) as r (agency text, driver text, fiscal_year smallint, version integer)
    join ledger.driver_value v on (v.treasury_id, v.agency, v.driver, v.fiscal_year, v.version)
      = (who.treasury_id, r.agency, r.driver, r.fiscal_year, r.version)
   order by v.agency, v.driver, v.fiscal_year, v.version;
  get diagnostics made = row_count;
  if made <> asked then
    perform ledger.refuse('budget_record_known', jsonb_build_object('missing', asked - made));
  end if;
  return made;
end $$;
comment on function ledger.approve_drivers(jsonb) is 'approves basic data that somebody else recorded';

create function ledger.priced_lines(p_treasury_id integer, p_agency text, p_year smallint, p_lines jsonb)
returns table (line_no smallint, standard text, standard_version integer, category text, agency_kind text, dept_econ text,
  unit_fen bigint, per text, driver text, stated boolean, driver_version integer, quantity_milli bigint, times smallint,
  origin text, quote_fens bigint[], quote_documents text[])
language sql stable set search_path = pg_catalog, pg_temp
begin atomic
  -- A line names a standard, and its price and quantity are found here; or it brings quotes, of which the lowest counts.
  select r.place::smallint, r.standard, s.version, s.category, s.agency_kind, coalesce(s.dept_econ, r.dept_econ),
         case when r.standard is null then (select min(q) from unnest(r.quote_fens) q) else s.amount_fen end,
         coalesce(s.per, r.per), coalesce(s.driver, r.driver), k.stated, case when not k.stated then d.version end,
         case when k.stated then r.quantity_milli else d.quantity_milli end, coalesce(r.times, 1::smallint),
         case when k.stated then coalesce(r.origin, '') else '' end,
         case when r.standard is null then r.quote_fens end, case when r.standard is null then r.quote_documents end
    from rows from (jsonb_to_recordset(p_lines) as (
           standard text, dept_econ text, per text, driver text, quantity_milli bigint, times smallint, origin text,
           quote_fens bigint[], quote_documents text[])) with ordinality as r (
           standard, dept_econ, per, driver, quantity_milli, times, origin, quote_fens, quote_documents, place)
    left join ledger.standard_in_force s on (s.treasury_id, s.standard) = (p_treasury_id, r.standard)
      and s.valid_from <= make_date(p_year, 1, 1) and coalesce(s.until_on > make_date(p_year, 1, 1), true)
    left join ledger.driver_kind k on k.driver = coalesce(s.driver, r.driver)
    left join ledger.driver_in_force d on (d.treasury_id, d.agency, d.driver, d.fiscal_year)
      = (p_treasury_id, p_agency, k.driver, p_year) and d.quantity_milli > 0;
end;
comment on function ledger.priced_lines(integer, text, smallint, jsonb) is
  'the lines of a package with the prices of the standards in force on the first day of the year and the approved quantities';

create function ledger.save_package(p jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['COMP']);
  code text := p ->> 'package';
  year smallint := (p ->> 'fiscal_year')::smallint;
  kept ledger.budget_package;
  unit ledger.agency;
  n integer;
  bad record;
begin
  select a.* into unit from ledger.agency a where (a.treasury_id, a.agency) = (who.treasury_id, p ->> 'agency');
  if not found then
    perform ledger.refuse('budget_code_known', jsonb_build_object('dim', 'agency', 'code', p ->> 'agency'));
  end if;
  perform ledger.agency_mine(who, unit.agency);
  perform ledger.budget_open(who.treasury_id, year);
  perform pg_advisory_xact_lock(hashtextextended('package' || coalesce(code, ''), who.treasury_id));
  select x.scheme, x.code into bad
    from (values ('func', p ->> 'func'), ('fund', p ->> 'fund')) x (scheme, code)
   where not exists (select from ledger.class_code k where (k.scheme, k.code) = (x.scheme, x.code) and k.leaf
                        and k.valid @> make_date(year, 1, 1)) limit 1;
  if found then
    perform ledger.refuse('budget_code_known', jsonb_build_object('dim', bad.scheme, 'code', bad.code));
  end if;
  if p ->> 'project' is not null and not exists (
    select from (select s.stage from ledger.project_stage s
                  where (s.treasury_id, s.project) = (who.treasury_id, p ->> 'project') order by s.stage_no desc limit 1) s
     where s.stage in ('review', 'approval', 'procurement', 'construction', 'acceptance')) then
    perform ledger.refuse('package_project_in_library', jsonb_build_object('project', p ->> 'project'));
  end if;
  if coalesce((p ->> 'level')::smallint, 1) < 3 and coalesce(p ->> 'mandate', '') !~ '\S' then
    perform ledger.refuse('package_mandate_said', jsonb_build_object('package', code));
  end if;

  select b.* into kept from ledger.budget_package b where (b.treasury_id, b.package) = (who.treasury_id, code);
  if not found then
    insert into ledger.budget_package (treasury_id, package, fiscal_year, agency, department, category, activity, level, func,
                                       fund, project, name_zh, name_en, opened_by)
    values (who.treasury_id, code, year, unit.agency,
            (with recursive up as (
               select a.agency, a.parent from ledger.agency a where (a.treasury_id, a.agency) = (who.treasury_id, unit.agency)
               union all
               select a.agency, a.parent from up join ledger.agency a on (a.treasury_id, a.agency) = (who.treasury_id, up.parent))
             select u.agency from up u where u.parent is null),
            p ->> 'category', p ->> 'activity_code', coalesce((p ->> 'level')::smallint, 1), p ->> 'func', p ->> 'fund',
            p ->> 'project', coalesce(p ->> 'name_zh', ''), coalesce(p ->> 'name_en', ''), who.person)
    returning * into kept;
  elsif (kept.fiscal_year, kept.agency, kept.category, kept.activity, kept.level, kept.func, kept.fund)
        is distinct from (year, unit.agency, p ->> 'category', p ->> 'activity_code', coalesce((p ->> 'level')::smallint, 1),
                          p ->> 'func', p ->> 'fund') or kept.project is distinct from p ->> 'project' then
    perform ledger.refuse('package_stays_itself', jsonb_build_object('package', code));
  end if;
  select coalesce(max(v.version), 0) + 1 into n from ledger.package_version v
   where (v.treasury_id, v.package) = (who.treasury_id, code);
  insert into ledger.package_version (treasury_id, package, version, mandate, activity, consequences, saved_by)
  values (who.treasury_id, code, n, coalesce(p ->> 'mandate', ''), coalesce(p ->> 'activity', ''),
          coalesce(p ->> 'consequences', ''), who.person);
  insert into ledger.package_target (treasury_id, package, version, target_no, kind, target)
  select who.treasury_id, code, n, r.place, r.kind, coalesce(r.target, '')
    from rows from (jsonb_to_recordset(coalesce(p -> 'targets', '[]')) as (kind text, target text)) with ordinality as r (kind, target, place);

  if jsonb_array_length(coalesce(p -> 'lines', '[]')) = 0 then
    perform ledger.refuse('package_has_lines', jsonb_build_object('package', code));
  end if;
  select l.* into bad from ledger.priced_lines(who.treasury_id, unit.agency, year, p -> 'lines') l
   where l.standard is null and (kept.category <> 'project' or l.quote_fens is null)
      or l.standard is not null and (l.standard_version is null or l.category <> kept.category or l.agency_kind <> unit.kind)
      or l.standard is null and not exists (
           select from ledger.class_code k where (k.scheme, k.code) = ('dept_econ', l.dept_econ) and k.leaf)
      or l.per is null
      or l.stated is null or l.quantity_milli is null or not l.stated and l.driver_version is null
   order by l.line_no limit 1;
  if found then
    perform ledger.refuse(
      case when bad.standard is null and (kept.category <> 'project' or bad.quote_fens is null or bad.per is null)
             then 'package_price_has_standard'
           when bad.standard is not null
                and (bad.standard_version is null or bad.category <> kept.category or bad.agency_kind <> unit.kind)
             then 'package_standard_in_force'
           when bad.standard is null and not exists (
                  select from ledger.class_code k where (k.scheme, k.code) = ('dept_econ', bad.dept_econ) and k.leaf)
             then 'budget_code_known'
           else 'package_driver_counted' end,
      jsonb_strip_nulls(jsonb_build_object('package', code, 'line', bad.line_no, 'standard', bad.standard, 'driver', bad.driver,
                                           'agency', unit.agency, 'year', year, 'code', bad.dept_econ)));
  end if;
  insert into ledger.package_line (treasury_id, package, version, line_no, fiscal_year, agency, dept_econ, standard,
           standard_version, quote_fens, quote_documents, unit_fen, per, driver, driver_version, quantity_milli, times, origin)
  select who.treasury_id, code, n, l.line_no, year, unit.agency, l.dept_econ, l.standard, l.standard_version, l.quote_fens,
         l.quote_documents, l.unit_fen, l.per, l.driver, l.driver_version, l.quantity_milli, l.times, l.origin
    from ledger.priced_lines(who.treasury_id, unit.agency, year, p -> 'lines') l order by l.line_no;
  return n;
end $$;
comment on function ledger.save_package(jsonb) is
  'saves a version of a decision package; prices come from the standards in force on the first day of the budget year, '
  'quantities from the approved basic data, amounts from both';

create function ledger.review_package(p jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['REVW']);
  code text := p ->> 'package';
  asked ledger.package_version;
  of_package ledger.budget_package;
  n integer;
  bad record;
begin
  select v.* into asked from ledger.package_version v
   where (v.treasury_id, v.package) = (who.treasury_id, code) order by v.version desc limit 1;
  if not found or asked.version is distinct from (p ->> 'version')::integer then
    perform ledger.refuse('package_version_newest', jsonb_build_object('package', code, 'version', p ->> 'version'));
  end if;
  select b.* into of_package from ledger.budget_package b where (b.treasury_id, b.package) = (who.treasury_id, code);
  perform ledger.agency_mine(who, of_package.agency);
  perform ledger.budget_open(who.treasury_id, of_package.fiscal_year);
  perform pg_advisory_xact_lock(hashtextextended('package' || code, who.treasury_id));
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
comment on function ledger.review_package(jsonb) is
  'reviews the newest version of a package line by line; a review lowers quantities or months for a named reason and raises nothing';

create function ledger.prior_year(p_package text) returns bigint language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['REVW']);
  of_package ledger.budget_package;
begin
  select b.* into of_package from ledger.budget_package b where (b.treasury_id, b.package) = (who.treasury_id, p_package);
  perform ledger.agency_mine(who, of_package.agency);
  if not exists (select from ledger.package_review r where (r.treasury_id, r.package, r.reviewed_by)
                   = (who.treasury_id, p_package, who.person)
                    and r.version = (select max(v.version) from ledger.package_version v
                                      where (v.treasury_id, v.package) = (who.treasury_id, p_package))) then
    perform ledger.refuse('review_before_prior_year', jsonb_build_object('package', p_package));
  end if;
  return (select sum(l.fen) from ledger.budget_line l join ledger.budget_package b using (treasury_id, package)
           where (l.treasury_id, l.fiscal_year, b.agency, b.activity, b.level)
               = (who.treasury_id, of_package.fiscal_year - 1, of_package.agency, of_package.activity, of_package.level));
end $$;
comment on function ledger.prior_year(text) is 'what the same activity had in the year before, told only to a reviewer whose own proposal is saved';

create function ledger.rank_packages(p jsonb) returns integer language plpgsql
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
  -- Every project package of the department and fund has its place, and no level stands before the one below it.
  select b.package into bad from ledger.budget_package b
    left join ledger.package_rank k on (k.treasury_id, k.fiscal_year, k.department, k.fund, k.rank_by, k.version, k.package)
      = (who.treasury_id, year, p ->> 'department', p ->> 'fund', voice, n, b.package)
    left join ledger.budget_package low on (low.treasury_id, low.fiscal_year, low.agency, low.activity, low.fund)
      = (b.treasury_id, b.fiscal_year, b.agency, b.activity, b.fund) and low.level < b.level
    left join ledger.package_rank j on (j.treasury_id, j.fiscal_year, j.department, j.fund, j.rank_by, j.version, j.package)
      = (who.treasury_id, year, p ->> 'department', p ->> 'fund', voice, n, low.package)
   where (b.treasury_id, b.fiscal_year, b.department, b.fund, b.category)
       = (who.treasury_id, year, p ->> 'department', p ->> 'fund', 'project')
     and (k.place is null or j.place > k.place) limit 1;
  if found then
    perform ledger.refuse('ranking_whole_and_in_levels', jsonb_build_object('package', bad.package));
  end if;
  select k.package into bad from ledger.package_rank k join ledger.budget_package b using (treasury_id, package)
   where (k.treasury_id, k.fiscal_year, k.department, k.fund, k.rank_by, k.version)
       = (who.treasury_id, year, p ->> 'department', p ->> 'fund', voice, n)
     and (b.fiscal_year, b.department, b.fund, b.category) is distinct from (year, p ->> 'department', p ->> 'fund', 'project') limit 1;
  if found then
    perform ledger.refuse('ranking_whole_and_in_levels', jsonb_build_object('package', bad.package));
  end if;
  return made;
end $$;
comment on function ledger.rank_packages(jsonb) is
  'ranks all project packages of a department and fund, the first one first; the duty says whose ranking it is';

create function ledger.set_ceilings(p_rows jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['REVW']);
  made integer;
  bad record;
begin
  perform ledger.agency_mine(who, r.department) from jsonb_to_recordset(p_rows) as r (department text);
  perform ledger.budget_open(who.treasury_id, y) from (
    select distinct r.fiscal_year as y from jsonb_to_recordset(p_rows) as r (fiscal_year integer)) d;
  select r.fund into bad from jsonb_to_recordset(p_rows) as r (fund text)
   where not exists (select from ledger.class_code k where (k.scheme, k.code) = ('fund', r.fund)) limit 1;
  if found then
    perform ledger.refuse('budget_code_known', jsonb_build_object('dim', 'fund', 'code', bad.fund));
  end if;
  perform pg_advisory_xact_lock(hashtextextended('ceilings', who.treasury_id));
  insert into ledger.budget_ceiling (treasury_id, fiscal_year, department, fund, version, amount_fen, document, set_by)
  select who.treasury_id, r.fiscal_year, r.department, r.fund,
         coalesce((select max(c.version) from ledger.budget_ceiling c where (c.treasury_id, c.fiscal_year, c.department, c.fund)
                     = (who.treasury_id, r.fiscal_year, r.department, r.fund)), 0) + 1,
         r.amount_fen, coalesce(r.document, ''), who.person
    from jsonb_to_recordset(p_rows) as r (fiscal_year smallint, department text, fund text, amount_fen bigint, document text);
  get diagnostics made = row_count;
  return made;
end $$;
comment on function ledger.set_ceilings(jsonb) is 'sets the ceilings that the second round keeps within; the finance division does';

create function ledger.estimate_income(p jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['COMP']);
  year smallint := (p ->> 'fiscal_year')::smallint;
  n integer;
  bad record;
begin
  perform ledger.agency_mine(who, p ->> 'agency');
  perform ledger.budget_open(who.treasury_id, year);
  perform pg_advisory_xact_lock(hashtextextended('income' || (p ->> 'agency'), who.treasury_id));
  select x.scheme, x.code into bad from jsonb_to_recordset(p -> 'lines') as r (fund text, func text)
    cross join lateral (values ('fund', r.fund), ('func', r.func)) x (scheme, code)
   where not exists (select from ledger.class_code k where (k.scheme, k.code) = (x.scheme, x.code) and k.leaf) limit 1;
  if found then
    perform ledger.refuse('budget_code_known', jsonb_build_object('dim', bad.scheme, 'code', bad.code));
  end if;
  select coalesce(max(i.version), 0) + 1 into n from ledger.income_estimate i
   where (i.treasury_id, i.fiscal_year, i.agency) = (who.treasury_id, year, p ->> 'agency');
  insert into ledger.income_estimate (treasury_id, fiscal_year, agency, version, line_no, source, fund, func, amount_fen, basis, saved_by)
  select who.treasury_id, year, p ->> 'agency', n, r.place, r.source, r.fund, r.func, r.amount_fen, coalesce(r.basis, ''), who.person
    from rows from (jsonb_to_recordset(p -> 'lines') as (
      source text, fund text, func text, amount_fen bigint, basis text)) with ordinality as r (source, fund, func, amount_fen, basis, place);
  return n;
end $$;
comment on function ledger.estimate_income(jsonb) is 'saves what an agency expects besides appropriations, source by source with its basis';

create view ledger.income_in_force with (security_invoker = true) as
  select i.* from ledger.income_estimate i
   where i.version = (select max(x.version) from ledger.income_estimate x
                       where (x.treasury_id, x.fiscal_year, x.agency) = (i.treasury_id, i.fiscal_year, i.agency));
comment on view ledger.income_in_force is '现行收入预算 the newest income estimate of each agency and year';

create function ledger.submit_budget(p jsonb) returns integer language plpgsql
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
    join lateral (select max(v.version) as version from ledger.package_version v
                   where (v.treasury_id, v.package) = (b.treasury_id, b.package)) v on true
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
  select b.treasury_id, b.fiscal_year, b.agency, turn, n, b.package, max(v.version)
    from ledger.budget_package b join ledger.package_version v using (treasury_id, package)
   where (b.treasury_id, b.fiscal_year, b.agency) = (who.treasury_id, year, unit)
   group by b.treasury_id, b.package;
  get diagnostics made = row_count;
  if made = 0 then
    perform ledger.refuse('submission_not_empty', jsonb_build_object('agency', unit));
  end if;
  return n;
end $$;
comment on function ledger.submit_budget(jsonb) is 'submits the newest versions of all packages of an agency in the first or the second round';

create function ledger.resolve_budget(p jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['APPR']);
  year smallint := (p ->> 'fiscal_year')::smallint;
  made integer;
  total bigint;
  bad record;
begin
  perform ledger.whole_city(who);
  perform pg_advisory_xact_lock(hashtextextended('budget' || year, who.treasury_id));
  select s.agency into bad from ledger.submission_in_force s
   where (s.treasury_id, s.fiscal_year) = (who.treasury_id, year) and s.round < 2 order by s.agency limit 1;
  if found then
    perform ledger.refuse('resolution_after_second_round', jsonb_build_object('agency', bad.agency));
  end if;
  select coalesce(sum(o.allowed_fen), 0) into total from ledger.package_order o
   where (o.treasury_id, o.fiscal_year) = (who.treasury_id, year) and o.funded;
  if total = 0 or total is distinct from (p ->> 'total_fen')::bigint then
    perform ledger.refuse('resolution_meets_budget', jsonb_build_object('asked', p ->> 'total_fen', 'funded', total));
  end if;
  -- What an agency lives on besides appropriations is spent to the fen, fund by fund: nothing stands outside the budget.
  select coalesce(i.agency, o.agency) as agency, coalesce(i.fund, o.fund) as fund, coalesce(i.fen, 0) as income,
         coalesce(o.fen, 0) as spending into bad
    from (select x.agency, x.fund, sum(x.amount_fen) as fen from ledger.income_in_force x
           where (x.treasury_id, x.fiscal_year) = (who.treasury_id, year) and x.fund in ('5', '6') group by x.agency, x.fund) i
    full join (select x.agency, x.fund, sum(x.allowed_fen) as fen from ledger.package_order x
                where (x.treasury_id, x.fiscal_year) = (who.treasury_id, year) and x.funded and x.fund in ('5', '6')
                group by x.agency, x.fund) o on (o.agency, o.fund) = (i.agency, i.fund)
   where coalesce(i.fen, 0) <> coalesce(o.fen, 0) order by 1, 2 limit 1;
  if found then
    perform ledger.refuse('budget_balanced', to_jsonb(bad));
  end if;
  insert into ledger.budget_resolution (treasury_id, fiscal_year, document, title, passed_on, sha256, total_fen, recorded_by)
  values (who.treasury_id, year, coalesce(p ->> 'document', ''), coalesce(p ->> 'title', ''), (p ->> 'passed_on')::date,
          case when p ->> 'sha256' ~ '^[0-9a-f]{64}$' then decode(p ->> 'sha256', 'hex') else '' end, total, who.person);
  insert into ledger.budget_line (treasury_id, fiscal_year, package, line_no, version, review_no, agency, department, category,
                                  func, fund, dept_econ, project, fen)
  select o.treasury_id, o.fiscal_year, o.package, l.line_no, o.version, l.review_no, o.agency, o.department, o.category,
         b.func, o.fund, l.dept_econ, b.project, l.allowed_fen
    from ledger.package_order o
    join ledger.budget_package b using (treasury_id, package)
    join ledger.line_allowed l on (l.treasury_id, l.package, l.version) = (o.treasury_id, o.package, o.version)
   where (o.treasury_id, o.fiscal_year) = (who.treasury_id, year) and o.funded and l.allowed_fen > 0;
  get diagnostics made = row_count;
  return made;
end $$;
comment on function ledger.resolve_budget(jsonb) is
  'records the resolution of the Congress: its total must be what the funded packages add up to, and their lines become the approved budget';

create function ledger.set_budget_dates(p_rows jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['REVW']);
  made integer;
begin
  perform ledger.whole_city(who);
  perform pg_advisory_xact_lock(hashtextextended('dates', who.treasury_id));
  insert into ledger.budget_date (treasury_id, fiscal_year, step, version, due_on, document, set_by)
  select who.treasury_id, r.fiscal_year, r.step,
         coalesce((select max(d.version) from ledger.budget_date d where (d.treasury_id, d.fiscal_year, d.step)
                     = (who.treasury_id, r.fiscal_year, r.step)), 0) + 1, r.due_on, coalesce(r.document, ''), who.person
    from jsonb_to_recordset(p_rows) as r (fiscal_year smallint, step text, due_on date, document text);
  get diagnostics made = row_count;
  return made;
end $$;
comment on function ledger.set_budget_dates(jsonb) is 'sets until when the steps of a budget year are due; the finance division does';

create function ledger.publish_budget(p jsonb) returns void language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['PUBL']);
begin
  perform ledger.agency_mine(who, p ->> 'agency');
  if not exists (select from ledger.budget_line l where (l.treasury_id, l.fiscal_year, l.agency)
                   = (who.treasury_id, (p ->> 'fiscal_year')::smallint, p ->> 'agency')) then
    perform ledger.refuse('budget_record_known', jsonb_build_object('agency', p ->> 'agency', 'year', p ->> 'fiscal_year'));
  end if;
  insert into ledger.budget_publication (treasury_id, fiscal_year, agency, tables_sha256, published_by)
  values (who.treasury_id, (p ->> 'fiscal_year')::smallint, p ->> 'agency', decode(p ->> 'sha256', 'hex'), who.person);
end $$;
comment on function ledger.publish_budget(jsonb) is 'makes the approved budget of an agency public, under the digest of its checked tables';

-- What the public may see.
create view published.spending_standard with (security_barrier) as
  select s.treasury_id, t.code as treasury, s.standard, s.version, s.name_zh, s.name_en, s.category, s.dept_econ, s.driver,
         d.name_zh as driver_zh, d.name_en as driver_en, d.unit_zh, d.unit_en, s.agency_kind, s.scope, s.per, s.amount_fen,
         s.document_no, s.document_title, s.document_issuer, s.valid_from, s.until_on, s.confidence, s.approved_at
    from (select x.*, a.approved_at, least(x.valid_to + 1,
                   lead(x.valid_from) over (partition by x.treasury_id, x.standard order by x.valid_from)) as until_on
            from ledger.spending_standard x join ledger.standard_approval a using (treasury_id, standard, version)) s
    join ledger.treasury t using (treasury_id)
    join ledger.driver_kind d using (driver);
comment on view published.spending_standard is '支出标准 approved spending standards with every version; until_on is the first day without it';

create view published.budget_line with (security_barrier) as
  select l.treasury_id, t.code as treasury, l.fiscal_year, l.agency, a.name_zh as agency_zh, a.name_en as agency_en, l.department,
         l.package, b.name_zh, b.name_en, b.level, l.line_no, l.category, l.func, l.fund, l.dept_econ, l.project, l.fen,
         k.fen as asked_fen, k.standard, k.standard_version, k.unit_fen, k.per, k.driver, k.quantity_milli as asked_milli, k.times as asked_times,
         coalesce(r.quantity_milli, k.quantity_milli) as quantity_milli, coalesce(r.times, k.times) as times, r.cut, r.reason,
         k.origin, v.mandate, v.activity, v.consequences, p.published_at
    from ledger.budget_publication p
    join ledger.budget_line l using (treasury_id, fiscal_year, agency)
    join ledger.budget_package b using (treasury_id, package)
    join ledger.package_version v on (v.treasury_id, v.package, v.version) = (l.treasury_id, l.package, l.version)
    join ledger.package_line k on (k.treasury_id, k.package, k.version, k.line_no) = (l.treasury_id, l.package, l.version, l.line_no)
    left join ledger.line_review r on (r.treasury_id, r.package, r.version, r.review_no, r.line_no)
      = (l.treasury_id, l.package, l.version, l.review_no, l.line_no)
    join ledger.agency a on (a.treasury_id, a.agency) = (l.treasury_id, l.agency)
    join ledger.treasury t on t.treasury_id = l.treasury_id;
comment on view published.budget_line is
  '部门预算 every approved line of a published budget: standard, quantity, times and what the review left of it';

create view published.budget_income with (security_barrier) as
  select i.treasury_id, t.code as treasury, i.fiscal_year, i.agency, i.line_no, i.source, i.fund, i.func, i.amount_fen, i.basis
    from ledger.budget_publication p
    join ledger.income_estimate i using (treasury_id, fiscal_year, agency)
    join ledger.treasury t using (treasury_id)
   where i.version = (select max(x.version) from ledger.income_estimate x
                       where (x.treasury_id, x.fiscal_year, x.agency) = (i.treasury_id, i.fiscal_year, i.agency));
comment on view published.budget_income is '收入预算 the income of published budgets besides appropriations';

create view published.budget with (security_barrier) as
  select p.treasury_id, t.code as treasury, p.fiscal_year, p.agency, a.name_zh, a.name_en, a.kind, r.document, r.title, r.passed_on,
         encode(r.sha256, 'hex') as sha256, encode(p.tables_sha256, 'hex') as tables_sha256, p.published_at,
         (select sum(l.fen) from ledger.budget_line l
           where (l.treasury_id, l.fiscal_year, l.agency) = (p.treasury_id, p.fiscal_year, p.agency))::bigint as total_fen
    from ledger.budget_publication p
    join ledger.budget_resolution r using (treasury_id, fiscal_year)
    join ledger.agency a using (treasury_id, agency)
    join ledger.treasury t using (treasury_id);
comment on view published.budget is '已公开的部门预算 the published budgets by agency and year, with the resolution that approved them';

create view published.budget_target with (security_barrier) as
  select distinct l.treasury_id, l.treasury, l.fiscal_year, l.agency, l.package, g.target_no, g.kind, g.target
    from published.budget_line l
    join ledger.budget_line b on (b.treasury_id, b.fiscal_year, b.package, b.line_no) = (l.treasury_id, l.fiscal_year, l.package, l.line_no)
    join ledger.package_target g on (g.treasury_id, g.package, g.version) = (b.treasury_id, b.package, b.version);
comment on view published.budget_target is '绩效目标 the objectives of the packages of published budgets';

-- Who may do what.
do $$
declare
  name text;
begin
  foreach name in array array['spending_standard', 'standard_approval', 'driver_value', 'driver_approval', 'budget_package',
    'package_version', 'package_line', 'package_target', 'package_review', 'line_review', 'package_rank', 'budget_ceiling',
    'income_estimate', 'budget_submission', 'submitted_package', 'budget_resolution', 'budget_line', 'budget_date',
    'budget_publication'] loop
    execute format('create trigger append_only before update or delete or truncate on ledger.%I '
                   'for each statement execute function ledger.append_only()', name);
    execute format('alter table ledger.%I enable always trigger append_only', name);
    execute format('alter table ledger.%I enable row level security', name);
    execute format('create policy writer on ledger.%I to gongku_writer using (treasury_id = (select ledger.writing()))', name);
    execute format('create policy inspect on ledger.%I for select to gongku_inspect using (true)', name);
    execute format('create policy duty on ledger.%I for select to gongku_compile, gongku_execute, gongku_oversee, gongku_audit, '
      'gongku_publish using (treasury_id = (select (access.whoami()).treasury_id)%s)', name,
      case when name in ('driver_value', 'driver_approval', 'budget_package', 'income_estimate', 'budget_submission',
                         'submitted_package', 'budget_line') then
        ' and ((select (access.whoami()).agencies) is null or agency = any ((select (access.whoami()).agencies)::text[]))'
      when name in ('package_version', 'package_line', 'package_target', 'package_review', 'line_review') then
        -- The row security of the packages decides for what belongs to them.
        format(' and exists (select from ledger.budget_package b where (b.treasury_id, b.package) = (%1$I.treasury_id, %1$I.package))', name)
      else '' end);
    execute format('grant select on ledger.%I to gongku_writer, gongku_compile, gongku_execute, gongku_oversee, gongku_audit, '
      'gongku_publish, gongku_inspect', name);
    execute format('grant insert on ledger.%I to gongku_writer', name);
  end loop;
end $$;
grant select on ledger.driver_kind, ledger.rank_weight, ledger.standard_in_force, ledger.driver_in_force,
    ledger.ceiling_in_force, ledger.submission_in_force, ledger.line_allowed, ledger.package_order, ledger.income_in_force
  to gongku_writer, gongku_compile, gongku_execute, gongku_oversee, gongku_audit, gongku_publish, gongku_inspect;
grant execute on function ledger.refuse(text, jsonb), ledger.agency_mine(access.identity, text), ledger.whole_city(access.identity),
  ledger.budget_open(integer, integer), ledger.priced_lines(integer, text, smallint, jsonb) to gongku_writer;
grant select on published.spending_standard, published.budget_line, published.budget_income, published.budget,
  published.budget_target to gongku_public, gongku_inspect;
reset role;
do $$
declare
  f regprocedure;
begin
  execute 'grant create on schema ledger to gongku_writer';
  foreach f in array array['ledger.record_standards(jsonb)', 'ledger.approve_standards(jsonb)', 'ledger.record_drivers(jsonb)',
    'ledger.approve_drivers(jsonb)', 'ledger.save_package(jsonb)', 'ledger.review_package(jsonb)', 'ledger.prior_year(text)',
    'ledger.rank_packages(jsonb)', 'ledger.set_ceilings(jsonb)', 'ledger.estimate_income(jsonb)', 'ledger.submit_budget(jsonb)',
    'ledger.resolve_budget(jsonb)', 'ledger.set_budget_dates(jsonb)', 'ledger.publish_budget(jsonb)']::regprocedure[] loop
    execute format('alter function %s owner to gongku_writer', f);
  end loop;
  execute 'revoke create on schema ledger from gongku_writer';
end $$;
set role gongku_writer;
grant execute on function ledger.record_standards(jsonb), ledger.approve_standards(jsonb), ledger.record_drivers(jsonb),
  ledger.approve_drivers(jsonb), ledger.save_package(jsonb), ledger.review_package(jsonb), ledger.prior_year(text),
  ledger.rank_packages(jsonb), ledger.set_ceilings(jsonb), ledger.estimate_income(jsonb), ledger.submit_budget(jsonb),
  ledger.resolve_budget(jsonb), ledger.set_budget_dates(jsonb) to gongku_compile;
grant execute on function ledger.publish_budget(jsonb) to gongku_publish;
reset role;
