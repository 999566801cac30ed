-- A decision package that was made by mistake is withdrawn by whoever compiles the budget of its agency, with a reason, as long as
-- nothing went on with it. It counts nowhere any more, its activity and level are free for another, and its code stays its own.
set role gongku_owner;

create table ledger.package_withdrawal (
  treasury_id  integer not null,
  package      text not null,
  version      integer not null,
  why          text not null
    constraint package_withdrawal_reasoned check (why ~ '\S' and length(why) <= 400 and why !~ '[\x01-\x1f\x7f]'),
  withdrawn_by text not null,
  withdrawn_at timestamptz not null default now(),
  primary key (treasury_id, package, version),
  foreign key (treasury_id, package, version) references ledger.package_version,
  foreign key (treasury_id, withdrawn_by) references ledger.person
);
comment on table ledger.package_withdrawal is '撤回的决策包 which versions of packages were withdrawn by hand, by whom, when and why';

create or replace view ledger.withdrawn_package with (security_invoker = true) as
  select i.treasury_id, i.package, i.version from ledger.import_package i join ledger.import_undo u using (treasury_id, import_no)
  union all
  select w.treasury_id, w.package, w.version from ledger.package_withdrawal w;
comment on view ledger.withdrawn_package is '撤销的决策包版本 versions of packages that were withdrawn, by hand or with their import';

create function ledger.withdraw_package(p_package text, p_version integer, p_why text) returns void language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['COMP']);
  kept ledger.budget_package;
  step text;
begin
  select b.* into kept from ledger.budget_package b where (b.treasury_id, b.package) = (who.treasury_id, p_package);
  if not found then
    perform ledger.refuse('budget_record_known', jsonb_build_object('package', p_package));
  end if;
  perform ledger.agency_mine(who, kept.agency);
  -- The locks of all that could go on with it, in the order of those who take several: a year, submissions, rankings, packages.
  perform ledger.budget_open(who.treasury_id, kept.fiscal_year);
  perform pg_advisory_xact_lock(hashtextextended('submit' || kept.agency, who.treasury_id));
  perform pg_advisory_xact_lock(hashtextextended('rank' || kept.department, who.treasury_id));
  perform pg_advisory_xact_lock(hashtextextended('package' || p_package, who.treasury_id));
  if ledger.newest_version(who.treasury_id, p_package) is distinct from p_version then
    perform ledger.refuse('package_version_newest', jsonb_build_object('package', p_package, 'version', p_version));
  end if;
  step := case
    when exists (select from ledger.submitted_package s where (s.treasury_id, s.package) = (who.treasury_id, p_package)) then 'submitted'
    when exists (select from ledger.package_review r where (r.treasury_id, r.package) = (who.treasury_id, p_package)) then 'reviewed'
    when exists (select from ledger.package_rank k where (k.treasury_id, k.package) = (who.treasury_id, p_package)) then 'ranked' end;
  if step is not null then
    perform ledger.refuse('package_not_under_way', jsonb_build_object('package', p_package, 'step', step));
  end if;
  insert into ledger.package_withdrawal (treasury_id, package, version, why, withdrawn_by)
  select v.treasury_id, v.package, v.version, coalesce(p_why, ''), who.person
    from ledger.package_version v
   where (v.treasury_id, v.package) = (who.treasury_id, p_package)
     and not exists (select from ledger.withdrawn_package w where (w.treasury_id, w.package, w.version)
                       = (v.treasury_id, v.package, v.version))
   order by v.version;
end $$;
comment on function ledger.withdraw_package(text, integer, text) is
  'withdraws a package with all its versions, unless it was submitted, reviewed or ranked, or the budget is resolved';

create trigger append_only before update or delete or truncate on ledger.package_withdrawal
  for each statement execute function ledger.append_only();
alter table ledger.package_withdrawal enable always trigger append_only;
alter table ledger.package_withdrawal alter column treasury_id set (n_distinct = 1);
alter table ledger.package_withdrawal enable row level security;
create policy writer on ledger.package_withdrawal to gongku_writer using (treasury_id = (select ledger.writing()));
create policy inspect on ledger.package_withdrawal for select to gongku_inspect using (true);
create policy duty on ledger.package_withdrawal for select to gongku_compile, gongku_execute, gongku_oversee, gongku_audit, gongku_publish
  using (treasury_id = (select (access.whoami()).treasury_id)
         and exists (select from ledger.budget_package b
                      where (b.treasury_id, b.package) = (package_withdrawal.treasury_id, package_withdrawal.package)));
grant select on ledger.package_withdrawal
  to gongku_writer, gongku_compile, gongku_execute, gongku_oversee, gongku_audit, gongku_publish, gongku_inspect;
grant insert on ledger.package_withdrawal to gongku_writer;
reset role;
grant create on schema ledger to gongku_writer;
alter function ledger.withdraw_package(text, integer, text) owner to gongku_writer;
revoke create on schema ledger from gongku_writer;
set role gongku_writer;
grant execute on function ledger.withdraw_package(text, integer, text) to gongku_compile;
reset role;
