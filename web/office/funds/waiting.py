"""What waits in special funds, each with the page where it is done."""

from flask import url_for

from ledger.compilation import fund_waits
from ledger.waiting import Wait
from web.office.waiting import Kind


def _application(of: Wait) -> str:
    return url_for("office.fund_application", application=of.subject)


def _opinion(of: Wait) -> str:
    application, _, expert = of.subject.partition("/")
    return url_for("office.fund_opinion", application=application, expert=expert)


KINDS: tuple[Kind, ...] = (
    Kind("fund_check", ("REVW",), fund_waits.CHECK, _application),
    Kind(
        "fund_draw", ("PEXP",), fund_waits.DRAW, lambda of: url_for("office.fund_call", call=of.subject, _anchor="draw")
    ),
    Kind("fund_opinion", ("PRRV",), fund_waits.OPINION, _opinion),
    Kind("fund_decide", ("APPR",), fund_waits.DECIDE, _application),
    Kind("fund_publish", ("PUBL",), fund_waits.PUBLISH, lambda of: url_for("office.fund_call", call=of.subject)),
)
