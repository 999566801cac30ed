-- Reference data shared by all treasuries: dated master data, loaded from ledger/master and ledger/templates.
set role gongku_owner;

create table ledger.chart (
  chart      text primary key,
  name_zh    text not null,
  name_en    text not null,
  system     text not null,
  valid      daterange not null,
  source     text not null
);
comment on table ledger.chart is '会计科目表 chart of accounts';

create table ledger.account (
  chart       text not null references ledger.chart,
  code        text not null,
  parent      text,
  name_zh     text not null,
  name_en     text not null,
  element     text not null check (element in ('asset', 'liability', 'net', 'revenue', 'expense',
                'budget_revenue', 'budget_expense', 'budget_balance', 'indicator')),
  book        text not null check (book in ('financial', 'budgetary', 'indicator', 'general')),
  normal_side text not null check (normal_side in ('D', 'C')),
  postable    boolean not null,
  limit_by    text check (limit_by in ('set', 'fund', 'indicator', 'agency', 'project', 'contract')),
  needs       text[] not null,
  takes       text[] not null,
  confidence  text not null,
  source      text not null,
  note        text,
  valid       daterange not null,
  primary key (chart, code),
  foreign key (chart, parent) references ledger.account (chart, code),
  constraint account_limit_is_debit check (limit_by is null or normal_side = 'D'),
  constraint account_code_plain check (code ~ '^[0-9A-Z]{1,12}$')
);
comment on table ledger.account is '会计科目 account; a parent is a sum and never posted to';

create table ledger.account_key (
  chart     text not null,
  key       text not null,
  dim       text not null,
  value     text not null,
  code      text not null,
  valid     daterange not null,
  primary key (chart, key, dim, value, valid),
  foreign key (chart, code) references ledger.account
);
comment on table ledger.account_key is 'semantic account keys of the posting templates, resolved per chart and dimension';

create table ledger.class_code (
  scheme     text not null check (scheme in ('func', 'gov_econ', 'dept_econ', 'revenue', 'fund', 'pay_mode')),
  code       text not null,
  parent     text,
  name_zh    text not null,
  name_en    text not null,
  leaf       boolean not null,
  confidence text not null,
  source     text not null,
  valid      daterange not null,
  primary key (scheme, code),
  foreign key (scheme, parent) references ledger.class_code (scheme, code),
  constraint class_code_plain check (code ~ '^[0-9A-Z]{1,12}$')
);
comment on table ledger.class_code is '政府收支分类 classification codes, re-issued every year';

create table ledger.econ_map (
  agency_kind text not null check (agency_kind in ('organ', 'institution')),
  dept_econ   text not null,
  gov_econ    text not null,
  confidence  text not null,
  valid       daterange not null,
  primary key (agency_kind, dept_econ)
);
comment on table ledger.econ_map is '部门/政府经济分类对照: the government class of a department class, by kind of agency';

create table ledger.close_rule (
  chart     text not null,
  step      smallint not null,
  from_code text not null,
  to_code   text not null,
  dim       text not null,
  dim_value text not null,
  source    text not null,
  primary key (chart, step, from_code, dim, dim_value),
  foreign key (chart, from_code) references ledger.account (chart, code),
  foreign key (chart, to_code) references ledger.account (chart, code)
);
comment on table ledger.close_rule is '年终转账 year-end transfers of a chart, in steps';

create table ledger.redaction_rule (
  rule    text not null check (rule ~ '^[A-Z]{3,12}$'),
  field   text not null check (field in ('counterparty', 'narration', 'prepared_by', 'posted_by')),
  dim     text not null check (dim in ('func', 'gov_econ', 'dept_econ', 'kind', 'text', 'all')),
  code    text not null,
  name_zh text not null,
  name_en text not null,
  basis   text not null check (basis <> ''),
  valid   daterange not null,
  primary key (field, dim, code, valid)
);
comment on table ledger.redaction_rule is '不公开规则 what a public page leaves out, by named rule with its legal basis; a code stands for all below it';

create table ledger.redacted_code (
  field text not null,
  dim   text not null,
  code  text not null,
  rule  text not null,
  valid daterange not null,
  primary key (field, dim, code, valid)
);
comment on table ledger.redacted_code is 'every code that a redaction rule covers, drawn from the classification when master data is loaded';

create table ledger.duty (
  duty    text primary key,
  name_zh text not null,
  name_en text not null,
  login   text not null
);
comment on table ledger.duty is '职责 duty and the database login that carries it';

create table ledger.duty_pair (
  duty_a text not null references ledger.duty,
  duty_b text not null references ledger.duty,
  scope  text[] not null check (cardinality(scope) > 0),
  basis  text not null,
  primary key (duty_a, duty_b)
);
comment on table ledger.duty_pair is '不相容职务 duties that may not meet in one person, office or unit';

create table ledger.template (
  digest         bytea primary key,
  event          text not null,
  title_zh       text not null,
  title_en       text not null,
  source         text not null,
  confidence     text not null,
  in_force       daterange not null,
  posted_under   text not null references ledger.duty (duty),
  prepared_under text[] not null,
  body           text not null,
  constraint template_digest_true check (digest = sha256(convert_to(body, 'UTF8'))),
  constraint template_plain check (event ~ '^[a-z][a-z_]{1,40}$')
);
create index template_event on ledger.template (event);
comment on table ledger.template is '记账模板 posting templates as they were in force, kept for ever';
reset role;
