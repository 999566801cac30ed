"""What is done to one line in execution: reserved, withdrawn, held, set free again, recovered, cut, given more."""

from flask import request
from werkzeug.wrappers import Response as Answer

from ledger import draft_checks
from ledger.claim_errors import ClaimNotApproved, ClaimNotNamed, ClaimOverpaid, PaymentBesideClaim
from ledger.compilation import registers
from ledger.compilation.releases import gov_econ, made_of
from ledger.errors import LedgerError, LimitExceeded
from ledger.execution.payments import ReservePayment, reserve_payment
from ledger.execution.reservations import reservations
from ledger.money import Fen, format_yuan
from ledger.orders import BudgetLine
from ledger.sequencer import sequence
from web.office.budget.chains import books_of, standing_of
from web.office.budget.line_changes import CHANGES, Asked
from web.office.budget.lines import indicator_page, year_of
from web.office.budget.words import day_of, needed, read_amount, text_of, told, words
from web.office.desk import Desk, Route, absent, duty, went


@duty("PCHK")
def budget_reserve(desk: Desk, indicator: str) -> Answer:
    """Reserve a line for a payment that a unit applied for; what is not there is refused with its reasons."""
    form, known = request.form, words(desk.language)
    problems: dict[str, str] = {}
    needed(form, ("application", "counterparty", "amount"), problems, known)
    fen = read_amount(form.get("amount", ""))
    if not fen:
        problems.setdefault("amount", known["no_amount"])
    on = day_of(form, "on", problems, known, year=year_of(indicator))
    if problems:
        return indicator_page(desk, indicator, problems)
    treasury = desk.me.treasury_id
    with desk.reading() as connection:
        books = books_of(connection, treasury, year_of(indicator))
        found = standing_of(connection, treasury, books, indicator)
        if found is None:
            absent()
        grant = found.of
        econ = grant.dept_econ or form.get("econ", "")
        made = made_of(connection, treasury, year_of(indicator), grant.agency) if not found.opened else []
        classes = {each.dept_econ for each in made if each.project == grant.project} if grant.project else set()
        able = {person for person, _ in registers.holders(connection, treasury, "APPL", grant.agency)}
        government = gov_econ(connection, treasury, grant.agency, econ)
    if not econ:
        problems["econ"] = known["missing"]
    elif classes and econ not in classes:
        problems["econ"] = known["not_approved_class"]
    if form.get("prepared_by", "") not in able:
        problems["prepared_by"] = known["not_preparer"]
    if problems:
        return indicator_page(desk, indicator, problems)
    line = BudgetLine(
        indicator=indicator, fund=grant.fund, func=grant.func, agency=grant.agency, gov_econ=government, dept_econ=econ,
        project=grant.project,
    )  # fmt: skip
    order = ReservePayment(
        key=text_of(form, "application", 80),
        on=on,
        narration=words("zh")["reservation_narration"].format(to=text_of(form, "counterparty", 100)),
        prepared_by=form.get("prepared_by", ""),
        document=form.get("claim") or text_of(form, "application", 80),
        line=line,
        counterparty=text_of(form, "counterparty", 100),
        amount=fen,  # type: ignore[arg-type]
    )
    try:
        with desk.writing() as tx:
            reserve_payment(tx, order)
    except (ClaimNotNamed, ClaimNotApproved, ClaimOverpaid, PaymentBesideClaim) as refusal:
        return indicator_page(desk, indicator, {"claim": told(desk, refusal)})
    except LedgerError as refusal:
        return indicator_page(desk, indicator, refusal=refusal)
    sequence(desk.source, treasury)
    return went("budget_indicator", indicator=indicator)


@duty("PCHK", "ISSU", "APPR")
def budget_change_line(desk: Desk, indicator: str) -> Answer:
    """Make one change of a line; what it may not be is refused with its reason, and the figures behind it."""
    form, known = request.form, words(desk.language)
    name = form.get("change", "")
    change = CHANGES.get(name)
    if change is None or change.duty != desk.me.duty:
        return indicator_page(desk, indicator, {"change": known["missing"]})
    problems: dict[str, str] = {}
    needed(form, ("change_key", "change_document", "change_prepared_by"), problems, known)
    fen = read_amount(form.get("change_amount", ""))
    if not fen:
        problems["change_amount"] = known["no_amount"]
    on = day_of(form, "change_on", problems, known, year=year_of(indicator))
    treasury, revenue = desk.me.treasury_id, form.get("change_revenue", "").strip().split(" ", 1)[0]
    with desk.reading() as connection:
        books = books_of(connection, treasury, year_of(indicator))
        found = standing_of(connection, treasury, books, indicator)
        if change.sourced and revenue not in {code for code, *_ in draft_checks.codes(connection, treasury, "revenue")}:
            problems["change_revenue"] = known["no_revenue"]
        if found is None or books.code is None:
            absent()
        every = reservations(connection, treasury, books.code, indicator) if change.reserved else []
        holders = [registers.holders(connection, treasury, each, found.of.agency) for each in change.preparers]
        able = {person for each in holders for person, _ in each}
    reservation = next((each.of for each in every if each.of.code == form.get("change_reservation")), None)
    if change.reserved and reservation is None:
        problems["change_reservation"] = known["no_reservation"]
    if form.get("change_prepared_by", "") not in able:
        problems.setdefault("change_prepared_by", known["not_preparer"])
    if problems:
        return indicator_page(desk, indicator, problems)
    document = text_of(form, "change_document", 200)
    given = {
        "key": text_of(form, "change_key", 80),
        "on": on,
        "narration": words("zh")[f"change_{name}_narration"].format(line=indicator, document=document),
        "prepared_by": form["change_prepared_by"],
        "document": document,
    }
    asked = Asked(given, Fen(fen or 0), treasury, books.code, revenue, reservation)
    try:
        with desk.writing() as tx:
            change.make(tx, found.of, asked)
    except LedgerError as refusal:
        problems = _not_withdrawn(desk, asked, refusal) if change.reserved else {}
        return indicator_page(desk, indicator, problems, None if problems else refusal)
    sequence(desk.source, treasury)
    return went("budget_indicator", indicator=indicator)


def _not_withdrawn(desk: Desk, asked: Asked, refusal: LedgerError) -> dict[str, str]:
    """Tell at its field why a reservation is not withdrawn; nothing where the reason is not of the reservation."""
    if isinstance(refusal, PaymentBesideClaim):
        return {"change_document": told(desk, refusal)}
    if not isinstance(refusal, LimitExceeded):
        return {}
    left = asked.fen - int(str(refusal.facts["short_fen"]))
    said = words(desk.language)["beyond_reservation"]
    figures = {"left": format_yuan(left), "fen": format_yuan(asked.fen)}
    return {"change_amount": said.format(**figures, day=asked.given["on"])}


ROUTES = (
    Route("/budget/lines/<indicator>/reserve", budget_reserve, ("POST",)),
    Route("/budget/lines/<indicator>/change", budget_change_line, ("POST",)),
)
