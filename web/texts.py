"""The words that people read at the doors, in Chinese and English, kept apart from the code.

A catalogue is one TOML file a language (``texts.zh.toml``, ``texts.en.toml``) of flat keys. Both hold
the same keys with the same places for facts; a test keeps them so.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

LANGUAGES = ("zh", "en")


@cache
def catalogue(package: str, language: str) -> Mapping[str, str]:
    """Read the texts of a package in one language."""
    body = files(package).joinpath(f"texts.{language}.toml").read_text("utf-8")
    return {key: str(text) for key, text in tomllib.loads(body).items()}
