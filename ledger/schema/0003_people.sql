-- Who is who, who holds which duty, and how the database knows who is asking.
set role gongku_owner;

create table ledger.treasury (
  treasury_id integer primary key,
  code        text not null unique,
  name_zh     text not null,
  name_en     text not null,
  level       smallint not null check (level between 1 and 5),
  currency    text not null check (currency ~ '^[A-Z]{3}$'),
  demo        boolean not null default false,
  constraint treasury_code_plain check (code ~ '^[0-9A-Z-]{1,20}$')
);
comment on table ledger.treasury is '国库 one treasury for each level of government';

create table ledger.agency (
  treasury_id integer not null references ledger.treasury,
  agency      text not null,
  parent      text,
  name_zh     text not null,
  name_en     text not null,
  kind        text not null check (kind in ('organ', 'institution', 'village', 'other')),
  valid       daterange not null default '[1949-10-01,)',
  primary key (treasury_id, agency),
  foreign key (treasury_id, parent) references ledger.agency (treasury_id, agency),
  constraint agency_code_plain check (agency ~ '^[0-9A-Za-z.-]{1,21}$')
);
comment on table ledger.agency is '预算单位 budget agency, in a tree';

create table ledger.office (
  treasury_id integer not null,
  office      text not null,
  agency      text not null,
  name_zh     text not null,
  name_en     text not null,
  primary key (treasury_id, office),
  foreign key (treasury_id, agency) references ledger.agency
);
comment on table ledger.office is '处室 office of an agency';

create table ledger.person (
  treasury_id integer not null,
  person      text not null,
  name        text not null,
  office      text not null,
  primary key (treasury_id, person),
  foreign key (treasury_id, office) references ledger.office,
  constraint person_code_plain check (person ~ '^[0-9A-Za-z._-]{1,40}$')
);
comment on table ledger.person is '人员 person, in one office';

create table ledger.duty_held (
  treasury_id integer not null,
  person      text not null,
  duty        text not null references ledger.duty,
  held        daterange not null check (not isempty(held) and lower(held) is not null),
  agencies    text[],
  document    text not null check (document <> ''),
  granted_by  text not null default session_user,
  granted_at  timestamptz not null default clock_timestamp(),
  primary key (treasury_id, person, duty, held),
  foreign key (treasury_id, person) references ledger.person
);
comment on table ledger.duty_held is '任命 duties held from day to day by appointment; agencies null = all';

create table ledger.duty_ended (
  treasury_id integer not null,
  person      text not null,
  duty        text not null,
  held        daterange not null,
  ended_on    date not null,
  document    text not null check (document <> ''),
  recorded_by text not null default session_user,
  recorded_at timestamptz not null default clock_timestamp(),
  primary key (treasury_id, person, duty, held),
  foreign key (treasury_id, person, duty, held) references ledger.duty_held
);
comment on table ledger.duty_ended is '免职 the end of an appointment before its term';

create view ledger.appointment as
  select h.treasury_id, h.person, h.duty, h.agencies, h.document, p.office, o.agency,
         daterange(lower(h.held), least(upper(h.held), e.ended_on)) as held
    from ledger.duty_held h
    join ledger.person p using (treasury_id, person)
    join ledger.office o using (treasury_id, office)
    left join ledger.duty_ended e using (treasury_id, person, duty, held)
   where e.ended_on is null or e.ended_on > lower(h.held);
comment on view ledger.appointment is 'appointments as they were really held';

create function ledger.incompatible_duties() returns trigger language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  bad record;
begin
  -- One at a time per treasury, so that two halves of a forbidden pair cannot pass each other; written
  -- and not only locked, so that an older snapshot fails instead of looking past the other half.
  perform from ledger.treasury t where t.treasury_id in (select n.treasury_id from new_rows n)
    order by t.treasury_id for no key update;
  update ledger.treasury t set demo = t.demo where t.treasury_id in (select n.treasury_id from new_rows n);
  select a.person as person_a, a.duty as duty_a, b.person as person_b, b.duty as duty_b, d.basis
    into bad
    from new_rows n
    join ledger.appointment a on (a.treasury_id, a.person) = (n.treasury_id, n.person)
    join ledger.duty_pair d on a.duty in (d.duty_a, d.duty_b)
    join ledger.appointment b
      on b.treasury_id = a.treasury_id and b.held && a.held
     and b.duty = case a.duty when d.duty_a then d.duty_b else d.duty_a end
     and (b.person = a.person
          or ('office' = any (d.scope) and b.office = a.office)
          or ('unit' = any (d.scope) and b.agency = a.agency))
   limit 1;
  if found then
    raise exception '% as % and % as %: %',
      bad.duty_a, bad.person_a, bad.duty_b, bad.person_b, bad.basis
      using errcode = 'exclusion_violation', constraint = 'duties_incompatible', table = 'duty_held',
            detail = jsonb_build_object('duty', bad.duty_a, 'person', bad.person_a,
              'other_duty', bad.duty_b, 'other_person', bad.person_b, 'basis', bad.basis)::text;
  end if;
  return null;
end $$;
create trigger incompatible_duties after insert on ledger.duty_held
  referencing new table as new_rows for each statement execute function ledger.incompatible_duties();
alter table ledger.duty_held enable always trigger incompatible_duties;
create trigger incompatible_duties after update on ledger.person
  referencing new table as new_rows for each statement execute function ledger.incompatible_duties();
alter table ledger.person enable always trigger incompatible_duties;

create function ledger.office_stays() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp as $$
begin
  raise exception 'office % stays with its agency; make a new one and move its people', old.office
    using errcode = 'check_violation', constraint = 'office_stays', table = 'office';
end $$;
create trigger office_stays before update of treasury_id, office, agency on ledger.office
  for each row when (old.agency <> new.agency or old.office <> new.office or old.treasury_id <> new.treasury_id)
  execute function ledger.office_stays();
alter table ledger.office enable always trigger office_stays;

create table access.session (
  token_hash  bytea primary key check (octet_length(token_hash) = 32),
  treasury_id integer not null,
  person      text not null,
  duty        text not null references ledger.duty,
  agencies    text[],
  opened_at   timestamptz not null default clock_timestamp(),
  expires_at  timestamptz not null,
  revoked_at  timestamptz,
  foreign key (treasury_id, person) references ledger.person
);
comment on table access.session is '会话 a person acting under one duty; only the hash of the token is kept';

create type access.identity as (
  treasury_id integer, person text, duty text, agencies text[], sets integer[]);

create function access.today() returns date language sql stable
begin atomic
  select (now() at time zone interval '8 hours')::date;
end;
comment on function access.today() is 'the day in China, whatever the session''s time zone';

create function access.open_session(
  p_token_hash bytea, p_treasury_id integer, p_person text, p_duty text, p_seconds integer)
returns text language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  held record;
begin
  select a.agencies, d.login into held from ledger.appointment a join ledger.duty d using (duty)
   where a.treasury_id = p_treasury_id and a.person = p_person and a.duty = p_duty
     and a.held @> access.today() limit 1;
  if not found then
    raise exception '% does not hold duty % today', p_person, p_duty
      using errcode = 'insufficient_privilege', constraint = 'duty_not_held';
  end if;
  insert into access.session (token_hash, treasury_id, person, duty, agencies, expires_at)
  values (p_token_hash, p_treasury_id, p_person, p_duty, held.agencies,
          clock_timestamp() + make_interval(secs => least(greatest(p_seconds, 1), 36000)));
  return held.login;
end $$;

create function access.revoke_session(p_token_hash bytea) returns void language sql
security definer set search_path = pg_catalog, pg_temp as $$
  update access.session set revoked_at = clock_timestamp()
   where token_hash = p_token_hash and revoked_at is null;
$$;
reset role;
