"""Every text that the command speaks is there, in both languages, with the same places for facts."""

import ast
import re
import string
from pathlib import Path

import pytest

import web.cli
from ledger.errors import LedgerError
from web.cli.doctor import examine
from web.texts import catalogue

HERE = Path(web.cli.__file__).parent
KEY = re.compile(r"[a-z]+(\.[a-z_-]+)+")
ZH, EN = (catalogue("web.cli", language) for language in ("zh", "en"))
FAMILIES = {key.partition(".")[0] for key in EN}
BUILT = {  # where a key is put together while the program runs
    "mend": {"refused"},
    "fact": set(),
    "check": set(),
    "flags": {"fires", "passes"},
    "import": {"read", "posted", "already", "refused"},
    "close": {"item_ok", "item_stop", "item_look"},
    "imports": {
        *("undone", "posted", "went_on", "stands", "of_package", "of_basic", "of_income"),
        *("submitted", "reviewed", "ranked", "approved", "newer"),
    },
    "history": {
        *("opening_balance", "totals_balance", "closing_balance", "carried", "carried_all"),
        *("financial", "budgetary", "indicator", "general"),
    },
}


def every_error():
    waiting, found = [LedgerError], set()
    while waiting:
        found.add(waiting[-1])
        waiting += [each for each in waiting.pop().__subclasses__() if each.__module__.startswith("ledger.")]
    return found


def used():
    return {
        node.value
        for path in HERE.glob("*.py")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and KEY.fullmatch(node.value)
        if node.value.partition(".")[0] in FAMILIES
    }


def places(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def test_both_languages_hold_the_same_keys_in_the_same_order():
    assert list(ZH) == list(EN)


@pytest.mark.parametrize("key", [key for key in EN if not key.startswith("help.")])
def test_a_text_has_the_same_places_for_facts_in_both_languages(key):
    assert places(ZH[key]) == places(EN[key])


def test_what_the_code_says_is_in_the_catalogue():
    prefixes = {"close.item_", "imports.of_"}
    assert used() - set(EN) - prefixes == set()


def test_nothing_in_the_catalogue_is_said_by_nobody():
    built = {f"{family}.{name}" for family, names in BUILT.items() for name in names}
    free = {key for key in EN if key.startswith(("mend.", "fact.", "check."))}
    assert set(EN) - used() - built - free == set()


def test_every_refusal_has_its_remedy_and_no_remedy_is_left_over():
    assert {f"mend.{error.code}" for error in every_error()} == {key for key in EN if key.startswith("mend.")}


def test_the_doctor_names_everything_that_it_looks_at(tmp_path):
    source = (HERE / "doctor.py").read_text("utf-8")
    looked = set(re.findall(r'_look\("(\w+)"', source)) | {each.check for each in examine(tmp_path)}
    assert {f"check.{name}" for name in looked} == {key for key in EN if key.startswith("check.")}


def test_chinese_is_chinese_and_english_is_not():
    han = re.compile(r"[\u4e00-\u9fff]")
    bare = re.compile(r"(gongku|\{\w+\}|[\W\d])*")
    assert [key for key, text in EN.items() if han.search(text) and key != "serve.at"] == []
    assert [key for key, text in ZH.items() if not han.search(text) and not bare.fullmatch(text)] == []


FACTS_IN_SQL = re.compile(r"detail = .*?::text;|perform ledger\.refuse\(.*?\);", re.DOTALL)


def test_every_fact_that_the_database_tells_has_a_name_in_both_languages():
    named = {
        name.removesuffix("_fen")
        for path in (HERE.parents[1] / "ledger" / "schema").glob("*.sql")
        for detail in FACTS_IN_SQL.findall(path.read_text("utf-8"))
        for built in re.findall(r"jsonb_build_object\((.*)\)", detail, re.DOTALL)
        for name in re.findall(r"'([a-z_]+)',", built)
    }
    assert {"duty", "limit_key", "short", "package", "standard"} <= named
    assert {name for name in named if f"fact.{name}" not in EN} == set()
