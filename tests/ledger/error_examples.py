"""The catalogue of refusals: for each error the smallest input that provokes it, through real parts.

``EXAMPLES`` is what the tests provoke and what ``docs/errors.md`` and its Chinese twin are rendered from.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Thread

from ledger import (
    access,
    clients,
    credentials,
    drafts,
    embedded,
    errors,
    install,
    journal,
    limits,
    money,
    people,
    periods,
    subjects,
    yearend,
)
from ledger.db import Source, owner, snapshot, transaction
from ledger.drafts import Content, DraftLine
from ledger.durability import assert_durable
from ledger.errors import LedgerError
from ledger.events import GivenLine, GivenVoucher, from_json
from ledger.limits import Limit
from ledger.money import Fen
from tests.conftest import DAY, City
from web.cli.plan import read_plan

FIRST, LAST = dt.date(2020, 1, 1), dt.date(2024, 12, 31)
PASSWORD = "三更灯火五更鸡正是男儿读书时也"  # noqa: S105
PAPERS = Content(DAY, "手工", lines=(DraftLine("", "1001", debit="7.00", dims={"fund": "1"}),
                                    DraftLine("", "4001", credit="7.00", dims={"fund": "1", "revenue": "1010101"})))  # fmt: skip


@dataclass(frozen=True)
class Example:
    """How an error is provoked: what one does, in both languages, and the doing of it."""

    en: str
    zh: str
    provoke: Callable[[City, Path], object]


EXAMPLES: dict[type[LedgerError], Example] = {}


def example(error, en, zh):
    """Enter a function as the example of an error."""

    def enter(provoke):
        assert error not in EXAMPLES
        EXAMPLES[error] = Example(en, zh, provoke)
        return provoke

    return enter


def as_(city, duty):
    return transaction(city.source, city.session(duty))


def receipt(city, fen=700, **more):
    return city.event("treasury_receipt", prepared_by="book", facts={"amount": Fen(fen)},
                      dims={"fund": "1", "revenue": "1010101"}, **more)  # fmt: skip


def line(side, fen, account=None, **dims):
    account = account or ("1001" if side == "D" else "4001")
    return GivenLine(account, side, Fen(fen), dims or {"fund": "1", **({} if side == "D" else {"revenue": "1010101"})})


def by_hand(city, *lines, code="B2024", **more):
    event = city.event("manual", prepared_by="book", vouchers=(GivenVoucher(code, lines),), **more)
    return city.post("AUDT_IN", event)[0]


def reverse(city, event_id):
    with as_(city, "AUDT_IN") as tx:
        return journal.reverse(
            tx, event_id, key=f"back-{next(city.numbers)}", on=DAY, narration="冲销", prepared_by="book"
        )


def close(city, verb, *given):
    with as_(city, "CLOS") as tx:
        return verb(tx, *given)


def draft_of(city, content=PAPERS):
    with as_(city, "BOOK") as tx:
        return drafts.save(tx, "B2024", content)[0]


def step(city, duty, draft, action, version=1):
    with as_(city, duty) as tx:
        return drafts.step(tx, draft, version, action)


def sign_in(city, password=PASSWORD, person="book"):
    return credentials.sign_in(city.source, city.treasury_id, person, password, address="10.0.0.9")


def visit_of(city, person):
    people.set_password(city.source, city.treasury_id, person, PASSWORD, must_change=False)
    return credentials.visit(city.source, sign_in(city, person=person))


def issue_token(city, person="book", duty="BOOK", client="bank"):
    with as_(city, "SECU") as tx:
        return clients.issue_token(tx, client, person=person, duty=duty, days=1, document="任字7号")


example(errors.InvalidAmount, "an amount of `1.234`, `1e3` or the number `7`", "金额写作 `1.234`、`1e3` 或数字 `7`")(
    lambda _city, _folder: money.parse_yuan("1.234")
)
example(errors.UnbalancedVoucher, "a debit of 7.01 against a credit of 7.00", "借方 7.01，贷方 7.00")(
    lambda city, _folder: by_hand(city, line("D", 701), line("C", 700))
)
example(errors.IncompleteVoucher, "a receipt whose only amount is 0.00", "收款的唯一金额为 0.00")(
    lambda city, _folder: city.post("AUDT_IN", receipt(city, 0))
)


@example(
    errors.AppendOnly,
    "`update ledger.voucher`, as the owner of the database",
    "以数据库所有者身份执行 `update ledger.voucher`",
)
def _rewrite(city, _folder):
    with owner(city.source) as connection:
        connection.exec_driver_sql("update ledger.voucher set no = no")


@example(errors.KeyReused, "the same key once for 7.00 and once for 8.00", "同一业务编号先记 7.00，再记 8.00")
def _reuse(city, _folder):
    city.post("AUDT_IN", receipt(city, 700, key="again"))
    city.post("AUDT_IN", receipt(city, 800, key="again"))


example(errors.KeyTwiceInBatch, "one batch with the same key twice", "同一批次出现两次同一业务编号")(
    lambda city, _folder: city.post("AUDT_IN", receipt(city, key="twin"), receipt(city, key="twin"))
)


@example(errors.EventRaced, "a key that another transaction posts at that moment", "另一事务正以同一业务编号记账")
def _race(city, _folder):
    seen = []
    with as_(city, "AUDT_IN") as tx:
        journal.post(tx, [receipt(city, key="raced")])
        other = Thread(target=lambda: seen.append(_refusal(city)))
        other.start()
        with owner(city.source) as watching:  # until the other waits for this one
            while other.is_alive() and not _somebody_waits(watching):
                pass
    other.join()
    raise seen[0]


def _somebody_waits(watching):
    watching.exec_driver_sql("select pg_stat_clear_snapshot()")  # or what was seen first is seen for ever
    return watching.exec_driver_sql(
        "select exists (select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database())"
    ).scalar_one()


def _refusal(city):
    try:
        city.post("AUDT_IN", receipt(city, key="raced", on=DAY.replace(month=4)))
    except LedgerError as error:
        return error
    raise AssertionError


@example(errors.AlreadyReversed, "the same event reversed a second time", "同一业务事项冲销两次")
def _reverse_twice(city, _folder):
    posted = city.receive(700)[0]
    reverse(city, posted.event_id)
    reverse(city, posted.event_id)


@example(errors.UnknownEvent, "a reversal reversed", "冲销一笔冲销")
def _reverse_reversal(city, _folder):
    reverse(city, reverse(city, city.receive(700)[0].event_id).event_id)


example(errors.PreparerPosts, "an event posted by the person it says prepared it", "记账人即所载制单人")(
    lambda city, _folder: city.post("AUDT_IN", replace(receipt(city), prepared_by="audt_in"))
)
example(errors.PreparerLacksDuty, "a receipt prepared by a budget clerk", "由预算编制人员制单的收款")(
    lambda city, _folder: city.post("AUDT_IN", replace(receipt(city), prepared_by="comp"))
)


@example(errors.NotSignedIn, "posting after the session was ended", "会话结束后记账")
def _signed_out(city, _folder):
    session = access.open_session(city.source, city.treasury_id, "audt_in", "AUDT_IN")
    access.close_session(city.source, session)
    with transaction(city.source, session) as tx:
        journal.post(tx, [receipt(city)])


example(errors.DutyNotHeld, "a session of the book-keeper for the duty to sign", "记账人员以签发职责登录")(
    lambda city, _folder: access.open_session(city.source, city.treasury_id, "book", "SIGN")
)
example(errors.NotPermitted, "a receipt posted under the duty to sign payments", "以付款签发职责记收款账")(
    lambda city, _folder: city.post("SIGN", receipt(city))
)


@example(errors.DutiesIncompatible, "the book-keeper appointed cashier too", "记账人员兼任出纳")
def _incompatible(city, _folder):
    with owner(city.source) as connection:
        install.appoint(connection, city.treasury_id, "book", "CASH", FIRST, None, "任字8号")


example(
    errors.ForeignAccountSet, "a voucher for an account set that is not in one's treasury", "凭证所记账套不属于本级国库"
)(lambda city, _folder: by_hand(city, line("D", 700), line("C", 700), code="ELSEWHERE"))
example(errors.UnknownAccountSet, "a receipt on a day of a year without books", "日期所在年度未建账的收款")(
    lambda city, _folder: city.receive(700, on=dt.date(2030, 1, 1))
)
example(errors.UnknownTemplate, "an event of the kind `gift`", "业务种类为 `gift`")(
    lambda city, _folder: city.post("AUDT_IN", city.event("gift", prepared_by="book"))
)
example(errors.MissingFact, "a receipt without `amount`", "收款缺少 `amount`")(
    lambda city, _folder: city.post("AUDT_IN", replace(receipt(city), facts={}))
)
example(errors.UnknownAccount, "a voucher on account 1002, which is a sum of others", "凭证使用汇总科目 1002")(
    lambda city, _folder: by_hand(city, line("D", 700, "1002", fund="1"), line("C", 700))
)
example(errors.UnresolvedAccount, "a receipt without a revenue class", "收款未填收入分类")(
    lambda city, _folder: city.post("AUDT_IN", replace(receipt(city), dims={"fund": "1"}))
)
example(errors.MissingDimension, "a voucher on account 1001 without a fund", "凭证使用科目 1001 而未填资金性质")(
    lambda city, _folder: by_hand(city, GivenLine("1001", "D", Fen(700)), line("C", 700))
)
example(errors.UnknownCode, "a voucher with fund `99`", "凭证的资金性质为 `99`")(
    lambda city, _folder: by_hand(city, line("D", 700, fund="99"), line("C", 700))
)


@example(
    errors.EconomicClassesUnfit,
    "office costs 30201 of a bureau as government class 50299",
    "机关办公费 30201 记为政府经济分类 50299",
)
def _classes(city, _folder):
    city.post("PCHK", city.reservation(city.grant(700), 700, gov_econ="50299"))


@example(errors.IndicatorUnfit, "an indicator granted to 201 reserved for 202", "授予 201 的指标由 202 占用")
def _unfit(city, _folder):
    city.post("PCHK", city.reservation(city.grant(700), 700, agency="202", gov_econ="50502"))


@example(
    errors.IndicatorAstray, "an indicator of fund 2 below one of fund 1", "资金性质 2 的指标列于资金性质 1 的指标之下"
)
def _astray(city, _folder):
    parent = city.grant(700)
    rows = f'[{{"indicator": "ASTRAY", "parent": "{parent}", "fiscal_year": 2024, "fund": "2", "document": "x"}}]'
    with as_(city, "COMP") as tx:
        tx.connection.exec_driver_sql("select ledger.open_indicators(%s::jsonb)", (rows,))


@example(errors.LimitExceeded, "7.01 reserved of an indicator of 7.00", "指标 7.00，占用 7.01")
def _exceed(city, _folder):
    city.post("PCHK", city.reservation(city.grant(700), 701))


@example(errors.PeriodClosed, "a receipt in a month that is closed", "收款日期在已结账月份")
def _closed(city, _folder):
    close(city, periods.close_softly, "B2024", 3, "月结")
    city.receive(700)


example(errors.PeriodOutOfOrder, "January closed before the opening balances", "期初未结即结一月")(
    lambda city, _folder: close(city, periods.close_for_good, "B2024", 1, "月结")
)


@example(errors.NotClosedYet, "a month published that is still open", "公开尚未结账的月份")
def _publish(city, _folder):
    with as_(city, "PUBL") as tx:
        tx.connection.exec_driver_sql("select ledger.publish(1, date '2024-03-31')")


example(errors.InvalidText, "an event without narration", "业务事项无摘要")(
    lambda city, _folder: city.post("AUDT_IN", replace(receipt(city), narration=""))
)
example(errors.InvalidEvent, "the JSON object `{}` as an event", "业务事项为空的 JSON 对象 `{}`")(
    lambda _city, _folder: from_json({})
)


@example(errors.InvalidFile, "a plan that is no TOML", "计划文件不是 TOML")
def _file(_city, folder):
    (folder / "plan.toml").write_text("=", encoding="utf-8")
    read_plan(folder / "plan.toml")


@example(
    errors.UnsafeServer, "a server with `synchronous_commit` off for a role", "某角色的 `synchronous_commit` 为 off"
)
def _unsafe(city, _folder):
    with owner(city.source) as connection:
        connection.exec_driver_sql("alter role gongku_intake set synchronous_commit = off")
    try:
        assert_durable(city.source.url.set(drivername="postgresql").render_as_string(hide_password=False))
    finally:
        with owner(city.source) as connection:
            connection.exec_driver_sql("alter role gongku_intake reset synchronous_commit")


@example(errors.EmbeddedServerFailed, "a data directory that is a file", "数据目录是一个文件")
def _embedded(_city, folder):
    (folder / "file").write_text("", encoding="utf-8")
    embedded.start(folder / "file")


example(errors.NotInitialised, "books opened without the passwords of their logins", "打开账簿而无登录口令")(
    lambda city, _folder: Source(city.source.url, {}).engine("execute")
)


@example(
    errors.OtherSchema,
    "books whose last migration is one that the program does not know",
    "账簿的最后迁移是程序所不知的",
)
def _other_schema(city, _folder):
    with owner(city.source) as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    try:
        install.require_schema(city.source)
    finally:
        with owner(city.source) as connection:
            connection.exec_driver_sql("update alembic_version set version_num = %s", (install.newest(),))


@example(errors.UnknownBook, "a limit asked of the account set `NONE`", "查询账套 `NONE` 的额度")
def _book(city, _folder):
    with snapshot(city.source) as books:
        limits.holds(books, Limit(city.treasury_id, "NONE", "Z501", ""))


@example(
    errors.ItemsOpenBeforeClose,
    "a year closed while a unit still owes the treasury 1.50",
    "单位尚欠缴国库 1.50 即年终结账",
)
def _open(city, _folder):
    fee = city.event("fee_collection", prepared_by="book", facts={"amount": Fen(150)}, dims={"agency": "202"})
    city.post("AUDT_IN", fee)
    with as_(city, "CLOS") as tx:
        yearend.close_year(tx, "A202-2024", key_prefix="x-", prepared_by="book", on=LAST)


def _next_year(city):
    """700 received in a year that is open, and the bureau's set of the next one."""
    city.receive(700)
    plan = install.SetPlan(
        "B2025", "101", "bureau", "general_budget_2023", 2025, dt.date(2025, 1, 1), "总会计", "Bureau"
    )
    with owner(city.source) as connection:
        install.create_account_sets(connection, city.treasury_id, [plan])


@example(errors.OpeningAstray, "a year opened with 7.01 where 7.00 was left", "上年结余 7.00，期初录 7.01")
def _astray(city, _folder):
    _next_year(city)
    lines = (GivenLine("1001", "D", Fen(701), {"fund": "1"}), GivenLine("3001", "C", Fen(701), {"fund": "1"}))
    city.post("CLOS", city.event("opening", prepared_by="book", on=LAST, vouchers=(GivenVoucher("B2025", lines),)))


@example(errors.YearNotClosed, "balances carried forward from a year that is open", "上年未结账即结转余额")
def _carry(city, _folder):
    _next_year(city)
    with as_(city, "CLOS") as tx:
        yearend.carry_forward(tx, "B2024", "B2025", key_prefix="x-", prepared_by="book")


example(errors.SignInRefused, "a wrong password", "口令不正确")(lambda city, _folder: sign_in(city, "不对不对"))


@example(errors.SignInTooOften, "wrong passwords, one after the other", "连续输入错误口令")
def _often(city, _folder):
    for _ in range(50):
        try:
            sign_in(city, "不对不对", "sign")
        except errors.SignInRefused:
            continue


@example(errors.ClientKnown, "a second token for the client `bank`", "为客户端 `bank` 再次签发令牌")
def _client(city, _folder):
    issue_token(city)
    issue_token(city)


example(errors.WeakPassword, "the password `password123`", "口令为 `password123`")(
    lambda _city, _folder: credentials.check_strength("password123", ())
)


@example(errors.SignInAnew, "a passkey added by a visit that is an hour old", "登录一小时后新增通行密钥")
def _anew(city, _folder):
    of = visit_of(city, "book")
    with owner(city.source) as connection:
        connection.exec_driver_sql(
            "update access.visit set opened_at = opened_at - interval '1 hour' where visit_id = %s", (of.visit_id,)
        )
    credentials.ask(
        city.source,
        "select access.add_passkey(%s, %s, %s, 'localhost', 'x', 0, false, %s)",
        *(credentials.remembered(of.token), b"k" * 16, b"p" * 32, b"c" * 32),
    )


@example(errors.SubjectLinked, "an identity linked to two people", "把同一外部身份关联到两人")
def _linked(city, _folder):
    with as_(city, "SECU") as tx:
        for person in ("book", "comp"):
            subjects.link(tx, person, "https://id.example", "4711", "任字1号")


@example(
    errors.SecondFactorNeeded,
    "a duty that signs, chosen after a sign-in without a code",
    "未用动态码登录而选择签发职责",
)
def _factor(city, _folder):
    credentials.choose_duty(city.source, visit_of(city, "sign"), "SIGN")


@example(errors.NotForOneself, "the security administrator appointing herself", "安全管理员任命本人")
def _oneself(city, _folder):
    with as_(city, "SECU") as tx:
        people.appoint(tx, "secu", "BOOK", FIRST, None, "任字9号")


@example(errors.UnknownPerson, "the appointment of a person who is not known", "任命不存在的人员")
def _nobody(city, _folder):
    with as_(city, "SECU") as tx:
        people.appoint(tx, "nobody", "BOOK", FIRST, None, "任字9号")


@example(errors.PersonKnown, "a person made known twice", "同一人员登记两次")
def _known(city, _folder):
    with as_(city, "SADM") as tx:
        people.register(tx, "book", "记账", "101")


@example(errors.UnknownDraft, "a draft that is not there", "不存在的待记账凭证")
def _draft(city, _folder):
    step(city, "BOOK", city.receive(700)[0].event_id, "submit")


@example(errors.DraftMoved, "version 2 of a draft that is at version 1", "按第 2 版操作而凭证为第 1 版")
def _moved(city, _folder):
    step(city, "BOOK", draft_of(city), "submit", version=2)


@example(errors.DraftStepUnknown, "a review of a draft that was not submitted", "复核未提交的凭证")
def _step(city, _folder):
    step(city, "AUDT_IN", draft_of(city), "review")


@example(errors.SamePersonTwice, "a posting by the person who reviewed", "复核人自行记账")
def _same(city, _folder):
    draft = draft_of(city)
    step(city, "BOOK", draft, "submit")
    step(city, "AUDT_IN", draft, "review")
    with as_(city, "AUDT_IN") as tx:
        drafts.post_draft(tx, draft, 1)


@example(errors.RejectionUnreasoned, "a rejection without a remark", "退回而未写原因")
def _reject(city, _folder):
    draft = draft_of(city)
    step(city, "BOOK", draft, "submit")
    step(city, "AUDT_IN", draft, "reject")


@example(errors.InvalidAttachment, "a paper named `a.pdf` that is no PDF", "名为 `a.pdf` 而并非 PDF 的附件")
def _attach(city, _folder):
    draft = draft_of(city)
    with as_(city, "BOOK") as tx:
        drafts.attach(tx, draft, "a.pdf", b"x")
