-- Earlier years at the desk: a book-keeper puts a file forward, another person posts it, and the account sets that it needs
-- are opened in the same transaction, each like the next one. Nothing of a file that is refused stays.
set role gongku_owner;

create table ledger.import_proposal (
  treasury_id    integer not null references ledger.treasury,
  sha256         bytea not null constraint proposal_digest check (octet_length(sha256) = 32),
  mapping_sha256 bytea not null constraint proposal_mapping_digest check (octet_length(mapping_sha256) = 32),
  prepared_by    text not null,
  file_name      text not null constraint import_file_said check (file_name ~ '\S' and length(file_name) <= 200 and file_name !~ '[\x01-\x1f\x7f]'),
  mapping        text not null constraint proposal_mapping_said check (mapping ~ '^[a-z0-9_]{1,60}$'),
  mapping_no     integer not null check (mapping_no > 0),
  prepared_at    timestamptz not null default now(),
  constraint import_proposed_once primary key (treasury_id, sha256, mapping_sha256, prepared_by),
  foreign key (treasury_id, prepared_by) references ledger.person
);
comment on table ledger.import_proposal is
  '导入提交 which file of earlier years a book-keeper put forward, read by which mapping; the file itself is not kept';

create trigger append_only before update or delete or truncate on ledger.import_proposal
  for each statement execute function ledger.append_only();
alter table ledger.import_proposal enable always trigger append_only;
alter table ledger.import_proposal enable row level security;
create policy writer on ledger.import_proposal to gongku_writer using (treasury_id = (select ledger.writing()));
create policy inspect on ledger.import_proposal for select to gongku_inspect using (true);
create policy duty on ledger.import_proposal for select to gongku_execute, gongku_oversee, gongku_audit
  using (treasury_id = (select (access.whoami()).treasury_id));
grant select on ledger.import_proposal to gongku_writer, gongku_execute, gongku_oversee, gongku_audit, gongku_inspect;
grant insert on ledger.import_proposal, ledger.account_set, ledger.period to gongku_writer;

-- An account set that a file opened stays as it was opened.
drop trigger never_deleted on ledger.account_set;
create trigger append_only before update or delete or truncate on ledger.account_set
  for each statement execute function ledger.append_only();
alter table ledger.account_set enable always trigger append_only;
reset role;

grant create on schema ledger to gongku_writer;
set role gongku_writer;
create function ledger.propose_import(p jsonb) returns void language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['BOOK']);
begin
  insert into ledger.import_proposal (treasury_id, sha256, mapping_sha256, prepared_by, file_name, mapping, mapping_no)
  values (who.treasury_id, decode(p ->> 'sha256', 'hex'), decode(p ->> 'mapping_sha256', 'hex'), who.person,
          coalesce(p ->> 'file_name', ''), p ->> 'mapping', (p ->> 'mapping_no')::integer);
end $$;
comment on function ledger.propose_import(jsonb) is 'puts a file of earlier years forward, for another person to post';

create function ledger.open_earlier_sets(p_rows jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['CLOS']);
  each record;
  later ledger.account_set;
  number integer;
  first_day date;
  made integer := 0;
begin
  perform pg_advisory_xact_lock(hashtextextended('account_set', who.treasury_id));
  select coalesce(max(s.account_set_id), 0) into number from ledger.account_set s where s.treasury_id = who.treasury_id;
  for each in select r.code, r.follows, r.fiscal_year
                from jsonb_to_recordset(p_rows) as r (code text, follows text, fiscal_year integer) loop
    select s.* into later from ledger.account_set s where (s.treasury_id, s.code) = (who.treasury_id, each.follows);
    first_day := later.starts_on - make_interval(years => later.fiscal_year - each.fiscal_year);
    if not found or each.fiscal_year >= later.fiscal_year or each.code is null
       or not exists (select from ledger.chart c where c.chart = later.chart and c.valid @> first_day)
       or exists (select from ledger.account_set s where s.treasury_id = who.treasury_id
                     and (s.code = each.code or (s.role, s.agency, s.fiscal_year) = (later.role, later.agency, each.fiscal_year))) then
      perform ledger.refuse('earlier_set_follows',
        jsonb_build_object('set', each.code, 'follows', each.follows, 'year', each.fiscal_year));
    end if;
    perform ledger.agency_mine(who, later.agency);
    number := number + 1;
    insert into ledger.account_set (treasury_id, account_set_id, code, agency, role, chart, fiscal_year, starts_on, ends_on,
                                    currency, name_zh, name_en)
    values (who.treasury_id, number, each.code, later.agency, later.role, later.chart, each.fiscal_year, first_day,
            first_day + interval '1 year' - interval '1 day', later.currency, later.name_zh, later.name_en);
    insert into ledger.period (treasury_id, account_set_id, period_no, label, starts_on, ends_on)
    values (who.treasury_id, number, 0, to_char(each.fiscal_year, 'FM0000') || '-00', first_day - 1, first_day - 1);
    insert into ledger.period (treasury_id, account_set_id, period_no, label, starts_on, ends_on)
    select who.treasury_id, number, n, to_char(m.first, 'YYYY-MM'), m.first, (m.first + interval '1 month')::date - 1
      from generate_series(1, 12) n
     cross join lateral (select (first_day + make_interval(months => n - 1))::date as first) m;
    made := made + 1;
  end loop;
  return made;
end $$;
comment on function ledger.open_earlier_sets(jsonb) is
  'opens account sets of years before the first, each like a later one of the same books, in a chart that was in force';
grant execute on function ledger.propose_import(jsonb), ledger.open_earlier_sets(jsonb) to gongku_execute;

reset role;
revoke create on schema ledger from gongku_writer;
