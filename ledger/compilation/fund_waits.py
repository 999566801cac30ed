"""What waits in special funds: applications to check, experts to draw, opinions to record, decisions to take."""

from ledger.waiting import WHOLE, day, mine

CHECK = f"""
select a.application, a.project_zh, a.project_zh, c.fiscal_year, 1, {day("a.saved_at")}, null::date
  from ledger.fund_application a
  join ledger.fund_call c using (treasury_id, call)
 where a.treasury_id = %(t)s and {mine("a.agency")} and a.saved_by <> %(p)s
   and not exists (select from ledger.fund_check k
                    where (k.treasury_id, k.application) = (a.treasury_id, a.application))"""  # noqa: S608

DRAW = f"""
select c.call, c.name_zh, c.name_en, c.fiscal_year, 1, c.closes_on, null::date
  from ledger.fund_call c
  join ledger.fund_application a using (treasury_id, call)
  left join ledger.fund_check k using (treasury_id, application)
 where c.treasury_id = %(t)s and {WHOLE} and c.closes_on < access.today()
   and not exists (select from ledger.expert_draw d where (d.treasury_id, d.call) = (c.treasury_id, c.call))
   and not exists (select from ledger.fund_publication p where (p.treasury_id, p.call) = (c.treasury_id, c.call))
 group by c.treasury_id, c.call, c.name_zh, c.name_en, c.fiscal_year, c.closes_on
having bool_and(k.application is not null) and bool_or(k.passed)"""  # noqa: S608
"""Closed calls whose applications are all checked, and some of them passed."""

_UNDECIDED = """
  from ledger.fund_application a
  join ledger.fund_call c using (treasury_id, call)
  join ledger.fund_check k on (k.treasury_id, k.application) = (a.treasury_id, a.application) and k.passed
  join ledger.expert_draw d on (d.treasury_id, d.call) = (c.treasury_id, c.call)
  join ledger.drawn_expert s on (s.treasury_id, s.call) = (c.treasury_id, c.call) and s.seat is not null
  left join ledger.expert_opinion o
    on (o.treasury_id, o.application, o.expert) = (a.treasury_id, a.application, s.expert)
 where a.treasury_id = %(t)s
   and not exists (select from ledger.fund_decision f
                    where (f.treasury_id, f.application) = (a.treasury_id, a.application))"""
"""Applications that passed and are not decided, beside each seat of their call."""

OPINION = f"""
select a.application || '/' || s.expert, a.project_zh || ' · ' || s.expert, a.project_zh || ' · ' || s.expert,
       c.fiscal_year, 1, {day("greatest(d.drawn_at, k.checked_at)")}, null::date
  {_UNDECIDED} and {mine("a.agency")} and o.expert is null"""

DECIDE = f"""
select a.application, a.project_zh, a.project_zh, c.fiscal_year, 1, {day("max(o.recorded_at)")}, null::date
  {_UNDECIDED} and {mine("a.agency")}
 group by a.application, a.project_zh, c.fiscal_year having bool_and(o.expert is not null)"""

PUBLISH = f"""
select c.call, c.name_zh, c.name_en, c.fiscal_year, 1, greatest(c.closes_on, {day("max(f.decided_at)")}), null::date
  from ledger.fund_call c
  left join ledger.fund_application a using (treasury_id, call)
  left join ledger.fund_check k using (treasury_id, application)
  left join ledger.fund_decision f using (treasury_id, application)
 where c.treasury_id = %(t)s and {WHOLE} and c.closes_on < access.today()
   and not exists (select from ledger.fund_publication p where (p.treasury_id, p.call) = (c.treasury_id, c.call))
 group by c.treasury_id, c.call, c.name_zh, c.name_en, c.fiscal_year, c.closes_on
having bool_and(a.application is null or k.application is not null and (not k.passed or f.application is not null))"""  # noqa: S608
"""Closed calls of which everything is checked and, having passed, decided."""
