-- The office: who signs in and how, what a visit may do, and vouchers on their way into the journal.
set role gongku_owner;

create table access.credential (
  treasury_id  integer not null,
  person       text not null,
  password     text not null check (password like '$argon2id$%'),
  must_change  boolean not null,
  code_secret  text,
  code_offered text,
  code_step    bigint not null default 0,
  changed_at   timestamptz not null default clock_timestamp(),
  primary key (treasury_id, person),
  foreign key (treasury_id, person) references ledger.person
);
comment on table access.credential is '口令与动态码 how a person proves who they are; no login reads it';

create table access.sign_in (
  sign_in_id  uuid primary key default uuidv7(),
  treasury_id integer not null,
  name        text not null check (length(name) <= 40),
  address     text not null check (length(address) <= 64),
  outcome     text not null check (outcome in ('tried', 'accepted', 'waiting')),
  at          timestamptz not null default clock_timestamp()
);
comment on table access.sign_in is '登录记录 every attempt to sign in, also under names that do not exist';
create index sign_in_by_name on access.sign_in (treasury_id, name, at);
create index sign_in_by_address on access.sign_in (address, at);

create table access.visit (
  visit_id      uuid primary key default uuidv7(),
  token_hash    bytea not null unique check (octet_length(token_hash) = 32),
  treasury_id   integer not null,
  person        text not null,
  duty          text references ledger.duty,
  second_factor boolean not null,
  address       text not null,
  agent         text not null check (length(agent) <= 300),
  opened_at     timestamptz not null default clock_timestamp(),
  seen_at       timestamptz not null default clock_timestamp(),
  expires_at    timestamptz not null,
  revoked_at    timestamptz,
  foreign key (treasury_id, person) references ledger.person
);
comment on table access.visit is '登录会话 one sign-in at one browser; it acts under one duty at a time';
create index visit_of_person on access.visit (treasury_id, person, opened_at);
alter table access.session add column visit_id uuid references access.visit;
create index session_of_visit on access.session (visit_id);

create table access.act (
  act_id      uuid primary key default uuidv7(),
  treasury_id integer not null,
  person      text not null,
  duty        text,
  kind        text not null check (kind ~ '^[a-z_]{1,30}$'),
  subject     text not null check (length(subject) <= 300),
  detail      jsonb not null default '{}',
  address     text,
  at          timestamptz not null default clock_timestamp()
);
comment on table access.act is '操作日志 what people did besides posting: sign-in, duty, rights, exports, reads by overseers';
create index act_of_treasury on access.act (treasury_id, act_id);

do $$
declare
  name text;
begin
  foreach name in array array['sign_in', 'act'] loop
    execute format('create trigger append_only before update or delete or truncate on access.%I '
                   'for each statement execute function ledger.append_only()', name);
    execute format('alter table access.%I enable always trigger append_only', name);
  end loop;
end $$;

-- Before anybody is known: the treasuries' names, and the pause that guessing costs.
create function access.treasuries() returns table (treasury_id integer, code text, name_zh text, name_en text, demo boolean)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select t.treasury_id, t.code, t.name_zh, t.name_en, t.demo from ledger.treasury t order by t.code;
$$;

create function access.wait_of(p_treasury_id integer, p_name text, p_address text) returns integer language sql stable
security definer set search_path = pg_catalog, pg_temp as $$
  -- Five failures of a name, or thirty from an address, are free within the hour; then 2, 4, 8 … 900 seconds.
  select coalesce(max(greatest(0, ceil(extract(epoch from
           f.last_at + make_interval(secs => least(900.0, power(2.0, least(f.n - f.free, 10)))) - clock_timestamp())))), 0)::integer
    from (select count(*) as n, max(s.at) as last_at, 5 - 1 as free from access.sign_in s
           where s.treasury_id = p_treasury_id and s.name = p_name and s.outcome = 'tried'
             and s.at > clock_timestamp() - interval '1 hour'
             and s.at > coalesce((select max(a.at) from access.sign_in a where a.treasury_id = p_treasury_id
                                     and a.name = p_name and a.outcome = 'accepted'), '-infinity')
          union all
          select count(*) filter (where s.outcome = 'tried') - count(*) filter (where s.outcome = 'accepted'),
                 max(s.at) filter (where s.outcome = 'tried'), 30 - 1
            from access.sign_in s
           where s.address = p_address and s.at > clock_timestamp() - interval '1 hour') f
   where f.n > f.free;
$$;

create function access.try_sign_in(p_treasury_id integer, p_name text, p_address text)
returns table (wait_seconds integer, password text, code_secret text) language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
begin
  -- One at a time per name and per address, so that a hundred guesses sent at once are not all the first.
  perform pg_advisory_xact_lock(hashtextextended('sign_in' || p_address, 0));
  perform pg_advisory_xact_lock(hashtextextended('sign_in' || p_treasury_id || p_name, 1));
  wait_seconds := access.wait_of(p_treasury_id, p_name, p_address);
  insert into access.sign_in (treasury_id, name, address, outcome)
  values (p_treasury_id, p_name, p_address, case when wait_seconds > 0 then 'waiting' else 'tried' end);
  if wait_seconds = 0 then
    select c.password, c.code_secret into password, code_secret from access.credential c
     where (c.treasury_id, c.person) = (p_treasury_id, p_name);
  end if;
  return next;
end $$;
comment on function access.try_sign_in(integer, text, text) is 'records an attempt before anything is verified; a wait says that it does not count';

create function access.record_act(p_treasury_id integer, p_person text, p_duty text, p_kind text, p_subject text,
  p_detail jsonb, p_address text) returns void language sql security definer set search_path = pg_catalog, pg_temp as $$
  insert into access.act (treasury_id, person, duty, kind, subject, detail, address)
  values (p_treasury_id, p_person, p_duty, p_kind, p_subject, p_detail, p_address);
$$;

create function access.open_visit(p_token_hash bytea, p_treasury_id integer, p_person text, p_step bigint, p_address text,
  p_agent text) returns uuid language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  made uuid;
begin
  if p_step is not null then
    update access.credential c set code_step = p_step
     where (c.treasury_id, c.person) = (p_treasury_id, p_person) and c.code_step < p_step;
    if not found then
      return null;  -- a code is good once
    end if;
  end if;
  insert into access.sign_in (treasury_id, name, address, outcome) values (p_treasury_id, p_person, p_address, 'accepted');
  insert into access.visit (token_hash, treasury_id, person, second_factor, address, agent, expires_at)
  values (p_token_hash, p_treasury_id, p_person, p_step is not null, p_address, p_agent, clock_timestamp() + interval '10 hours')
  returning visit_id into made;
  perform access.record_act(p_treasury_id, p_person, null, 'sign_in', made::text, '{}', p_address);
  return made;
end $$;

create function access.visiting(p_token_hash bytea) returns access.visit language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select v from access.visit v
   where v.token_hash = p_token_hash and v.revoked_at is null and v.expires_at > clock_timestamp()
     and v.seen_at > clock_timestamp() - interval '15 minutes';
$$;
comment on function access.visiting(bytea) is 'the visit of a token: null when it ended, was revoked, or rested for 15 minutes';

create function access.seen(p_token_hash bytea) returns jsonb language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  v access.visit := access.visiting(p_token_hash);
begin
  if v.visit_id is null then
    return null;
  end if;
  if v.seen_at < clock_timestamp() - interval '20 seconds' then
    update access.visit w set seen_at = clock_timestamp() where w.visit_id = v.visit_id;
  end if;
  return (
    select jsonb_build_object('visit_id', v.visit_id, 'treasury_id', v.treasury_id, 'treasury', t.code,
             'treasury_zh', t.name_zh, 'treasury_en', t.name_en, 'demo', t.demo, 'person', v.person, 'name', p.name,
             'office_zh', o.name_zh, 'office_en', o.name_en, 'duty', d.duty, 'duty_zh', d.name_zh, 'duty_en', d.name_en,
             'login', d.login, 'second_factor', v.second_factor, 'has_code', c.code_secret is not null,
             'must_change', c.must_change, 'opened_at', v.opened_at, 'last_at', b.opened_at, 'last_address', b.address)
      from ledger.treasury t
      join ledger.person p on (p.treasury_id, p.person) = (v.treasury_id, v.person)
      join ledger.office o on (o.treasury_id, o.office) = (p.treasury_id, p.office)
      join access.credential c on (c.treasury_id, c.person) = (v.treasury_id, v.person)
      left join ledger.duty d on d.duty = v.duty and exists (
        select from ledger.appointment a where (a.treasury_id, a.person, a.duty) = (v.treasury_id, v.person, v.duty)
           and a.held @> access.today())
      left join lateral (
        select w.opened_at, w.address from access.visit w
         where (w.treasury_id, w.person) = (v.treasury_id, v.person) and w.opened_at < v.opened_at
         order by w.opened_at desc limit 1) b on true
     where t.treasury_id = v.treasury_id);
end $$;
comment on function access.seen(bytea) is 'who a browser is, asked at every request';

create function access.duties_of(p_token_hash bytea) returns table (duty text, name_zh text, name_en text, login text,
  first_on date, until_on date, agencies text[], document text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select d.duty, d.name_zh, d.name_en, d.login, lower(a.held), upper(a.held), a.agencies, a.document
    from access.visiting(p_token_hash) v
    join ledger.appointment a on (a.treasury_id, a.person) = (v.treasury_id, v.person) and a.held @> access.today()
    join ledger.duty d on d.duty = a.duty
   order by d.duty;
$$;

create function access.choose_duty(p_token_hash bytea, p_new_hash bytea, p_duty text) returns text language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  v access.visit := access.visiting(p_token_hash);
  found_login text;
begin
  if v.visit_id is null then
    raise exception 'nobody is signed in' using errcode = 'insufficient_privilege', constraint = 'signed_in';
  end if;
  -- Who may let others in, or send money out, proves it twice; a demonstration has no secrets.
  if p_duty in ('SADM', 'SECU', 'LOGA', 'SIGN') and not v.second_factor
     and not (select t.demo from ledger.treasury t where t.treasury_id = v.treasury_id) then
    raise exception 'duty % asks for a second factor', p_duty
      using errcode = 'insufficient_privilege', constraint = 'second_factor_needed';
  end if;
  update access.session s set revoked_at = clock_timestamp() where s.visit_id = v.visit_id and s.revoked_at is null;
  found_login := access.open_session(p_new_hash, v.treasury_id, v.person, p_duty, 36000);
  update access.session s set visit_id = v.visit_id, expires_at = v.expires_at where s.token_hash = p_new_hash;
  update access.visit w set token_hash = p_new_hash, duty = p_duty, seen_at = clock_timestamp() where w.visit_id = v.visit_id;
  perform access.record_act(v.treasury_id, v.person, p_duty, 'duty', v.visit_id::text, '{}', v.address);
  return found_login;
end $$;
comment on function access.choose_duty(bytea, bytea, text) is 'lets a visit act under a duty, with a new token; what it did under another ends';

create function access.visits_of(p_token_hash bytea) returns table (visit_id uuid, this boolean, duty text, address text,
  agent text, opened_at timestamptz, seen_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select w.visit_id, w.visit_id = v.visit_id, w.duty, w.address, w.agent, w.opened_at, w.seen_at
    from access.visiting(p_token_hash) v
    join access.visit w on (w.treasury_id, w.person) = (v.treasury_id, v.person)
   where w.revoked_at is null and w.expires_at > clock_timestamp() and w.seen_at > clock_timestamp() - interval '15 minutes'
   order by w.opened_at desc;
$$;

create function access.close_visits(p_treasury_id integer, p_person text, p_visit_id uuid) returns integer language plpgsql
set search_path = pg_catalog, pg_temp as $$
declare
  ended integer;
begin
  update access.session s set revoked_at = clock_timestamp()
    from access.visit v
   where s.visit_id = v.visit_id and s.revoked_at is null and (v.treasury_id, v.person) = (p_treasury_id, p_person)
     and (p_visit_id is null or v.visit_id = p_visit_id);
  update access.visit v set revoked_at = clock_timestamp()
   where (v.treasury_id, v.person) = (p_treasury_id, p_person) and v.revoked_at is null
     and (p_visit_id is null or v.visit_id = p_visit_id);
  get diagnostics ended = row_count;
  return ended;
end $$;
comment on function access.close_visits(integer, text, uuid) is 'ends one visit of a person, or all of them, with the sessions they hold';

create function access.end_own_visit(p_token_hash bytea, p_visit_id uuid) returns integer language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  v access.visit := access.visiting(p_token_hash);
begin
  if v.visit_id is null then
    return 0;
  end if;
  perform access.record_act(v.treasury_id, v.person, v.duty, 'sign_out', p_visit_id::text, '{}', v.address);
  return access.close_visits(v.treasury_id, v.person, p_visit_id);
end $$;

create function access.password_of(p_token_hash bytea) returns text language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select c.password from access.visiting(p_token_hash) v
    join access.credential c on (c.treasury_id, c.person) = (v.treasury_id, v.person);
$$;

create function access.change_password(p_token_hash bytea, p_new_hash bytea, p_password text) returns void language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  v access.visit := access.visiting(p_token_hash);
begin
  if v.visit_id is null then
    raise exception 'nobody is signed in' using errcode = 'insufficient_privilege', constraint = 'signed_in';
  end if;
  update access.credential c set password = p_password, must_change = false, changed_at = clock_timestamp()
   where (c.treasury_id, c.person) = (v.treasury_id, v.person);
  insert into access.sign_in (treasury_id, name, address, outcome) values (v.treasury_id, v.person, v.address, 'accepted');
  perform access.close_visits(v.treasury_id, v.person, w.visit_id)
    from access.visit w where (w.treasury_id, w.person) = (v.treasury_id, v.person) and w.visit_id <> v.visit_id
     and w.revoked_at is null;
  update access.session s set revoked_at = clock_timestamp() where s.visit_id = v.visit_id and s.revoked_at is null;
  update access.visit w set token_hash = p_new_hash, duty = null where w.visit_id = v.visit_id;
  perform access.record_act(v.treasury_id, v.person, v.duty, 'password', v.person, '{}', v.address);
end $$;
comment on function access.change_password(bytea, bytea, text) is 'changes one''s own password: every other visit ends, and this one chooses its duty again';

create function access.offer_code(p_token_hash bytea, p_secret text) returns void language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  v access.visit := access.visiting(p_token_hash);
begin
  update access.credential c set code_offered = p_secret
   where (c.treasury_id, c.person) = (v.treasury_id, v.person) and c.code_secret is null;
  if not found then
    raise exception 'nobody is signed in, or a second factor is there'
      using errcode = 'insufficient_privilege', constraint = 'signed_in';
  end if;
end $$;

create function access.code_offered(p_token_hash bytea) returns text language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select c.code_offered from access.visiting(p_token_hash) v
    join access.credential c on (c.treasury_id, c.person) = (v.treasury_id, v.person);
$$;

create function access.confirm_code(p_token_hash bytea, p_step bigint) returns void language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  v access.visit := access.visiting(p_token_hash);
begin
  update access.credential c set code_secret = c.code_offered, code_offered = null, code_step = p_step
   where (c.treasury_id, c.person) = (v.treasury_id, v.person) and c.code_offered is not null;
  if not found then
    raise exception 'no second factor was offered' using errcode = 'insufficient_privilege', constraint = 'signed_in';
  end if;
  update access.visit w set second_factor = true where w.visit_id = v.visit_id;
  perform access.record_act(v.treasury_id, v.person, v.duty, 'second_factor', v.person, '{}', v.address);
end $$;

-- The three administrators. A password given by the system administrator must be changed at the first
-- sign-in and leaves the second factor alone, so it does not make anyone else of them.
create function access.issue_password(p_person text, p_password text) returns void language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['SADM']);
begin
  if p_person = who.person then
    raise exception 'nobody does this for themselves' using errcode = 'insufficient_privilege', constraint = 'not_for_oneself';
  end if;
  insert into access.credential (treasury_id, person, password, must_change) values (who.treasury_id, p_person, p_password, true)
  on conflict (treasury_id, person) do update set password = excluded.password, must_change = true, changed_at = clock_timestamp();
  perform access.close_visits(who.treasury_id, p_person, null);
  perform access.record_act(who.treasury_id, who.person, who.duty, 'password_issued', p_person, '{}', null);
end $$;

create function access.drop_code(p_person text, p_document text) returns void language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['SECU']);
begin
  if p_person = who.person then
    raise exception 'nobody does this for themselves' using errcode = 'insufficient_privilege', constraint = 'not_for_oneself';
  end if;
  update access.credential c set code_secret = null, code_offered = null where (c.treasury_id, c.person) = (who.treasury_id, p_person);
  perform access.close_visits(who.treasury_id, p_person, null);
  perform access.record_act(who.treasury_id, who.person, who.duty, 'second_factor_dropped', p_person,
                            jsonb_build_object('document', p_document), null);
end $$;

create function access.end_visits(p_person text, p_visit_id uuid) returns integer language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['SECU']);
begin
  perform access.record_act(who.treasury_id, who.person, who.duty, 'visits_ended', p_person, '{}', null);
  return access.close_visits(who.treasury_id, p_person, p_visit_id);
end $$;

create function access.accounts() returns table (person text, name text, office text, agency text, has_password boolean,
  must_change boolean, has_code boolean, last_at timestamptz, last_address text, visits integer)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['SADM', 'SECU', 'LOGA']);
begin
  return query
  select p.person, p.name, p.office, o.agency, c.person is not null, c.must_change, c.code_secret is not null,
         b.opened_at, b.address,
         (select count(*)::integer from access.visit w
           where (w.treasury_id, w.person) = (p.treasury_id, p.person) and w.revoked_at is null
             and w.expires_at > clock_timestamp() and w.seen_at > clock_timestamp() - interval '15 minutes')
    from ledger.person p
    join ledger.office o on (o.treasury_id, o.office) = (p.treasury_id, p.office)
    left join access.credential c on (c.treasury_id, c.person) = (p.treasury_id, p.person)
    left join lateral (
      select w.opened_at, w.address from access.visit w
       where (w.treasury_id, w.person) = (p.treasury_id, p.person) order by w.opened_at desc limit 1) b on true
   where p.treasury_id = who.treasury_id order by p.person;
end $$;

create function access.sign_ins(p_most integer) returns table (at timestamptz, name text, address text, outcome text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['LOGA', 'SECU']);
begin
  return query select s.at, s.name, s.address, s.outcome from access.sign_in s
   where s.treasury_id = who.treasury_id order by s.sign_in_id desc limit p_most;
end $$;

create function access.acts(p_most integer) returns table (at timestamptz, person text, duty text, kind text, subject text,
  detail jsonb, address text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['LOGA']);
begin
  return query select a.at, a.person, a.duty, a.kind, a.subject, a.detail, a.address from access.act a
   where a.treasury_id = who.treasury_id order by a.act_id desc limit p_most;
end $$;

create function ledger.register_person(p_person text, p_name text, p_office text) returns void language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['SADM']);
begin
  insert into ledger.person (treasury_id, person, name, office) values (who.treasury_id, p_person, p_name, p_office);
  perform access.record_act(who.treasury_id, who.person, who.duty, 'person', p_person,
                            jsonb_build_object('name', p_name, 'office', p_office), null);
end $$;

create function ledger.appoint(p_person text, p_duty text, p_first date, p_until date, p_document text, p_agencies text[])
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['SECU']);
begin
  if p_person = who.person then
    raise exception 'nobody does this for themselves' using errcode = 'insufficient_privilege', constraint = 'not_for_oneself';
  end if;
  insert into ledger.duty_held (treasury_id, person, duty, held, agencies, document, granted_by)
  values (who.treasury_id, p_person, p_duty, daterange(p_first, p_until), p_agencies, p_document, who.person);
  perform access.record_act(who.treasury_id, who.person, who.duty, 'appointed', p_person,
    jsonb_build_object('duty', p_duty, 'from', p_first, 'until', p_until, 'document', p_document, 'agencies', p_agencies), null);
end $$;

create function ledger.end_appointment(p_person text, p_duty text, p_first date, p_ended_on date, p_document text)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['SECU']);
begin
  if p_person = who.person then
    raise exception 'nobody does this for themselves' using errcode = 'insufficient_privilege', constraint = 'not_for_oneself';
  end if;
  insert into ledger.duty_ended (treasury_id, person, duty, held, ended_on, document, recorded_by)
  select h.treasury_id, h.person, h.duty, h.held, p_ended_on, p_document, who.person from ledger.duty_held h
   where (h.treasury_id, h.person, h.duty, lower(h.held)) = (who.treasury_id, p_person, p_duty, p_first);
  if not found then
    raise exception 'no such appointment' using errcode = 'foreign_key_violation', constraint = 'appointment_known';
  end if;
  perform access.record_act(who.treasury_id, who.person, who.duty, 'appointment_ended', p_person,
    jsonb_build_object('duty', p_duty, 'from', p_first, 'ended_on', p_ended_on, 'document', p_document), null);
end $$;

create function ledger.administrators_apart() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  bad record;
begin
  select a.person, a.duty as duty_a, b.duty as duty_b into bad
    from new_rows n
    join ledger.appointment a on (a.treasury_id, a.person) = (n.treasury_id, n.person)
    join ledger.appointment b on (b.treasury_id, b.person) = (a.treasury_id, a.person) and b.held && a.held
   where a.duty in ('SADM', 'SECU', 'LOGA') and b.duty not in ('SADM', 'SECU', 'LOGA')
   limit 1;
  if found then
    raise exception '% as % and as %: administrators hold no business duty', bad.person, bad.duty_a, bad.duty_b
      using errcode = 'exclusion_violation', constraint = 'duties_incompatible', table = 'duty_held',
            detail = jsonb_build_object('duty', bad.duty_a, 'person', bad.person, 'other_duty', bad.duty_b,
              'other_person', bad.person, 'basis', '三员分立：管理员不兼业务职责 (等级保护)')::text;
  end if;
  return null;
end $$;
comment on function ledger.administrators_apart() is
  'refuses an administrator with a business duty, whatever the pairs say; after incompatible_duties, which serialises';
create trigger only_administers after insert on ledger.duty_held
  referencing new table as new_rows for each statement execute function ledger.administrators_apart();
alter table ledger.duty_held enable always trigger only_administers;

-- Vouchers on their way: a running row, its versions and its steps. What may follow what is data.
create table ledger.workflow (
  from_state text not null check (from_state in ('draft', 'rejected', 'submitted', 'reviewed')),
  action     text not null check (action in ('save', 'submit', 'withdraw', 'review', 'reject', 'post', 'discard')),
  duty       text not null references ledger.duty,
  to_state   text not null check (to_state in ('draft', 'rejected', 'submitted', 'reviewed', 'posted', 'discarded')),
  by_whom    text not null check (by_whom in ('author', 'other')),
  primary key (from_state, action, duty)
);
comment on table ledger.workflow is '流转规则 which duty may take a draft from one state to another, as its author or as another';

create table ledger.draft (
  treasury_id    integer not null,
  draft_id       uuid not null,
  no             integer not null check (no > 0),
  account_set_id integer not null,
  reverses       uuid,
  state          text not null check (state in ('draft', 'rejected', 'submitted', 'reviewed', 'posted', 'discarded')),
  version        integer not null check (version > 0),
  prepared_by    text not null,
  reviewed_by    text,
  posted_by      text,
  event_id       uuid,
  effective_on   date,
  narration      text not null,
  debit_fen      bigint not null,
  credit_fen     bigint not null,
  changed_at     timestamptz not null,
  primary key (treasury_id, draft_id),
  constraint draft_numbered_once unique (treasury_id, no),
  constraint draft_steps_by_different_people check (
    coalesce(reviewed_by <> prepared_by, true) and coalesce(posted_by <> prepared_by, true)
    and coalesce(posted_by <> reviewed_by, true)),
  constraint draft_posted_whole check ((state = 'posted') = (event_id is not null and posted_by is not null)),
  constraint draft_reviewed_by_someone check (state not in ('reviewed', 'posted') or reviewed_by is not null),
  foreign key (treasury_id, account_set_id) references ledger.account_set,
  foreign key (treasury_id, prepared_by) references ledger.person
);
comment on table ledger.draft is '待记账凭证 a voucher that a person writes by hand, where it stands now';
create index draft_by_state on ledger.draft (treasury_id, state, no);
create unique index draft_reverses_once on ledger.draft (treasury_id, reverses) where reverses is not null and state <> 'discarded';

create table ledger.draft_version (
  treasury_id integer not null,
  draft_id    uuid not null,
  version     integer not null,
  content     jsonb not null check (length(content::text) <= 400000),
  written_by  text not null,
  written_at  timestamptz not null default clock_timestamp(),
  primary key (treasury_id, draft_id, version),
  foreign key (treasury_id, draft_id) references ledger.draft
);
comment on table ledger.draft_version is '历次稿本 every version of a draft, kept also when it was rejected';

create table ledger.draft_step (
  treasury_id integer not null,
  draft_id    uuid not null,
  step_no     integer not null,
  action      text not null,
  from_state  text,
  to_state    text not null,
  version     integer not null,
  person      text not null,
  duty        text not null,
  remark      text check (length(remark) <= 500 and remark !~ '[\x01-\x09\x0b-\x1f\x7f]'),
  at          timestamptz not null default clock_timestamp(),
  primary key (treasury_id, draft_id, step_no),
  foreign key (treasury_id, draft_id) references ledger.draft
);
comment on table ledger.draft_step is '流转记录 who did what with a draft, and when';

create table ledger.attachment (
  treasury_id   integer not null,
  attachment_id uuid not null default uuidv7(),
  draft_id      uuid not null,
  name          text not null,
  media_type    text not null,
  content       bytea not null,
  digest        bytea not null,
  added_by      text not null,
  added_at      timestamptz not null default clock_timestamp(),
  primary key (treasury_id, attachment_id),
  constraint attachment_once unique (treasury_id, draft_id, digest),
  constraint attachment_size check (octet_length(content) between 1 and 10485760),
  constraint attachment_digest_true check (digest = sha256(content)),
  constraint attachment_name_plain check (name ~ '^[^/\\:*?"<>|[:cntrl:]]{1,150}$' and name !~ '^\.'),
  foreign key (treasury_id, draft_id) references ledger.draft
);
comment on table ledger.attachment is '附件 what proves a voucher, byte for byte, with its SHA-256';
create index attachment_of_draft on ledger.attachment (treasury_id, draft_id);

do $$
declare
  name text;
begin
  foreach name in array array['draft_version', 'draft_step', 'attachment'] loop
    execute format('create trigger append_only before update or delete or truncate on ledger.%I '
                   'for each statement execute function ledger.append_only()', name);
    execute format('alter table ledger.%I enable always trigger append_only', name);
  end loop;
  create trigger never_deleted before delete or truncate on ledger.draft
    for each statement execute function ledger.append_only();
  alter table ledger.draft enable always trigger never_deleted;
end $$;

create function ledger.save_draft(p_draft_id uuid, p_version integer, p_account_set_id integer, p_reverses uuid, p_content jsonb)
returns table (draft_id uuid, no integer, version integer) language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  who access.identity := access.must_be(array['BOOK']);
  was ledger.draft;
  debit bigint;
  credit bigint;
begin
  select coalesce(sum((l->>'fen')::bigint) filter (where l->>'side' = 'D'), 0),
         coalesce(sum((l->>'fen')::bigint) filter (where l->>'side' = 'C'), 0) into debit, credit
    from jsonb_array_elements(p_content->'lines') l;
  if p_draft_id is null then
    if not exists (select from ledger.account_set s where (s.treasury_id, s.account_set_id) = (who.treasury_id, p_account_set_id)
                      and (who.sets is null or s.account_set_id = any (who.sets))) then
      raise exception 'account set % is not of this treasury, or not of your agencies', p_account_set_id
        using errcode = 'insufficient_privilege', constraint = 'account_set_yours';
    end if;
    perform pg_advisory_xact_lock(hashtextextended('draft', who.treasury_id));
    insert into ledger.draft (treasury_id, draft_id, no, account_set_id, reverses, state, version, prepared_by,
                              effective_on, narration, debit_fen, credit_fen, changed_at)
    select who.treasury_id, uuidv7(), coalesce(max(d.no), 0) + 1, p_account_set_id, p_reverses, 'draft', 1, who.person,
           (p_content->>'on')::date, p_content->>'narration', debit, credit, clock_timestamp()
      from ledger.draft d where d.treasury_id = who.treasury_id
    returning * into was;
  else
    select d.* into was from ledger.draft d
     where (d.treasury_id, d.draft_id) = (who.treasury_id, p_draft_id)
       and (who.sets is null or d.account_set_id = any (who.sets)) for no key update;
    perform ledger.draft_may(was, p_version, 'save', who.person, who.duty);
    update ledger.draft d
       set version = d.version + 1, state = 'draft', reviewed_by = null, effective_on = (p_content->>'on')::date,
           narration = p_content->>'narration', debit_fen = debit, credit_fen = credit, changed_at = clock_timestamp()
     where (d.treasury_id, d.draft_id) = (who.treasury_id, p_draft_id);
  end if;
  return query
  with written as (
    insert into ledger.draft_version (treasury_id, draft_id, version, content, written_by)
    select d.treasury_id, d.draft_id, d.version, p_content, who.person from ledger.draft d
     where (d.treasury_id, d.draft_id) = (who.treasury_id, was.draft_id)
    returning draft_id, version),
  told as (
    insert into ledger.draft_step (treasury_id, draft_id, step_no, action, from_state, to_state, version, person, duty)
    select who.treasury_id, w.draft_id, (select count(*) + 1 from ledger.draft_step s
             where (s.treasury_id, s.draft_id) = (who.treasury_id, w.draft_id)),
           'save', case when p_draft_id is not null then was.state end, 'draft', w.version, who.person, who.duty
      from written w)
  select w.draft_id, was.no, w.version from written w;
end $$;
comment on function ledger.save_draft(uuid, integer, integer, uuid, jsonb) is 'keeps a new version of a draft; its author''s only';

create function ledger.draft_may(was ledger.draft, p_version integer, p_action text, p_person text, p_duty text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  rule record;
begin
  if was.draft_id is null then
    raise exception 'no such draft' using errcode = 'foreign_key_violation', constraint = 'draft_known';
  end if;
  if was.version <> p_version then
    raise exception 'the draft has a version % by now', was.version
      using errcode = 'object_not_in_prerequisite_state', constraint = 'draft_moved',
            detail = jsonb_build_object('version', was.version, 'seen', p_version)::text;
  end if;
  select w.* into rule from ledger.workflow w where (w.from_state, w.action, w.duty) = (was.state, p_action, p_duty);
  if not found then
    raise exception 'a draft that is % does not take % by %', was.state, p_action, p_duty
      using errcode = 'object_not_in_prerequisite_state', constraint = 'draft_step_known',
            detail = jsonb_build_object('state', was.state, 'action', p_action, 'duty', p_duty)::text;
  end if;
  if (rule.by_whom = 'author') <> (p_person = was.prepared_by) or (p_action = 'post' and p_person = was.reviewed_by) then
    raise exception '% may not % this draft: % prepared it%', p_person, p_action, was.prepared_by,
                    coalesce(', ' || was.reviewed_by || ' reviewed it', '')
      using errcode = 'check_violation', constraint = 'draft_steps_by_different_people', table = 'draft',
            detail = jsonb_build_object('action', p_action, 'prepared_by', was.prepared_by, 'reviewed_by', was.reviewed_by)::text;
  end if;
  return rule.to_state;
end $$;

create function ledger.step_draft(p_draft_id uuid, p_version integer, p_action text, p_remark text, p_event_id uuid)
returns text language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['BOOK', 'AUDT_IN', 'CLOS']);
  was ledger.draft;
  becomes text;
begin
  select d.* into was from ledger.draft d
   where (d.treasury_id, d.draft_id) = (who.treasury_id, p_draft_id)
     and (who.sets is null or d.account_set_id = any (who.sets)) for no key update;
  becomes := ledger.draft_may(was, p_version, p_action, who.person, who.duty);
  if p_action = 'submit' and (was.debit_fen <> was.credit_fen or was.debit_fen = 0 or was.effective_on is null) then
    raise exception 'off by % fen', was.debit_fen - was.credit_fen
      using errcode = 'check_violation', constraint = 'voucher_balanced', table = 'draft',
            detail = jsonb_build_object('off_by_fen', was.debit_fen - was.credit_fen)::text;
  end if;
  if p_action = 'reject' and coalesce(p_remark, '') = '' then
    raise exception 'a rejection gives its reason' using errcode = 'check_violation', constraint = 'draft_rejection_reasoned';
  end if;
  -- What is posted is what was reviewed: the event of this number, by this preparer, of this amount.
  if p_action = 'post' and not exists (
    select from ledger.event e join ledger.voucher v using (treasury_id, event_id)
     where (e.treasury_id, e.event_id) = (who.treasury_id, p_event_id) and e.key = 'draft-' || was.no
       and e.kind = case when was.reverses is null then 'manual' else 'reversal' end
       and e.reverses is not distinct from was.reverses and e.effective_on = was.effective_on
       and e.prepared_by = was.prepared_by and e.posted_by = who.person
       and (was.reverses is not null or v.account_set_id = was.account_set_id and v.debit_fen = was.debit_fen)) then
    raise exception 'the event is not that of the draft'
      using errcode = 'check_violation', constraint = 'draft_posted_whole', table = 'draft';
  end if;
  update ledger.draft d
     set state = becomes, changed_at = clock_timestamp(),
         reviewed_by = case p_action when 'review' then who.person when 'post' then d.reviewed_by end,
         posted_by = case when p_action = 'post' then who.person end,
         event_id = case when p_action = 'post' then p_event_id end
   where (d.treasury_id, d.draft_id) = (who.treasury_id, p_draft_id);
  insert into ledger.draft_step (treasury_id, draft_id, step_no, action, from_state, to_state, version, person, duty, remark)
  select who.treasury_id, p_draft_id, count(*) + 1, p_action, was.state, becomes, was.version, who.person, who.duty,
         nullif(p_remark, '')
    from ledger.draft_step s where (s.treasury_id, s.draft_id) = (who.treasury_id, p_draft_id);
  return becomes;
end $$;
comment on function ledger.step_draft(uuid, integer, text, text, uuid) is
  'takes a draft one step further by the rules of workflow; no person takes two of prepare, review and post';

create function ledger.attach(p_draft_id uuid, p_name text, p_media_type text, p_content bytea) returns uuid language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['BOOK']);
  made uuid;
begin
  perform from ledger.draft d
   where (d.treasury_id, d.draft_id, d.prepared_by) = (who.treasury_id, p_draft_id, who.person)
     and d.state in ('draft', 'rejected') and (who.sets is null or d.account_set_id = any (who.sets)) for no key update;
  if not found then
    raise exception 'no draft of yours that takes attachments' using errcode = 'foreign_key_violation', constraint = 'draft_known';
  end if;
  insert into ledger.attachment (treasury_id, draft_id, name, media_type, content, digest, added_by)
  values (who.treasury_id, p_draft_id, p_name, p_media_type, p_content, sha256(p_content), who.person)
  returning attachment_id into made;
  return made;
end $$;

-- Who sees drafts: the account set's own people and those who oversee them.
do $$
declare
  name text;
begin
  foreach name in array array['draft', 'draft_version', 'draft_step', 'attachment'] loop
    execute format('alter table ledger.%I enable row level security', name);
    execute format('create policy writer on ledger.%I to gongku_writer using (treasury_id = (select ledger.writing()))', name);
    execute format('create policy inspect on ledger.%I for select to gongku_inspect using (true)', name);
    execute format('create policy duty on ledger.%I for select to gongku_execute, gongku_oversee, gongku_audit '
      'using (treasury_id = (select (access.whoami()).treasury_id) and ((select (access.whoami()).sets) is null or %s))', name,
      case name when 'draft' then 'account_set_id = any ((select (access.whoami()).sets)::integer[])'
        else format('exists (select from ledger.draft d where (d.treasury_id, d.draft_id) = (ledger.%1$I.treasury_id, ledger.%1$I.draft_id))', name)
      end);
  end loop;
end $$;
grant select on ledger.workflow to gongku_writer, gongku_compile, gongku_execute, gongku_collect, gongku_bill, gongku_oversee,
  gongku_audit, gongku_publish, gongku_administer, gongku_inspect;
grant select on ledger.draft, ledger.draft_version, ledger.draft_step, ledger.attachment
  to gongku_writer, gongku_execute, gongku_oversee, gongku_audit, gongku_inspect;
grant insert on ledger.draft, ledger.draft_version, ledger.draft_step, ledger.attachment to gongku_writer;
grant update on ledger.draft to gongku_writer;
grant insert on ledger.person, ledger.duty_held, ledger.duty_ended to gongku_writer;
grant update (name, office) on ledger.person to gongku_writer;

reset role;
do $$
declare
  f regprocedure;
begin
  execute 'grant create on schema ledger to gongku_writer';
  foreach f in array array[
    'ledger.save_draft(uuid, integer, integer, uuid, jsonb)', 'ledger.step_draft(uuid, integer, text, text, uuid)',
    'ledger.draft_may(ledger.draft, integer, text, text, text)', 'ledger.attach(uuid, text, text, bytea)',
    'ledger.register_person(text, text, text)', 'ledger.appoint(text, text, date, date, text, text[])',
    'ledger.end_appointment(text, text, date, date, text)']::regprocedure[] loop
    execute format('alter function %s owner to gongku_writer', f);
  end loop;
  execute 'revoke create on schema ledger from gongku_writer';
end $$;
set role gongku_owner;
grant execute on function access.record_act(integer, text, text, text, text, jsonb, text) to gongku_writer, gongku_auth;
grant execute on function access.treasuries(), access.try_sign_in(integer, text, text),
  access.open_visit(bytea, integer, text, bigint, text, text), access.seen(bytea), access.duties_of(bytea),
  access.choose_duty(bytea, bytea, text), access.visits_of(bytea), access.end_own_visit(bytea, uuid),
  access.password_of(bytea), access.change_password(bytea, bytea, text), access.offer_code(bytea, text),
  access.code_offered(bytea), access.confirm_code(bytea, bigint) to gongku_auth;
grant execute on function access.issue_password(text, text), access.drop_code(text, text), access.end_visits(text, uuid),
  access.accounts(), access.sign_ins(integer), access.acts(integer) to gongku_administer;
reset role;
set role gongku_writer;
grant execute on function ledger.save_draft(uuid, integer, integer, uuid, jsonb),
  ledger.step_draft(uuid, integer, text, text, uuid), ledger.attach(uuid, text, text, bytea) to gongku_execute;
grant execute on function ledger.register_person(text, text, text), ledger.appoint(text, text, date, date, text, text[]),
  ledger.end_appointment(text, text, date, date, text) to gongku_administer;
reset role;
