"""What waits in a budget year, for who compiles, reviews, approves and issues it: a statement for each kind of work."""

from ledger.compilation.approval import GRANTED
from ledger.waiting import WHOLE, day, mine


def _due(step: str, treasury: str, year: str) -> str:
    """Give until when a step is due."""
    return f"""(select d.due_on from ledger.budget_date d
         where (d.treasury_id, d.fiscal_year, d.step) = ({treasury}, {year}, {step})
         order by d.version desc limit 1)"""  # noqa: S608


_OPEN = """
newest as (
  select b.treasury_id, b.fiscal_year, b.agency, b.department, b.fund, b.category, b.package, b.name_zh, b.name_en,
         v.version, v.saved_by, v.saved_at
    from ledger.budget_package b
   cross join lateral (
     select x.version, x.saved_by, x.saved_at from ledger.package_version x
      where (x.treasury_id, x.package) = (b.treasury_id, b.package)
        and not exists (select from ledger.withdrawn_package w
                         where (w.treasury_id, w.package, w.version) = (x.treasury_id, x.package, x.version))
      order by x.version desc limit 1) v
   where b.treasury_id = %(t)s
     and not exists (select from ledger.budget_resolution r
                      where (r.treasury_id, r.fiscal_year) = (b.treasury_id, b.fiscal_year))),
sent as (
  select m.treasury_id, m.fiscal_year, m.agency, m.package, m.package_version, s.round, s.submitted_at
    from ledger.submission_in_force s
    join ledger.submitted_package m using (treasury_id, fiscal_year, agency, round, version)
   where s.treasury_id = %(t)s)"""
"""The newest packages of budgets that are not resolved, and what was sent up last of each agency."""

SEND = f"""
with {_OPEN},
each_one as (
  select n.*, t.round, t.package_version is not distinct from n.version as there,
         exists (select from ledger.budget_ceiling c where (c.treasury_id, c.fiscal_year, c.department, c.fund)
                   = (n.treasury_id, n.fiscal_year, n.department, n.fund)) as capped,
         (select min(c.set_at) from ledger.budget_ceiling c where (c.treasury_id, c.fiscal_year, c.department, c.fund)
                   = (n.treasury_id, n.fiscal_year, n.department, n.fund)) as capped_at
    from newest n left join sent t using (treasury_id, fiscal_year, agency, package)),
agencies as (
  select e.treasury_id, e.fiscal_year, e.agency, max(e.round) as round, bool_and(e.capped) as capped,
         count(*) filter (where not e.there) as unsent, count(*) as whole,
         min(e.saved_at) filter (where not e.there) as since, max(e.capped_at) as capped_at
    from each_one e where {mine("e.agency")} group by 1, 2, 3)
select g.agency, a.name_zh, a.name_en, g.fiscal_year, case when g.unsent > 0 then g.unsent else g.whole end,
       {day("coalesce(g.since, g.capped_at)")},
       {
    _due(
        "case when g.round = 2 or g.round = 1 and g.capped then 'second_up' else 'first_up' end",
        "g.treasury_id",
        "g.fiscal_year",
    )
}
  from agencies g join ledger.agency a using (treasury_id, agency)
 where g.unsent > 0 or g.round = 1 and g.capped"""  # noqa: S608 - parts of our own
"""Packages that were never sent up, or not as they are now; and all of an agency once the ceilings are set."""

REVIEW = f"""
with {_OPEN}
select n.package, n.name_zh, n.name_en, n.fiscal_year, 1, {day("t.submitted_at")},
       {_due("case t.round when 1 then 'first_down' else 'draft' end", "n.treasury_id", "n.fiscal_year")}
  from newest n
  join sent t on (t.treasury_id, t.fiscal_year, t.agency, t.package, t.package_version)
    = (n.treasury_id, n.fiscal_year, n.agency, n.package, n.version)
 where {mine("n.agency")} and n.saved_by <> %(p)s
   and not exists (select from ledger.package_review r
                    where (r.treasury_id, r.package, r.version) = (n.treasury_id, n.package, n.version))"""  # noqa: S608

CEILING = f"""
with {_OPEN}
select n.department || '-' || n.fund, a.name_zh || ' · ' || k.name_zh, a.name_en || ' · ' || k.name_en, n.fiscal_year,
       1, {day("min(t.submitted_at)")}, {_due("'first_down'", "n.treasury_id", "n.fiscal_year")}
  from newest n
  join sent t using (treasury_id, fiscal_year, agency, package)
  join ledger.agency a on (a.treasury_id, a.agency) = (n.treasury_id, n.department)
  join ledger.class_code k on (k.scheme, k.code) = ('fund', n.fund)
 where {mine("n.department")}
   and not exists (select from ledger.budget_ceiling c where (c.treasury_id, c.fiscal_year, c.department, c.fund)
                     = (n.treasury_id, n.fiscal_year, n.department, n.fund))
 group by n.treasury_id, n.fiscal_year, n.department, n.fund, 2, 3"""  # noqa: S608
"""Departments and funds that have gone up once and know no ceiling."""


def ranking(voice: str) -> str:
    """Give the statement of the rankings that a voice still owes: of projects among which there is a choice.

    A department ranks as soon as it has them, finance and the committee when they were sent up.
    """
    sent = "true" if voice == "department" else "bool_or(t.package is not null)"
    step = "second_up" if voice == "department" else "draft"
    return f"""
with {_OPEN},
ranked as (
  select k.* from ledger.package_rank k
   where k.treasury_id = %(t)s and k.rank_by = '{voice}'
     and k.version = (select max(x.version) from ledger.package_rank x
                       where (x.treasury_id, x.fiscal_year, x.department, x.fund, x.rank_by)
                           = (k.treasury_id, k.fiscal_year, k.department, k.fund, k.rank_by)))
select n.department || '-' || n.fund, a.name_zh || ' · ' || f.name_zh, a.name_en || ' · ' || f.name_en, n.fiscal_year,
       count(*) filter (where k.package is null), {day("min(n.saved_at) filter (where k.package is null)")},
       {_due(f"'{step}'", "n.treasury_id", "n.fiscal_year")}
  from newest n
  left join sent t using (treasury_id, fiscal_year, agency, package)
  left join ranked k on (k.treasury_id, k.fiscal_year, k.department, k.fund, k.package)
    = (n.treasury_id, n.fiscal_year, n.department, n.fund, n.package)
  join ledger.agency a on (a.treasury_id, a.agency) = (n.treasury_id, n.department)
  join ledger.class_code f on (f.scheme, f.code) = ('fund', n.fund)
 where n.category = 'project' and {mine("n.department")}
 group by n.treasury_id, n.fiscal_year, n.department, n.fund, 2, 3
having count(*) > 1 and bool_or(k.package is null) and {sent}"""  # noqa: S608


DATA = f"""
select v.agency, a.name_zh, a.name_en, v.fiscal_year, count(*), {day("min(v.recorded_at)")}, null::date
  from (select distinct on (x.treasury_id, x.agency, x.driver, x.fiscal_year) x.* from ledger.driver_value x
         where x.treasury_id = %(t)s
           and not exists (select from ledger.withdrawn_driver w
                            where (w.treasury_id, w.agency, w.driver, w.fiscal_year, w.version)
                                = (x.treasury_id, x.agency, x.driver, x.fiscal_year, x.version))
         order by x.treasury_id, x.agency, x.driver, x.fiscal_year, x.version desc) v
  join ledger.agency a using (treasury_id, agency)
 where {mine("v.agency")} and v.recorded_by <> %(p)s
   and not exists (select from ledger.driver_approval d
                    where (d.treasury_id, d.agency, d.driver, d.fiscal_year, d.version)
                        = (v.treasury_id, v.agency, v.driver, v.fiscal_year, v.version))
 group by 1, 2, 3, 4"""  # noqa: S608

STANDARDS = f"""
select '', '', '', null::integer, count(*), {day("min(s.recorded_at)")}, null::date
  from ledger.spending_standard s
 where s.treasury_id = %(t)s and {WHOLE} and s.recorded_by <> %(p)s
   and not exists (select from ledger.standard_approval a
                    where (a.treasury_id, a.standard, a.version) = (s.treasury_id, s.standard, s.version))
having count(*) > 0"""  # noqa: S608

RESOLUTION = f"""
select '', '', '', s.fiscal_year, 1, {day("max(s.submitted_at)")},
       {_due("'resolution'", "s.treasury_id", "s.fiscal_year")}
  from ledger.submission_in_force s
 where s.treasury_id = %(t)s and {WHOLE}
   and not exists (select from ledger.budget_resolution r
                    where (r.treasury_id, r.fiscal_year) = (s.treasury_id, s.fiscal_year))
 group by s.treasury_id, s.fiscal_year having min(s.round) = 2"""  # noqa: S608

_STOOD = f"""
stood as (
  select g.*,
         exists (select from ledger.event e where (e.treasury_id, e.kind, e.key)
                   = (g.treasury_id, 'budget_approval', g.root || '-approval')) as approved,
         (select e.effective_on from ledger.event e
           where (e.treasury_id, e.kind) = (g.treasury_id, 'department_decomposition')
             and e.key = g.root || '-' || g.department || '-department') as released_on,
         exists (select from ledger.event e where (e.treasury_id, e.kind, e.key)
                   = (g.treasury_id, 'indicator_issue', g.indicator || '-issue')) as issued
    from ({GRANTED}) g where g.left_fen > 0)"""  # noqa: S608
"""What the approved budget gives, and how far each came under its lasting keys."""

APPROVAL = f"""
with {_STOOD}
select '', '', '', s.fiscal_year, count(distinct s.root), {day("r.recorded_at")}, null::date
  from stood s join ledger.budget_resolution r using (treasury_id, fiscal_year)
 where not s.approved and {WHOLE} group by s.fiscal_year, r.recorded_at"""  # noqa: S608

TO_DEPARTMENTS = f"""
with {_STOOD}
select '', '', '', s.fiscal_year, count(distinct s.department), r.passed_on,
       coalesce({_due("'to_departments'", "s.treasury_id", "s.fiscal_year")}, r.passed_on + 20)
  from stood s join ledger.budget_resolution r using (treasury_id, fiscal_year)
 where s.approved and s.released_on is null and {WHOLE}
 group by s.treasury_id, s.fiscal_year, r.passed_on"""  # noqa: S608
"""Within 20 days of the approval, unless a date is set (预算法 52)."""

TO_UNITS = f"""
with {_STOOD}
select s.department, a.name_zh, a.name_en, s.fiscal_year, count(*), max(s.released_on),
       coalesce({_due("'to_units'", "s.treasury_id", "s.fiscal_year")}, max(s.released_on) + 15)
  from stood s join ledger.agency a on (a.treasury_id, a.agency) = (s.treasury_id, s.department)
 where s.released_on is not null and not s.issued and {WHOLE}
 group by s.treasury_id, s.fiscal_year, s.department, a.name_zh, a.name_en"""  # noqa: S608
"""Within 15 days of the department's release, unless a date is set (预算法 52)."""

MOVES = f"""
with {_STOOD}
select a.key, a.document, a.document, y.year, 1, {day("a.approved_at")}, null::date
  from ledger.reallocation_approval a
 cross join (select max(s.fiscal_year) as year from stood s where s.issued) y
 where a.treasury_id = %(t)s and {WHOLE} and y.year is not null
   and not exists (select from ledger.event e
                    where (e.treasury_id, e.kind, e.key) = (a.treasury_id, 'indicator_reallocation', a.key))"""  # noqa: S608
"""Reallocations that were approved and not made; they are of the last year of which lines were issued."""

ADVANCES = f"""
select '', '', '', g.fiscal_year, count(*), min(g.given_on), null::date
  from ledger.advance_grant g
 where g.treasury_id = %(t)s and {WHOLE}
   and not exists (select from ledger.event e where (e.treasury_id, e.kind, e.key)
                     = (g.treasury_id, 'indicator_issue', g.indicator || '-U-issue'))
 group by g.fiscal_year"""  # noqa: S608

ADJUSTMENTS = f"""
select a.document, a.title, a.title, a.fiscal_year, 1, greatest(a.passed_on, {day("a.recorded_at")}), null::date
  from ledger.budget_adjustment a
 where a.treasury_id = %(t)s and {WHOLE}
   and not exists (select from ledger.event e
                    where (e.treasury_id, e.document) = (a.treasury_id, a.document)
                      and e.kind in ('budget_addition', 'budget_reduction', 'unused_budget_cancellation',
                                     'stabilisation_fund_draw')
                      and not exists (select from ledger.event r
                                       where (r.treasury_id, r.reverses) = (e.treasury_id, e.event_id)))"""  # noqa: S608
"""Adjustments by which nothing was posted yet, or by which all was taken back."""

CUTS = f"""
with {_STOOD}
select a.* from ({ADJUSTMENTS}) a (subject, name_zh, name_en, year, n, since, due_on)
 where exists (select from stood s where s.fiscal_year = a.year and s.issued)"""  # noqa: S608
"""Those where there are lines that they may be meant for."""

DRAWS = f"""
select a.* from ({ADJUSTMENTS}) a (subject, name_zh, name_en, year, n, since, due_on)
 where exists (select from ledger.account_set s
                 join ledger.account_key k on (k.chart, k.key, k.dim) = (s.chart, 'STABILISATION_FUND', '')
                 join ledger.balance b on (b.treasury_id, b.account_set_id, b.account)
                   = (s.treasury_id, s.account_set_id, k.code)
                where s.treasury_id = %(t)s and s.role = 'bureau' and s.fiscal_year = a.year
                  and b.credit_fen > b.debit_fen)"""  # noqa: S608
"""Those where the stabilisation fund holds something that they may be meant for."""

OWN = f"""
select c.agency, a.name_zh, a.name_en, c.fiscal_year, 1, {day("c.asked_at")}, null::date
  from ledger.own_budget_change c
  join ledger.agency a using (treasury_id, agency)
 where c.treasury_id = %(t)s and {mine("c.agency")} and c.asked_by <> %(p)s
   and not exists (select from ledger.own_budget_approval x
                    where (x.treasury_id, x.fiscal_year, x.agency, x.change_no)
                        = (c.treasury_id, c.fiscal_year, c.agency, c.change_no))"""  # noqa: S608

PACE = f"""
with asked as materialized (
  select u.fiscal_year, u.agency, m.ends_on
    from (select distinct l.treasury_id, l.fiscal_year, l.agency from ledger.budget_line l
           where l.treasury_id = %(t)s and {mine("l.agency")}) u
   cross join lateral (
     select g.n as month, (make_date(u.fiscal_year, g.n, 1) + interval '1 month - 1 day')::date as ends_on
       from generate_series(1, 12) g (n)) m
   where m.ends_on <= access.today()
     and not exists (select from ledger.pace_reason r where (r.treasury_id, r.fiscal_year, r.agency, r.month)
                       = (u.treasury_id, u.fiscal_year, u.agency, m.month))
     and not exists (select from ledger.account_set s join ledger.period q using (treasury_id, account_set_id)
                      where (s.treasury_id, s.role, s.agency, s.fiscal_year)
                          = (u.treasury_id, 'agency', u.agency, u.fiscal_year)
                        and q.period_no = m.month and q.state = 'closed'))
select d.agency, a.name_zh, a.name_en, d.fiscal_year, count(*), min(d.ends_on), null::date
  from asked d
  join ledger.agency a on (a.treasury_id, a.agency) = (%(t)s, d.agency)
 cross join lateral ledger.pace(%(t)s, d.fiscal_year, d.agency, d.ends_on) p
 where ledger.pace_off(p.adjusted_fen, p.executed_fen, p.passed_bp, d.ends_on) group by 1, 2, 3, 4"""  # noqa: S608
"""Months that have ended off pace without a reason, and are not closed."""

RESULTS = f"""
select p.package, b.name_zh, b.name_en, p.fiscal_year, 1, make_date(p.fiscal_year, 12, 31), null::date
  from ledger.project_approved p
  join ledger.budget_package b using (treasury_id, package)
 where p.treasury_id = %(t)s and {mine("p.agency")} and make_date(p.fiscal_year, 12, 31) < access.today()
   and not exists (select from ledger.performance_result r
                    where (r.treasury_id, r.package) = (p.treasury_id, p.package))"""  # noqa: S608
"""Projects of a year that is over, without results."""

CONFIRM = f"""
select p.package, b.name_zh, b.name_en, p.fiscal_year, 1, {day("r.recorded_at")}, null::date
  from ledger.project_approved p
  join ledger.budget_package b using (treasury_id, package)
 cross join lateral (select x.version, x.recorded_by, x.recorded_at from ledger.performance_result x
                      where (x.treasury_id, x.package) = (p.treasury_id, p.package) order by x.version desc limit 1) r
 where p.treasury_id = %(t)s and {mine("p.agency")} and r.recorded_by <> %(p)s
   and not exists (select from ledger.performance_confirmation c
                    where (c.treasury_id, c.package, c.version) = (p.treasury_id, p.package, r.version))"""  # noqa: S608

NOTES = f"""
select u.agency, a.name_zh, a.name_en, u.fiscal_year, 1, {day("r.recorded_at")},
       {_due("'publication'", "u.treasury_id", "u.fiscal_year")}
  from (select distinct l.treasury_id, l.fiscal_year, l.agency from ledger.budget_line l
         where l.treasury_id = %(t)s and {mine("l.agency")}) u
  join ledger.agency a using (treasury_id, agency)
  join ledger.budget_resolution r using (treasury_id, fiscal_year)
 where not exists (select from ledger.budget_publication p
                    where (p.treasury_id, p.fiscal_year, p.agency) = (u.treasury_id, u.fiscal_year, u.agency))
   and not exists (select from ledger.narrative_in_force n
                    where (n.treasury_id, n.fiscal_year, n.agency) = (u.treasury_id, u.fiscal_year, u.agency))"""  # noqa: S608
"""Approved budgets that are not public and of which nothing is told yet."""
