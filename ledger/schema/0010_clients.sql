-- Other systems as clients: a token of a person's duty, with a document and an end, shown once and revocable.
set role gongku_owner;

create table access.client (
  treasury_id integer not null,
  client      text not null constraint client_plain check (client ~ '^[a-z][a-z0-9-]{1,39}$'),
  token_hash  bytea not null unique references access.session,
  person      text not null,
  duty        text not null references ledger.duty,
  document    text not null check (document <> ''),
  issued_by   text not null,
  issued_at   timestamptz not null default clock_timestamp(),
  constraint client_named_once primary key (treasury_id, client),
  foreign key (treasury_id, person) references ledger.person,
  constraint client_not_for_oneself check (issued_by <> person)
);
comment on table access.client is '接口客户端 a system that acts as a person under one duty; its token is an ordinary session with a later end';
create trigger append_only before update or delete or truncate on access.client
  for each statement execute function ledger.append_only();
alter table access.client enable always trigger append_only;

create function access.issue_token(
  p_token_hash bytea, p_client text, p_person text, p_duty text, p_days integer, p_document text)
returns text language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['SECU']);
  held record;
begin
  select a.agencies, d.login into held from ledger.appointment a join ledger.duty d using (duty)
   where a.treasury_id = who.treasury_id and a.person = p_person and a.duty = p_duty
     and a.held @> access.today() limit 1;
  if not found then
    raise exception '% does not hold duty % today', p_person, p_duty
      using errcode = 'insufficient_privilege', constraint = 'duty_not_held';
  end if;
  insert into access.session (token_hash, treasury_id, person, duty, agencies, expires_at)
  values (p_token_hash, who.treasury_id, p_person, p_duty, held.agencies,
          clock_timestamp() + make_interval(days => least(greatest(p_days, 1), 366)));
  insert into access.client (treasury_id, client, token_hash, person, duty, document, issued_by)
  values (who.treasury_id, p_client, p_token_hash, p_person, p_duty, p_document, who.person);
  return held.login;
end $$;
comment on function access.issue_token(bytea, text, text, text, integer, text) is
  'gives a client a token of somebody''s duty for at most 366 days; the security administrator does, never for themselves';

create function access.clients() returns table (client text, person text, duty text, document text, issued_by text,
  issued_at timestamptz, expires_at timestamptz, revoked_at timestamptz) language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  who access.identity := access.must_be(array['SECU', 'LOGA']);
begin
  return query select c.client, c.person, c.duty, c.document, c.issued_by, c.issued_at, s.expires_at, s.revoked_at
    from access.client c join access.session s using (token_hash) where c.treasury_id = who.treasury_id order by c.client;
end $$;
comment on function access.clients() is 'the clients of a treasury, without their tokens';

create function access.revoke_token(p_client text) returns boolean language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['SECU']);
begin
  update access.session s set revoked_at = clock_timestamp() from access.client c
   where c.treasury_id = who.treasury_id and c.client = p_client and s.token_hash = c.token_hash and s.revoked_at is null;
  return found;
end $$;
comment on function access.revoke_token(text) is 'ends a client''s token at once';

grant execute on function access.issue_token(bytea, text, text, text, integer, text), access.clients(),
  access.revoke_token(text) to gongku_administer;
reset role;
