-- What the public may see: views of published figures, and nothing else. The views are barriers: no condition
-- of a reader meets a row that is not published, not even to fail on it.
set role gongku_owner;

create table ledger.publication (
  treasury_id    integer not null,
  account_set_id integer not null,
  as_of          date not null,
  published_by   text not null,
  published_at   timestamptz not null default clock_timestamp(),
  primary key (treasury_id, account_set_id, as_of),
  foreign key (treasury_id, account_set_id) references ledger.account_set
);
comment on table ledger.publication is '公开 an account set published as of the end of a closed period';
create trigger append_only before update or delete or truncate on ledger.publication
  for each statement execute function ledger.append_only();
alter table ledger.publication enable always trigger append_only;

create table ledger.search_row (
  treasury_id integer not null,
  search_no   bigint generated always as identity,
  code        text not null,
  label       text not null,
  no          integer not null,
  on_day      date not null,
  amount_fen  bigint not null,
  title_zh    text not null,
  title_en    text not null,
  shown       text,
  words       tsvector not null,
  primary key (treasury_id, search_no)
);
create index search_row_words on ledger.search_row using gin (words);
create trigger append_only before update or delete or truncate on ledger.search_row
  for each statement execute function ledger.append_only();
alter table ledger.search_row enable always trigger append_only;
comment on table ledger.search_row is '检索 what the public may search: only published, redacted text is ever here';

create function published.bigrams(p_text text) returns text[] language sql immutable
set search_path = pg_catalog, pg_temp as $$
  select coalesce(array_agg(distinct w.word), '{}') from (
    select m[1] as word from regexp_matches(lower(normalize(p_text, nfkc)), '[a-z0-9][a-z0-9.-]*', 'g') m
    union all
    select substr(r.run, n, 2) from (
      select m[1] as run from regexp_matches(normalize(p_text, nfkc), '[\u3400-\u9fff]+', 'g') m) r
      cross join generate_series(1, greatest(length(r.run) - 1, 1)) n) w
$$;
comment on function published.bigrams(text) is 'pairs of Chinese characters and whole words of a text: what it is found by';

create function published.asked(p_text text) returns tsquery language sql immutable
set search_path = pg_catalog, pg_temp as $$
  select string_agg(quote_literal(w) || case when length(w) = 1 then ':*' else '' end, ' & ')::tsquery
    from unnest(published.bigrams(p_text)) w
$$;
comment on function published.asked(text) is 'all the pairs and words of a text at once; null when it has none';

create view published.account_set with (security_barrier) as
  select s.treasury_id, t.code as treasury, t.name_zh as treasury_zh, t.name_en as treasury_en, t.demo,
         s.account_set_id, s.code, s.name_zh, s.name_en, s.role, s.chart, s.fiscal_year, s.starts_on, s.currency,
         max(p.as_of) as as_of
    from ledger.publication p
    join ledger.account_set s using (treasury_id, account_set_id)
    join ledger.treasury t using (treasury_id)
   group by s.treasury_id, s.account_set_id, t.treasury_id;
comment on view published.account_set is 'published account sets and the day up to which they are published';

create view published.balance with (security_barrier) as
  select s.treasury_id, s.code, a.book, a.code as account, a.name_zh, a.name_en, a.element, a.normal_side,
         coalesce(sum(b.debit_fen - b.credit_fen) filter (where b.effective_on < s.starts_on), 0)::bigint as opening_fen,
         coalesce(sum(b.debit_fen) filter (where b.effective_on >= s.starts_on), 0)::bigint as debit_fen,
         coalesce(sum(b.credit_fen) filter (where b.effective_on >= s.starts_on), 0)::bigint as credit_fen,
         coalesce(sum(b.debit_fen - b.credit_fen), 0)::bigint as closing_fen
    from published.account_set s
    join ledger.balance_day b using (treasury_id, account_set_id)
    join ledger.account a on (a.chart, a.code) = (s.chart, b.account)
   where b.effective_on <= s.as_of
   group by s.treasury_id, s.code, a.chart, a.code;
comment on view published.balance is
  'trial balances of the published sets; opening and closing are debit minus credit';

-- What a voucher says, less what a rule hides; every amount stands.
create view published.voucher with (security_barrier) as
  select s.treasury_id, s.treasury, s.code, q.label, v.no, v.effective_on, e.event_id, e.kind,
         t.title_zh, t.title_en, t.source, encode(t.digest, 'hex') as template,
         case when h.rule is null then e.narration end as narration, h.rule as narration_rule,
         v.red, v.line_count, v.debit_fen, encode(l.digest, 'hex') as leaf, g.log_index, e.reverses
    from published.account_set s
    join ledger.voucher v using (treasury_id, account_set_id)
    join ledger.period q using (treasury_id, account_set_id, period_no)
    join ledger.event e using (treasury_id, event_id)
    join ledger.template t on t.digest = e.template_digest
    left join ledger.leaf l on (l.treasury_id, l.leaf_id) = (v.treasury_id, v.voucher_id)
    left join ledger.log_entry g on (g.treasury_id, g.leaf_id) = (v.treasury_id, v.voucher_id)
    left join lateral (
      select r.rule from ledger.redacted_code r
       where r.field = 'narration' and r.valid @> v.effective_on
         and (r.dim, r.code) = ('kind', e.kind) or r.field = 'narration' and r.valid @> v.effective_on
         and r.dim = 'func' and exists (
           select from ledger.posting p where (p.treasury_id, p.voucher_id) = (v.treasury_id, v.voucher_id)
              and p.func = r.code)
          or r.field = 'narration' and r.dim = 'text' and e.narration ~ '[0-9]{11,}' limit 1) h on true
   where v.effective_on <= s.as_of;
comment on view published.voucher is '已公开凭证 vouchers of the published sets, private text left out by rule';

create view published.posting with (security_barrier) as
  select s.treasury_id, s.treasury, s.code, q.label, v.no, p.line_no, p.effective_on, p.book, p.account,
         a.name_zh, a.name_en, p.side, p.amount_fen, p.agency, p.func, p.gov_econ, p.dept_econ, p.revenue, p.fund,
         p.project, p.indicator, p.contract, p.pay_mode, e.kind, t.title_zh, t.title_en,
         case when h.rule is null then p.counterparty end as counterparty,
         case when p.counterparty is not null then h.rule end as counterparty_rule
    from published.account_set s
    join ledger.posting p using (treasury_id, account_set_id)
    join ledger.voucher v using (treasury_id, account_set_id, voucher_id)
    join ledger.period q using (treasury_id, account_set_id, period_no)
    join ledger.event e using (treasury_id, event_id)
    join ledger.template t on t.digest = e.template_digest
    join ledger.account a on (a.chart, a.code) = (s.chart, p.account)
    left join lateral (
      select r.rule from ledger.redacted_code r
       where p.counterparty is not null and r.field = 'counterparty' and r.valid @> p.effective_on
         and ((r.dim, r.code) in (('func', p.func), ('gov_econ', p.gov_econ), ('dept_econ', p.dept_econ),
                                  ('kind', e.kind))
              or r.dim = 'text' and p.counterparty ~ '[0-9]{11,}') limit 1) h on true
   where p.effective_on <= s.as_of;
comment on view published.posting is '已公开分录 postings of the published sets, private text left out by rule';

create view published.agency with (security_barrier) as
  select distinct a.treasury_id, t.code as treasury, a.agency, a.parent, a.name_zh, a.name_en, a.kind
    from ledger.publication p
    join ledger.treasury t using (treasury_id)
    join ledger.agency a using (treasury_id);
comment on view published.agency is 'the agencies of a treasury that has published something';

create view published.class_code with (security_barrier) as
  select c.scheme, c.code, c.parent, c.name_zh, c.name_en, c.confidence from ledger.class_code c;
comment on view published.class_code is 'the classification codes';

create view published.redaction_rule with (security_barrier) as
  select r.rule, r.field, r.dim, r.code, r.name_zh, r.name_en, r.basis, r.valid from ledger.redaction_rule r;
comment on view published.redaction_rule is '不公开规则 what is left out, and the article that says so';

create view published.search with (security_barrier) as
  select r.treasury_id, t.code as treasury, r.code, r.label, r.no, r.on_day, r.amount_fen, r.title_zh, r.title_en,
         r.shown, r.words
    from ledger.search_row r join ledger.treasury t using (treasury_id);
comment on view published.search is 'what the public may search';

-- Hash joins only: before the first ANALYZE a nested loop would look cheap, and read the set once per voucher.
create function ledger.publish(p_account_set_id integer, p_as_of date) returns void language plpgsql
security definer set search_path = pg_catalog, pg_temp set enable_nestloop = off as $$
declare
  who access.identity := access.must_be(array['PUBL']);
  before date;
  set_code text;
begin
  if not exists (
    select from ledger.period p
     where p.treasury_id = who.treasury_id and p.account_set_id = p_account_set_id
       and (who.sets is null or p.account_set_id = any (who.sets))
       and p.ends_on = p_as_of and p.state = 'closed' and p.period_no > 0) then
    raise exception 'only the end of a closed period can be published'
      using errcode = 'object_not_in_prerequisite_state', constraint = 'publication_of_closed_period';
  end if;
  select s.code into set_code from ledger.account_set s
   where (s.treasury_id, s.account_set_id) = (who.treasury_id, p_account_set_id);
  select max(p.as_of) into before from ledger.publication p
   where (p.treasury_id, p.account_set_id) = (who.treasury_id, p_account_set_id);
  insert into ledger.publication (treasury_id, account_set_id, as_of, published_by)
  values (who.treasury_id, p_account_set_id, p_as_of, who.person);
  insert into ledger.search_row (treasury_id, code, label, no, on_day, amount_fen, title_zh, title_en, shown, words)
  select v.treasury_id, v.code, v.label, v.no, v.effective_on, c.most_fen, v.title_zh, v.title_en,
         concat_ws(' · ', v.narration, c.payees),
         array_to_tsvector(array_remove(published.bigrams(concat_ws(' ', v.title_zh, v.title_en, v.narration, c.payees,
           c.amounts, v.code, v.label || '/' || v.no, c.codes)), ''))
    from published.voucher v
    join (
      select p.label, p.no, string_agg(distinct p.counterparty, ' ') as payees,
             string_agg(distinct concat_ws(' ', p.agency, p.project), ' ') as codes, max(p.amount_fen) as most_fen,
             string_agg(distinct to_char(abs(p.amount_fen) / 100.0, 'FM999999999999990.00'), ' ') as amounts
        from published.posting p
       where p.treasury_id = who.treasury_id and p.code = set_code and p.effective_on > coalesce(before, '-infinity')
       group by 1, 2) c using (label, no)
   where v.treasury_id = who.treasury_id and v.code = set_code and v.effective_on > coalesce(before, '-infinity');
end $$;
comment on function ledger.publish(integer, date) is 'publishes a set as of the end of a period closed for good';
reset role;
