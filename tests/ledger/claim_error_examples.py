"""The refusals of reimbursement claims, each with the smallest input that provokes it."""

import datetime as dt
from dataclasses import replace

from ledger import claim_errors
from ledger.execution.claims import approve_claim, record_venue, reject_claim, save_claim
from tests.ledger.claim_city import HALL, SESSION, TRIP, act, approved, open_claims, pay, reserve, spent
from tests.ledger.error_examples import example
from tests.ledger.test_own_money import budgeted

_LODGING = TRIP.lines[0]


def claim_example(error, en, zh):
    """Enter the example of an error that needs standards, a venue and a person who approves first."""

    def enter(provoke):
        def opened(city, _folder):
            open_claims(city)
            provoke(city)

        return example(error, en, zh)(opened)

    return enter


def saving(claim, **changes):
    """Give what records a claim with changes."""
    return lambda city: act(city, "APPL", save_claim, replace(claim, **changes))


claim_example(claim_errors.VenueInvalid, "the same venue designated from the same day twice", "同一场所同日重复登记")(
    lambda city: act(city, "REVW", record_venue, HALL)
)
claim_example(claim_errors.ClaimOutOfTime, "a trip that ends before it begins", "出差结束早于开始")(
    saving(TRIP, ends_on=dt.date(2024, 3, 3))
)
claim_example(claim_errors.ClaimIncomplete, "lodging without an invoice", "住宿费没有发票")(
    saving(TRIP, lines=(replace(_LODGING, invoices=()),))
)
claim_example(claim_errors.NoStandardThen, "a trip in the year before the standard", "支出标准生效前一年的差旅")(
    saving(TRIP, fiscal_year=2022, begins_on=dt.date(2022, 3, 4), ends_on=dt.date(2022, 3, 6))
)
claim_example(claim_errors.StandardOfOtherKind, "a trip by the standard of meetings", "差旅套用会议费标准")(
    saving(TRIP, lines=(replace(_LODGING, standard="HY-2"),))
)
claim_example(claim_errors.QuantityUnfounded, "three nights of a trip of three days", "三天差旅报三夜住宿")(
    saving(TRIP, lines=(replace(_LODGING, units=3),))
)


@claim_example(claim_errors.ClaimedBefore, "the same invoice claimed twice", "同一发票重复报销")
def _twice(city):
    saving(TRIP)(city)
    saving(TRIP)(city)


claim_example(claim_errors.VenueNotDesignated, "a meeting at a venue of nobody's list", "在非定点场所开会")(
    saving(SESSION, venue="DD-99")
)
claim_example(claim_errors.AboveStandard, "lodging of one fen above 2,000.00", "住宿费超过两千元标准一分")(
    saving(TRIP, lines=(replace(_LODGING, spent_fen=200_001),))
)


@claim_example(claim_errors.ClaimStepOutOfPlace, "a claim approved twice", "重复审批报销单")
def _again(city):
    act(city, "UCHK", approve_claim, approved(city, TRIP))


@claim_example(claim_errors.ClaimantApproves, "an approval of a claim of one's own", "审批本人的报销单")
def _own(city):
    approved(city, replace(TRIP, claimant="郑岚"))


@claim_example(claim_errors.StepUnreasoned, "a rejection without a word", "退回而不写理由")
def _silent(city):
    act(city, "UCHK", reject_claim, act(city, "APPL", save_claim, TRIP), "")


@claim_example(
    claim_errors.ClaimNotApproved, "an application for payment by a claim that waits", "以待审批的报销单申请支付"
)
def _early(city):
    reserve(city, city.grant(1_000), 1, act(city, "APPL", save_claim, TRIP))


@claim_example(claim_errors.PaymentBesideClaim, "a claim for travel paid as office goods", "差旅报销单按办公费支付")
def _beside(city):
    reserve(city, city.grant(1_000), 1, approved(city, TRIP), dept_econ="30201")


@claim_example(claim_errors.ClaimNotNamed, "travel applied for without a claim", "不凭报销单申请支付差旅费")
def _nameless(city):
    reserve(budgeted(city), city.grant(1_000), 1, "SQ-2024-1")


@claim_example(claim_errors.ClaimOverpaid, "one fen more than a claim comes to", "比报销单多付一分")
def _more(city):
    city.receive(1_000)
    code, number = city.grant(1_000), approved(city, spent(700))
    reserve(city, code, 701, None)
    pay(city, code, 701, number)
