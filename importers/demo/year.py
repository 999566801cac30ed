"""Twelve months of the demo city: receipts, payments, salaries, bonds, transfers, and what units do besides."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files

from importers.demo import budget
from importers.demo.budget import dims_of
from importers.demo.diary import Diary
from importers.demo.plan import (
    SOURCES_OF_FUNDS,
    YEAR,
    Line,
    agencies,
    by_month,
    draw,
    lines,
    revenues,
    totals,
    uneven,
    workdays,
)
from ledger.money import Fen, parse_yuan, split

PLACED = parse_yuan("2000000000")
INTEREST = parse_yuan("11200000")
SPECIAL_INTEREST = parse_yuan("486000")
SETTLED = parse_yuan("96000000")
UNIDENTIFIED = parse_yuan("1230000")
IN_TRANSIT = parse_yuan("5600000")
SET_APART = INTEREST + SPECIAL_INTEREST + SETTLED + UNIDENTIFIED + IN_TRANSIT

_SEASONS = {
    "staff": "staff", "running": "running", "interest": "quarters", "charge": "quarters", "fund": "quarters",
    "special": "terms", "land": "land", "pension": "flat",
}  # fmt: skip
_FIRST_MONTHS = {"transfer": 4, "bond": 7, "transfers_in": 11, "held": 6, "reserve": 8}
_FIRST_MONTHS_OF_FUND = {"3": 8}
"""Not before the profits of the state's firms have come in."""
_PAYMENTS_A_MONTH = {"running": 3, "project": 2, "subsidy": 2}
CLASSES: Mapping[str, Sequence[str]] = {
    "running": ("30201", "30205", "30206", "30207", "30209", "30211", "30213", "30215", "30216", "30218", "30226",
                "30228", "30231", "30239", "30299", "31002"),
    "project": ("30227", "30227", "30226", "30213", "31003", "31007", "30299"),
    "works": ("31005",),
    "subsidy": ("31204",),
    "welfare": ("30305",),
    "pension": ("30108",),
    "fund": ("31302",),
    "interest": ("30701",),
    "charge": ("30703",),
    "land": ("31009",),
}  # fmt: skip
_PURPOSES: Mapping[str, str] = {
    "30201": "办公用品", "30205": "水费", "30206": "电费", "30207": "邮电费", "30209": "物业管理费", "30211": "差旅费",
    "30213": "维修费", "30215": "会议费", "30216": "培训费", "30218": "专用材料", "30226": "劳务费",
    "30228": "工会经费", "30231": "公务用车运行维护费", "30239": "其他交通费用", "30299": "其他商品和服务",
    "31002": "办公设备购置", "30227": "委托业务费", "31003": "专用设备购置", "31007": "软件购置",
    "31005": "工程进度款", "31204": "企业补助", "30305": "生活补助", "30108": "基本养老保险缴费",
    "31302": "社会保险基金补助", "30701": "政府债券付息",
    "30703": "政府债券发行费用", "31009": "土地征迁补偿",
}  # fmt: skip
_DECEMBER = 12
_PREPAID, _FOR_ADMINISTRATION = 8, 20
"""So many payments in a hundred are made in these ways, where they fit."""
_CONTRACTS, _REFUNDED, _WITHDRAWN = 6, {3, 4, 7}, {5, 9}
"""The months in which contracts are signed, and in which projects are refunded or change their mind."""
_PLACES = ("澄湖", "湖东", "云桥", "望山", "安里", "清渡", "和丰", "北岸")
_TRADES = (
    "文化用品",
    "物业服务",
    "信息技术",
    "建筑工程",
    "环境科技",
    "会展服务",
    "仪器设备",
    "园林绿化",
    "印务",
    "咨询",
)
_INSURER = "社会保险和住房公积金经办机构（演示）"


def write_year() -> Diary:
    """Write down every event of the year that comes from a template."""
    diary = Diary()
    budget.approve(diary)
    budget.decompose(diary)
    budget.change(diary)
    _receive(diary)
    _treasury(diary)
    for line in lines():
        _spend(diary, line)
    _repay(diary)
    _units(diary)
    budget.finish(diary)
    return diary


def classes_of(kind: str, dept_econ: str) -> dict[str, str]:
    """Give the classes of a payment by a kind of agency, and the way in which it is paid."""
    return {"dept_econ": dept_econ, "gov_econ": _gov_econ(kind, dept_econ), "pay_mode": "13"}


@cache
def _gov_econ(kind: str, dept_econ: str) -> str:
    text = files("ledger.master").joinpath("econ_map.csv").read_text("utf-8")
    for row in csv.DictReader(io.StringIO(text)):
        if (row["agency_kind"], row["dept_econ"]) == (kind, dept_econ):
            return row["gov_econ"]
    raise KeyError(kind, dept_econ)


def supplier(label: str) -> str:
    """Draw the payee of a label."""
    place, trade = _PLACES[draw(f"{label}:place", 8)], _TRADES[draw(f"{label}:trade", 10)]
    return f"{place}{trade}有限公司（演示）"


def _day(month: int, label: str, after: int = 0) -> tuple[date, date]:
    """Draw a workday, and give the one before it."""
    days = workdays(month)
    n = 1 + after + draw(label, len(days) - 1 - after)
    return days[n - 1], days[n]


def _receive(diary: Diary) -> None:
    """Revenue of every fund, day by day; some of it is paid back."""
    for item in revenues(SET_APART):
        kind = "special_account_receipt" if item.fund == "5" else "treasury_receipt"
        dims = {"fund": item.fund, "revenue": item.revenue}
        for month, amount in enumerate(by_month(item.total, item.season), 1):
            back = amount // 200 if item.revenue in {"1010101", "10104", "10106"} else 0
            red = amount // 1000 if item.revenue == "10119" else 0
            days = workdays(month)
            parts = uneven(Fen(amount + back + red), item.days_a_month, f"{item.revenue}:{month}")
            for n, part in enumerate(parts):
                on = days[min(n * len(days) // item.days_a_month, len(days) - 1)]
                diary.write(kind, on, f"国库收入日报 {item.revenue}", {"amount": part}, dims)
            diary.write("revenue_refund", days[-1], f"退付 {item.revenue}", {"amount": back}, dims)
            diary.write(
                "treasury_receipt_reduction",
                days[-1],
                f"冲减误缴 {item.revenue}",
                {"amount": red},
                dims,
            )
    for month, amount in enumerate(by_month(SETTLED, "flat"), 1):
        on, after = _day(month, f"settled:{month}")
        other = amount // 9
        diary.write(
            "settlement_receipt",
            on,
            "非税收入汇缴",
            {"amount": amount + other},
            {"fund": "1", "revenue": "103043310"},
        )
        diary.write("settlement_clearing", after, "非税收入清分", {"own_share": amount, "other_shares": other},
                    {"fund": "1", "revenue": "103043310"})  # fmt: skip
    general = {"fund": "1"}
    diary.write(
        "unidentified_receipt",
        date(YEAR, 6, 5),
        "来源不明待查收入",
        {"amount": UNIDENTIFIED},
        general,
    )
    diary.write(
        "receipt_identification",
        date(YEAR, 7, 3),
        "查明为罚没收入",
        {"amount": UNIDENTIFIED},
        {**general, "revenue": "103050199"},
    )
    diary.write(
        "in_transit_receipt",
        date(YEAR, 12, 31),
        "年末在途税款",
        {"amount": IN_TRANSIT},
        {**general, "revenue": "1010101"},
    )
    for n, (place, trade) in enumerate((("trust_deposit", "5200000"), ("trust_withdrawal", "3900000"))):
        diary.write(
            place,
            date(YEAR, 3 + 5 * n, 12),
            "代管资金",
            {"amount": parse_yuan(trade)},
            {"fund": "8"},
        )
    for month in (2, 5, 8, 11):
        fen = parse_yuan("2500000") + draw(f"dedicated:{month}", 9_999_999)
        diary.write(
            "dedicated_fund_receipt",
            date(YEAR, month, 19),
            "专用基金收入",
            {"amount": fen},
            {"fund": "7"},
        )
        diary.write(
            "dedicated_fund_payment",
            date(YEAR, month, 26),
            "专用基金支出",
            {"amount": fen * 4 // 5},
            {"fund": "7"},
        )
    special = {"fund": "5"}
    diary.write(
        "special_account_interest",
        date(YEAR, 6, 21),
        "财政专户利息",
        {"amount": SPECIAL_INTEREST},
        special,
    )
    diary.write("special_account_interest_remittance", date(YEAR, 6, 25), "专户利息缴库", {"amount": SPECIAL_INTEREST},
                parties={"special": special, "treasury": {"fund": "1", "revenue": "103070599"}})  # fmt: skip


def _treasury(diary: Diary) -> None:
    """Transfers, remittances, bonds and placements of the treasury as a whole."""
    t = totals()
    current = parse_yuan("50000000")
    for month, (general, funds) in enumerate(
        zip(by_month(Fen(t["upper_level_transfers"] - current), "flat"),
            by_month(SOURCES_OF_FUNDS["transfers"], "flat"), strict=True), 1
    ):  # fmt: skip
        on = workdays(month)[4]
        for revenue, fen in zip(("11001", "11002", "11003"), split(general, (1, 6, 3)), strict=True):
            diary.write(
                "transfer_received",
                on,
                f"上级补助 {revenue}",
                {"cash": fen},
                {"fund": "1", "revenue": revenue},
            )
        diary.write(
            "transfer_received",
            on,
            "上级政府性基金补助",
            {"cash": funds},
            {"fund": "2", "revenue": "11004"},
        )
    diary.write("transfer_received", date(YEAR, 12, 30), "上级补助年终结算", {"current_account": current},
                {"fund": "1", "revenue": "11002"})  # fmt: skip
    for month, fen in enumerate(by_month(t["remittance"], "flat"), 1):
        on, indicator = workdays(month)[-3], f"{YEAR}.1.23006"
        at = {"fund": "1", "func": "23006"}
        diary.write(
            "transfer_issue",
            on,
            "上解上级指标",
            {"from_approved": fen},
            {**at, "indicator": indicator},
        )
        diary.write("remittance_paid", on, "上解上级支出", {"cash": fen}, at)
    for month, fen in zip((4, 7, 11), split(t["inter_regional"], (3, 3, 2)), strict=True):
        on, at = workdays(month)[9], {"fund": "1", "func": "23021"}
        diary.write(
            "transfer_issue",
            on,
            "区域间转移指标",
            {"from_approved": fen},
            {**at, "indicator": f"{YEAR}.1.23021"},
        )
        diary.write("aid_paid", on, "区域间转移性支出", {"amount": fen}, at)
    for out in budget.transfers_out():
        if out.func == "23008":
            on = date(YEAR, 9, 18) if out.fund == "3" else date(YEAR, 11, 28)
            dims = {"fund": out.fund, "func": out.func}
            diary.write(
                "transfer_issue",
                on,
                "调出资金指标",
                {"from_approved": out.amount},
                {**dims, "indicator": out.indicator},
            )
            diary.write("fund_transfer", on, "调入一般公共预算", {"amount": out.amount},
                        parties={"from": dims, "to": {"fund": "1", "revenue": "11009"}})  # fmt: skip
    bonds = [("1", date(YEAR, 5, 22), t["refinancing_bonds"], "再融资一般债券"),
             ("1", date(YEAR, 6, 18), t["new_bonds"], "新增一般债券"),
             ("2", date(YEAR, 8, 20), SOURCES_OF_FUNDS["refinancing"], "再融资专项债券")]  # fmt: skip
    special = split(SOURCES_OF_FUNDS["special_bonds"], (3, 4, 3))
    bonds += [("2", date(YEAR, m, 19), fen, "新增专项债券") for m, fen in zip((3, 6, 9), special, strict=True)]
    for fund, on, fen, name in bonds:
        diary.write(
            "onlent_bond_receipt",
            on,
            f"收到{name}转贷",
            {"amount": fen},
            {"fund": fund, "revenue": "11011"},
        )
    diary.write("cash_placement", date(YEAR, 5, 8), "国库现金管理存放", {"amount": PLACED}, {"fund": "1"})
    returned = {"principal": PLACED, "interest": INTEREST}
    diary.write("cash_placement_return", date(YEAR, 8, 8), "国库现金管理收回", returned,
                {"fund": "1", "revenue": "103070501"})  # fmt: skip


def _repay(diary: Diary) -> None:
    for line, on in zip(budget.principal_lines(), (date(YEAR, 5, 28), date(YEAR, 8, 27)), strict=True):
        diary.write("payment_reservation", on, "债券还本申请", {"amount": line.total}, dims_of(line))
        diary.write("bond_repayment", on, "偿还到期政府债券本金", {"amount": line.total}, dims_of(line))


def _spend(diary: Diary, line: Line) -> None:
    """Spend one line over its months."""
    season = _SEASONS.get(line.use, "project")
    first = max(_FIRST_MONTHS.get(line.source, 1), _FIRST_MONTHS_OF_FUND.get(line.fund, 1))
    for month, amount in enumerate(by_month(line.spent, season, first), 1):
        if not amount:
            continue
        if line.use == "staff":
            _pay_staff(diary, line, month, amount)
        elif line.use == "special":
            _pay_special(diary, line, month, amount)
        else:
            count = _PAYMENTS_A_MONTH.get(line.use, 1)
            for n, part in enumerate(uneven(amount, count, f"{line.indicator}:{month}")):
                _pay(diary, line, month, n, part)


def _dims(line: Line, dept_econ: str) -> dict[str, str]:
    return {**dims_of(line), **classes_of(line.agency.kind, dept_econ)}


def _pay(diary: Diary, line: Line, month: int, n: int, amount: Fen) -> None:
    """Apply for one payment and make it, in the way that fits what is bought."""
    label = f"{line.indicator}:{month}:{n}"
    classes = CLASSES[line.use]
    dept_econ = classes[draw(f"{label}:class", len(classes))]
    asked, on = _day(month, label, after=1)
    dims = {**_dims(line, dept_econ), "counterparty": supplier(label)}
    narration = f"{line.agency.name_zh}：{line.name_zh}{_PURPOSES[dept_econ]}"
    unit = {k: v for k, v in dims.items() if k not in {"indicator", "gov_econ", "pay_mode"}}
    kind = "treasury_payment"
    chance = draw(f"{label}:kind", 100)
    reserved = "payment_reservation"
    extra = 0
    if line.use == "works":
        kind = "payable_payment"
        diary.write("supplier_invoice", asked, f"{narration}（进度确认）", {"amount": amount}, unit)
    elif dept_econ == "30218":
        kind = "inventory_purchase"
        diary.write("inventory_issue", on, f"{narration}（领用）", {"amount": amount * 9 // 10}, unit)
    elif line.use == "project" and month < _DECEMBER and chance < _PREPAID:
        kind = "supplier_prepayment"
        later = workdays(month + 1)[10]
        diary.write("prepayment_settlement", later, f"{narration}（到货）", {"amount": amount}, unit)
    elif line.use == "running" and line.agency.kind == "institution" and chance < _FOR_ADMINISTRATION:
        kind = "administration_payment"
    if (line.use, line.source, line.fund, kind) == ("project", "budget", "1", "treasury_payment"):
        if month == _CONTRACTS and n == 0:
            reserved = "held_payment_reservation"
            diary.write(
                "indicator_hold",
                workdays(month)[0],
                f"合同冻结：{narration}",
                {"amount": amount},
                dims_of(line),
            )
        elif month in _REFUNDED and n == 1:
            extra = amount // 10
            back = workdays(month + 1)[3]
            diary.write("payment_refund", back, f"{narration}（退款）", {"amount": extra}, dims)
        elif month in _WITHDRAWN and n == 0:
            diary.write(
                "payment_reservation",
                asked,
                f"{narration}（撤回的申请）",
                {"amount": amount // 3},
                dims,
            )
            diary.write(
                "reservation_release",
                on,
                f"{narration}（撤回申请）",
                {"amount": amount // 3},
                dims,
            )
    diary.write(reserved, asked, f"{narration}（申请）", {"amount": amount + extra}, dims)
    diary.write(kind, on, narration, {"amount": amount + extra}, dims)


def _pay_staff(diary: Diary, line: Line, month: int, amount: Fen) -> None:
    """Accrue and pay the month's salaries, what is withheld from them, and the employer's contributions."""
    asked, on = workdays(month)[6], workdays(month)[8]
    net, tax, withheld, pension, housing = split(amount, (60, 3, 11, 16, 10))
    name = f"{line.agency.name_zh}{month}月"
    pay = _dims(line, "30101")
    unit = {
        "agency": line.agency.agency,
        "dept_econ": "30101",
        "fund": line.fund,
        "func": line.func,
        "counterparty": _INSURER,
    }
    diary.write("salary_accrual", asked, f"{name}计提工资", {"amount": net + tax + withheld}, unit)
    diary.write(
        "salary_withholding",
        asked,
        f"{name}代扣个税和社保",
        {"tax": tax, "contributions": withheld},
        unit,
    )
    paid = {"counterparty": _INSURER, **pay}
    diary.write("payment_reservation", asked, f"{name}工资发放申请", {"amount": net}, pay)
    diary.write("salary_payment", on, f"{name}工资统发", {"amount": net}, pay)
    diary.write("payment_reservation", asked, f"{name}代扣款缴纳申请", {"amount": tax + withheld}, paid)
    diary.write(
        "withholding_payment",
        on,
        f"{name}缴纳代扣个税和社保",
        {"tax": tax, "contributions": withheld},
        paid,
    )
    for dept_econ, fen, what in (
        ("30108", pension, "单位养老保险缴费"),
        ("30113", housing, "住房公积金"),
    ):
        dims = {"counterparty": _INSURER, **_dims(line, dept_econ)}
        diary.write("payment_reservation", asked, f"{name}{what}申请", {"amount": fen}, dims)
        diary.write("treasury_payment", on, f"{name}{what}", {"amount": fen}, dims)


def _pay_special(diary: Diary, line: Line, month: int, amount: Fen) -> None:
    """Return special-account money to the school that earned it; the school spends most of it."""
    asked, on = _day(month, line.indicator, after=9)
    name = f"{line.agency.name_zh}：学费返拨"
    diary.write("payment_reservation", asked, f"{name}（申请）", {"amount": amount}, dims_of(line))
    diary.write("special_account_payment", on, name, {"amount": amount}, dims_of(line))
    own = {"agency": line.agency.agency, "fund": "5", "func": line.func, "dept_econ": "30218"}
    diary.write(
        "bank_payment",
        workdays(month)[-1],
        f"{line.agency.name_zh}：教学耗材",
        {"amount": amount * 7 // 10},
        own,
    )


def _units(diary: Diary) -> None:
    """Record what units do without the treasury: depreciation, fees on their way, income of their own."""
    for unit in agencies().values():
        if unit.kind == "other":
            continue
        label, dims = unit.agency, {"agency": unit.agency}
        for month in range(1, 13):
            days = workdays(month)
            worn = parse_yuan("180000") + draw(f"{label}:worn", 9_000_000)
            roads = parse_yuan("2600000") if unit.agency in {"401", "405"} else 0
            diary.write(
                "depreciation",
                days[-1],
                f"{unit.name_zh}{month}月折旧",
                {"fixed_assets": worn, "infrastructure": roads},
                dims,
            )
            if unit.agency in {"108", "201", "304", "402"}:
                fee = parse_yuan("150000") + draw(f"{label}:{month}:fee", 20_000_000)
                diary.write(
                    "fee_collection",
                    days[10],
                    f"{unit.name_zh}代收应缴财政款",
                    {"amount": fee},
                    {**dims, "revenue": "103050199"},
                )
                diary.write(
                    "fee_remittance",
                    days[11],
                    f"{unit.name_zh}上缴财政款",
                    {"amount": fee},
                    {**dims, "revenue": "103050199"},
                )
            if unit.kind == "institution":
                income = parse_yuan("90000") + draw(f"{label}:{month}:own", 30_000_000)
                own = {**dims, "fund": "6"}
                diary.write("other_income", days[5], f"{unit.name_zh}其他收入", {"amount": income}, own)
                if month % 3 == 0:
                    func = next(x.func for x in lines() if x.agency.agency == unit.agency)
                    diary.write("bank_payment", days[-2], f"{unit.name_zh}自有资金支付", {"amount": income},
                                {**own, "func": func, "dept_econ": "30201"})  # fmt: skip
