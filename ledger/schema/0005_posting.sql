-- The one way in: stage() makes room, post() turns what is staged into vouchers, sequence() gives log places.
set role gongku_owner;

create function ledger.writing() returns integer language sql stable
return nullif(current_setting('gongku.writing', true), '')::integer;
comment on function ledger.writing() is 'the treasury that a posting function writes for; it sets it after asking access.whoami()';

create function access.whoami() returns access.identity language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select (s.treasury_id, s.person, s.duty, s.agencies,
          case when s.agencies is not null then array(
            select a.account_set_id from ledger.account_set a
             where a.treasury_id = s.treasury_id and a.agency = any (s.agencies)) end)::access.identity
    from access.session s
    join ledger.duty d using (duty)
   where s.token_hash = sha256(case when current_setting('gongku.token', true) ~ '^[0-9a-f]{64}$'
                                    then decode(current_setting('gongku.token', true), 'hex') end)
     and s.revoked_at is null and s.expires_at > now()
     and session_user = 'gongku_' || d.login
     and exists (select from ledger.appointment a
                  where (a.treasury_id, a.person, a.duty) = (s.treasury_id, s.person, s.duty)
                    and a.agencies is not distinct from s.agencies and a.held @> access.today());
$$;
comment on function access.whoami() is
  'who asks, proven by the token in gongku.token: null unless it is valid on this login, now';

create function access.must_be(p_duties text[] default null) returns access.identity language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.whoami();
begin
  if who.person is null then
    raise exception 'nobody is signed in' using errcode = 'insufficient_privilege', constraint = 'signed_in';
  end if;
  if who.duty <> all (p_duties) then
    raise exception 'duty % may not do this', who.duty
      using errcode = 'insufficient_privilege', constraint = 'duty_may';
  end if;
  perform set_config('gongku.writing', who.treasury_id::text, true);
  return who;
end $$;

-- Emptied by the posting itself: ON COMMIT DELETE ROWS cuts six files at each commit, ten times the price of the flush.
create function ledger.unstage() returns void language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  if pg_relation_size('pg_temp.stage_event') + pg_relation_size('pg_temp.stage_line') > 262144 then
    truncate pg_temp.stage_event, pg_temp.stage_line;  -- deleted rows would leave pages to read for ever
  else
    delete from pg_temp.stage_event;
    delete from pg_temp.stage_line;
  end if;
end $$;
comment on function ledger.unstage() is 'empties this session''s staging tables';

create function ledger.stage() returns void language plpgsql security definer
set search_path = pg_catalog, pg_temp set client_min_messages = warning as $$
begin
  if to_regclass('pg_temp.stage_event') is not null then
    perform ledger.unstage();  -- what was staged before and never posted
    return;
  end if;
  create temp table stage_event (
    event_no        integer not null,
    event_id        uuid not null default uuidv7(),
    kind            text not null,
    key             text not null,
    effective_on    date not null,
    narration       text not null,
    document        text,
    prepared_by     text not null,
    reverses        uuid,
    template_digest bytea not null,
    known_digest    bytea
  );
  create temp table stage_line (
    event_no       integer not null,
    account_set_id integer not null,
    line_no        smallint not null,
    account        text not null,
    side           text not null,
    amount_fen     bigint not null,
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
    narration      text
  );
  execute format('grant insert on pg_temp.stage_line to %I', session_user);
  -- Not event_id and known_digest: who could choose them could add a voucher to an event of the past.
  execute format('grant insert (event_no, kind, key, effective_on, narration, document, prepared_by, reverses, '
                 'template_digest) on pg_temp.stage_event to %I', session_user);
end $$;
comment on function ledger.stage() is 'makes this session''s two staging tables; only the writer may create or read them';

create function ledger.salted(p_key bytea, p_field text, p_value text) returns text language sql stable  -- as its parts are: then it is inlined
return encode(sha256(sha256(p_key || convert_to(p_field, 'UTF8')) || convert_to(p_value, 'UTF8')), 'hex');
comment on function ledger.salted(bytea, text, text) is
  'commitment to a private field: SHA-256(SHA-256(key, field), value), in hex';

create function ledger.staged_content() returns table (staged_no integer, digest bytea) language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  return query
  select s.event_no, sha256(convert_to(concat(s.kind, e'\n', s.key, e'\n', s.effective_on, e'\n', s.narration, e'\n',
           s.document, e'\n', s.prepared_by, e'\n', s.reverses, e'\n', l.lines), 'UTF8'))
    from pg_temp.stage_event s
    join (select l.event_no,
                 string_agg(concat(l.account_set_id, '|', l.line_no, '|', l.account, '|', l.side, '|', l.amount_fen, '|',
                   l.agency, '|', l.func, '|', l.gov_econ, '|', l.dept_econ, '|', l.revenue, '|', l.fund, '|',
                   l.project, '|', l.indicator, '|', l.contract, '|', l.pay_mode, e'\x1f', l.counterparty, e'\x1f',
                   l.narration), e'\n' order by l.account_set_id, l.line_no) as lines
            from pg_temp.stage_line l group by l.event_no) l on l.event_no = s.event_no;
end $$;
comment on function ledger.staged_content() is 'the content digest of each staged event: what a key stands for';

create function ledger.mark_known() returns boolean language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_material = off as $$
declare
  bad record;
begin
  if not exists (select from pg_temp.stage_event s join ledger.event e
                   on e.treasury_id = ledger.writing() and e.kind = s.kind and e.key = s.key) then
    return false;
  end if;
  update pg_temp.stage_event s set known_digest = e.content_digest, event_id = e.event_id
    from ledger.event e where e.treasury_id = ledger.writing() and e.kind = s.kind and e.key = s.key;
  return true;
end $$;
comment on function ledger.mark_known() is 'marks staged events whose key was posted before';

-- Hash joins only, over rows picked by index: one cached plan fits one event and ten thousand. A merge join is the
-- trap: head comes sorted by account set, and merging on that alone compares every line with every voucher of the set.
create function ledger.post() returns table (event_no integer, event_id uuid, already boolean)
language plpgsql security definer set search_path = pg_catalog, pg_temp set datestyle = 'ISO, YMD'
set enable_nestloop = off set enable_mergejoin = off set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  who     access.identity := access.must_be();
  bad     record;
  instant timestamptz := clock_timestamp();
  in_sets integer[];
  codes   text[];
begin
  -- What is asked: kinds that this duty posts, each key once, each with lines.
  select s.kind, s.key, t.posted_under, c.copies, c.lines into bad
    from (select s.kind, s.key, s.template_digest, count(*) over (partition by s.kind, s.key) as copies, l.lines
            from pg_temp.stage_event s
            left join (select l.event_no, count(*) as lines from pg_temp.stage_line l group by 1) l using (event_no)) c
    join pg_temp.stage_event s using (kind, key)
    left join ledger.template t on t.digest = c.template_digest and t.event = s.kind
   where t.posted_under is distinct from who.duty or c.copies > 1 or c.lines is null
   order by s.event_no limit 1;
  if found then
    if bad.posted_under is null then
      raise exception 'no such template for %', bad.kind
        using errcode = 'foreign_key_violation', constraint = 'event_template_known',
              detail = jsonb_build_object('kind', bad.kind, 'key', bad.key)::text;
    elsif bad.posted_under <> who.duty then
      raise exception 'duty % may not post %', who.duty, bad.kind
        using errcode = 'insufficient_privilege', constraint = 'duty_may',
              detail = jsonb_build_object('kind', bad.kind, 'key', bad.key, 'duty', who.duty,
                                          'posted_under', bad.posted_under)::text;
    elsif bad.copies > 1 then
      raise exception 'event % stands twice in the batch', bad.key
        using errcode = 'unique_violation', constraint = 'event_once_in_batch',
              detail = jsonb_build_object('kind', bad.kind, 'key', bad.key)::text;
    end if;
    raise exception 'event % has no lines', bad.key
      using errcode = 'check_violation', constraint = 'voucher_complete',
            detail = jsonb_build_object('kind', bad.kind, 'key', bad.key)::text;
  end if;
  -- A key that was posted before answers again; with other content it is refused.
  if ledger.mark_known() then
    select s.kind, s.key into bad
      from pg_temp.stage_event s join ledger.staged_content() c on c.staged_no = s.event_no
     where s.known_digest <> c.digest limit 1;
    if found then
      raise exception 'key % was used for other content', bad.key
        using errcode = 'unique_violation', constraint = 'event_once',
              detail = jsonb_build_object('kind', bad.kind, 'key', bad.key)::text;
    end if;
    delete from pg_temp.stage_line l using pg_temp.stage_event s
     where s.event_no = l.event_no and s.known_digest is not null;
  end if;
  select array_agg(distinct l.account_set_id), array_agg(distinct l.account) into in_sets, codes
    from pg_temp.stage_line l;
  -- Where it goes: account sets of yours, with a period for the day and accounts that may be posted to.
  select s.kind, s.key, d.account_set_id, d.account, a.code, s.effective_on, p.period_no, c.postable into bad
    from (select l.account_set_id, l.account, s.effective_on, min(l.event_no) as event_no
            from pg_temp.stage_line l join pg_temp.stage_event s using (event_no) group by 1, 2, 3) d
    join pg_temp.stage_event s using (event_no)
    left join ledger.account_set a
      on a.treasury_id = who.treasury_id and a.account_set_id = d.account_set_id
     and a.account_set_id = any (in_sets) and (who.sets is null or a.account_set_id = any (who.sets))
    left join ledger.period p
      on p.treasury_id = who.treasury_id and p.account_set_id = any (in_sets)
     and p.account_set_id = d.account_set_id and d.effective_on between p.starts_on and p.ends_on
    left join ledger.account c on c.code = any (codes) and (c.chart, c.code) = (a.chart, d.account)
   where a.account_set_id is null or p.period_no is null or c.postable is not true
   order by d.event_no limit 1;
  if found then
    if bad.code is null then
      raise exception 'account set % is not of this treasury, or not of your agencies', bad.account_set_id
        using errcode = 'insufficient_privilege', constraint = 'account_set_yours',
              detail = jsonb_build_object('kind', bad.kind, 'key', bad.key)::text;
    elsif bad.period_no is null then
      raise exception 'account set % has no period for %', bad.code, bad.effective_on
        using errcode = 'object_not_in_prerequisite_state', constraint = 'period_open',
              detail = jsonb_build_object('kind', bad.kind, 'key', bad.key, 'set', bad.code,
                                          'on', bad.effective_on)::text;
    end if;
    raise exception 'account % of % is unknown or a sum of others', bad.account, bad.code
      using errcode = 'foreign_key_violation', constraint = 'account_postable',
            detail = jsonb_build_object('kind', bad.kind, 'key', bad.key, 'set', bad.code,
                                        'account', bad.account)::text;
  end if;
  -- Numbers: counters in key order, so that two postings never wait for each other in a circle.
  perform from ledger.period p
   where p.treasury_id = who.treasury_id and p.account_set_id = any (in_sets)
     and p.starts_on <= (select max(s.effective_on) from pg_temp.stage_event s)
     and p.ends_on >= (select min(s.effective_on) from pg_temp.stage_event s)
   order by p.treasury_id, p.account_set_id, p.period_no for no key update;
  update ledger.period p set last_no = p.last_no + k.vouchers
    from (select l.account_set_id, q.period_no, count(*) as vouchers
            from (select distinct l.account_set_id, l.event_no from pg_temp.stage_line l) l
            join pg_temp.stage_event s using (event_no)
            join ledger.period q on q.treasury_id = who.treasury_id and q.account_set_id = any (in_sets)
             and q.account_set_id = l.account_set_id and s.effective_on between q.starts_on and q.ends_on
           group by 1, 2) k
   where p.treasury_id = who.treasury_id and p.account_set_id = any (in_sets)
     and (p.account_set_id, p.period_no) = (k.account_set_id, k.period_no);
  -- One statement: headers, lines and leaves are born together, and the checks by set see all of them.
  with head as materialized (
    select g.*, p.period_no, p.label, a.code as set_code, a.chart,
           p.last_no - count(*) over k + row_number() over (k order by g.event_no) as no
      from (select l.event_no, l.account_set_id, s.effective_on, count(*) as line_count,
                   sum(l.amount_fen) filter (where l.side = 'D') as debit_fen, bool_or(l.amount_fen < 0) as red,
                   uuidv7() as voucher_id, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) as key
              from pg_temp.stage_line l join pg_temp.stage_event s using (event_no)
             group by l.event_no, l.account_set_id, s.effective_on) g
      join ledger.account_set a on a.treasury_id = who.treasury_id and a.account_set_id = any (in_sets)
       and a.account_set_id = g.account_set_id
      join ledger.period p on p.treasury_id = who.treasury_id and p.account_set_id = any (in_sets)
       and p.account_set_id = g.account_set_id and g.effective_on between p.starts_on and p.ends_on
    window k as (partition by g.account_set_id, p.period_no)),
  body as (
    select h.voucher_id,
           string_agg(concat(l.line_no, '|', l.account, '|', l.side, '|', l.amount_fen, '|', l.agency, '|', l.func, '|',
             l.gov_econ, '|', l.dept_econ, '|', l.revenue, '|', l.fund, '|', l.project, '|', l.indicator, '|',
             l.contract, '|', l.pay_mode, '|',
             case when l.counterparty is not null
                  then ledger.salted(h.key, 'counterparty.' || l.line_no, l.counterparty) end, '|',
             case when l.narration is not null
                  then ledger.salted(h.key, 'narration.' || l.line_no, l.narration) end), e'\n'
             order by l.line_no) as lines
      from pg_temp.stage_line l join head h using (event_no, account_set_id) group by h.voucher_id),
  events as (
    insert into ledger.event (treasury_id, event_id, kind, key, effective_on, narration, document, prepared_by,
                              posted_by, reverses, template_digest, content_digest, recorded_at)
    select who.treasury_id, s.event_id, s.kind, s.key, s.effective_on, s.narration, s.document, s.prepared_by,
           who.person, s.reverses, s.template_digest, c.digest, instant
      from pg_temp.stage_event s join ledger.staged_content() c on c.staged_no = s.event_no
     where s.known_digest is null order by s.event_no),
  vouchers as (
    insert into ledger.voucher (treasury_id, voucher_id, event_id, account_set_id, period_no, no, effective_on,
                                red, line_count, debit_fen)
    select who.treasury_id, h.voucher_id, s.event_id, h.account_set_id, h.period_no, h.no, h.effective_on,
           h.red, h.line_count, h.debit_fen
      from head h join pg_temp.stage_event s using (event_no)),
  postings as (
    insert into ledger.posting (treasury_id, voucher_id, line_no, account_set_id, book, account, side, amount_fen,
                                effective_on, agency, func, gov_econ, dept_econ, revenue, fund, project, indicator,
                                contract, counterparty, pay_mode, narration, limit_key)
    select who.treasury_id, h.voucher_id, l.line_no, l.account_set_id, c.book, l.account, l.side, l.amount_fen,
           h.effective_on, l.agency, l.func, l.gov_econ, l.dept_econ, l.revenue, l.fund, l.project, l.indicator,
           l.contract, l.counterparty, l.pay_mode, l.narration,
           case c.limit_by when 'set' then '' when 'fund' then l.fund when 'indicator' then l.indicator
             when 'agency' then l.agency when 'project' then l.project when 'contract' then l.contract end
      from pg_temp.stage_line l join head h using (event_no, account_set_id)
      join ledger.account c on c.code = any (codes) and (c.chart, c.code) = (h.chart, l.account)),
  keys as (
    insert into ledger.leaf_key (treasury_id, leaf_id, key)
    select who.treasury_id, h.voucher_id, h.key from head h),
  leaves as (
    insert into ledger.leaf (treasury_id, leaf_id, kind, bytes, digest)
    select who.treasury_id, f.voucher_id, 'voucher', f.bytes, sha256(f.bytes)
      from (select h.voucher_id, convert_to(concat('gongku.voucher/1', e'\n', t.code, e'\n', h.set_code, e'\n',
                     h.label, '/', h.no, e'\n', h.effective_on, e'\n',
                     to_char(instant at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e'\n',
                     s.kind, e'\n', s.key, e'\n', encode(s.template_digest, 'hex'), e'\n', s.reverses, e'\n',
                     ledger.salted(h.key, 'narration', s.narration), e'\n',
                     ledger.salted(h.key, 'document', coalesce(s.document, '')), e'\n',
                     ledger.salted(h.key, 'prepared_by', s.prepared_by), e'\n',
                     ledger.salted(h.key, 'posted_by', who.person), e'\n', b.lines), 'UTF8') as bytes
              from head h join body b using (voucher_id) join pg_temp.stage_event s using (event_no)
              join ledger.treasury t on t.treasury_id = who.treasury_id offset 0) f)  -- else bytes are written out twice
  insert into ledger.leaf_queue (treasury_id, leaf_id)
  select who.treasury_id, h.voucher_id from head h;
  return query select s.event_no, s.event_id, s.known_digest is not null from pg_temp.stage_event s order by s.event_no;
  perform ledger.unstage();
end $$;
comment on function ledger.post() is
  'posts what is staged: all of it or nothing, one voucher per event and account set, gapless numbers';


create function ledger.post_small(p_events jsonb, p_lines jsonb)
returns table (event_no integer, event_id uuid, already boolean)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  perform ledger.stage();
  insert into pg_temp.stage_event (event_no, kind, key, effective_on, narration, document, prepared_by, reverses,
                                   template_digest)
  select e.event_no, e.kind, e.key, e.effective_on, e.narration, e.document, e.prepared_by, e.reverses,
         decode(e.template_digest, 'hex')
    from jsonb_to_recordset(p_events) as e (event_no integer, kind text, key text, effective_on date, narration text,
           document text, prepared_by text, reverses uuid, template_digest text) order by e.event_no;
  insert into pg_temp.stage_line (event_no, account_set_id, line_no, account, side, amount_fen, agency, func, gov_econ,
           dept_econ, revenue, fund, project, indicator, contract, counterparty, pay_mode, narration)
  select l.event_no, l.account_set_id, l.line_no, l.account, l.side, l.amount_fen, l.agency, l.func, l.gov_econ,
         l.dept_econ, l.revenue, l.fund, l.project, l.indicator, l.contract, l.counterparty, l.pay_mode, l.narration
    from jsonb_to_recordset(p_lines) as l (event_no integer, account_set_id integer, line_no smallint, account text,
           side text, amount_fen bigint, agency text, func text, gov_econ text, dept_econ text, revenue text, fund text,
           project text, indicator text, contract text, counterparty text, pay_mode text, narration text);
  return query select * from ledger.post();
end $$;
comment on function ledger.post_small(jsonb, jsonb) is 'stages a few events and posts them, in one round trip';

create function ledger.sequence(p_treasury_id integer, p_most integer) returns bigint language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  base  bigint;
  taken bigint;
begin
  perform set_config('gongku.writing', p_treasury_id::text, true);
  insert into ledger.log_size (treasury_id) values (p_treasury_id) on conflict do nothing;
  select z.size into base from ledger.log_size z where z.treasury_id = p_treasury_id for update;
  with due as (
    delete from ledger.leaf_queue q where q.treasury_id = p_treasury_id and q.leaf_id in (
      select w.leaf_id from ledger.leaf_queue w where w.treasury_id = p_treasury_id
       order by w.leaf_id limit p_most)
    returning q.leaf_id),
  placed as (
    insert into ledger.log_entry (treasury_id, log_index, leaf_id, sequenced_at)
    select p_treasury_id, base + row_number() over (order by d.leaf_id) - 1, d.leaf_id, clock_timestamp() from due d
    returning 1)
  select count(*) into taken from placed;
  update ledger.log_size z set size = base + taken where z.treasury_id = p_treasury_id;
  return taken;
end $$;
comment on function ledger.sequence(integer, integer) is
  'moves waiting leaves into a treasury''s gapless log; one sequencer at a time, off the posting path';

create function ledger.set_period_state(p_account_set_id integer, p_period_no smallint, p_state text, p_reason text)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['CLOS']);
  now_state text;
begin
  select p.state into now_state from ledger.period p
   where (p.treasury_id, p.account_set_id, p.period_no) = (who.treasury_id, p_account_set_id, p_period_no)
     and (who.sets is null or p_account_set_id = any (who.sets))
     for no key update;
  if not found then
    raise exception 'no such period' using errcode = 'foreign_key_violation', constraint = 'period_known';
  end if;
  if now_state = 'closed' or now_state = p_state then
    raise exception 'the period is % already', now_state
      using errcode = 'object_not_in_prerequisite_state', constraint = 'period_closed_for_good';
  end if;
  if p_state = 'closed' and exists (
    select from ledger.period p
     where p.treasury_id = who.treasury_id and p.account_set_id = p_account_set_id
       and p.period_no < p_period_no and p.state <> 'closed') then
    raise exception 'an earlier period is open'
      using errcode = 'object_not_in_prerequisite_state', constraint = 'periods_close_in_order';
  end if;
  update ledger.period p set state = p_state
   where (p.treasury_id, p.account_set_id, p.period_no) = (who.treasury_id, p_account_set_id, p_period_no);
  insert into ledger.period_change (treasury_id, account_set_id, period_no, change_no, state, reason, changed_by)
  select who.treasury_id, p_account_set_id, p_period_no, count(*) + 1, p_state, p_reason, who.person
    from ledger.period_change c
   where (c.treasury_id, c.account_set_id, c.period_no) = (who.treasury_id, p_account_set_id, p_period_no);
end $$;
comment on function ledger.set_period_state(integer, smallint, text, text) is
  'closes a period softly or for good, or reopens a softly closed one; a closed period never opens again';

create function ledger.except_from_close(
  p_account_set_id integer, p_period_no smallint, p_person text, p_kind text, p_reason text)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['CLOS']);
begin
  if who.sets is not null and not p_account_set_id = any (who.sets) then
    raise exception 'account set % is not of your agencies', p_account_set_id
      using errcode = 'insufficient_privilege', constraint = 'account_set_yours';
  end if;
  insert into ledger.period_exception (treasury_id, account_set_id, period_no, person, kind, reason, granted_by)
  values (who.treasury_id, p_account_set_id, p_period_no, p_person, p_kind, p_reason, who.person);
end $$;
comment on function ledger.except_from_close(integer, smallint, text, text, text) is
  'names who may still post which kind of event into a softly closed period';

create function ledger.open_indicators(p_rows jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['COMP', 'REVW', 'ISSU', 'APPR']);
  opened integer;
begin
  if who.agencies is not null and exists (
    select from jsonb_to_recordset(p_rows) as r (agency text)
     where r.agency is null or r.agency <> all (who.agencies)) then
    raise exception 'an indicator is not of your agencies'
      using errcode = 'insufficient_privilege', constraint = 'account_set_yours';
  end if;
  insert into ledger.indicator (treasury_id, indicator, parent, fiscal_year, agency, func, gov_econ, dept_econ, fund,
                                project, budget_source, document, opened_by)
  select who.treasury_id, r.indicator, r.parent, r.fiscal_year, r.agency, r.func, r.gov_econ, r.dept_econ, r.fund,
         r.project, coalesce(r.budget_source, 1), r.document, who.person
    from rows from (jsonb_to_recordset(p_rows) as (indicator text, parent text, fiscal_year smallint,
           agency text, func text, gov_econ text, dept_econ text, fund text, project text, budget_source smallint,
           document text)) with ordinality as r
   order by r.ordinality;
  get diagnostics opened = row_count;
  return opened;
end $$;
comment on function ledger.open_indicators(jsonb) is
  'opens indicators under their parents; amounts come only by posted events';
reset role;
