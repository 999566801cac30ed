"""The pages of errors are rendered from the catalogue that the tests provoke; they cannot fall behind it.

After a change: ``GONGKU_WRITE_GOLDEN=1 pytest tests/docs/test_errors_page.py`` writes them anew.
"""

import os
from pathlib import Path

import pytest

from tests.ledger.error_catalogue import EXAMPLES
from web.problems import status_of

DOCS = Path(__file__).parents[2] / "docs"
TOLD = {
    "errors.md": (
        "# Errors\n\nEvery reason for which the ledger refuses, with its code, the HTTP status of the API, and the smallest "
        "input that provokes it.\nNothing is half done: a refused batch posts nothing, and `facts` of the answer name the row, "
        "the event and the figures.\n[中文](errors.zh-CN.md)\n",
        ("code", "status", "what it says", "smallest input that provokes it"),
    ),
    "errors.zh-CN.md": (
        "# 错误\n\n账务拒绝办理的全部原因：代码、接口的 HTTP 状态，以及引发它的最小输入。\n"
        "被拒绝的批次一笔也不记；答复中的 `facts` 指明行号、业务事项和数字。\n[English](errors.md)\n",
        ("代码", "状态", "说明", "引发它的最小输入"),
    ),
}


def rendered(name):
    intro, head = TOLD[name]
    rows = [head, ("---",) * len(head)]
    for error, example in sorted(EXAMPLES.items(), key=lambda item: item[0].code):
        said, done = (error.zh, example.zh) if "zh" in name else (error.__doc__, example.en)
        rows.append((f"`{error.code}`", str(int(status_of(error()))), said, done))
    return intro + "\n" + "".join(f"| {' | '.join(row)} |\n" for row in rows)


@pytest.mark.parametrize("name", TOLD)
def test_the_page_is_what_the_catalogue_says(name):
    page = DOCS / name
    if os.environ.get("GONGKU_WRITE_GOLDEN"):
        page.write_text(rendered(name), encoding="utf-8")
    assert page.read_text(encoding="utf-8") == rendered(name), "run this test with GONGKU_WRITE_GOLDEN=1"


def test_no_cell_breaks_its_table():
    for error, example in EXAMPLES.items():
        assert not any("|" in text or "\n" in text for text in (error.__doc__, error.zh, example.en, example.zh)), error
