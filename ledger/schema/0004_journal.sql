-- The journal: events, vouchers, postings, running limits, balances and leaves. Nothing in it is ever rewritten.
set role gongku_owner;

create table ledger.account_set (
  treasury_id    integer not null,
  account_set_id integer not null,
  code           text not null,
  agency         text not null,
  role           text not null check (role in ('bureau', 'indicator', 'agency', 'payment_agency', 'village', 'import')),
  chart          text not null references ledger.chart,
  fiscal_year    smallint not null,
  starts_on      date not null,
  ends_on        date not null check (ends_on > starts_on),
  currency       text not null check (currency ~ '^[A-Z]{3}$'),
  name_zh        text not null,
  name_en        text not null,
  primary key (treasury_id, account_set_id),
  unique (treasury_id, code),
  constraint account_set_once_a_year unique (treasury_id, role, agency, fiscal_year),
  foreign key (treasury_id, agency) references ledger.agency,
  constraint account_set_code_plain check (code ~ '^[0-9A-Z][0-9A-Z-]{0,29}$')
);
comment on table ledger.account_set is '账套 account set: entity x accounting system x fiscal year, in one currency';

create table ledger.period (
  treasury_id    integer not null,
  account_set_id integer not null,
  period_no      smallint not null check (period_no between 0 and 12),
  label          text not null,
  starts_on      date not null,
  ends_on        date not null check (ends_on >= starts_on),
  state          text not null default 'open' check (state in ('open', 'soft', 'closed')),
  last_no        integer not null default 0 check (last_no >= 0),
  primary key (treasury_id, account_set_id, period_no),
  foreign key (treasury_id, account_set_id) references ledger.account_set
) with (fillfactor = 50);
comment on table ledger.period is '会计期间 period of a set (0 = opening balances) with its gapless voucher counter';

create table ledger.period_change (
  treasury_id    integer not null,
  account_set_id integer not null,
  period_no      smallint not null,
  change_no      integer not null,
  state          text not null check (state in ('open', 'soft', 'closed')),
  reason         text not null check (reason <> ''),
  changed_by     text not null,
  changed_at     timestamptz not null default clock_timestamp(),
  primary key (treasury_id, account_set_id, period_no, change_no),
  foreign key (treasury_id, account_set_id, period_no) references ledger.period
);
comment on table ledger.period_change is '结账记录 who closed or reopened a period, when and why';

create table ledger.period_exception (
  treasury_id    integer not null,
  account_set_id integer not null,
  period_no      smallint not null,
  person         text not null,
  kind           text not null,
  reason         text not null check (reason <> ''),
  granted_by     text not null check (granted_by <> person),
  granted_at     timestamptz not null default clock_timestamp(),
  primary key (treasury_id, account_set_id, period_no, person, kind),
  foreign key (treasury_id, account_set_id, period_no) references ledger.period,
  foreign key (treasury_id, person) references ledger.person
);
comment on table ledger.period_exception is '软结账例外 who may still post which kind of event into a softly closed period';

create table ledger.indicator (
  treasury_id integer not null,
  indicator   text not null,
  parent      text,
  fiscal_year smallint not null,
  agency      text,
  func        text,
  gov_econ    text,
  dept_econ   text,
  fund        text not null,
  project     text,
  budget_source smallint not null default 1 check (budget_source in (1, 2, 3)),
  document    text not null check (document <> ''),
  opened_by   text not null,
  opened_at   timestamptz not null default clock_timestamp(),
  primary key (treasury_id, indicator),
  foreign key (treasury_id, parent) references ledger.indicator (treasury_id, indicator),
  foreign key (treasury_id, agency) references ledger.agency,
  constraint indicator_code_plain check (indicator ~ '^[0-9A-Za-z.-]{1,40}$')
);
comment on table ledger.indicator is '预算指标 budget indicator; parent leads back to the approval';

create table ledger.event (
  treasury_id     integer not null references ledger.treasury not enforced,
  event_id        uuid not null,
  kind            text not null,
  key             text not null,
  effective_on    date not null,
  narration       text not null,
  document        text,
  prepared_by     text not null,
  posted_by       text not null,
  reverses        uuid,
  template_digest bytea not null references ledger.template not enforced,
  content_digest  bytea not null,
  recorded_at     timestamptz not null,
  primary key (treasury_id, event_id),
  constraint event_once unique (treasury_id, kind, key),
  constraint event_reversed_once unique (treasury_id, reverses),
  constraint event_preparer_may_not_post check (prepared_by <> posted_by),
  constraint event_key_plain check (key <> '' and length(key) <= 200 and key !~ '[[:cntrl:]]'),
  constraint event_narration_plain check (narration <> '' and length(narration) <= 500
                                          and narration !~ '[\x01-\x1f\x7f]')
);
comment on table ledger.event is '业务事项 business event: posts one voucher in every account set that it touches';

create table ledger.voucher (
  treasury_id    integer not null,
  voucher_id     uuid not null,
  event_id       uuid not null,
  account_set_id integer not null,
  period_no      smallint not null,
  no             integer not null check (no > 0),
  effective_on   date not null,
  red            boolean not null,
  line_count     smallint not null check (line_count >= 2),
  debit_fen      bigint not null,
  primary key (treasury_id, voucher_id),
  constraint voucher_numbered_once unique (treasury_id, account_set_id, period_no, no),
  constraint voucher_one_per_set unique (treasury_id, event_id, account_set_id),
  foreign key (treasury_id, event_id) references ledger.event not enforced,
  foreign key (treasury_id, account_set_id, period_no) references ledger.period not enforced
);
comment on table ledger.voucher is '记账凭证 voucher: one event in one account set';

create table ledger.posting (
  treasury_id    integer not null,
  voucher_id     uuid not null,
  line_no        smallint not null,
  account_set_id integer not null,
  book           text not null,
  account        text not null,
  side           text not null check (side in ('D', 'C')),
  amount_fen     bigint not null,
  effective_on   date not null,
  agency         text,
  func           text,
  gov_econ       text,
  dept_econ      text,
  revenue        text,
  fund           text,
  project        text,
  indicator      text,
  contract       text,
  counterparty   text,
  pay_mode       text,
  narration      text,
  limit_key      text,
  primary key (treasury_id, voucher_id, line_no),
  constraint posting_amount_in_range check (amount_fen <> 0 and abs(amount_fen) <= 99999999999999999),
  constraint posting_text_plain check (concat(project, contract) !~ '[|[:cntrl:]]'
    and concat(counterparty, narration) !~ '[\x01-\x1f\x7f]'
    and length(project) <= 40 and length(contract) <= 40
    and length(counterparty) <= 200 and length(narration) <= 500),
  foreign key (treasury_id, voucher_id) references ledger.voucher not enforced
);
create index posting_by_account on ledger.posting
  (treasury_id, account_set_id, account, effective_on, voucher_id, line_no);
comment on table ledger.posting is '分录行 posting; a negative amount is a red line (红字)';

create table ledger.limit_row (
  treasury_id    integer not null,
  account_set_id integer not null,
  account        text not null,
  limit_key      text not null,
  available_fen  bigint not null,
  seq            bigint not null,
  primary key (treasury_id, account_set_id, account, limit_key),
  constraint limit_may_not_run_dry check (available_fen >= 0)
) with (fillfactor = 50);
comment on table ledger.limit_row is '额度 what an account that may not run dry still holds';

create table ledger.limit_move (
  treasury_id    integer not null,
  account_set_id integer not null,
  account        text not null,
  limit_key      text not null,
  seq            bigint not null,
  voucher_id     uuid not null,
  line_no        smallint not null,
  delta_fen      bigint not null,
  after_fen      bigint not null,
  primary key (treasury_id, account_set_id, account, limit_key, seq),
  constraint limit_may_not_run_dry check (after_fen >= 0)
);
comment on table ledger.limit_move is '额度变动 every change of a limit with its sequence and the value after it';

create table ledger.balance (
  treasury_id    integer not null,
  account_set_id integer not null,
  account        text not null,
  debit_fen      bigint not null,
  credit_fen     bigint not null,
  primary key (treasury_id, account_set_id, account)
) with (fillfactor = 50);
comment on table ledger.balance is '余额 running sums of each account';

create table ledger.balance_day (
  treasury_id    integer not null,
  account_set_id integer not null,
  account        text not null,
  effective_on   date not null,
  debit_fen      bigint not null,
  credit_fen     bigint not null,
  primary key (treasury_id, account_set_id, account, effective_on)
) with (fillfactor = 70);
comment on table ledger.balance_day is '日发生额 sums of each account and day';

create table ledger.leaf (
  treasury_id integer not null,
  leaf_id     uuid not null,
  kind        text not null,
  bytes       bytea not null,
  digest      bytea not null,
  primary key (treasury_id, leaf_id)
);
comment on table ledger.leaf is '日志叶 canonical bytes of a record of the transparency log, written once, and their SHA-256';

create table ledger.leaf_key (
  treasury_id integer not null,
  leaf_id     uuid not null,
  key         bytea not null check (octet_length(key) = 32),
  primary key (treasury_id, leaf_id)
);
comment on table ledger.leaf_key is 'random key of a leaf''s salted commitments, kept apart so that it can be erased';

create table ledger.leaf_queue (
  treasury_id integer not null,
  leaf_id     uuid not null,
  primary key (treasury_id, leaf_id)
);
comment on table ledger.leaf_queue is 'leaves that wait for the sequencer';

create table ledger.log_size (
  treasury_id integer primary key references ledger.treasury,
  size        bigint not null default 0 check (size >= 0)
);
comment on table ledger.log_size is 'the number of leaves in a treasury''s log';

create table ledger.log_entry (
  treasury_id  integer not null,
  log_index    bigint not null check (log_index >= 0),
  leaf_id      uuid not null,
  sequenced_at timestamptz not null,
  primary key (treasury_id, log_index),
  constraint log_entry_once unique (treasury_id, leaf_id)
);
comment on table ledger.log_entry is 'the gapless place of a leaf in its treasury''s log';

-- Append-only, for everyone: also the owner, also under session_replication_role = replica.
create function ledger.append_only() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  raise exception '% on %.% is refused: the record is append-only', tg_op, tg_table_schema, tg_table_name
    using errcode = 'insufficient_privilege', constraint = 'append_only', table = tg_table_name;
end $$;
do $$
declare
  name text;
begin
  foreach name in array array['event', 'voucher', 'posting', 'limit_move', 'leaf', 'log_entry',
    'period_change', 'period_exception', 'indicator', 'duty_held', 'duty_ended', 'template'] loop
    execute format('create trigger append_only before update or delete or truncate on ledger.%I '
                   'for each statement execute function ledger.append_only()', name);
    execute format('alter table ledger.%I enable always trigger append_only', name);
  end loop;
end $$;

-- Checks by set. Each looks up by index, whatever the size of the batch, so that one cached plan fits one
-- posting and ten thousand. Materialising is off too: a plan made in nearly empty books would keep a copy of the table
-- and go through it for every row, and bulk posting would cost the square of the books until they are analysed.
create function ledger.event_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_material = off as $$
declare
  bad record;
begin
  select d.* into bad
    from (select distinct n.treasury_id, n.kind, n.template_digest, n.prepared_by, n.posted_by,
                 min(n.key) over w as key, min(n.effective_on) over w as first_on, max(n.effective_on) over w as last_on
            from new_rows n
          window w as (partition by n.treasury_id, n.kind, n.template_digest, n.prepared_by, n.posted_by)) d
    left join ledger.template t on t.digest = d.template_digest
   where t.digest is null or t.event <> d.kind or not t.in_force @> d.first_on or not t.in_force @> d.last_on
   limit 1;
  if found then
    raise exception 'no template in force for % on %', bad.kind, bad.first_on
      using errcode = 'foreign_key_violation', constraint = 'event_template_known', table = 'event',
            detail = jsonb_build_object('kind', bad.kind, 'key', bad.key)::text;
  end if;
  select d.* into bad
    from (select n.treasury_id, n.kind, n.template_digest, n.prepared_by, min(n.key) as key
            from new_rows n group by 1, 2, 3, 4) d
    join ledger.template t on t.digest = d.template_digest
   where not exists (select from ledger.appointment a
                      where a.treasury_id = d.treasury_id and a.person = d.prepared_by
                        and a.duty = any (t.prepared_under) and a.held @> access.today())
   limit 1;
  if found then
    raise exception '% may not prepare %', bad.prepared_by, bad.kind
      using errcode = 'insufficient_privilege', constraint = 'event_preparer_has_duty', table = 'event',
            detail = jsonb_build_object('kind', bad.kind, 'key', bad.key, 'person', bad.prepared_by)::text;
  end if;
  select n.kind, n.key into bad from new_rows n
    left join ledger.event o on (o.treasury_id, o.event_id) = (n.treasury_id, n.reverses)
   where n.reverses is not null and (o.event_id is null or o.reverses is not null) limit 1;
  if found then
    raise exception 'event % reverses an unknown event or a reversal', bad.key
      using errcode = 'foreign_key_violation', constraint = 'event_reverses_known', table = 'event',
            detail = jsonb_build_object('kind', bad.kind, 'key', bad.key)::text;
  end if;
  return null;
end $$;

create function ledger.voucher_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_material = off as $$
declare
  bad record;
begin
  select n.voucher_id, e.kind, e.key into bad from new_rows n
    left join ledger.event e on (e.treasury_id, e.event_id) = (n.treasury_id, n.event_id)
    left join ledger.posting p on (p.treasury_id, p.voucher_id, p.line_no) = (n.treasury_id, n.voucher_id, 1)
   where e.event_id is null or e.effective_on <> n.effective_on or p.line_no is null
   limit 1;
  if found then
    raise exception 'voucher % has no lines, or no event of its day', bad.voucher_id
      using errcode = 'check_violation', constraint = 'voucher_complete', table = 'voucher',
            detail = jsonb_build_object('kind', bad.kind, 'key', bad.key)::text;
  end if;
  -- The period is open; one that is softly closed takes what its exceptions name.
  select s.code, d.period_no, d.first_on, p.state, d.posted_by, e.kind, e.key into bad
    from (select n.treasury_id, n.account_set_id, n.period_no, e.kind, e.posted_by,
                 min(n.effective_on) as first_on, max(n.effective_on) as last_on, min(n.event_id::text)::uuid as event_id
            from new_rows n
            left join ledger.event e using (treasury_id, event_id) group by 1, 2, 3, 4, 5) d
    left join ledger.period p using (treasury_id, account_set_id, period_no)
    left join ledger.account_set s using (treasury_id, account_set_id)
    left join ledger.event e using (treasury_id, event_id)
    left join ledger.period_exception x
      on (x.treasury_id, x.account_set_id, x.period_no, x.person, x.kind)
       = (d.treasury_id, d.account_set_id, d.period_no, d.posted_by, d.kind)
   where p.period_no is null or d.first_on < p.starts_on or d.last_on > p.ends_on or p.state = 'closed'
      or (p.state = 'soft' and x.person is null)
   limit 1;
  if found then
    raise exception 'period % of % is %, or does not hold %', bad.period_no, bad.code, bad.state, bad.first_on
      using errcode = 'object_not_in_prerequisite_state', constraint = 'period_open', table = 'voucher',
            detail = jsonb_build_object('set', bad.code, 'period', bad.period_no, 'on', bad.first_on,
                                        'state', bad.state, 'kind', bad.kind, 'key', bad.key)::text;
  end if;
  return null;
end $$;

create function ledger.event_of(p_treasury_id integer, p_voucher_id uuid) returns jsonb language sql stable
set search_path = pg_catalog, pg_temp as $$
  select coalesce((
    select jsonb_build_object('kind', e.kind, 'key', e.key, 'set', s.code)
      from ledger.voucher v join ledger.event e using (treasury_id, event_id)
      join ledger.account_set s using (treasury_id, account_set_id)
     where v.treasury_id = p_treasury_id and v.voucher_id = p_voucher_id), '{}');
$$;
comment on function ledger.event_of(integer, uuid) is 'names a voucher''s event in refusals';

create function ledger.posting_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_material = off as $$
declare
  bad record;
begin
  -- 1. Every book of every voucher balances.
  select n.treasury_id, n.voucher_id, n.book,
         sum(case n.side when 'D' then n.amount_fen else -n.amount_fen end) as off_by into bad
    from new_rows n group by 1, 2, 3
  having sum(case n.side when 'D' then n.amount_fen else -n.amount_fen end) <> 0 limit 1;
  if found then
    raise exception 'off by % fen in the % book', bad.off_by, bad.book
      using errcode = 'check_violation', constraint = 'voucher_balanced', table = 'posting',
            detail = (ledger.event_of(bad.treasury_id, bad.voucher_id)
                      || jsonb_build_object('book', bad.book, 'off_by_fen', bad.off_by))::text;
  end if;
  -- 2. All lines of the header came, together, and none came later.
  select d.treasury_id, d.voucher_id into bad
    from (select n.treasury_id, n.voucher_id, count(*) as lines, min(n.line_no) as first_no,
                 max(n.line_no) as last_no, min(n.account_set_id) as low_set, max(n.account_set_id) as high_set,
                 min(n.effective_on) as first_on, max(n.effective_on) as last_on,
                 bool_or(n.amount_fen < 0) as some_red, bool_and(n.amount_fen < 0) as all_red,
                 sum(n.amount_fen) filter (where n.side = 'D') as debit_fen
            from new_rows n group by 1, 2) d
    left join ledger.voucher v using (treasury_id, voucher_id)
   where v.voucher_id is null or d.lines <> v.line_count or d.first_no <> 1 or d.last_no <> v.line_count
      or d.low_set <> v.account_set_id or d.high_set <> v.account_set_id
      or d.first_on <> v.effective_on or d.last_on <> v.effective_on
      or d.some_red <> v.red or d.all_red <> v.red or d.debit_fen <> v.debit_fen
   limit 1;
  if found then
    raise exception 'the lines are not those of the voucher''s header'
      using errcode = 'check_violation', constraint = 'voucher_complete', table = 'posting',
            detail = ledger.event_of(bad.treasury_id, bad.voucher_id)::text;
  end if;
  -- 3. Accounts exist in the set's chart, are no parents, are in force, and have the dimensions they need.
  select d.*, s.code as set_code, a.code as known, a.postable, a.needs, a.book as true_book into bad
    from (select n.treasury_id, n.account_set_id, n.account, n.book, min(n.effective_on) as first_on,
                 max(n.effective_on) as last_on, min(n.voucher_id::text)::uuid as voucher_id,
                 bool_or(n.agency is null) as no_agency, bool_or(n.func is null) as no_func,
                 bool_or(n.gov_econ is null) as no_gov_econ, bool_or(n.dept_econ is null) as no_dept_econ,
                 bool_or(n.revenue is null) as no_revenue, bool_or(n.fund is null) as no_fund,
                 bool_or(n.project is null) as no_project, bool_or(n.indicator is null) as no_indicator,
                 bool_or(n.contract is null) as no_contract, bool_or(n.counterparty is null) as no_counterparty,
                 bool_or(n.pay_mode is null) as no_pay_mode,
                 bool_or(n.limit_key is not null) as limited, bool_or(n.limit_key is null) as unlimited,
                 bool_and(n.limit_key is not distinct from n.fund) as by_fund,
                 bool_and(n.limit_key is not distinct from n.indicator) as by_indicator,
                 bool_and(n.limit_key is not distinct from n.agency) as by_agency,
                 bool_and(n.limit_key is not distinct from n.project) as by_project,
                 bool_and(n.limit_key is not distinct from n.contract) as by_contract,
                 bool_and(n.limit_key is not distinct from '') as by_set
            from new_rows n group by 1, 2, 3, 4) d
    left join ledger.account_set s using (treasury_id, account_set_id)
    left join ledger.account a on (a.chart, a.code) = (s.chart, d.account)
   where a.code is null or not a.postable or a.book <> d.book
      or not a.valid @> d.first_on or not a.valid @> d.last_on
      or ('agency' = any (a.needs) and d.no_agency) or ('func' = any (a.needs) and d.no_func)
      or ('gov_econ' = any (a.needs) and d.no_gov_econ) or ('dept_econ' = any (a.needs) and d.no_dept_econ)
      or ('revenue' = any (a.needs) and d.no_revenue) or ('fund' = any (a.needs) and d.no_fund)
      or ('project' = any (a.needs) and d.no_project) or ('indicator' = any (a.needs) and d.no_indicator)
      or ('contract' = any (a.needs) and d.no_contract) or ('counterparty' = any (a.needs) and d.no_counterparty)
      or ('pay_mode' = any (a.needs) and d.no_pay_mode)
      or (a.limit_by is null and d.limited) or (a.limit_by is not null and d.unlimited)
      or (a.limit_by = 'fund' and not d.by_fund) or (a.limit_by = 'indicator' and not d.by_indicator)
      or (a.limit_by = 'agency' and not d.by_agency) or (a.limit_by = 'project' and not d.by_project)
      or (a.limit_by = 'contract' and not d.by_contract) or (a.limit_by = 'set' and not d.by_set)
   limit 1;
  if found then
    if bad.known is null or not bad.postable then
      raise exception 'account % of % is unknown or a sum of others', bad.account, bad.set_code
        using errcode = 'foreign_key_violation', constraint = 'account_postable', table = 'posting',
              detail = (ledger.event_of(bad.treasury_id, bad.voucher_id)
                        || jsonb_build_object('account', bad.account))::text;
    end if;
    raise exception 'account % of % is not in force, or lacks a dimension it needs: %',
      bad.account, bad.set_code, bad.needs
      using errcode = 'check_violation', constraint = 'account_dimensions', table = 'posting',
            detail = (ledger.event_of(bad.treasury_id, bad.voucher_id)
                      || jsonb_build_object('account', bad.account, 'needs', bad.needs))::text;
  end if;
  -- 4. Classification codes exist, are leaves and in force; agencies exist.
  select c.treasury_id, c.voucher_id, c.scheme, c.code into bad
    from (select d.treasury_id, d.voucher_id, d.first_on, d.last_on, x.scheme, x.code
            from (select n.treasury_id, n.agency, n.func, n.gov_econ, n.dept_econ, n.revenue, n.fund, n.pay_mode,
                         min(n.effective_on) as first_on, max(n.effective_on) as last_on,
                         min(n.voucher_id::text)::uuid as voucher_id
                    from new_rows n group by 1, 2, 3, 4, 5, 6, 7, 8) d
            cross join lateral (values ('func', d.func), ('gov_econ', d.gov_econ), ('dept_econ', d.dept_econ),
              ('revenue', d.revenue), ('fund', d.fund), ('pay_mode', d.pay_mode), ('agency', d.agency)) x(scheme, code)
           where x.code is not null) c
    left join ledger.class_code k on (k.scheme, k.code) = (c.scheme, c.code)
    left join ledger.agency g on c.scheme = 'agency' and (g.treasury_id, g.agency) = (c.treasury_id, c.code)
   where not case c.scheme when 'agency' then coalesce(g.valid @> c.first_on and g.valid @> c.last_on, false)
         else coalesce(k.leaf and k.valid @> c.first_on and k.valid @> c.last_on, false) end
   limit 1;
  if found then
    raise exception 'code % of % is unknown, a sum of others, or not in force', bad.code, bad.scheme
      using errcode = 'foreign_key_violation', constraint = 'class_code_known', table = 'posting',
            detail = (ledger.event_of(bad.treasury_id, bad.voucher_id)
                      || jsonb_build_object('dimension', bad.scheme, 'code', bad.code))::text;
  end if;
  -- 5. Department and government economic class fit each other for the kind of agency (A11).
  select d.* into bad
    from (select n.treasury_id, n.agency, n.gov_econ, n.dept_econ, min(n.voucher_id::text)::uuid as voucher_id
            from new_rows n where n.agency is not null and n.gov_econ is not null and n.dept_econ is not null
           group by 1, 2, 3, 4) d
    join ledger.agency g using (treasury_id, agency)
    left join ledger.econ_map m on (m.agency_kind, m.dept_econ) = (g.kind, d.dept_econ)
   where g.kind in ('organ', 'institution') and m.gov_econ is distinct from d.gov_econ
   limit 1;
  if found then
    raise exception 'economic classes % and % do not fit each other for %', bad.dept_econ, bad.gov_econ, bad.agency
      using errcode = 'check_violation', constraint = 'econ_classes_fit', table = 'posting',
            detail = (ledger.event_of(bad.treasury_id, bad.voucher_id)
                      || jsonb_build_object('dept_econ', bad.dept_econ, 'gov_econ', bad.gov_econ))::text;
  end if;
  -- 6. An indicator exists and pays only for what it was granted for (PAY-001, PAY-004).
  select d.* into bad
    from (select n.treasury_id, n.indicator, n.agency, n.func, n.fund, n.gov_econ, n.dept_econ,
                 case when n.limit_key = n.indicator then coalesce(n.project, '') else n.project end as project,
                 min(n.voucher_id::text)::uuid as voucher_id
            from new_rows n where n.indicator is not null group by 1, 2, 3, 4, 5, 6, 7, 8) d
    left join ledger.indicator i using (treasury_id, indicator)
   where i.indicator is null or i.agency <> d.agency or i.func <> d.func or i.fund <> d.fund
      or i.project <> d.project or i.gov_econ <> d.gov_econ or i.dept_econ <> d.dept_econ
   limit 1;
  if found then
    raise exception 'indicator % is unknown or was granted for something else', bad.indicator
      using errcode = 'foreign_key_violation', constraint = 'indicator_fits', table = 'posting',
            detail = (ledger.event_of(bad.treasury_id, bad.voucher_id)
                      || jsonb_build_object('indicator', bad.indicator))::text;
  end if;
  -- 7. Limits: rows exist, are locked in key order, and never fall below zero, line by line.
  insert into ledger.limit_row (treasury_id, account_set_id, account, limit_key, available_fen, seq)
  select k.treasury_id, k.account_set_id, k.account, k.limit_key, 0, 0
    from (select distinct n.treasury_id, n.account_set_id, n.account, n.limit_key
            from new_rows n where n.limit_key is not null) k
   where not exists (select from ledger.limit_row r
                      where (r.treasury_id, r.account_set_id, r.account, r.limit_key)
                          = (k.treasury_id, k.account_set_id, k.account, k.limit_key))
   order by 1, 2, 3, 4
      on conflict do nothing;
  perform from ledger.limit_row r
    join (select distinct n.treasury_id, n.account_set_id, n.account, n.limit_key
            from new_rows n where n.limit_key is not null) k
      using (treasury_id, account_set_id, account, limit_key)
   order by treasury_id, account_set_id, account, limit_key
     for no key update of r;
  -- Events count in their order (uuidv7 of one call rise); within an event what comes in counts first.
  with moves as materialized (
    select n.treasury_id, n.account_set_id, n.account, n.limit_key, n.voucher_id, n.line_no,
           case n.side when 'D' then n.amount_fen else -n.amount_fen end as delta_fen, v.event_id
      from new_rows n join ledger.voucher v using (treasury_id, voucher_id)
     where n.limit_key is not null),
  running as materialized (
    select m.*, r.seq + row_number() over w as move_seq, r.available_fen + sum(m.delta_fen) over w as after_fen
      from moves m join ledger.limit_row r using (treasury_id, account_set_id, account, limit_key)
    window w as (partition by m.treasury_id, m.account_set_id, m.account, m.limit_key
                 order by m.event_id, m.delta_fen < 0, m.line_no rows unbounded preceding)),
  kept as (
    insert into ledger.limit_move (treasury_id, account_set_id, account, limit_key, seq,
                                   voucher_id, line_no, delta_fen, after_fen)
    select treasury_id, account_set_id, account, limit_key, move_seq, voucher_id, line_no, delta_fen, after_fen
      from running where after_fen >= 0
    returning 1),
  dry as (
    select * from running where after_fen < 0 order by move_seq limit 1),
  moved as (
    update ledger.limit_row r set available_fen = r.available_fen + t.delta_fen, seq = r.seq + t.moves
      from (select treasury_id, account_set_id, account, limit_key, sum(delta_fen) as delta_fen, count(*) as moves
              from running where not exists (select from dry) group by 1, 2, 3, 4) t
     where (r.treasury_id, r.account_set_id, r.account, r.limit_key)
         = (t.treasury_id, t.account_set_id, t.account, t.limit_key)
    returning 1)
  select d.* into bad from dry d;
  if found then
    raise exception 'limit % of account % would fall to % fen', bad.limit_key, bad.account, bad.after_fen
      using errcode = 'check_violation', constraint = 'limit_may_not_run_dry', table = 'limit_row',
            detail = (ledger.event_of(bad.treasury_id, bad.voucher_id)
                      || jsonb_build_object('account', bad.account, 'limit_key', bad.limit_key,
                           'asked_fen', -bad.delta_fen, 'free_fen', bad.after_fen - bad.delta_fen,
                           'short_fen', -bad.after_fen))::text;
  end if;
  -- 8. Balances, in key order.
  insert into ledger.balance as b (treasury_id, account_set_id, account, debit_fen, credit_fen)
  select n.treasury_id, n.account_set_id, n.account,
         coalesce(sum(n.amount_fen) filter (where n.side = 'D'), 0),
         coalesce(sum(n.amount_fen) filter (where n.side = 'C'), 0)
    from new_rows n group by 1, 2, 3 order by 1, 2, 3
      on conflict (treasury_id, account_set_id, account) do update
     set debit_fen = b.debit_fen + excluded.debit_fen, credit_fen = b.credit_fen + excluded.credit_fen;
  insert into ledger.balance_day as b
         (treasury_id, account_set_id, account, effective_on, debit_fen, credit_fen)
  select n.treasury_id, n.account_set_id, n.account, n.effective_on,
         coalesce(sum(n.amount_fen) filter (where n.side = 'D'), 0),
         coalesce(sum(n.amount_fen) filter (where n.side = 'C'), 0)
    from new_rows n group by 1, 2, 3, 4 order by 1, 2, 3, 4
      on conflict (treasury_id, account_set_id, account, effective_on) do update
     set debit_fen = b.debit_fen + excluded.debit_fen, credit_fen = b.credit_fen + excluded.credit_fen;
  return null;
end $$;

create trigger event_checked after insert on ledger.event
  referencing new table as new_rows for each statement execute function ledger.event_checked();
create trigger voucher_checked after insert on ledger.voucher
  referencing new table as new_rows for each statement execute function ledger.voucher_checked();
create trigger posting_checked after insert on ledger.posting
  referencing new table as new_rows for each statement execute function ledger.posting_checked();
alter table ledger.event enable always trigger event_checked;
alter table ledger.voucher enable always trigger voucher_checked;
alter table ledger.posting enable always trigger posting_checked;

create function ledger.indicator_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  bad record;
begin
  select n.indicator into bad from new_rows n
    join ledger.indicator p on (p.treasury_id, p.indicator) = (n.treasury_id, n.parent)
   where p.fund <> n.fund or p.fiscal_year > n.fiscal_year
      or p.agency <> n.agency and not exists (
           with recursive up as (
             select a.agency, a.parent from ledger.agency a
              where (a.treasury_id, a.agency) = (n.treasury_id, n.agency)
             union
             select a.agency, a.parent from ledger.agency a join up on a.agency = up.parent
              where a.treasury_id = n.treasury_id)
           select from up where up.agency = p.agency)
   limit 1;
  if found then
    raise exception 'indicator % does not descend from its parent', bad.indicator
      using errcode = 'check_violation', constraint = 'indicator_descends', table = 'indicator',
            detail = jsonb_build_object('indicator', bad.indicator)::text;
  end if;
  return null;
end $$;
create trigger indicator_checked after insert on ledger.indicator
  referencing new table as new_rows for each statement execute function ledger.indicator_checked();
alter table ledger.indicator enable always trigger indicator_checked;
reset role;
