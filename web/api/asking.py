"""Who asks, and what a question of the API says: days, places of the log, forms of a file."""

import json
import re
from datetime import date

from flask import Response, g

from ledger import errors
from ledger.db import Session
from reports.formats import FORMATS, written
from reports.table import Table


def session() -> Session:
    """Give the session that the token of this request stands for."""
    found: Session = g.session
    return found


def known(text: str | None) -> int | date | None:
    """Read what was known: a number of leaves of the log, or a day; None stands for all.

    Raises:
        UnknownBook: it is no day.
    """
    if text is None:
        return None
    if re.fullmatch(r"[0-9]+", text, re.ASCII):
        return int(text)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise errors.UnknownBook(f"{text} is no day", {"known": text}) from None


def as_json(value: object) -> Response:
    """Answer with a value; what JSON does not know is written as text."""
    return Response(json.dumps(value, ensure_ascii=False, default=str), content_type="application/json")


def as_table(table: Table) -> Response:
    """Answer with a report as JSON that ends with its manifest."""
    return Response(written(table, "json"), content_type=FORMATS["json"])


def as_file(data: bytes, form: str, name: str) -> Response:
    """Answer with a file under a name of letters, digits and hyphens."""
    answer = Response(data, content_type=FORMATS[form])
    plain = re.sub(r"[^0-9A-Za-z.-]", "_", name)
    answer.headers["Content-Disposition"] = f'attachment; filename="{plain}.{form}"'
    return answer
