"""What waits among claims: on the page of each claim it is approved, allowed, or told how it is paid."""

from flask import url_for

from ledger.execution import claim_waits
from ledger.waiting import Wait
from web.office.waiting import Kind


def _claim(of: Wait) -> str:
    return url_for("office.claim", claim=of.subject)


KINDS: tuple[Kind, ...] = (
    Kind("claim_approve", ("UCHK",), claim_waits.TO_APPROVE, _claim),
    Kind("claim_allow", ("REVW",), claim_waits.TO_ALLOW, _claim),
    Kind("claim_pay", ("PCHK",), claim_waits.TO_PAY, _claim),
)
