"""Every word of the public pages is there in both languages, and none is there for nothing."""

import re
from pathlib import Path

from web.texts import catalogue

FOLDER = Path(__file__).parents[3] / "web"
TEMPLATES = [*(FOLDER / "site" / "templates").rglob("*.html"), *(FOLDER / "look" / "templates").rglob("*.html")]


def test_both_languages_have_the_same_keys_and_no_blank_word():
    zh, en = catalogue("web.site", "zh"), catalogue("web.site", "en")
    assert list(zh) == list(en)
    assert [key for key in zh if not zh[key] and key != "state_in_force_text"] == []
    assert [key for key in en if not en[key] and key != "state_in_force_text"] == []


def test_every_word_that_a_page_uses_is_there():
    used = {match for path in TEMPLATES for match in re.findall(r"\bt\.([a-z_0-9]+)", path.read_text(encoding="utf-8"))}
    assert sorted(used - set(catalogue("web.site", "zh"))) == []


def test_no_word_has_the_name_of_a_method_of_a_mapping():
    assert [key for key in catalogue("web.site", "zh") if hasattr({}, key)] == []
