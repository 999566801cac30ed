"""Anyone follows a budget after its approval: own money changed and spent, lines carried over, the year end and its undoing."""

import datetime as dt
import html
import json
import re
from dataclasses import replace

import pytest
from sqlalchemy.exc import DBAPIError

from ledger.compilation.carry_over import undo_year_end
from ledger.compilation.own_money import approve_own_change, ask_own_change, own_budgets
from ledger.compilation.packages import save_package
from ledger.compilation.performance import explain_pace
from ledger.compilation.rounds import resolve_budget, submit_budget
from ledger.compilation.standards import approve_drivers, awaiting_drivers, record_drivers
from ledger.db import snapshot
from ledger.disclosure.budgets import PublishBudget
from ledger.disclosure.budgets import publish_budget as publish_unchecked
from ledger.yearend import close_year
from reports.adjusted_budget import budget_in_year
from reports.final_budget import budget_lines
from reports.formats import check_manifest
from reports.identity import published_identity
from reports.own_money import published_own_money
from tests.conftest import make_city
from tests.ledger.budget_city import DIGEST, PERSONNEL, TESTS, YEAR, act, compile_budget, prepare, resolution
from tests.ledger.performance_error_examples import BEHIND
from tests.ledger.second_year import (
    CARRIED,
    DECEMBER,
    GIVEN,
    HEIR,
    MARCH_NEXT,
    NEXT,
    PAID,
    PAID_NEXT,
    close_months,
    end_year,
    explain,
    first_year,
    pay_carried,
    second_budget,
)
from tests.ledger.second_year import publish as publish_budget
from tests.ledger.test_budget_binds import release
from tests.ledger.test_carry_over import FENS, LAST, WATER
from tests.ledger.test_carry_over import budgeted as carried_city
from tests.ledger.test_own_money import FUNC, LESS, OWN_FEN, change, spend
from tests.ledger.test_own_money import budgeted as own_budgeted
from tests.web.site.conftest import publish
from tests.web.site.test_accounts import HEADS
from web.app import create_app

MARCH = dt.date(YEAR, 3, 31)
BESIDE, SCHOOL_FEN = 99_991, 812_345 * 5 * 12
PAGES = ("in-year", "own")
FILES = ("in-year", "own", "own-changes")


def lived(source):
    """Live 2024 to its year end and into 2025: both budgets public, all of 2024, and 2025 up to March."""
    city = first_year(make_city(source))
    end_year(city)
    second_budget(city)
    pay_carried(city)
    explain(city, YEAR, DECEMBER)
    act(city, "CLOS", close_year, "A201-2024", key_prefix="end-", prepared_by="book", on=LAST)
    for code in ("I2024", "A201-2024"):
        close_months(city, code, DECEMBER)
        publish(city, code, LAST)
    explain(city, NEXT, 3)
    close_months(city, "I2025", 3)
    publish(city, "I2025", MARCH_NEXT)
    return city


@pytest.fixture(scope="module")
def ended(source):
    return lived(source)


@pytest.fixture(scope="module")
def client(ended):
    return create_app(ended.source).test_client()


def own(city, year=YEAR, suffix="", language=""):
    return f"{language}/budgets/T{city.treasury_id:06d}/{year}/201/{suffix}"


def read(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def text(page):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def data(client, path):
    return json.loads(client.get(path).data)["rows"]


def yuan(fen):
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def year_of(city, year):
    with city.source.engine("public").connect() as public:
        return budget_in_year(public, city.treasury_id, year, ["201"])


def test_what_was_carried_over_is_a_line_of_the_new_year_that_nobody_approved_for_it(ended):
    found = year_of(ended, NEXT)
    told = [(each.project, each.opened, each.approved_fen, each.carried_fen, each.adjusted_fen, each.executed_fen)
            for each in found.lines]  # fmt: skip
    assert told == [
        (None, "approved", FENS[0], 0, FENS[0], 0),
        (TESTS.project, "approved", FENS[3], 0, FENS[3], 0),
        (TESTS.project, "carried", 0, CARRIED, CARRIED, PAID_NEXT),
    ]
    assert (found.total("changed"), found.as_of) == (0, MARCH_NEXT)


def test_after_the_year_end_every_fen_was_paid_lapsed_or_went_on(ended):
    found = year_of(ended, YEAR)
    names = ("approved", "carried", "changed", "adjusted", "executed", "recovered", "handed_on", "left")
    lapsed = sum(FENS[:3]) + GIVEN
    assert [found.total(name) for name in names] == [
        sum(FENS), 0, GIVEN, sum(FENS) + GIVEN, PAID, lapsed, CARRIED, 0,
    ]  # fmt: skip


@pytest.mark.parametrize(("year", "as_of"), [(YEAR, LAST), (NEXT, MARCH_NEXT)])
def test_the_classes_are_those_of_the_final_accounts(ended, client, year, as_of):
    with ended.source.engine("public").connect() as public:
        final = budget_lines(public, ended.treasury_id, "201", year, as_of, ())
    sums = {}
    for each in year_of(ended, year).lines:
        into = sums.setdefault(each.func[:3], [0, 0])
        into[0], into[1] = into[0] + each.approved_fen, into[1] + each.adjusted_fen
    assert sums == {each.func: [each.budget_fen, each.adjusted_fen] for each in final}
    page = read(client, own(ended, year, "in-year/"))
    for approved, adjusted in sums.values():
        assert f'<data value="{yuan(approved)}"' in page
        assert f'<data value="{yuan(adjusted)}"' in page


def test_the_published_final_accounts_say_the_same(ended, client):
    rows = data(client, f"/accounts/T{ended.treasury_id:06d}/201/{YEAR}/compared.json")
    assert [(row["budget"], row["adjusted"]) for row in rows] == [(yuan(sum(FENS)), yuan(sum(FENS) + GIVEN))]


def test_the_list_of_the_new_year_shows_it_beside_the_approved_lines_and_a_filter_narrows_it(ended, client):
    listed = text(read(client, own(ended, NEXT, "lines/")))
    assert "上年结转的项目 (1)" in listed
    row = listed.split("批准数 上年结转 调整预算数 已支付")[1].split("合计")[0]
    assert re.search(rf"校园水质检测 {TESTS.project} 上年结转 .* 0.00 308,501.55 308,501.55 43.21", row), row
    assert "308,501.55" in text(
        read(client, own(ended, NEXT, f"lines/?func={TESTS.func}&fund=fiscal&category=project"))
    )
    for other in ("func=2050101", "fund=2", "category=basic", "project=XM-XT", "public=vehicles", "econ=302"):
        assert "上年结转的项目" not in read(client, own(ended, NEXT, f"lines/?{other}")), other
    assert "上年结转的项目" not in read(client, own(ended, YEAR, "lines/"))
    approved = data(client, own(ended, NEXT, "lines.json"))
    assert sum(round(float(row["fen"]) * 100) for row in approved) == FENS[0] + FENS[3]


@pytest.mark.parametrize("language", ["", "/en"])
def test_the_page_of_the_budget_leads_to_its_lines_to_the_identity_and_to_the_accounts(ended, client, language):
    page = read(client, own(ended, YEAR, "", language))
    there = own(ended, YEAR, "in-year/", language)
    assert f'href="{there}"' in page
    assert "own/" not in page
    lines = read(client, there)
    for door in (f"/identity/T{ended.treasury_id:06d}/I2024/201/", f"/accounts/T{ended.treasury_id:06d}/201/{YEAR}/"):
        assert f'href="{language}{door}"' in lines
        assert client.get(f"{language}{door}").status_code == 200
    doors = re.findall(rf'href="({language}/budgets/[^"#]*)', read(client, own(ended, NEXT, "in-year/", language)))
    assert {client.get(html.unescape(door)).status_code for door in doors} == {200}
    assert own(ended, YEAR, f"packages/{TESTS.package}/", language) in doors


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize("suffix", PAGES)
def test_every_head_stands_over_its_column(ended, client, language, suffix):
    page = read(client, own(ended, YEAR, f"{suffix}/", language))
    for table in re.findall(r"<table.*?</table>", page, re.DOTALL):
        heads = re.findall(r'<th scope="col" class="number">(.*?)</th>', table)
        for row in re.findall(r"<tr><th scope=.row.>.*?</tr>", table, re.DOTALL):
            assert re.findall(r'number" data-label="(.*?)"', row) == heads


@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
@pytest.mark.parametrize("name", FILES)
def test_each_is_a_whole_file_in_every_form(ended, client, name, form):
    answer = client.get(own(ended, YEAR, f"{name}.{form}"))
    assert answer.status_code == 200
    assert check_manifest(answer.data, form).whole


def test_the_file_adds_up_to_the_page(ended, client):
    rows = data(client, own(ended, NEXT, "in-year.json"))
    assert [(row["opened"], row["carried"], row["left"]) for row in rows] == [
        ("approved", "0.00", yuan(FENS[0])), ("approved", "0.00", yuan(FENS[3])),
        ("carried", yuan(CARRIED), yuan(CARRIED - PAID_NEXT)),
    ]  # fmt: skip


def test_the_statutory_tables_and_their_digest_know_nothing_of_it(ended, client):
    tables = read(client, own(ended, NEXT, "tables/"))
    assert yuan(CARRIED) not in tables
    assert str(CARRIED // 100) not in tables.replace(",", "")


@pytest.mark.parametrize("code", ["I2024", "I2025"])
def test_the_identity_holds_after_the_year_end_and_tells_what_lapsed_from_what_went_on(ended, client, code):
    with ended.source.engine("public").connect() as public:
        found = published_identity(public, ended.treasury_id, code, "indicator_2023", "201")
    assert {each.residual for each in found.values()} == {0}
    if code == "I2024":
        assert (found[WATER].handed_on, found[WATER].recovered, found[WATER].free) == (CARRIED, 0, 0)
        assert sum(each.recovered for each in found.values()) == sum(FENS[:3]) + GIVEN
    else:
        assert (found[HEIR].begun, found[HEIR].reopened, found[HEIR].free) == (0, CARRIED, CARRIED - PAID_NEXT)
    page = read(client, f"/identity/T{ended.treasury_id:06d}/{code}/201/")
    heads = set(re.findall(r'<th scope="col" class="number">(.*?)</th>', page))
    lapsed, went_on, came = ("收回" in heads, "结转下年" in heads, "上年结转" in heads)
    assert (lapsed, went_on, came) == (code == "I2024", code == "I2024", code == "I2025")


def test_an_identity_names_each_carried_line_and_has_no_row_of_nothing(ended, client):
    page = read(client, f"/identity/T{ended.treasury_id:06d}/I2025/201/")
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', page.split("<tfoot>")[0], re.DOTALL)
    assert [text(name).split() for name, _ in rows] == [
        ["基本工资", "2025-B-201-0001"], [TESTS.name_zh, "2025-B-201-0002"], [TESTS.name_zh, HEIR],
    ]  # fmt: skip
    assert all(any(float(fen) for fen in re.findall(r'<data value="([^"]*)"', figures)) for _, figures in rows)
    assert "另有 2 行各列均为零" in page


def test_the_file_of_the_identity_has_its_new_columns_and_the_rows_that_the_page_counts(ended, client):
    rows = data(client, f"/identity/T{ended.treasury_id:06d}/I2025/201.json")
    (heir,) = [row for row in rows if row["code"] == HEIR]
    assert (heir["approved"], heir["reopened"], heir["granted"]) == ("0.00", yuan(CARRIED), yuan(CARRIED))
    assert f"({len(rows)} 行)" in text(read(client, f"/identity/T{ended.treasury_id:06d}/I2025/201/"))
    (before,) = [
        row for row in data(client, f"/identity/T{ended.treasury_id:06d}/I2024/201.json") if row["code"] == WATER
    ]
    assert (before["handed_on"], before["recovered"], before["residual"]) == (yuan(CARRIED), "0.00", "0.00")


def test_a_year_end_that_was_undone_leaves_nothing_behind(source):
    city = first_year(make_city(source))
    end_year(city)
    act(city, "AUDT_IN", undo_year_end, YEAR, prepared_by="book")
    second_budget(city)
    for year, last, on in ((YEAR, DECEMBER, LAST), (NEXT, 3, MARCH_NEXT)):
        explain(city, year, last)
        close_months(city, f"I{year}", last)
        publish(city, f"I{year}", on)
    client = create_app(source).test_client()
    this, coming = year_of(city, YEAR), year_of(city, NEXT)
    assert (this.total("handed_on"), this.total("recovered"), this.total("executed")) == (0, 0, PAID)
    assert this.total("left") == sum(FENS) + GIVEN - PAID
    assert (coming.carried, coming.total("adjusted")) == ([], FENS[0] + FENS[3])
    with source.engine("public").connect() as public:
        for code in ("I2024", "I2025"):
            found = published_identity(public, city.treasury_id, code, "indicator_2023", "201")
            whole = published_identity(public, city.treasury_id, code, "indicator_2023")
            assert {each.residual for each in (*found.values(), *whole.values())} == {0}
            assert {(each.carried, each.reopened) for each in found.values()} == {(0, 0)}
    assert HEIR not in read(client, f"/identity/T{city.treasury_id:06d}/I2025/201/")
    assert HEIR not in read(client, f"/identity/T{city.treasury_id:06d}/I2025/201.csv")
    assert "上年结转的项目" not in read(client, own(city, NEXT, "lines/"))
    with source.engine("public").connect() as public:
        final = budget_lines(public, city.treasury_id, "201", YEAR, LAST, ())
    assert [(each.budget_fen, each.adjusted_fen) for each in final] == [(sum(FENS), sum(FENS) + GIVEN)]


@pytest.fixture(scope="module")
def department(source):
    """A department and its school, each with a published budget; the bureau also got and paid what no budget approved."""
    city = make_city(source)
    prepare(city)
    act(city, "COMP", record_drivers, [HEADS])
    with snapshot(source) as connection:
        waiting = awaiting_drivers(connection, city.treasury_id, YEAR)
    act(city, "REVW", approve_drivers, waiting)
    compile_budget(city, PERSONNEL)
    act(city, "COMP", save_package, replace(PERSONNEL, package="2024-202-RY", agency="202", func="2050203"))
    act(city, "COMP", submit_budget, YEAR, "202", 1)
    act(city, "COMP", submit_budget, YEAR, "202", 2)
    act(city, "APPR", resolve_budget, resolution(FENS[0] + SCHOOL_FEN))
    release(city)
    city.receive(1_000_000)
    city.pay(city.grant(BESIDE), PAID)
    asked = replace(LESS, agency="202", amount_fen=3_003, reason="校服义卖收入")
    number = act(city, "COMP", ask_own_change, asked)
    act(city, "REVW", approve_own_change, YEAR, "202", number, "教财〔2024〕9号")
    for agency in ("201", "202"):
        act(city, "PUBL", publish_unchecked, PublishBudget(fiscal_year=YEAR, agency=agency, sha256=DIGEST, narrative=0))
    for agency in ("201", "202"):
        for month in (1, 2, 3):
            act(city, "COMP", explain_pace, replace(BEHIND, agency=agency, month=month))
    close_months(city, "I2024", 3)
    publish(city, "I2024", MARCH)
    return city


def test_what_was_granted_beside_the_approved_budget_is_a_change_of_it(department):
    told = [(each.func, each.opened, each.approved_fen, each.changed_fen, each.adjusted_fen, each.executed_fen)
            for each in year_of(department, YEAR).lines]  # fmt: skip
    assert told == [
        ("2050101", "approved", FENS[0], 0, FENS[0], 0),
        ("2050201", "given", 0, BESIDE, BESIDE, PAID),
    ]
    with department.source.engine("public").connect() as public:
        (final,) = budget_lines(public, department.treasury_id, "201", YEAR, MARCH, ())
    assert final.adjusted_fen == FENS[0] + BESIDE


@pytest.mark.parametrize("language", ["", "/en"])
def test_a_department_whole_adds_up_its_units_and_names_them(department, client, language):
    page = text(read(client, own(department, YEAR, "in-year/?whole=1", language)))
    assert f"{(FENS[0] + SCHOOL_FEN + BESIDE) // 100:,}." in page
    own_page = text(read(client, own(department, YEAR, "own/?whole=1", language)))
    for said in ("校服义卖收入", "教财〔2024〕9号", "30.03", "第一中学" if not language else "First middle school"):
        assert said in own_page, said
    assert "30.03" not in read(client, own(department, YEAR, "own/", language))
    for name in FILES:
        answer = client.get(own(department, YEAR, f"{name}.csv?whole=1", language).removeprefix("/en"))
        assert check_manifest(answer.data, "csv").whole
        assert "whole" in answer.headers["Content-Disposition"]


def test_an_identity_of_which_nothing_is_left_says_so(source):
    city = carried_city(make_city(source))
    end_year(city)
    act(city, "AUDT_IN", undo_year_end, YEAR, prepared_by="book")
    close_months(city, "I2025", 1)
    publish(city, "I2025", dt.date(NEXT, 1, 31))
    client = create_app(source).test_client()
    for language, nothing, more in (("", "没有指标。", "另有 1 行"), ("/en", "No indicators.", "Left out: 1 more")):
        for below in ("", "201/"):
            page = text(read(client, f"{language}/identity/T{city.treasury_id:06d}/I2025/{below}"))
            assert nothing in page
            assert more in page
    assert data(client, f"/identity/T{city.treasury_id:06d}/I2025/201.json") == []


def test_while_the_indicators_are_not_published_only_what_was_approved_is_told(source):
    city = first_year(make_city(source))
    client = create_app(source).test_client()
    page = text(read(client, own(city, YEAR, "in-year/")))
    assert "财政预算指标账尚未公开" in page
    assert "已支付" not in page.split("逐项预算")[1].split("下载")[0]
    rows = data(client, own(city, YEAR, "in-year.json"))
    assert {(row["executed"], row["adjusted"]) for row in rows} == {(None, None)}
    assert sum(round(float(row["approved"]) * 100) for row in rows) == sum(FENS)
    assert "财政预算指标账尚未公开" in text(read(client, own(city)))


def earned(source):
    """Make a unit with own money: three changes approved, one only asked for; something is spent and its budget published."""
    city = own_budgeted(make_city(source))
    change(city, 100_000)
    change(city, -40_000)
    change(city, 5_005, "2050101")
    act(city, "COMP", ask_own_change, replace(LESS, amount_fen=77_777, reason="尚未批复的申请"))
    spend(city, 12_345)
    publish_budget(city, YEAR)
    return city


@pytest.fixture(scope="module")
def earning(source):
    return earned(source)


@pytest.fixture(scope="module")
def reader(earning):
    return create_app(earning.source).test_client()


def own_of(city):
    with city.source.engine("public").connect() as public:
        return published_own_money(public, city.treasury_id, YEAR, ["201"])


def test_approved_changes_are_public_with_what_they_led_to_and_those_asked_for_are_not(earning, reader):
    found = own_of(earning)
    assert [(each.func, each.amount_fen, each.budget_fen, each.document) for each in found.changes] == [
        (FUNC, 100_000, OWN_FEN + 100_000, "财预〔2024〕7号"),
        (FUNC, -40_000, OWN_FEN + 60_000, "财预〔2024〕7号"),
        ("2050101", 5_005, 5_005, "财预〔2024〕7号"),
    ]
    assert [(each.func, each.approved_fen, each.changed_fen, each.spent_fen) for each in found.lines] == [
        ("2050101", 0, 5_005, None), (FUNC, OWN_FEN, 60_000, None),
    ]  # fmt: skip
    for path in ("own/", "own.json", "own-changes.csv", "own-changes.json", ""):
        told = read(reader, own(earning, YEAR, path))
        assert "尚未批复的申请" not in told
        assert "777.77" not in told
    page = text(read(reader, own(earning, YEAR, "own/")))
    for said in (LESS.reason, "财预〔2024〕7号", "1,000.00", "−400.00", "309,225.00", "单位本年度的账尚未公开"):
        assert said in page, said


@pytest.mark.parametrize("language", ["", "/en"])
def test_the_budget_leads_to_its_own_money_and_machines_find_it(earning, reader, language):
    there = own(earning, YEAR, "own/", language)
    assert f'href="{there}"' in read(reader, own(earning, YEAR, "", language))
    assert there in read(reader, f"{language}/map/")
    assert own(earning, YEAR, "own/") in read(reader, "/catalogue.jsonld")


def test_who_follows_the_site_is_told_of_every_approved_change_and_of_no_other(earning, reader):
    feed = read(reader, "/feed.atom")
    there = own(earning, YEAR, "own/")
    assert [feed.count(f"{there}#c-201-{number}</id>") for number in (1, 2, 3, 4)] == [1, 1, 1, 0]
    assert "财预〔2024〕7号" in feed


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("form", ["csv", "json", "xlsx"])
def test_own_money_is_a_whole_file_in_every_form(earning, reader, name, form):
    answer = reader.get(own(earning, YEAR, f"{name}.{form}"))
    assert answer.status_code == 200
    assert check_manifest(answer.data, form).whole


def test_what_was_spent_is_blank_in_the_file_while_the_books_are_not_published(earning, reader):
    rows = data(reader, own(earning, YEAR, "own.json"))
    assert [(row["func"], row["budget"], row["spent"], row["as_of"]) for row in rows] == [
        ("2050101", "50.05", None, None), (FUNC, yuan(OWN_FEN + 60_000), None, None),
    ]  # fmt: skip


def test_a_budget_that_is_not_published_tells_nothing(source, reader):
    city = own_budgeted(make_city(source))
    change(city, 100_000)
    with source.engine("public").connect() as public:
        assert public.exec_driver_sql(
            "select count(*) from published.own_budget_change where treasury_id = %s", (city.treasury_id,)
        ).scalar_one() == 0  # fmt: skip
    assert own_of(city).lines == []
    for path in ("own/", "in-year/", *(f"{name}.csv" for name in FILES)):
        assert reader.get(own(city, YEAR, path)).status_code == 404


@pytest.mark.parametrize("table", ["own_budget_change", "own_budget_approval", "own_budget"])
def test_the_public_reads_the_view_and_not_what_is_behind_it(earning, table):
    with earning.source.engine("public").connect() as public, pytest.raises(DBAPIError, match="permission denied"):
        public.exec_driver_sql(f"select * from ledger.{table}")


def test_a_reason_with_a_long_number_is_hidden_by_its_rule(source):
    city = own_budgeted(make_city(source))
    number = act(city, "COMP", ask_own_change, replace(LESS, amount_fen=100, reason="退还王某 13800001111 押金"))
    act(city, "REVW", approve_own_change, YEAR, "201", number, "财预〔2024〕8号")
    publish_budget(city, YEAR)
    page = read(create_app(source).test_client(), own(city, YEAR, "own/"))
    assert "13800001111" not in page
    assert 'class="hidden"' in page
    (one,) = own_of(city).changes
    assert (one.reason, bool(one.reason_rule)) == (None, True)


def test_what_was_spent_stands_up_to_the_day_of_the_books_and_as_the_desk_has_it(source):
    city = own_budgeted(make_city(source))
    spend(city, 12_345)
    publish_budget(city, YEAR)
    explain(city, YEAR, 3)
    close_months(city, "A201-2024", 3)
    publish(city, "A201-2024", MARCH)
    with snapshot(source) as connection:
        inside = own_budgets(connection, city.treasury_id, YEAR)
    found = own_of(city)
    assert [(each.func, each.spent_fen, each.free_fen) for each in found.lines] == [
        (each.func, each.spent_fen, each.free_fen) for each in inside
    ]
    assert (found.spent_fen, found.silent, {each.as_of for each in found.lines}) == (12_345, [], {MARCH})
    page = text(read(create_app(source).test_client(), own(city, YEAR, "own/")))
    assert f"支出截至 {MARCH}" in page
    assert "尚未公开" not in page


def test_the_close_of_the_year_spends_nothing(source):
    city = own_budgeted(make_city(source))
    spend(city, 12_345)
    publish_budget(city, YEAR)
    explain(city, YEAR, DECEMBER)
    act(city, "CLOS", close_year, "A201-2024", key_prefix="end-", prepared_by="book", on=LAST)
    close_months(city, "A201-2024", DECEMBER)
    publish(city, "A201-2024", LAST)
    assert own_of(city).spent_fen == 12_345
