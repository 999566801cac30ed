"""In which language the command speaks, and its texts."""

import os

from web.texts import catalogue


def language() -> str:
    """Tell the language of the locale: ``zh`` or, for every other, ``en``."""
    named = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh" if next(filter(None, named), "").startswith("zh") else "en"


def say(key: str, **facts: object) -> str:
    """Give a text of the catalogue in the language of the locale, with its facts filled in."""
    text = catalogue("web.cli", language())[key]
    return text.format(**facts) if facts else text


def known(key: str) -> bool:
    """Tell whether the catalogue has a text of this key."""
    return key in catalogue("web.cli", "en")
