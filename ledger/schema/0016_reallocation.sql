-- Reallocation within authority limits (指标调剂权限): what moves between lines beyond the issuer's own limit needs an
-- approval of that very move. Where no limit was set the limit is nil.
set role gongku_owner;

create table ledger.reallocation_limit (
  treasury_id    integer not null references ledger.treasury,
  version        integer not null check (version > 0),
  same_func_fen  bigint not null constraint reallocation_limit_in_range check (same_func_fen between 0 and 99999999999999999),
  other_func_fen bigint not null constraint reallocation_limit_other_in_range check (other_func_fen between 0 and same_func_fen),
  document       text not null constraint reallocation_limit_document_said check (document ~ '\S' and length(document) <= 200 and document !~ '[\x01-\x1f\x7f]'),
  set_by         text not null,
  set_at         timestamptz not null default now(),
  primary key (treasury_id, version),
  foreign key (treasury_id, set_by) references ledger.person
);
comment on table ledger.reallocation_limit is
  '调剂权限 what may move in one event without further approval: within agency and function, and between them; the last version holds';

create table ledger.reallocation_approval (
  treasury_id integer not null references ledger.treasury,
  key         text not null constraint reallocation_key_plain check (key ~ '\S' and length(key) <= 200 and key !~ '[[:cntrl:]]'),
  amount_fen  bigint not null constraint reallocation_approval_in_range check (amount_fen between 1 and 99999999999999999),
  document    text not null constraint reallocation_approval_document_said check (document ~ '\S' and length(document) <= 200 and document !~ '[\x01-\x1f\x7f]'),
  approved_by text not null,
  approved_at timestamptz not null default now(),
  constraint reallocation_approved_once primary key (treasury_id, key),
  foreign key (treasury_id, approved_by) references ledger.person
);
comment on table ledger.reallocation_approval is '调剂批准 an approval of one reallocation by the key of its event, up to an amount';

create function ledger.set_reallocation_limit(p jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['APPR']);
  n integer;
begin
  perform ledger.whole_city(who);
  perform pg_advisory_xact_lock(hashtextextended('reallocation', who.treasury_id));
  select coalesce(max(l.version), 0) + 1 into n from ledger.reallocation_limit l where l.treasury_id = who.treasury_id;
  insert into ledger.reallocation_limit (treasury_id, version, same_func_fen, other_func_fen, document, set_by)
  values (who.treasury_id, n, (p ->> 'same_func_fen')::bigint, (p ->> 'other_func_fen')::bigint, coalesce(p ->> 'document', ''), who.person);
  return n;
end $$;
comment on function ledger.set_reallocation_limit(jsonb) is 'sets what may move without further approval';

create function ledger.approve_reallocation(p jsonb) returns void language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['APPR']);
begin
  perform ledger.whole_city(who);
  insert into ledger.reallocation_approval (treasury_id, key, amount_fen, document, approved_by)
  values (who.treasury_id, coalesce(p ->> 'key', ''), (p ->> 'amount_fen')::bigint, coalesce(p ->> 'document', ''), who.person);
end $$;
comment on function ledger.approve_reallocation(jsonb) is 'approves one reallocation before it is posted';

-- Only lines that make an indicator executable are looked at, so payments in bulk do not pay for it.
create function ledger.reallocation_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_material = off as $$
declare
  bad record;
begin
  select d.treasury_id, e.key, d.fen, m.crosses, m.mixes, l.same_func_fen, l.other_func_fen into bad
    from (select n.treasury_id, n.voucher_id, sum(n.amount_fen) as fen from new_rows n
           where n.side = 'D' and n.amount_fen > 0
             and n.account in (select k.code from ledger.account_key k where k.key = 'EXECUTABLE')
           group by 1, 2) d
    join ledger.voucher v on (v.treasury_id, v.voucher_id) = (d.treasury_id, d.voucher_id)
    join ledger.event e on (e.treasury_id, e.event_id) = (v.treasury_id, v.event_id) and e.kind = 'indicator_reallocation'
    cross join lateral (
      select count(distinct (p.agency, p.func)) > 1 as crosses, count(distinct p.fund) > 1 as mixes from ledger.posting p
       where (p.treasury_id, p.voucher_id) = (d.treasury_id, d.voucher_id)) m
    left join lateral (
      select x.same_func_fen, x.other_func_fen from ledger.reallocation_limit x
       where x.treasury_id = d.treasury_id order by x.version desc limit 1) l on true
   where m.mixes
      or d.fen > coalesce(case when m.crosses then l.other_func_fen else l.same_func_fen end, 0)
     and not exists (select from ledger.reallocation_approval a
                      where (a.treasury_id, a.key) = (d.treasury_id, e.key) and a.amount_fen >= d.fen)
   limit 1;
  if found then
    raise exception 'reallocation % is refused', bad.key
      using errcode = 'check_violation', table = 'posting',
            constraint = case when bad.mixes then 'reallocation_within_fund' else 'reallocation_within_authority' end,
            detail = jsonb_build_object('key', bad.key, 'amount_fen', bad.fen,
              'limit_fen', coalesce(case when bad.crosses then bad.other_func_fen else bad.same_func_fen end, 0),
              'crosses', bad.crosses)::text;
  end if;
  return null;
end $$;
create trigger reallocation_checked after insert on ledger.posting
  referencing new table as new_rows for each statement execute function ledger.reallocation_checked();
alter table ledger.posting enable always trigger reallocation_checked;

do $$
declare
  name text;
begin
  foreach name in array array['reallocation_limit', 'reallocation_approval'] loop
    execute format('create trigger append_only before update or delete or truncate on ledger.%I '
                   'for each statement execute function ledger.append_only()', name);
    execute format('alter table ledger.%I enable always trigger append_only', name);
    execute format('alter table ledger.%I enable row level security', name);
    execute format('create policy writer on ledger.%I to gongku_writer using (treasury_id = (select ledger.writing()))', name);
    execute format('create policy inspect on ledger.%I for select to gongku_inspect using (true)', name);
    execute format('create policy duty on ledger.%I for select to gongku_compile, gongku_execute, gongku_oversee, gongku_audit '
      'using (treasury_id = (select (access.whoami()).treasury_id))', name);
    execute format('grant select on ledger.%I to gongku_writer, gongku_compile, gongku_execute, gongku_oversee, gongku_audit, '
      'gongku_inspect', name);
    execute format('grant insert on ledger.%I to gongku_writer', name);
  end loop;
end $$;
reset role;
do $$
declare
  f regprocedure;
begin
  execute 'grant create on schema ledger to gongku_writer';
  foreach f in array array['ledger.set_reallocation_limit(jsonb)', 'ledger.approve_reallocation(jsonb)']::regprocedure[] loop
    execute format('alter function %s owner to gongku_writer', f);
  end loop;
  execute 'revoke create on schema ledger from gongku_writer';
end $$;
set role gongku_writer;
grant execute on function ledger.set_reallocation_limit(jsonb), ledger.approve_reallocation(jsonb) to gongku_compile;
reset role;
