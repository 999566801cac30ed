"""Imports at the desk: shown before anything is recorded, taken whole, undone whole, each refusal a page."""

import datetime as dt
import io
import re
import tomllib
import zipfile
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

import web.office.imports
from ledger import people
from ledger.compilation import registers
from ledger.compilation.dossiers import listed
from ledger.compilation.imports import imports, undo_import
from ledger.compilation.packages import review_package, save_package
from ledger.compilation.standards import DriverValue, record_drivers
from ledger.db import owner, snapshot
from ledger.install import PersonPlan, create_person
from tests.importers.budget_files import BASIC, INCOME, LIST, TEXT
from tests.ledger.budget_city import PERSONNEL, YEAR, act, prepare
from tests.web.office.conftest import PASSWORD, Browser
from web.app import create_app
from web.settings import RATES, Rate, Settings

HOME = Path(web.office.imports.__file__).parent
HERE = "/office/imports/budget"
DATUM = DriverValue(agency="201", driver="vehicles", fiscal_year=YEAR, quantity_milli=3_000, origin="车辆台账")
SHOWN = re.compile(r'name="shown" value="([0-9a-f]{64})"')


@pytest.fixture
def desk(office):
    prepare(office.city)
    return office


def send(one, content, do, name="budget.csv", **more):
    """Send a file as the form does."""
    body = content if isinstance(content, bytes) else content.encode()
    return one.post(HERE, {"do": do, "file": (io.BytesIO(body), name), **more}, content_type="multipart/form-data")


def take(one, content, name="budget.csv"):
    assert send(one, content, "preview", name).status_code == 200, one.text
    return send(one, content, "take", name, shown=SHOWN.search(one.text)[1])


def kept(city):
    with snapshot(city.source) as connection:
        return imports(connection, city.treasury_id), listed(connection, city.treasury_id, YEAR)


def test_both_languages_have_the_same_words_and_pages_use_no_other():
    zh, en = (tomllib.loads((HOME / f"texts.{language}.toml").read_text("utf-8")) for language in ("zh", "en"))
    assert list(zh) == list(en)
    assert [key for key in zh if set(re.findall(r"\{\w+\}", zh[key])) != set(re.findall(r"\{\w+\}", en[key]))] == []
    pages = "".join(p.read_text("utf-8") for p in (HOME.parent / "templates" / "office").glob("import_*.html"))
    code = "".join(p.read_text("utf-8") for p in HOME.glob("*.py"))
    used = set(re.findall(r"\bb\.([a-z_0-9]+)", pages))
    used |= set(re.findall(r'(?:known|language\))\["([a-z_]+)"\]', code))
    assert sorted(used - set(zh)) == []
    used |= {"problem", "problem_bare"}
    stems = ("kind_", "what_", "step_", "verdict_", "table_", "field_", "check_", "book_", "unit_")
    assert [key for key in zh if key not in used and not key.startswith(stems)] == []


@pytest.mark.parametrize("number", [7, 10**18])
def test_an_import_that_is_not_there_is_neither_shown_nor_undone(desk, number):
    one = desk("COMP")
    assert one.get(f"/office/imports/{number}").status_code == 404
    assert one.post(f"/office/imports/{number}/undo", {"why": "误"}).status_code == 404


def test_a_workbook_is_shown_taken_listed_and_undone(desk):
    one = desk("COMP")
    one.get(HERE)
    assert send(one, LIST, "preview").status_code == 200
    for text in ("仅为预览", "4,079,026.87", "新增"):
        assert text in one.text
    assert kept(desk.city) == ([], [])
    answer = take(one, LIST)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/office/imports/1")
    one.get("/office/imports/1")
    assert "budget.csv" in one.text
    assert len(kept(desk.city)[1]) == 3
    take(one, LIST)
    assert "新增 0 行" in one.text
    assert len(kept(desk.city)[0]) == 1
    one.get("/office/imports/1")
    assert one.post("/office/imports/1/undo", {"why": " "}).status_code == 422
    assert "须写明理由" in one.text
    assert one.post("/office/imports/1/undo", {"why": "误用上年文件"}).status_code == 303
    assert "误用上年文件" in one.get("/office/imports/1").get_data(as_text=True)
    assert kept(desk.city)[1] == []
    assert "已撤销" in one.get("/office/imports").get_data(as_text=True)
    one.get("/office/imports/1")
    assert one.post("/office/imports/1/undo", {"why": "再次"}).status_code == 422
    assert "该次导入已撤销" in one.text
    take(one, LIST)
    assert len(kept(desk.city)[1]) == 3


def test_another_file_than_the_one_shown_is_not_taken(desk):
    one = desk("COMP")
    send(one, LIST, "preview")
    assert send(one, BASIC, "take", shown=SHOWN.search(one.text)[1]).status_code == 422
    assert "不是预览过的文件" in one.text
    assert send(one, LIST, "take").status_code == 422
    assert kept(desk.city) == ([], [])


def test_refused_rows_are_shown_with_code_and_mending_and_come_back_as_a_workbook(desk):
    one = desk("COMP")
    wrong = BASIC.replace("３", "-3")
    assert send(one, wrong, "preview").status_code == 200
    assert "全部不导入" in one.text
    assert "<code>" in one.text
    assert ">确认导入<" not in one.text
    send(one, wrong, "take", shown=SHOWN.search(one.text)[1])
    assert "全部不导入" in one.text
    answer = send(one, wrong, "errors")
    assert answer.headers["Content-Disposition"] == "attachment; filename=import-errors.xlsx"
    (sheet,) = [CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()]
    assert any("未通过原因" in row for row in sheet)
    assert kept(desk.city)[0] == []


def test_rows_of_an_agency_of_others_are_refused(desk):
    one = desk("COMP")
    send(one, BASIC.replace("201", "999"), "preview")
    assert "全部不导入" in one.text


def bomb():
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("xl/workbook.xml", b"\0" * 120_000_000)
    return held.getvalue()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "empty.xlsx"),
        (b"\x89PNG\r\n\x1a\n" + b"0" * 99, "picture.xlsx"),
        (b"PK\x03\x04 not an archive", "budget.xlsx"),
        ("nothing,that,is,known\n1,2,3,4\n", "../../etc/passwd"),
        (bomb(), "bomb.xlsx"),
    ],
    ids=["empty", "picture", "damaged", "no table", "bomb"],
)
def test_what_is_no_workbook_is_refused_with_its_reason(desk, content, name):
    one = desk("COMP")
    one.get(HERE)
    assert send(one, content, "preview", name).status_code == 422
    assert 'id="e-file"' in one.text


def test_a_file_beyond_the_limit_is_refused(desk):
    one = desk("COMP")
    one.get(HERE)
    one.last = one.client.post(HERE, data=b"1" * 17_000_000, content_type="multipart/form-data; boundary=x")
    assert one.last.status_code == 413
    assert "16 MB" in one.text


def test_no_file_and_no_import_of_that_number_are_told(desk):
    one = desk("COMP")
    one.get(HERE)
    assert one.post(HERE, {"do": "preview"}).status_code == 422
    assert "请选择文件" in one.text
    assert one.get("/office/imports/9").status_code == 404


def test_what_stands_in_the_way_is_listed_instead_of_a_button(desk):
    one = desk("COMP")
    take(one, BASIC)
    take(one, LIST)
    act(desk.city, "COMP", undo_import, 1, "误")
    one.get("/office/imports/2")
    assert ">整体撤销</button>" in one.text
    with snapshot(desk.city.source) as connection:
        package = listed(connection, desk.city.treasury_id, YEAR)[0].package
    act(desk.city, "REVW", review_package, package, 1, [], "同意")
    one.get("/office/imports/2")
    assert f"决策包 {package}" in one.text
    assert "已审核" in one.text
    assert ">整体撤销</button>" not in one.text
    assert one.post("/office/imports/2/undo", {"why": "误"}).status_code == 422
    assert "不得再撤销" in one.text


@pytest.mark.parametrize("duty", ["REVW", "CLOS", "AUDI"])
def test_others_read_the_register_in_both_languages_and_change_nothing(desk, duty):
    take(desk("COMP"), BASIC)
    one = desk(duty)
    for language, text in (("zh", "导入登记"), ("en", "Imports")):
        one.client.set_cookie("office_language", language)
        assert text in one.get("/office/imports").get_data(as_text=True)
        assert one.get("/office/imports/1").status_code == 200
    assert one.get(HERE).status_code == 403
    assert one.post("/office/imports/1/undo", {"why": "误"}).status_code == 403


def test_other_duties_get_nowhere(desk):
    assert desk("PUBL").get("/office/imports").status_code == 403


def set_otherwise(city, **settings):
    """Give the desk of a compiler in a house that is set otherwise."""
    rates = dict.fromkeys(RATES, Rate(0, 1))
    app = create_app(city.source, Settings(rates=rates, **settings))
    people.set_password(city.source, city.treasury_id, "comp", PASSWORD, must_change=False)
    return app, Browser(app.test_client(), f"T{city.treasury_id:06d}").sign_in("comp", "COMP")


def incomes(city):
    with snapshot(city.source) as connection:
        return [each.amount_fen for each in registers.incomes(connection, city.treasury_id, YEAR, "201")]


BARE = INCOME.replace("金额（元）", "金额")


@pytest.mark.parametrize(("mapping", "unit", "fen"), [("budget", "元", 123_456), ("budget_wan", "万元", 1_234_560_000)])
def test_a_saved_mapping_is_chosen_and_says_in_which_unit_amounts_are(desk, mapping, unit, fen):
    one = desk("COMP")
    for language, other in (("en", "10,000 yuan"), ("zh", "万元")):
        one.client.set_cookie("office_language", language)
        assert other in one.get(HERE).get_data(as_text=True)
    send(one, BARE, "preview", mapping=mapping)
    assert f"以{unit}为单位：budget.csv: 金额" in one.text
    assert f'value="{mapping}" selected' in one.text
    assert send(one, BARE, "take", mapping=mapping, shown=SHOWN.search(one.text)[1]).status_code == 303
    assert incomes(desk.city) == [fen]
    assert f"{mapping} · " in one.get("/office/imports/1").get_data(as_text=True)


def test_a_unit_that_a_heading_states_goes_before_that_of_the_mapping(desk):
    one = desk("COMP")
    one.get(HERE)
    send(one, INCOME, "preview", mapping="budget_wan")
    assert "以元为单位：budget.csv: 金额（元）" in one.text


def test_a_file_is_taken_only_by_the_mapping_that_showed_it(desk):
    one = desk("COMP")
    one.get(HERE)
    send(one, BARE, "preview")
    assert send(one, BARE, "take", mapping="budget_wan", shown=SHOWN.search(one.text)[1]).status_code == 422
    assert "不是预览过的文件" in one.text
    assert incomes(desk.city) == []


def test_a_mapping_of_ones_own_is_chosen_and_one_that_is_wrong_is_named(desk, tmp_path):
    own = (
        TEXT.replace('name = "budget"', 'name = "school"')
        .replace('"测算依据"', '"理由"')
        .replace("部门预算工作簿", "学校预算表")
    )
    (tmp_path / "school.toml").write_text(own, "utf-8")
    (tmp_path / "broken.toml").write_text("name = 1", "utf-8")
    _, one = set_otherwise(desk.city, mappings=tmp_path)
    one.get(HERE)
    for text in ("学校预算表", "不是有效的列对应", "broken.toml"):
        assert text in one.text
    file = BARE.replace("依据", "理由")
    send(one, file, "preview", mapping="school")
    assert send(one, file, "take", mapping="school", shown=SHOWN.search(one.text)[1]).status_code == 303
    assert incomes(desk.city) == [123_456]


def test_no_more_files_are_read_at_once_than_may_be(desk):
    app, one = set_otherwise(desk.city, uploads_at_once=1)
    one.get(HERE)
    with app.config["UPLOADS"].one():
        answer = send(one, BARE, "preview", mapping="budget_wan")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert "已达上限" in one.text
        assert 'value="budget_wan" selected' in one.text
    assert kept(desk.city)[0] == []
    assert send(one, BARE, "preview").status_code == 200
    assert send(one, "a,b", "preview").status_code == 422
    assert take(one, BARE).status_code == 303  # a refused file gave its place back


AGENCY = f"/office/budget/{YEAR}/agencies/201"


@pytest.mark.parametrize("duty", ["COMP", "REVW", "NPCO", "AUDI"])
def test_a_budget_is_exported_as_the_workbook_that_is_read_back_without_loss(desk, duty):
    act(desk.city, "COMP", save_package, PERSONNEL)
    act(desk.city, "COMP", record_drivers, [DATUM])
    one = desk(duty)
    assert f'href="{AGENCY}/workbook"' in one.get(AGENCY).get_data(as_text=True)
    answer = one.get(f"{AGENCY}/workbook")
    assert answer.headers["Content-Disposition"] == f"attachment; filename=budget-{YEAR}-201-demo.xlsx"
    compiler = desk("COMP")
    compiler.get(HERE)
    send(compiler, answer.data, "preview", "budget.xlsx")
    assert "新增 0 行" in compiler.text
    assert "3,606,811.80" in compiler.text
    with owner(desk.city.source) as connection:
        found = connection.exec_driver_sql(
            "select person from access.act where treasury_id = %s and kind = 'export' and subject = %s",
            (desk.city.treasury_id, f"budget/{YEAR}/201"),
        ).scalars()
        assert list(found) == [duty.lower()]


def test_who_does_not_see_how_a_budget_is_made_exports_none_and_nothing_is_no_workbook(desk):
    act(desk.city, "COMP", save_package, PERSONNEL)
    assert desk("PCHK").get(f"{AGENCY}/workbook").status_code == 403
    one = desk("REVW")
    assert one.get(AGENCY.replace("201", "202") + "/workbook").status_code == 404
    assert one.get(AGENCY.replace("201", "999") + "/workbook").status_code == 404
    assert "/workbook" not in one.get(AGENCY.replace("201", "202")).get_data(as_text=True)


def test_a_compiler_of_another_agency_exports_none_of_it(desk):
    act(desk.city, "COMP", save_package, PERSONNEL)
    with owner(desk.city.source) as connection:
        plan = PersonPlan("other", "编制员", "202", ("COMP",), ("202",))
        create_person(connection, desk.city.treasury_id, plan, dt.date(2020, 1, 1), "任字2号")
    assert desk("COMP", "other").get(f"{AGENCY}/workbook").status_code == 404
