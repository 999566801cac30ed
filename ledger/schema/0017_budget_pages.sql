-- What the public pages of budgets show besides: the quotes of a line without a standard, and the units of quantities.
set role gongku_owner;
create or replace view published.budget_line with (security_barrier) as
  select l.treasury_id, t.code as treasury, l.fiscal_year, l.agency, a.name_zh as agency_zh, a.name_en as agency_en, l.department,
         l.package, b.name_zh, b.name_en, b.level, l.line_no, l.category, l.func, l.fund, l.dept_econ, l.project, l.fen,
         k.fen as asked_fen, k.standard, k.standard_version, k.unit_fen, k.per, k.driver, k.quantity_milli as asked_milli, k.times as asked_times,
         coalesce(r.quantity_milli, k.quantity_milli) as quantity_milli, coalesce(r.times, k.times) as times, r.cut, r.reason,
         k.origin, v.mandate, v.activity, v.consequences, p.published_at, k.quote_fens
    from ledger.budget_publication p
    join ledger.budget_line l using (treasury_id, fiscal_year, agency)
    join ledger.budget_package b using (treasury_id, package)
    join ledger.package_version v on (v.treasury_id, v.package, v.version) = (l.treasury_id, l.package, l.version)
    join ledger.package_line k on (k.treasury_id, k.package, k.version, k.line_no) = (l.treasury_id, l.package, l.version, l.line_no)
    left join ledger.line_review r on (r.treasury_id, r.package, r.version, r.review_no, r.line_no)
      = (l.treasury_id, l.package, l.version, l.review_no, l.line_no)
    join ledger.agency a on (a.treasury_id, a.agency) = (l.treasury_id, l.agency)
    join ledger.treasury t on t.treasury_id = l.treasury_id;

create view published.driver_kind with (security_barrier) as
  select d.driver, d.place, d.name_zh, d.name_en, d.unit_zh, d.unit_en from ledger.driver_kind d;
comment on view published.driver_kind is '定额要素 what standards are multiplied by, and in which unit';
grant select on published.driver_kind to gongku_public, gongku_inspect;
reset role;
