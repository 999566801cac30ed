"""Finding an account by code, name or the first letters of its pinyin, and the codes of a dimension."""

from collections.abc import Mapping
from functools import lru_cache

from flask import jsonify
from pypinyin import Style, lazy_pinyin
from werkzeug.wrappers import Response as Answer

from ledger import draft_checks
from ledger.books import Books
from ledger.chart import DIMENSIONS
from ledger.draft_checks import DeskAccount
from web.office.desk import Desk, Route, absent, duty


@lru_cache(maxsize=20_000)
def initials(name: str) -> str:
    """Give the first letters of a name in pinyin: 国库存款 is ``gkck``."""
    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()


def resolve(accounts: Mapping[str, DeskAccount], typed: str) -> str:
    """Give the code that was meant: by code, by ``code name``, by a name or initials that only one account has."""
    given = typed.strip()
    first = given.split(" ", 1)[0]
    if given in accounts or first not in accounts:
        found = [c for c, a in accounts.items() if given and given in {a.name_zh, a.name_en}]
        found = found or [c for c, a in accounts.items() if given and given.lower() == initials(a.name_zh)]
        found = found or [c for c, a in accounts.items() if given and initials(a.name_zh).startswith(given.lower())]
        found = found or [c for c, a in accounts.items() if given and given in a.name_zh]
        return given if given in accounts or len(found) != 1 else found[0]
    return first


@duty("BOOK")
def account_list(desk: Desk, code: str) -> Answer:
    """Give the accounts of a set with what each asks for, for completion."""
    with desk.reading() as connection:
        found = Books.read(connection, desk.me.treasury_id).by_code.get(code)
        if found is None:
            absent()
        listed = draft_checks.accounts(connection, found.chart)
    return jsonify(
        [
            {
                "code": a.code,
                "name": desk.pick(a.name_zh, a.name_en),
                "initials": initials(a.name_zh),
                "needs": a.needs,
                "takes": a.takes,
            }
            for a in listed.values()
        ]
    )


@duty("BOOK")
def code_list(desk: Desk, dimension: str) -> Answer:
    """Give the codes of a dimension, for completion."""
    if dimension not in DIMENSIONS:
        absent()
    with desk.reading() as connection:
        found = draft_checks.codes(connection, desk.me.treasury_id, dimension)
    return jsonify([{"code": code, "name": desk.pick(zh, en), "initials": initials(zh)} for code, zh, en in found])


ROUTES = (
    Route("/sets/<code>/accounts.json", account_list),
    Route("/codes/<dimension>.json", code_list),
)
