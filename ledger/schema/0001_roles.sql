-- Roles and schemas. Nobody logs in as owner or writer; every login holds one duty's rights and nothing else.
-- Roles belong to the cluster, so they may exist already; passwords are set by ledger.install.
do $$
declare
  name text;
begin
  foreach name in array array['gongku_owner', 'gongku_writer'] loop
    if not exists (select from pg_roles where rolname = name) then
      execute format('create role %I nologin', name);
    end if;
  end loop;
  foreach name in array array[
    'compile', 'execute', 'collect', 'bill', 'oversee', 'audit', 'publish', 'administer',
    'intake', 'public', 'auth', 'sequencer', 'inspect'] loop
    if not exists (select from pg_roles where rolname = 'gongku_' || name) then
      execute format('create role %I login noinherit', 'gongku_' || name);
    end if;
    execute format('grant connect on database %I to %I', current_database(), 'gongku_' || name);
  end loop;
  -- A role that was there already must not bring more than a role made here has.
  select r.rolname into name from pg_roles r
   where r.rolname ~ '^gongku_' and (r.rolsuper or r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls
      or exists (select from pg_auth_members m where m.member = r.oid)
      or r.rolcanlogin and r.rolname in ('gongku_owner', 'gongku_writer'))
   limit 1;
  if found then
    raise exception 'role % exists with more rights than it may have', name using errcode = 'insufficient_privilege';
  end if;
  execute format('revoke all on database %I from public', current_database());
  execute format('grant temporary on database %I to gongku_writer', current_database());
  execute format('grant gongku_owner, gongku_writer to %I', current_user);
end $$;

alter role gongku_audit set default_transaction_read_only = on;
alter role gongku_oversee set default_transaction_read_only = on;
alter role gongku_public set default_transaction_read_only = on;
alter role gongku_inspect set default_transaction_read_only = on;
alter role gongku_public set statement_timeout = '5s';

revoke all on schema public from public;
revoke usage on language plpgsql from public;
grant usage on language plpgsql to gongku_owner, gongku_writer;
revoke execute on function pg_catalog.lo_creat(int), pg_catalog.lo_create(oid),
  pg_catalog.lo_from_bytea(oid, bytea), pg_catalog.pg_notify(text, text),
  pg_catalog.pg_cancel_backend(int), pg_catalog.pg_terminate_backend(int, bigint) from public;
alter default privileges for role gongku_owner revoke execute on functions from public;
alter default privileges for role gongku_writer revoke execute on functions from public;

create schema ledger authorization gongku_owner;
create schema access authorization gongku_owner;
create schema published authorization gongku_owner;
