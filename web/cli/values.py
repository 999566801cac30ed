"""The kinds of value that options and arguments take, each refused in the language of the locale."""

from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import click

from web.cli.words import say

_LAST_PORT = 65535


class _Spoken(click.ParamType[Any]):
    """A kind of value that says what is wrong by a key of the catalogue."""

    def refuse(
        self, key: str, value: object, param: click.Parameter | None, ctx: click.Context | None, **facts: object
    ) -> NoReturn:
        """Refuse a value."""
        self.fail(say(key, value=value, **facts), param, ctx)


class InFile(_Spoken):
    """A file that is there."""

    name = "file"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Give its path."""
        path = Path(str(value))
        if not path.exists():
            self.refuse("value.no_file", value, param, ctx)
        if path.is_dir():
            self.refuse("value.a_folder", value, param, ctx)
        return path


STDOUT = Path("-")
"""Stands for standard output."""


class OutFile(_Spoken):
    """A file to be written, or ``-`` for standard output."""

    name = "file"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Give its path."""
        path = Path(str(value))
        if path == STDOUT:
            return path
        if path.is_dir():
            self.refuse("value.a_folder", value, param, ctx)
        if not path.absolute().parent.is_dir():
            self.refuse("value.no_folder", path.absolute().parent, param, ctx)
        return path


class Folder(_Spoken):
    """A folder that is there or can be made."""

    name = "folder"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Give its path."""
        path = Path(str(value))
        if path.exists() and not path.is_dir():
            self.refuse("value.not_a_folder", value, param, ctx)
        return path


class Day(_Spoken):
    """A day, ``2024-03-05``."""

    name = "day"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Give the day."""
        if isinstance(value, date):
            return value
        try:
            day = date.fromisoformat(str(value))
        except ValueError:
            self.refuse("value.no_day", value, param, ctx)
        if str(day) != value:
            self.refuse("value.no_day", value, param, ctx)
        return day


class Known(_Spoken):
    """What the log held: at the end of a day, or at a number of leaves."""

    name = "known"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date | int:
        """Give the day or the number."""
        text = str(value)
        if text.isascii() and text.isdecimal() and len(text) < len("2024-03-05"):
            return int(text)
        return Day().convert(value, param, ctx)


class OneOf(_Spoken):
    """One of some words."""

    name = "word"

    def __init__(self, *words: str) -> None:
        self.words = words

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Give the word."""
        if value not in self.words:
            self.refuse("value.not_one_of", value, param, ctx, words=", ".join(self.words))
        return str(value)


class Number(_Spoken):
    """A whole number of a range, both ends included."""

    name = "number"

    def __init__(self, least: int, most: int) -> None:
        self.least, self.most = least, most

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Give the number."""
        text = str(value)
        if not (text.isascii() and text.isdecimal()) or not self.least <= int(text) <= self.most:
            self.refuse("value.no_number", value, param, ctx, least=self.least, most=self.most)
        return int(text)


PORT = Number(0, _LAST_PORT)
