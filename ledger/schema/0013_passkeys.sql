-- More ways to sign in: passkeys that a person keeps, and identities of a provider that an administrator linked.
set role gongku_owner;

create table access.passkey (
  credential_id bytea primary key check (octet_length(credential_id) between 16 and 1023),
  treasury_id   integer not null,
  person        text not null,
  public_key    bytea not null check (octet_length(public_key) between 32 and 2048),
  rp_id         text not null check (length(rp_id) between 1 and 253),
  name          text not null check (length(name) between 1 and 60),
  sign_count    bigint not null check (sign_count >= 0),
  synced        boolean not null,
  added_at      timestamptz not null default clock_timestamp(),
  foreign key (treasury_id, person) references ledger.person
);
comment on table access.passkey is '通行密钥 the public half of a key that a person keeps; its private half never leaves their device';
create index passkey_of_person on access.passkey (treasury_id, person);

create table access.passkey_use (
  challenge     bytea primary key check (octet_length(challenge) between 32 and 64),
  credential_id bytea not null references access.passkey,
  sign_count    bigint not null check (sign_count >= 0),
  at            timestamptz not null default clock_timestamp()
);
comment on table access.passkey_use is '通行密钥使用记录 every challenge that was answered, each good once';
create index passkey_use_of_key on access.passkey_use (credential_id, at);

create table access.passkey_ended (
  credential_id bytea primary key references access.passkey,
  ended_by      text not null,
  document      text,
  at            timestamptz not null default clock_timestamp()
);
comment on table access.passkey_ended is '通行密钥注销 keys that count no longer: given up by their holder, or taken away by a document';

create table access.subject (
  treasury_id integer not null,
  person      text not null,
  issuer      text not null check (issuer ~ '^https?://' and length(issuer) <= 300),
  subject     text not null check (length(subject) between 1 and 255),
  document    text not null check (document <> ''),
  linked_by   text not null,
  linked_at   timestamptz not null default clock_timestamp(),
  primary key (treasury_id, issuer, subject, linked_at),
  foreign key (treasury_id, person) references ledger.person,
  constraint subject_not_for_oneself check (linked_by <> person)
);
comment on table access.subject is '外部身份 who a person is to an OpenID provider, linked by the security administrator';

create table access.subject_ended (
  treasury_id integer not null,
  issuer      text not null,
  subject     text not null,
  linked_at   timestamptz not null,
  ended_by    text not null,
  document    text not null check (document <> ''),
  at          timestamptz not null default clock_timestamp(),
  primary key (treasury_id, issuer, subject, linked_at),
  foreign key (treasury_id, issuer, subject, linked_at) references access.subject
);
comment on table access.subject_ended is '外部身份解除 links that count no longer';

do $$
declare
  name text;
begin
  foreach name in array array['passkey', 'passkey_use', 'passkey_ended', 'subject', 'subject_ended'] loop
    execute format('create trigger append_only before update or delete or truncate on access.%I '
                   'for each statement execute function ledger.append_only()', name);
    execute format('alter table access.%I enable always trigger append_only', name);
  end loop;
end $$;

alter table access.visit add column means text not null default 'password' check (means in ('password', 'passkey', 'provider'));

create function access.passkeys(p_treasury_id integer, p_person text) returns setof access.passkey language sql stable
set search_path = pg_catalog, pg_temp as $$
  select k from access.passkey k
   where (k.treasury_id, k.person) = (p_treasury_id, p_person)
     and not exists (select from access.passkey_ended e where e.credential_id = k.credential_id);
$$;
comment on function access.passkeys(integer, text) is 'the keys of a person that count';

create function access.passkeys_of(p_token_hash bytea) returns table (credential_id bytea, name text, rp_id text, synced boolean,
  added_at timestamptz, used_at timestamptz)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select k.credential_id, k.name, k.rp_id, k.synced, k.added_at,
         (select max(u.at) from access.passkey_use u where u.credential_id = k.credential_id)
    from access.visiting(p_token_hash) v, access.passkeys(v.treasury_id, v.person) k order by k.added_at;
$$;

create function access.proven(v access.visit) returns boolean language sql stable set search_path = pg_catalog, pg_temp as $$
  select v.second_factor
      or not exists (select from access.passkeys(v.treasury_id, v.person))
     and not exists (select from access.credential c
                      where (c.treasury_id, c.person) = (v.treasury_id, v.person) and c.code_secret is not null);
$$;
comment on function access.proven(access.visit) is
  'whether a visit may add a way to sign in: by a second factor, or while there is none to ask for';

create function access.add_passkey(p_token_hash bytea, p_credential_id bytea, p_public_key bytea, p_rp_id text, p_name text,
  p_sign_count bigint, p_synced boolean, p_challenge bytea) returns boolean language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  v access.visit := access.visiting(p_token_hash);
begin
  if v.visit_id is null then
    raise exception 'nobody is signed in' using errcode = 'insufficient_privilege', constraint = 'signed_in';
  end if;
  if v.opened_at < clock_timestamp() - interval '15 minutes' or not access.proven(v) then
    raise exception 'a way to sign in is added right after signing in by the strongest way there is'
      using errcode = 'insufficient_privilege', constraint = 'signed_in_anew';
  end if;
  insert into access.passkey (credential_id, treasury_id, person, public_key, rp_id, name, sign_count, synced)
  values (p_credential_id, v.treasury_id, v.person, p_public_key, p_rp_id, p_name, p_sign_count, p_synced)
  on conflict do nothing;
  if not found then
    return false;
  end if;
  insert into access.passkey_use (challenge, credential_id, sign_count) values (p_challenge, p_credential_id, p_sign_count)
  on conflict do nothing;
  if not found then
    raise exception 'a challenge is good once' using errcode = 'insufficient_privilege', constraint = 'signed_in_anew';
  end if;
  update access.visit w set second_factor = true where w.visit_id = v.visit_id;
  perform access.record_act(v.treasury_id, v.person, v.duty, 'passkey', encode(p_credential_id, 'hex'),
                            jsonb_build_object('name', p_name, 'rp_id', p_rp_id), v.address);
  return true;
end $$;
comment on function access.add_passkey(bytea, bytea, bytea, text, text, bigint, boolean, bytea) is
  'keeps a key that a visit proved to hold, within 15 minutes of its sign-in; false if the key is known already';

create function access.end_own_passkey(p_token_hash bytea, p_credential_id bytea) returns boolean language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  v access.visit := access.visiting(p_token_hash);
begin
  insert into access.passkey_ended (credential_id, ended_by)
  select k.credential_id, v.person from access.passkeys(v.treasury_id, v.person) k where k.credential_id = p_credential_id;
  if found then
    perform access.record_act(v.treasury_id, v.person, v.duty, 'passkey_ended', encode(p_credential_id, 'hex'), '{}', v.address);
    return true;
  end if;
  return false;
end $$;

create function access.try_passkey(p_credential_id bytea, p_address text)
returns table (wait_seconds integer, public_key bytea, sign_count bigint, rp_id text) language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  k access.passkey;
begin
  select p.* into k from access.passkey p
   where p.credential_id = p_credential_id
     and not exists (select from access.passkey_ended e where e.credential_id = p.credential_id);
  select t.wait_seconds into wait_seconds
    from access.try_sign_in(coalesce(k.treasury_id, 0),
                            coalesce(k.person, 'key:' || left(encode(sha256(p_credential_id), 'hex'), 32)), p_address) t;
  if wait_seconds = 0 and k.credential_id is not null then
    public_key := k.public_key;
    rp_id := k.rp_id;
    sign_count := (select greatest(k.sign_count, max(u.sign_count)) from access.passkey_use u where u.credential_id = k.credential_id);
  end if;
  return next;
end $$;
comment on function access.try_passkey(bytea, text) is 'records an attempt by a key before anything is verified; nothing but a wait is told of an unknown one';

create function access.enter(p_token_hash bytea, p_treasury_id integer, p_person text, p_means text, p_second_factor boolean,
  p_address text, p_agent text) returns uuid language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  made uuid;
begin
  insert into access.sign_in (treasury_id, name, address, outcome) values (p_treasury_id, p_person, p_address, 'accepted');
  insert into access.visit (token_hash, treasury_id, person, second_factor, address, agent, means, expires_at)
  values (p_token_hash, p_treasury_id, p_person, p_second_factor, p_address, p_agent, p_means, clock_timestamp() + interval '10 hours')
  returning visit_id into made;
  perform access.record_act(p_treasury_id, p_person, null, 'sign_in', made::text, jsonb_build_object('means', p_means), p_address);
  return made;
end $$;

create function access.open_passkey_visit(p_token_hash bytea, p_credential_id bytea, p_challenge bytea, p_sign_count bigint,
  p_address text, p_agent text) returns uuid language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  k access.passkey;
  last bigint;
begin
  select p.* into k from access.passkey p
   where p.credential_id = p_credential_id
     and not exists (select from access.passkey_ended e where e.credential_id = p.credential_id) for no key update;
  if not found then
    return null;
  end if;
  last := (select greatest(k.sign_count, max(u.sign_count)) from access.passkey_use u where u.credential_id = k.credential_id);
  if p_sign_count <= last and (p_sign_count > 0 or last > 0) then
    return null;  -- a counter that does not rise is that of a copy
  end if;
  insert into access.passkey_use (challenge, credential_id, sign_count) values (p_challenge, p_credential_id, p_sign_count)
  on conflict do nothing;
  if not found then
    return null;  -- an answer is good once
  end if;
  return access.enter(p_token_hash, k.treasury_id, k.person, 'passkey', true, p_address, p_agent);
end $$;
comment on function access.open_passkey_visit(bytea, bytea, bytea, bigint, text, text) is
  'opens the visit of who answered a challenge with a key; it counts as two factors, for the device asked who holds it';

create function access.subject_person(p_treasury_id integer, p_issuer text, p_subject text) returns text language sql stable
set search_path = pg_catalog, pg_temp as $$
  select s.person from access.subject s
   where (s.treasury_id, s.issuer, s.subject) = (p_treasury_id, p_issuer, p_subject)
     and not exists (select from access.subject_ended e
                      where (e.treasury_id, e.issuer, e.subject, e.linked_at) = (s.treasury_id, s.issuer, s.subject, s.linked_at));
$$;

create function access.open_subject_visit(p_token_hash bytea, p_treasury_id integer, p_issuer text, p_subject text,
  p_second_factor boolean, p_address text, p_agent text) returns uuid language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  found_person text := access.subject_person(p_treasury_id, p_issuer, p_subject);
begin
  if found_person is null then
    insert into access.sign_in (treasury_id, name, address, outcome) values (p_treasury_id, '', p_address, 'tried');
    return null;
  end if;
  return access.enter(p_token_hash, p_treasury_id, found_person, 'provider', p_second_factor, p_address, p_agent);
end $$;
comment on function access.open_subject_visit(bytea, integer, text, text, boolean, text, text) is
  'opens the visit of whom a provider named, if that identity is linked; the caller verified the provider''s signature';

-- The security administrator links identities, and takes keys away; never for themselves.
create function access.link_subject(p_person text, p_issuer text, p_subject text, p_document text) returns void language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['SECU']);
begin
  if p_person = who.person then
    raise exception 'nobody does this for themselves' using errcode = 'insufficient_privilege', constraint = 'not_for_oneself';
  end if;
  perform from ledger.treasury t where t.treasury_id = who.treasury_id for no key update;  -- one link at a time
  if access.subject_person(who.treasury_id, p_issuer, p_subject) is not null then
    raise exception 'that identity is linked' using errcode = 'unique_violation', constraint = 'subject_linked_once';
  end if;
  insert into access.subject (treasury_id, person, issuer, subject, document, linked_by)
  values (who.treasury_id, p_person, p_issuer, p_subject, p_document, who.person);
  perform access.record_act(who.treasury_id, who.person, who.duty, 'subject_linked', p_person,
                            jsonb_build_object('issuer', p_issuer, 'subject', p_subject, 'document', p_document), null);
end $$;

create function access.end_ways(p_person text, p_document text) returns integer language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['SECU']);
  keys integer;
  links integer;
begin
  if p_person = who.person then
    raise exception 'nobody does this for themselves' using errcode = 'insufficient_privilege', constraint = 'not_for_oneself';
  end if;
  insert into access.passkey_ended (credential_id, ended_by, document)
  select k.credential_id, who.person, p_document from access.passkeys(who.treasury_id, p_person) k;
  get diagnostics keys = row_count;
  insert into access.subject_ended (treasury_id, issuer, subject, linked_at, ended_by, document)
  select s.treasury_id, s.issuer, s.subject, s.linked_at, who.person, p_document from access.subject s
   where (s.treasury_id, s.person) = (who.treasury_id, p_person) on conflict do nothing;
  get diagnostics links = row_count;
  perform access.close_visits(who.treasury_id, p_person, null);
  perform access.record_act(who.treasury_id, who.person, who.duty, 'ways_ended', p_person,
                            jsonb_build_object('passkeys', keys, 'links', links, 'document', p_document), null);
  return keys + links;
end $$;
comment on function access.end_ways(text, text) is 'takes away every passkey and every linked identity of a person, and ends their visits';

create function access.ways_of(p_person text) returns table (kind text, name text, since timestamptz, used_at timestamptz, document text)
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['SADM', 'SECU', 'LOGA']);
begin
  return query
  select 'passkey', k.name, k.added_at,
         (select max(u.at) from access.passkey_use u where u.credential_id = k.credential_id), null::text
    from access.passkeys(who.treasury_id, p_person) k
  union all
  select 'subject', s.issuer || ' ' || s.subject, s.linked_at, null, s.document from access.subject s
   where (s.treasury_id, s.person) = (who.treasury_id, p_person)
     and not exists (select from access.subject_ended e
                      where (e.treasury_id, e.issuer, e.subject, e.linked_at) = (s.treasury_id, s.issuer, s.subject, s.linked_at))
   order by 3;
end $$;

-- A visit may have begun without a password, and a first password is changed by whom it let in.
create or replace function access.seen(p_token_hash bytea) returns jsonb language plpgsql security definer
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
             'must_change', v.means = 'password' and coalesce(c.must_change, false),
             'opened_at', v.opened_at, 'last_at', b.opened_at, 'last_address', b.address)
      from ledger.treasury t
      join ledger.person p on (p.treasury_id, p.person) = (v.treasury_id, v.person)
      join ledger.office o on (o.treasury_id, o.office) = (p.treasury_id, p.office)
      left join access.credential c on (c.treasury_id, c.person) = (v.treasury_id, v.person)
      left join ledger.duty d on d.duty = v.duty and exists (
        select from ledger.appointment a where (a.treasury_id, a.person, a.duty) = (v.treasury_id, v.person, v.duty)
           and a.held @> access.today())
      left join lateral (
        select w.opened_at, w.address from access.visit w
         where (w.treasury_id, w.person) = (v.treasury_id, v.person) and w.opened_at < v.opened_at
         order by w.opened_at desc limit 1) b on true
     where t.treasury_id = v.treasury_id);
end $$;

create or replace function access.offer_code(p_token_hash bytea, p_secret text) returns void language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  v access.visit := access.visiting(p_token_hash);
begin
  if v.visit_id is not null and not access.proven(v) then
    raise exception 'a way to sign in is added right after signing in by the strongest way there is'
      using errcode = 'insufficient_privilege', constraint = 'signed_in_anew';
  end if;
  update access.credential c set code_offered = p_secret
   where (c.treasury_id, c.person) = (v.treasury_id, v.person) and c.code_secret is null;
  if not found then
    raise exception 'nobody is signed in, or a second factor is there'
      using errcode = 'insufficient_privilege', constraint = 'signed_in';
  end if;
end $$;

grant execute on function access.passkeys_of(bytea), access.end_own_passkey(bytea, bytea), access.try_passkey(bytea, text),
  access.add_passkey(bytea, bytea, bytea, text, text, bigint, boolean, bytea),
  access.open_passkey_visit(bytea, bytea, bytea, bigint, text, text),
  access.open_subject_visit(bytea, integer, text, text, boolean, text, text) to gongku_auth;
grant execute on function access.link_subject(text, text, text, text), access.end_ways(text, text),
  access.ways_of(text) to gongku_administer;
reset role;

-- A balancer asks whether the database and this program are of one version.
grant usage on schema public to gongku_owner;
grant select on public.alembic_version to gongku_owner;
set role gongku_owner;
create function access.schema_version() returns text language sql stable security definer
set search_path = pg_catalog, pg_temp as $$
  select string_agg(v.version_num, ',' order by v.version_num) from public.alembic_version v;
$$;
comment on function access.schema_version() is 'the last migration that was run';
grant execute on function access.schema_version() to gongku_auth;
reset role;
