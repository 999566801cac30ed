"""The refusals of budgets, each with the smallest input that provokes it."""

import datetime as dt
from dataclasses import replace

from ledger import budget_errors, errors
from ledger.compilation.adjustments import Adjustment, record_adjustment
from ledger.compilation.advances import Advance, grant_advance
from ledger.compilation.approval import approve, grants, release_to_departments, release_to_units
from ledger.compilation.carry_over import end_budget_year, undo_year_end
from ledger.compilation.indicators import OpenIndicator, open_indicators
from ledger.compilation.narratives import BudgetNarrative, record_narrative
from ledger.compilation.own_money import ask_own_change
from ledger.compilation.packages import (
    Line,
    LineReview,
    prior_year,
    rank_packages,
    review_package,
    save_package,
    withdraw_package,
)
from ledger.compilation.rounds import Income, estimate_income, resolve_budget, submit_budget
from ledger.compilation.standards import approve_standards, record_standards
from ledger.db import owner, snapshot, transaction
from ledger.events import GivenLine, GivenVoucher
from ledger.install import SetPlan, create_account_sets
from ledger.money import Fen
from ledger.yearend import open_next_year
from reports.disclosure_rules import refuse_unsound
from tests.conftest import DAY
from tests.ledger.budget_city import DIGEST, PAY, PERSONNEL, TESTS, YEAR, act, compile_budget, prepare, resolution
from tests.ledger.disclosure_error_examples import appoint
from tests.ledger.error_examples import example
from tests.ledger.test_own_money import LESS, payment, spend
from tests.ledger.test_own_money import budgeted as own_budgeted

PAY_FEN = 812_345 * 37 * 12


def budget_example(error, en, zh):
    """Enter the example of an error that needs standards, basic data and projects first."""

    def enter(provoke):
        def prepared(city, _folder):
            prepare(city)
            provoke(city)

        return example(error, en, zh)(prepared)

    return enter


def save(city, package, **changes):
    return act(city, "COMP", save_package, replace(package, **changes))


def resolve(city, fen=PAY_FEN):
    compile_budget(city, PERSONNEL)
    act(city, "APPR", resolve_budget, resolution(fen))


def publish(city):
    asked = f'{{"fiscal_year": {YEAR}, "agency": "201", "sha256": "{DIGEST}"}}'
    with transaction(city.source, city.session("PUBL")) as tx:
        tx.connection.exec_driver_sql("select ledger.publish_budget(%s::jsonb)", (asked,))


example(budget_errors.StandardBackwards, "a standard that ends before it begins", "支出标准的截止日早于生效日")(
    lambda city, _folder: act(city, "REVW", record_standards, [replace(PAY, valid_to=dt.date(2023, 6, 30))])
)
example(budget_errors.BudgetDocumentMissing, "a standard without its document", "支出标准没有文件")(
    lambda city, _folder: act(city, "REVW", record_standards, [replace(PAY, document_no=" ")])
)
example(budget_errors.UnknownBudgetRecord, "the approval of a standard that nobody recorded", "批准未录入的支出标准")(
    lambda city, _folder: act(city, "APPR", approve_standards, [("RY-01", 1)])
)
example(budget_errors.BudgetNotResolved, "a release before the resolution", "决议之前批复下达")(
    lambda city, _folder: act(city, "APPR", approve, city.treasury_id, YEAR, "comp")
)
example(budget_errors.TablesFailChecks, "no table at all", "一张表也没有")(lambda _city, _folder: refuse_unsound([]))


@budget_example(
    budget_errors.RecorderApproves, "a package reviewed by the person who saved it", "编制人审核自己保存的决策包"
)
def _both(city):
    compiler, reviewer = appoint(city, "both", "COMP", "REVW")
    with transaction(city.source, compiler) as tx:
        save_package(tx, TESTS)
    with transaction(city.source, reviewer) as tx:
        review_package(tx, TESTS.package, 1, [])


budget_example(budget_errors.AlreadyApproved, "a standard approved twice", "同一支出标准批准两次")(
    lambda city: act(city, "APPR", approve_standards, [("RY-01", 1)])
)
budget_example(
    budget_errors.ProjectNotInLibrary, "a package of a project that is not in the library", "决策包的项目不在项目库"
)(lambda city: save(city, TESTS, project="XM-99"))
budget_example(
    budget_errors.ProjectOfOthers,
    "a project of the education bureau in the bureau of finance's budget",
    "财政局编列教育局的项目",
)(lambda city: save(city, replace(TESTS, package="OTHERS"), agency="101"))
budget_example(
    budget_errors.MandateMissing, "a package of the minimum level without a mandate", "最低水平决策包没有履职依据"
)(lambda city: save(city, TESTS, mandate=""))


@budget_example(budget_errors.PackageChanged, "a saved package moved to another function", "已保存的决策包改换功能科目")
def _changed(city):
    save(city, TESTS)
    save(city, TESTS, func="2050101")


budget_example(budget_errors.PackageIncomplete, "a package without lines", "决策包没有测算明细")(
    lambda city: save(city, TESTS, lines=())
)
budget_example(
    budget_errors.NoStandard, "a line of the standard `RY-99`, which does not exist", "明细引用不存在的标准 `RY-99`"
)(lambda city: save(city, PERSONNEL, lines=(Line(standard="RY-99"),)))
budget_example(budget_errors.NotCounted, "a workload without its source", "业务量没有来源")(
    lambda city: save(city, TESTS, lines=(Line(standard="XM-01", quantity_milli=5, times=1),))
)


@budget_example(budget_errors.ReviewRaises, "a review that raises a quantity by a thousandth", "审核调高数量千分之一")
def _raise(city):
    save(city, TESTS)
    more = LineReview(line_no=1, cut="quantity", reason="增加", quantity_milli=1_250_001)
    act(city, "REVW", review_package, TESTS.package, 1, [more])


@budget_example(
    budget_errors.PackageMoved, "a review of version 2 of a package at version 1", "审核第 2 版而决策包为第 1 版"
)
def _moved(city):
    save(city, TESTS)
    act(city, "REVW", review_package, TESTS.package, 2, [])


@budget_example(budget_errors.PackageUnderWay, "withdrawing a package that was reviewed", "撤回已审核的决策包")
def _under_way(city):
    save(city, TESTS)
    act(city, "REVW", review_package, TESTS.package, 1, [])
    act(city, "COMP", withdraw_package, TESTS.package, 1, "误编")


@budget_example(
    budget_errors.ProposalFirst, "last year's figure asked before one's own proposal", "未保存审核意见即查看上年数"
)
def _curious(city):
    save(city, TESTS)
    act(city, "REVW", prior_year, TESTS.package)


@budget_example(budget_errors.RankingIncomplete, "a ranking that leaves a package out", "排序遗漏一个决策包")
def _rank(city):
    save(city, TESTS)
    act(city, "COMP", rank_packages, YEAR, "201", "1", [])


@budget_example(
    budget_errors.ObjectivesMissing, "a project without an objective of cost submitted", "上报没有成本目标的项目"
)
def _aimless(city):
    save(city, TESTS, targets=tuple(each for each in TESTS.targets if each.kind != "cost"))
    act(city, "COMP", submit_budget, YEAR, "201", 1)


@budget_example(budget_errors.RoundOutOfOrder, "the second round without a ceiling", "没有控制数即二上")
def _early(city):
    save(city, PERSONNEL)
    act(city, "COMP", submit_budget, YEAR, "201", 2)


@budget_example(budget_errors.BudgetResolved, "a package saved after the resolution", "决议之后保存决策包")
def _late(city):
    resolve(city)
    save(city, PERSONNEL)


budget_example(
    budget_errors.ResolutionUnmet, "a resolution of one fen more than the packages", "决议总额比决策包合计多一分"
)(lambda city: resolve(city, PAY_FEN + 1))


@budget_example(
    budget_errors.BudgetUnbalanced,
    "an agency that expects 0.01 of its own more than it spends",
    "单位资金收入比支出多 0.01",
)
def _own(city):
    income = Income(source="operating", fund="6", func="2050199", amount_fen=1, basis="合同")
    act(city, "COMP", estimate_income, YEAR, "201", [income])
    resolve(city)


@budget_example(budget_errors.BudgetAlreadyPublished, "a budget published twice", "同一预算公开两次")
def _twice(city):
    resolve(city)
    publish(city)
    publish(city)


@budget_example(
    budget_errors.NotesMoved,
    "a budget whose notes are no longer those that were checked",
    "情况说明在核对后有变动的预算",
)
def _notes(city):
    resolve(city)
    act(city, "COMP", record_narrative, BudgetNarrative(fiscal_year=YEAR, agency="201"))
    publish(city)


@example(budget_errors.FundsMixed, "0.01 moved from fund 1 to fund 2", "由一般公共预算调剂 0.01 到政府性基金")
def _mixed(city, _folder):
    parties = {
        name: {"fund": fund, "agency": "201", "func": func, "indicator": city.grant(5, fund=fund, func=func)}
        for name, fund, func in (("from", "1", "2050201"), ("to", "2", "2120803"))
    }
    facts = {"amount": Fen(1)}
    city.post("ISSU", city.event("indicator_reallocation", prepared_by="revw", facts=facts, parties=parties))


@example(budget_errors.BeyondAuthority, "0.01 moved between two lines where no limit was set", "未设权限即调剂 0.01")
def _moved(city, _folder):
    lines = [city.grant(5), city.grant(5)]
    at = {"fund": "1", "agency": "201", "func": "2050201"}
    parties = {name: {**at, "indicator": code} for name, code in zip(("from", "to"), lines, strict=True)}
    facts = {"amount": Fen(1)}
    city.post("ISSU", city.event("indicator_reallocation", prepared_by="revw", facts=facts, parties=parties))


@example(budget_errors.AdjustmentNotApproved, "0.01 cut from a line without an adjustment", "没有调整方案即追减 0.01")
def _cut(city, _folder):
    dims = {"fund": "1", "func": "2050201", "agency": "201", "indicator": city.grant(5), "revenue": "1010101"}
    facts = {"awaiting": Fen(0), "executable": Fen(1)}
    city.post("ISSU", city.event("budget_reduction", prepared_by="revw", facts=facts, dims=dims))


@example(
    budget_errors.StabilisationFundShort,
    "0.02 drawn by an approved adjustment from a fund that holds 0.01",
    "基金余额 0.01，依调整方案动用 0.02",
)
def _draw(city, _folder):
    city.receive(1)
    city.post("AUDT_IN", city.event("stabilisation_fund_provision", prepared_by="book", facts={"amount": Fen(1)},
                                    dims={"fund": "1", "func": "23015"}))  # fmt: skip
    adjustment = Adjustment(fiscal_year=YEAR, document="常〔2024〕5号", title="调整", passed_on=DAY, amount_fen=2)
    act(city, "APPR", record_adjustment, adjustment)
    city.post("AUDT_IN", city.event("stabilisation_fund_draw", prepared_by="book", document="常〔2024〕5号",
                                    facts={"amount": Fen(2)}, dims={"fund": "1", "revenue": "11015"}))  # fmt: skip


@example(
    budget_errors.CarriedOverBefore,
    "an indicator of 2024 carried over at the end of 2025",
    "2025 年末结转 2024 年的指标",
)
def _again(city, _folder):
    code, first = city.grant(5), dt.date(2025, 1, 1)
    with owner(city.source) as connection:
        plan = SetPlan("I2025", "101", "indicator", "indicator_2023", 2025, first, "指标", "Indicators")
        create_account_sets(connection, city.treasury_id, [plan])
    heir = OpenIndicator(
        indicator="N", parent=code, fiscal_year=2025, fund="1", func="2050201", agency="201", document="x"
    )
    act(city, "ISSU", open_indicators, [heir])
    facts = {"awaiting": Fen(0), "executable": Fen(5)}
    dims = {"fund": "1", "func": "2050201", "agency": "201"}
    for kind, on, indicator in (("indicator_carry_over", dt.date(2024, 12, 31), code), ("indicator_reopening", first, "N"),
                                ("indicator_carry_over", dt.date(2025, 12, 31), "N")):  # fmt: skip
        event = city.event(kind, prepared_by="revw", on=on, facts=facts, dims={**dims, "indicator": indicator})
        city.post("ISSU", event)


@example(
    budget_errors.ReopenedBeyondCarryOver,
    "0.01 opened again that nobody carried over",
    "恢复未曾结转的 0.01",
)
def _from_nothing(city, _folder):
    dims = {"fund": "1", "func": "2050201", "agency": "201", "indicator": city.grant(5)}
    facts = {"awaiting": Fen(0), "executable": Fen(1)}
    city.post("ISSU", city.event("indicator_reopening", prepared_by="revw", facts=facts, dims=dims))


@example(budget_errors.BudgetYearUnsettled, "0.01 still held on the last day of the year", "年末仍冻结 0.01")
def _still_held(city, _folder):
    dims = {"fund": "1", "func": "2050201", "agency": "201", "indicator": city.grant(5)}
    city.post("PCHK", city.event("indicator_hold", prepared_by="over", facts={"amount": Fen(1)}, dims=dims))
    act(city, "ISSU", end_budget_year, YEAR, (), document="财预〔2024〕9号", prepared_by="revw")


example(budget_errors.NothingToUndo, "a year end undone before it was begun", "年终结转尚未办理即撤销")(
    lambda city, _folder: act(city, "AUDT_IN", undo_year_end, YEAR, prepared_by="book")
)


ADVANCE = Advance(
    fiscal_year=YEAR, reason="statutory", agency="201", fund="1", func="2050201", dept_econ="30201", amount_fen=1, given_on=DAY,
    document="府发〔2024〕2号",
)  # fmt: skip


@budget_example(budget_errors.AdvanceUnlawful, "0.01 approved before the resolution", "决议之前批准 0.01")
def _too_soon(city):
    save(city, PERSONNEL)
    city.grant(1)


@budget_example(budget_errors.AdvanceTooLate, "0.01 given in advance after the resolution", "决议之后提前安排 0.01")
def _too_late(city):
    resolve(city)
    act(city, "APPR", grant_advance, ADVANCE, prepared_by="comp")


@example(
    budget_errors.BeyondLastYear, "0.01 like last year, in which nothing was spent", "上年同期无支出而提前安排 0.01"
)
def _more_than_last_year(city, _folder):
    act(city, "APPR", grant_advance, replace(ADVANCE, reason="same_period"), prepared_by="comp")


@budget_example(
    budget_errors.BudgetBelowAdvance,
    "0.01 given in advance for what the budget does not hold",
    "为预算未列的用途提前安排 0.01",
)
def _below(city):
    act(city, "APPR", grant_advance, ADVANCE, prepared_by="comp")
    resolve(city)
    act(city, "APPR", approve, city.treasury_id, YEAR, "comp")


@example(
    budget_errors.OwnMoneyBeyondBudget,
    "0.01 of its own money spent on a function without a budget",
    "单位资金无预算的科目支出 0.01",
)
def _own_money(city, _folder):
    spend(own_budgeted(city), 1, func="2050201")


@example(
    budget_errors.AskedBefore,
    "a change of own money asked for a second time while it waits",
    "重复申请尚待批复的单位资金调整",
)
def _asked_before(city, _folder):
    own_budgeted(city)
    for _ in range(2):
        act(city, "COMP", ask_own_change, LESS)


@example(
    budget_errors.FundNotInBank,
    "0.01 of the general budget paid from an account that holds none",
    "用没有一般公共预算资金的账户支付 0.01",
)
def _fund_astray(city, _folder):
    city.post("SIGN", payment(own_budgeted(city), 1, fund="1"))


@example(
    budget_errors.MoneyByHand,
    "0.01 of what was carried over of the unit's own money given to the general budget by hand",
    "手工将结余的单位资金 0.01 转为一般公共预算资金",
)
def _fund_by_hand(city, _folder):
    moved = [(account, side, fund) for fund, sides in (("6", "DC"), ("1", "CD"))
             for account, side in zip(("820204", "800102"), sides, strict=True)]  # fmt: skip
    lines = tuple(GivenLine(account, side, Fen(1), {"fund": fund}) for account, side, fund in moved)
    own_budgeted(city).post(
        "AUDT_IN", city.event("manual", prepared_by="book", vouchers=(GivenVoucher("A201-2024", lines),))
    )


@example(
    budget_errors.IndicatorByHand,
    "0.01 made free to be paid by a voucher by hand",
    "手工凭证增加可执行指标 0.01",
)
def _indicator_by_hand(city, _folder):
    at = {"fund": "1", "agency": "201", "func": "2050201", "indicator": city.grant(1)}
    lines = GivenLine("Z501", "D", Fen(1), at), GivenLine("Z101", "C", Fen(1), {"fund": "1", "revenue": "1010101"})
    city.post("AUDT_IN", city.event("manual", prepared_by="book", vouchers=(GivenVoucher("I2024", lines),)))


@budget_example(
    budget_errors.ThreePublicAstray,
    "a reception paid from what a project has for tests",
    "用项目检测费指标支付公务接待费",
)
def _reception(city):
    compile_budget(city, TESTS)
    act(city, "APPR", resolve_budget, resolution(12_345 * 2500))
    at = (city.treasury_id, YEAR)
    act(city, "APPR", approve, *at, "comp")
    act(city, "ISSU", release_to_departments, *at, DAY, "财预〔2024〕3号", "revw")
    act(city, "ISSU", release_to_units, *at, DAY, "教财〔2024〕1号", "revw")
    with snapshot(city.source) as connection:
        (line,) = grants(connection, *at)
    city.receive(1)
    city.pay(line.indicator, 1, func=line.func, project=line.project, dept_econ="30217", gov_econ="50206")


@example(
    errors.NextYearOutOfPlace, "books of 2031 opened where none of 2030 are kept", "未设 2030 年账套即开设 2031 年账套"
)
def _far(city, _folder):
    act(city, "CLOS", open_next_year, 2031)
