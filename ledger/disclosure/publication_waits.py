"""What waits to be published: approved budgets, versions of fees and records of projects that are not public."""

from ledger.waiting import day, mine

BUDGETS = f"""
select u.agency, a.name_zh, a.name_en, u.fiscal_year, 1, {day("r.recorded_at")},
       (select d.due_on from ledger.budget_date d
         where (d.treasury_id, d.fiscal_year, d.step) = (u.treasury_id, u.fiscal_year, 'publication')
         order by d.version desc limit 1)
  from (select distinct l.treasury_id, l.fiscal_year, l.agency from ledger.budget_line l
         where l.treasury_id = %(t)s and {mine("l.agency")}) u
  join ledger.agency a using (treasury_id, agency)
  join ledger.budget_resolution r using (treasury_id, fiscal_year)
 where not exists (select from ledger.budget_publication p
                    where (p.treasury_id, p.fiscal_year, p.agency) = (u.treasury_id, u.fiscal_year, u.agency))"""  # noqa: S608

FEES = f"""
select v.item, max(v.name_zh), max(v.name_en), null::integer, count(*), {day("min(v.recorded_at)")}, null::date
  from ledger.fee_version v
  left join ledger.fee_publication p using (treasury_id, item, version)
 where v.treasury_id = %(t)s and p.item is null
   and not exists (select from ledger.fee_collector c
                    where (c.treasury_id, c.item, c.version)
                        = (v.treasury_id, v.item, v.version) and not {mine("c.agency")})
 group by v.item having (array_agg(v.recorded_by order by v.version))[1] <> %(p)s"""  # noqa: S608
"""The first of an item goes first; where the reader recorded it, another person publishes."""

PROJECTS = f"""
select r.project, max(r.name_zh), max(r.name_en), null::integer, count(*), {day("min(r.recorded_at)")}, null::date
  from ledger.project r
  left join ledger.project_publication p using (treasury_id, project, record_no)
 where r.treasury_id = %(t)s and p.project is null and {mine("r.owner")}
 group by r.project having (array_agg(r.recorded_by order by r.record_no))[1] <> %(p)s"""  # noqa: S608
