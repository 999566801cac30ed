-- What the budget law forbids in execution: changes of the approved budget without an approved adjustment (BUD-006),
-- a second carry-over (BUD-007), and three public expenses above or beside their budget (BUD-017).
set role gongku_owner;

create table ledger.budget_adjustment (
  treasury_id integer not null references ledger.treasury,
  document    text not null constraint adjustment_document_said check (document ~ '\S' and length(document) <= 200 and document !~ '[\x01-\x1f\x7f]'),
  fiscal_year smallint not null check (fiscal_year between 1949 and 2999),
  title       text not null constraint adjustment_title_said check (title ~ '\S' and length(title) <= 400 and title !~ '[\x01-\x1f\x7f]'),
  passed_on   date not null,
  amount_fen  bigint not null constraint adjustment_in_range check (amount_fen between 1 and 99999999999999999),
  recorded_by text not null,
  recorded_at timestamptz not null default now(),
  constraint adjustment_once primary key (treasury_id, document),
  foreign key (treasury_id, recorded_by) references ledger.person
);
comment on table ledger.budget_adjustment is
  '预算调整方案 an adjustment that the standing committee approved, and how much may be changed by it';

create function ledger.record_adjustment(p jsonb) returns void language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['APPR']);
begin
  perform ledger.whole_city(who);
  insert into ledger.budget_adjustment (treasury_id, document, fiscal_year, title, passed_on, amount_fen, recorded_by)
  values (who.treasury_id, coalesce(p ->> 'document', ''), (p ->> 'fiscal_year')::smallint, coalesce(p ->> 'title', ''),
          (p ->> 'passed_on')::date, (p ->> 'amount_fen')::bigint, who.person);
end $$;
comment on function ledger.record_adjustment(jsonb) is 'records an adjustment of the budget that was approved';

create function ledger.changed_by(p_treasury_id integer, p_event_id uuid) returns bigint language sql stable
set search_path = pg_catalog, pg_temp as $$
  select max(b.fen)::bigint from (
    select sum(p.amount_fen) as fen from ledger.voucher v
      join ledger.posting p on (p.treasury_id, p.voucher_id) = (v.treasury_id, v.voucher_id) and p.side = 'D'
     where (v.treasury_id, v.event_id) = (p_treasury_id, p_event_id) group by v.voucher_id, p.book) b;
$$;
comment on function ledger.changed_by(integer, uuid) is 'the amount of an event in each of its books';

create function ledger.budget_law_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_material = off as $$
declare
  bad record;
begin
  if not exists (select from new_rows n where n.kind in ('budget_reduction', 'unused_budget_cancellation', 'stabilisation_fund_draw',
                                                         'indicator_carry_over', 'indicator_reopening', 'indicator_reallocation')) then
    return null;
  end if;
  -- BUD-006: one after the other, so that two events cannot both use the last of an adjustment. What lapses on the last
  -- day of the year is no adjustment, and a draw that the budget itself holds needs no second approval.
  perform pg_advisory_xact_lock(hashtextextended('adjustment' || d.document, d.treasury_id))
     from (select distinct n.treasury_id, n.document from new_rows n
            where n.kind in ('budget_reduction', 'unused_budget_cancellation', 'stabilisation_fund_draw') and n.document is not null order by 1, 2) d;
  select n.kind, n.key, n.document, ledger.changed_by(n.treasury_id, n.event_id) as fen, a.amount_fen into bad
    from new_rows n
    join ledger.voucher v on (v.treasury_id, v.event_id) = (n.treasury_id, n.event_id)
    join ledger.account_set s on (s.treasury_id, s.account_set_id) = (v.treasury_id, v.account_set_id)
    left join ledger.budget_adjustment a on (a.treasury_id, a.document) = (n.treasury_id, n.document)
   where n.kind in ('budget_reduction', 'unused_budget_cancellation', 'stabilisation_fund_draw')
     and not (n.kind <> 'stabilisation_fund_draw' and n.effective_on = s.ends_on)
     and not (n.kind = 'stabilisation_fund_draw' and exists (
           select from ledger.budget_resolution r
            where (r.treasury_id, r.fiscal_year, r.document) = (n.treasury_id, s.fiscal_year, n.document)
              and r.passed_on <= n.effective_on))
     and (a.document is null or a.fiscal_year <> s.fiscal_year or a.passed_on > n.effective_on or a.amount_fen < (
           select sum(ledger.changed_by(e.treasury_id, e.event_id)) from ledger.event e
            where e.treasury_id = n.treasury_id and e.kind in ('budget_reduction', 'unused_budget_cancellation', 'stabilisation_fund_draw')
              and e.document = n.document))
   limit 1;
  if found then
    raise exception 'no approved adjustment covers %', bad.key
      using errcode = 'check_violation', constraint = 'adjustment_approved', table = 'event',
            detail = jsonb_strip_nulls(jsonb_build_object('kind', bad.kind, 'key', bad.key, 'document', bad.document,
                       'amount_fen', bad.fen, 'limit_fen', bad.amount_fen))::text;
  end if;
  -- BUD-007: the year of a budget is that of its first indicator; it is carried into the next year and no further.
  select n.kind, n.key, p.indicator, o.year into bad
    from new_rows n
    join ledger.voucher v on (v.treasury_id, v.event_id) = (n.treasury_id, n.event_id)
    join ledger.account_set s on (s.treasury_id, s.account_set_id) = (v.treasury_id, v.account_set_id)
    join ledger.posting p on (p.treasury_id, p.voucher_id) = (v.treasury_id, v.voucher_id) and p.indicator is not null
    cross join lateral (
      with recursive up as (
        select i.parent, i.fiscal_year from ledger.indicator i where (i.treasury_id, i.indicator) = (p.treasury_id, p.indicator)
        union all
        select i.parent, i.fiscal_year from up join ledger.indicator i on (i.treasury_id, i.indicator) = (p.treasury_id, up.parent))
      select min(up.fiscal_year) as year from up) o
   where n.kind in ('indicator_carry_over', 'indicator_reopening')
     and s.fiscal_year - o.year > case n.kind when 'indicator_carry_over' then 0 else 1 end
   limit 1;
  if found then
    raise exception 'indicator % is of % and was carried over before', bad.indicator, bad.year
      using errcode = 'check_violation', constraint = 'carry_over_once', table = 'event',
            detail = jsonb_build_object('kind', bad.kind, 'key', bad.key, 'indicator', bad.indicator, 'year', bad.year)::text;
  end if;
  -- BUD-017: a reallocation between other classes does not raise one of the three public expenses.
  select n.kind, n.key, p.indicator, i.dept_econ into bad
    from new_rows n
    join ledger.voucher v on (v.treasury_id, v.event_id) = (n.treasury_id, n.event_id)
    join ledger.posting p on (p.treasury_id, p.voucher_id) = (v.treasury_id, v.voucher_id) and p.side = 'D'
    join ledger.indicator i on (i.treasury_id, i.indicator) = (p.treasury_id, p.indicator)
   where n.kind = 'indicator_reallocation' and i.dept_econ in ('30212', '30217', '30231', '31013')
     and not exists (select from ledger.posting q
                       join ledger.indicator j on (j.treasury_id, j.indicator) = (q.treasury_id, q.indicator)
                      where (q.treasury_id, q.voucher_id, q.side) = (p.treasury_id, p.voucher_id, 'C')
                        and j.dept_econ = i.dept_econ)
   limit 1;
  if found then
    raise exception 'a reallocation would raise class %', bad.dept_econ
      using errcode = 'check_violation', constraint = 'three_public_not_raised', table = 'event',
            detail = jsonb_build_object('kind', bad.kind, 'key', bad.key, 'indicator', bad.indicator, 'dept_econ', bad.dept_econ)::text;
  end if;
  return null;
end $$;
create trigger budget_law_checked after insert on ledger.event
  referencing new table as new_rows for each statement execute function ledger.budget_law_checked();
alter table ledger.event enable always trigger budget_law_checked;

-- BUD-017: where a budget was compiled here, its three public expenses have indicators of their own class, also within a
-- project. Each of these is a limit; what is left is that no other indicator pays such a class.
create function ledger.three_public_checked() returns trigger language plpgsql
set search_path = pg_catalog, pg_temp
set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off set enable_material = off as $$
declare
  bad record;
begin
  select d.treasury_id, d.voucher_id, d.indicator, d.dept_econ into bad
    from (select n.treasury_id, n.indicator, n.dept_econ, min(n.voucher_id::text)::uuid as voucher_id from new_rows n
           where n.dept_econ in ('30212', '30217', '30231', '31013') and n.limit_key = n.indicator group by 1, 2, 3) d
    join ledger.indicator i on (i.treasury_id, i.indicator) = (d.treasury_id, d.indicator) and i.dept_econ is null
   where exists (select from ledger.budget_line l
                  where (l.treasury_id, l.fiscal_year, l.agency) = (i.treasury_id, i.fiscal_year, i.agency))
   limit 1;
  if found then
    raise exception 'class % is paid only from an indicator of its own', bad.dept_econ
      using errcode = 'check_violation', constraint = 'three_public_of_its_own', table = 'posting',
            detail = (ledger.event_of(bad.treasury_id, bad.voucher_id)
                      || jsonb_build_object('indicator', bad.indicator, 'dept_econ', bad.dept_econ))::text;
  end if;
  return null;
end $$;
create trigger three_public_checked after insert on ledger.posting
  referencing new table as new_rows for each statement execute function ledger.three_public_checked();
alter table ledger.posting enable always trigger three_public_checked;

create trigger append_only before update or delete or truncate on ledger.budget_adjustment
  for each statement execute function ledger.append_only();
alter table ledger.budget_adjustment enable always trigger append_only;
alter table ledger.budget_adjustment enable row level security;
create policy writer on ledger.budget_adjustment to gongku_writer using (treasury_id = (select ledger.writing()));
create policy inspect on ledger.budget_adjustment for select to gongku_inspect using (true);
create policy duty on ledger.budget_adjustment for select to gongku_compile, gongku_execute, gongku_oversee, gongku_audit
  using (treasury_id = (select (access.whoami()).treasury_id));
grant select on ledger.budget_adjustment to gongku_writer, gongku_compile, gongku_execute, gongku_oversee, gongku_audit,
  gongku_inspect;
grant insert on ledger.budget_adjustment to gongku_writer;
grant execute on function ledger.changed_by(integer, uuid) to gongku_writer;
reset role;
do $$
begin
  execute 'grant create on schema ledger to gongku_writer';
  alter function ledger.record_adjustment(jsonb) owner to gongku_writer;
  execute 'revoke create on schema ledger from gongku_writer';
end $$;
set role gongku_writer;
grant execute on function ledger.record_adjustment(jsonb) to gongku_compile;
reset role;
