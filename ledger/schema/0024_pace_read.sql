-- The public reads reasons and results itself (a view that asks as its reader has no place below a public one); an agency
-- reads its own pace, which stands in the treasury's indicator set; a reason is given once its month has ended.
grant create on schema ledger to gongku_writer;
alter function ledger.pace(integer, integer, text, date) owner to gongku_writer;
set role gongku_writer;
create or replace function ledger.pace(p_treasury_id integer, p_year integer, p_agency text, p_on date)
returns table (adjusted_fen bigint, executed_fen bigint, passed_bp integer) language plpgsql security definer
set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.whoami();
  before text := coalesce(current_setting('gongku.writing', true), '');
begin
  if session_user <> 'gongku_inspect' and (who.treasury_id is distinct from p_treasury_id
      or who.agencies is not null and p_agency <> all (who.agencies)) then
    return;
  end if;
  perform set_config('gongku.writing', p_treasury_id::text, true);
  return query
  with books as (
    select s.* from ledger.account_set s
     where s.treasury_id = p_treasury_id and s.role = 'indicator' and s.fiscal_year = p_year),
  found as (
    select k.key, case p.side when 'D' then p.amount_fen else -p.amount_fen end as fen
      from books s
      join ledger.posting p on (p.treasury_id, p.account_set_id) = (s.treasury_id, s.account_set_id)
      join ledger.account_key k on k.chart = s.chart and k.dim = '' and k.code = p.account
      join ledger.voucher v on (v.treasury_id, v.voucher_id) = (p.treasury_id, p.voucher_id)
      join ledger.event e on (e.treasury_id, e.event_id) = (v.treasury_id, v.event_id)
      left join ledger.event o on (o.treasury_id, o.event_id) = (e.treasury_id, e.reverses)
     where p.agency = p_agency and p.effective_on <= p_on and coalesce(o.kind, e.kind) not in ('year_end_close', 'indicator_carry_over')
       and k.key in ('AWAITING_ISSUE', 'EXECUTABLE', 'FROZEN', 'RESERVED', 'EXECUTED_PAYMENT', 'EXECUTED_ALLOCATION'))
  select coalesce((select sum(f.fen) from found f), 0)::bigint,
         coalesce((select sum(f.fen) from found f where f.key in ('EXECUTED_PAYMENT', 'EXECUTED_ALLOCATION')), 0)::bigint,
         (least(greatest(p_on - s.starts_on + 1, 0), s.ends_on - s.starts_on + 1) * 10000 / (s.ends_on - s.starts_on + 1))::integer
    from books s;
  perform set_config('gongku.writing', before, true);
end $$;

create or replace function ledger.explain_pace(p jsonb) returns integer language plpgsql
security definer set search_path = pg_catalog, pg_temp as $$
declare
  who access.identity := access.must_be(array['COMP', 'APPL']);
  year smallint := (p ->> 'fiscal_year')::smallint;
  unit text := p ->> 'agency';
  of_month smallint := (p ->> 'month')::smallint;
  at record;
  n integer;
begin
  perform ledger.agency_mine(who, unit);
  if of_month not between 1 and 12 or of_month is null then
    perform ledger.refuse('pace_month', jsonb_build_object('month', of_month));
  end if;
  -- A reason is of figures that stand: one given beforehand would let any month be closed.
  if access.today() < (make_date(year, of_month, 1) + interval '1 month - 1 day')::date then
    perform ledger.refuse('pace_month_ended', jsonb_build_object('agency', unit, 'year', year, 'month', of_month));
  end if;
  if not exists (select from ledger.budget_line l where (l.treasury_id, l.fiscal_year, l.agency) = (who.treasury_id, year, unit)) then
    perform ledger.refuse('pace_budget_known', jsonb_build_object('agency', unit, 'year', year));
  end if;
  if p ->> 'due_on' is null then
    perform ledger.refuse('pace_due_said', jsonb_build_object('agency', unit, 'year', year, 'month', of_month));
  end if;
  perform pg_advisory_xact_lock(hashtextextended('pace' || year || unit, who.treasury_id));
  select * into at from ledger.pace(who.treasury_id, year, unit, (make_date(year, of_month, 1) + interval '1 month - 1 day')::date);
  select coalesce(max(r.version), 0) + 1 into n from ledger.pace_reason r
   where (r.treasury_id, r.fiscal_year, r.agency, r.month) = (who.treasury_id, year, unit, of_month);
  insert into ledger.pace_reason (treasury_id, fiscal_year, agency, month, version, reason, remedy, due_on, adjusted_fen, executed_fen,
                                  passed_bp, recorded_by)
  values (who.treasury_id, year, unit, of_month, n, coalesce(p ->> 'reason', ''), coalesce(p ->> 'remedy', ''), (p ->> 'due_on')::date,
          coalesce(at.adjusted_fen, 0), coalesce(at.executed_fen, 0), coalesce(at.passed_bp, 0), who.person);
  return n;
end $$;

reset role;
revoke create on schema ledger from gongku_writer;
set role gongku_owner;
create or replace view published.pace_reason with (security_barrier) as
  select r.treasury_id, t.code as treasury, r.fiscal_year, r.agency, r.month, r.reason, r.remedy, r.due_on, r.adjusted_fen,
         r.executed_fen, r.passed_bp, r.recorded_at
    from ledger.pace_reason r
    join ledger.budget_publication p using (treasury_id, fiscal_year, agency)
    join ledger.treasury t using (treasury_id)
   where r.version = (select max(x.version) from ledger.pace_reason x
                       where (x.treasury_id, x.fiscal_year, x.agency, x.month) = (r.treasury_id, r.fiscal_year, r.agency, r.month));

create or replace view published.performance with (security_barrier) as
  select f.treasury_id, t.code as treasury, f.fiscal_year, f.agency, f.package, b.name_zh, b.name_en, a.target_no, k.kind, k.target,
         a.result, a.score_tenths, a.met, a.cause, c.opinion, c.confirmed_at
    from ledger.performance_result f
    join ledger.performance_confirmation c using (treasury_id, package, version)
    join ledger.budget_publication p using (treasury_id, fiscal_year, agency)
    join ledger.treasury t using (treasury_id)
    join ledger.budget_package b using (treasury_id, package)
    join ledger.performance_answer a on (a.treasury_id, a.package, a.version) = (f.treasury_id, f.package, f.version)
    join ledger.package_target k on (k.treasury_id, k.package, k.version, k.target_no) = (a.treasury_id, a.package, a.of_version, a.target_no)
   where f.version = (select max(x.version) from ledger.performance_confirmation x
                       where (x.treasury_id, x.package) = (f.treasury_id, f.package));

reset role;
