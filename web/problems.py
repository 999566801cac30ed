"""Refusals as problem details (RFC 9457): the ledger's own code, words in two languages, the facts, and a status."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from flask import Response

from ledger import (
    budget_errors,
    claim_errors,
    disclosure_errors,
    errors,
    fund_errors,
    import_errors,
    performance_errors,
)
from ledger.errors import LedgerError
from ledger.money import format_yuan

_STATUS: Mapping[type[LedgerError], HTTPStatus] = {
    errors.NotSignedIn: HTTPStatus.UNAUTHORIZED,
    errors.NotPermitted: HTTPStatus.FORBIDDEN,
    errors.DutyNotHeld: HTTPStatus.FORBIDDEN,
    errors.PreparerPosts: HTTPStatus.FORBIDDEN,
    errors.PreparerLacksDuty: HTTPStatus.FORBIDDEN,
    errors.ForeignAccountSet: HTTPStatus.FORBIDDEN,
    errors.UnknownBook: HTTPStatus.NOT_FOUND,
    errors.UnknownEvent: HTTPStatus.NOT_FOUND,
    errors.KeyReused: HTTPStatus.CONFLICT,
    errors.EventRaced: HTTPStatus.CONFLICT,
    errors.AlreadyReversed: HTTPStatus.CONFLICT,
    errors.PeriodClosed: HTTPStatus.CONFLICT,
    errors.ClientKnown: HTTPStatus.CONFLICT,
    errors.NotForOneself: HTTPStatus.FORBIDDEN,
    errors.SignInAnew: HTTPStatus.FORBIDDEN,
    disclosure_errors.ForeignAgency: HTTPStatus.FORBIDDEN,
    disclosure_errors.RecorderPublishes: HTTPStatus.FORBIDDEN,
    disclosure_errors.UnknownRecord: HTTPStatus.NOT_FOUND,
    disclosure_errors.AlreadyPublished: HTTPStatus.CONFLICT,
    disclosure_errors.PublishedOutOfOrder: HTTPStatus.CONFLICT,
    budget_errors.RecorderApproves: HTTPStatus.FORBIDDEN,
    budget_errors.ProposalFirst: HTTPStatus.FORBIDDEN,
    budget_errors.UnknownBudgetRecord: HTTPStatus.NOT_FOUND,
    budget_errors.AlreadyApproved: HTTPStatus.CONFLICT,
    budget_errors.AskedBefore: HTTPStatus.CONFLICT,
    budget_errors.PackageMoved: HTTPStatus.CONFLICT,
    budget_errors.PackageUnderWay: HTTPStatus.CONFLICT,
    budget_errors.RoundOutOfOrder: HTTPStatus.CONFLICT,
    budget_errors.BudgetResolved: HTTPStatus.CONFLICT,
    budget_errors.BudgetNotResolved: HTTPStatus.CONFLICT,
    budget_errors.BudgetAlreadyPublished: HTTPStatus.CONFLICT,
    budget_errors.BeyondAuthority: HTTPStatus.FORBIDDEN,
    fund_errors.AlreadyDecided: HTTPStatus.CONFLICT,
    fund_errors.CallExhausted: HTTPStatus.CONFLICT,
    fund_errors.FundedTwice: HTTPStatus.CONFLICT,
    fund_errors.ApplicationOutOfTime: HTTPStatus.CONFLICT,
    fund_errors.DrawOutOfTime: HTTPStatus.CONFLICT,
    fund_errors.ResultsIncomplete: HTTPStatus.CONFLICT,
    import_errors.UnknownImport: HTTPStatus.NOT_FOUND,
    import_errors.ImportWentOn: HTTPStatus.CONFLICT,
    import_errors.ImportUndone: HTTPStatus.CONFLICT,
    import_errors.ImportPosted: HTTPStatus.CONFLICT,
    import_errors.ImportProposed: HTTPStatus.CONFLICT,
    claim_errors.ClaimedBefore: HTTPStatus.CONFLICT,
    claim_errors.ClaimStepOutOfPlace: HTTPStatus.CONFLICT,
    claim_errors.ClaimantApproves: HTTPStatus.FORBIDDEN,
    claim_errors.ClaimNotApproved: HTTPStatus.CONFLICT,
    claim_errors.ClaimOverpaid: HTTPStatus.CONFLICT,
    performance_errors.PaceUnexplained: HTTPStatus.CONFLICT,
    performance_errors.PerformanceMissing: HTTPStatus.CONFLICT,
}


def status_of(error: LedgerError) -> HTTPStatus:
    """Tell the status of a refusal; what the reader can mend in the request is 422."""
    return _STATUS.get(type(error), HTTPStatus.UNPROCESSABLE_ENTITY)


def refusal(error: LedgerError) -> Response:
    """Write a refusal of the ledger; amounts among its facts are yuan as text."""
    return problem(
        status_of(error),
        error.code,
        str(type(error).__doc__).strip(),
        type(error).zh,
        detail=str(error),
        facts={name: _plain(name, value) for name, value in error.facts.items()},
    )


def problem(status: int, code: str, title: str, title_zh: str, **more: object) -> Response:
    """Write a problem."""
    told: dict[str, object] = {
        "type": f"/api/v1/problems#{code}",
        "title": title,
        "title_zh": title_zh,
        "status": int(status),
        "code": code,
        **more,
    }
    body = json.dumps(told, ensure_ascii=False, default=str)
    return Response(body, int(status), content_type="application/problem+json")


def _plain(name: str, value: Any) -> Any:  # noqa: ANN401 - whatever a refusal tells
    if name.endswith("_fen") and isinstance(value, int):
        return format_yuan(value)
    return value
