"""What to look at before a period is closed: nothing is left under way, and the books stand as they should."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from ledger.errors import UnknownBook

_LAST = 12
"""The month whose close wants the results of projects."""


@dataclass(frozen=True, slots=True)
class Period:
    """A period of a set, where it stands, and who changed it last."""

    account_set: str
    set_zh: str
    set_en: str
    period_no: int
    label: str
    state: str
    vouchers: int
    changed_by: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to look at: ``required`` and not ``ok`` stops a close for good."""

    item: str
    ok: bool
    count: int
    required: bool


def periods(connection: Connection, treasury_id: int, account_set: str | None = None) -> list[Period]:
    """List the periods of one set or of all, in order."""
    return [
        Period(*row)
        for row in connection.exec_driver_sql(
            "select s.code, s.name_zh, s.name_en, p.period_no, p.label, p.state, p.last_no, n.name, c.reason"
            "  from ledger.period p join ledger.account_set s using (treasury_id, account_set_id)"
            "  left join lateral (select c.changed_by, c.reason from ledger.period_change c"
            "    where (c.treasury_id, c.account_set_id, c.period_no) = (p.treasury_id, p.account_set_id, p.period_no)"
            "    order by c.change_no desc limit 1) c on true"
            "  left join ledger.person n on (n.treasury_id, n.person) = (p.treasury_id, c.changed_by)"
            " where p.treasury_id = %s and (%s::text is null or s.code = %s) order by s.code, p.period_no",
            (treasury_id, account_set, account_set),
        )
    ]


def before_close(connection: Connection, treasury_id: int, account_set: str, period_no: int) -> Sequence[Item]:
    """List what has to be in order before a period is closed, and whether it is.

    Raises:
        UnknownBook: there is no such period that one may see.
    """
    row = connection.exec_driver_sql(
        _CHECKS, {"treasury": treasury_id, "set": account_set, "no": period_no}
    ).one_or_none()
    if row is None:
        raise UnknownBook(facts={"set": account_set, "period": period_no})
    earlier, under_way, unfinished, missing, off, unsequenced, asked, unexplained, unconfirmed = map(int, row)
    budget = (
        Item("pace_unexplained", unexplained == 0, unexplained, required=True),
        Item("results_unconfirmed", unconfirmed == 0, unconfirmed, required=True),
    )
    return (
        Item("earlier_open", earlier == 0, earlier, required=True),
        Item("drafts_under_way", under_way == 0, under_way, required=True),
        Item("drafts_unfinished", unfinished == 0, unfinished, required=False),
        Item("numbers_missing", missing == 0, missing, required=True),
        Item("books_unbalanced", off == 0, off, required=True),
        Item("leaves_waiting", unsequenced == 0, unsequenced, required=False),
        *(budget[: 2 if period_no == _LAST else 1] if asked else ()),
    )


_CHECKS = """
select (select count(*) from ledger.period e where (e.treasury_id, e.account_set_id) = (p.treasury_id, p.account_set_id)
           and e.period_no < p.period_no and e.state <> 'closed'),
       (select count(*) from ledger.draft d where (d.treasury_id, d.account_set_id) = (p.treasury_id, p.account_set_id)
           and d.effective_on between p.starts_on and p.ends_on and d.state in ('submitted', 'reviewed')),
       (select count(*) from ledger.draft d where (d.treasury_id, d.account_set_id) = (p.treasury_id, p.account_set_id)
           and d.effective_on between p.starts_on and p.ends_on and d.state in ('draft', 'rejected')),
       p.last_no - (select count(*) from ledger.voucher v where (v.treasury_id, v.account_set_id, v.period_no)
                      = (p.treasury_id, p.account_set_id, p.period_no)),
       (select count(*) from (
          select a.book from ledger.balance_day b join ledger.account a on (a.chart, a.code) = (s.chart, b.account)
           where (b.treasury_id, b.account_set_id) = (p.treasury_id, p.account_set_id) and b.effective_on <= p.ends_on
           group by a.book having sum(b.debit_fen) <> sum(b.credit_fen)) x),
       (select count(*) from ledger.leaf_queue q join ledger.voucher v
           on (v.treasury_id, v.voucher_id) = (q.treasury_id, q.leaf_id)
         where (v.treasury_id, v.account_set_id, v.period_no) = (p.treasury_id, p.account_set_id, p.period_no)),
       asked.budget::integer,
       (select count(*) from ledger.pace(p.treasury_id, s.fiscal_year, s.agency, p.ends_on) a
         where asked.budget and ledger.pace_off(a.adjusted_fen, a.executed_fen, a.passed_bp, p.ends_on)
           and not exists (select from ledger.pace_reason r where (r.treasury_id, r.fiscal_year, r.agency, r.month)
                             = (p.treasury_id, s.fiscal_year, s.agency, p.period_no))),
       (select count(*) from ledger.project_approved j
         where asked.budget and (j.treasury_id, j.fiscal_year, j.agency) = (p.treasury_id, s.fiscal_year, s.agency)
           and not exists (select from ledger.performance_in_force f
                            where (f.treasury_id, f.package) = (j.treasury_id, j.package)))
  from ledger.period p join ledger.account_set s using (treasury_id, account_set_id)
 cross join lateral (select s.role = 'agency' and p.period_no > 0 and exists (
     select from ledger.budget_line l
      where (l.treasury_id, l.fiscal_year, l.agency) = (p.treasury_id, s.fiscal_year, s.agency)) as budget) asked
 where p.treasury_id = %(treasury)s and s.code = %(set)s and p.period_no = %(no)s"""
