"""What the process tells of its work: one JSON object a line, for a machine to read, without anybody's secrets.

Neither cookies nor what stands after a ``?`` nor the values of a database refusal are ever written: a
search, a sign-in and a token of an API leave only where and when they came and how they ended.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from pathlib import Path
from time import perf_counter
from typing import Any

from flask import Flask, Response, g, request

from web.settings import Settings

ACCESS = logging.getLogger("gongku.access")
_FRAMES = 12
_LONGEST = 300
_QUIET = frozenset({"healthz", "readyz", "metrics"})


class Lines(logging.Formatter):
    """Writes a record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the record; what ``told`` holds are its facts."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "log": record.name,
            "message": record.getMessage(),
            **getattr(record, "told", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = described(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


def described(error: BaseException) -> dict[str, Any]:
    """Describe what broke: its kind, where, and its words, unless the database said them."""
    of_database: Any = getattr(error, "orig", error)
    state = getattr(of_database, "sqlstate", None)
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    told: dict[str, Any] = {
        "kind": f"{type(error).__module__}.{type(error).__qualname__}",
        "stack": [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames],
    }
    if state is not None:
        told |= {"state": state, "constraint": getattr(of_database.diag, "constraint_name", None)}
    elif not hasattr(error, "orig"):
        told["words"] = str(error)[:_LONGEST]
    return told


def write_logs(settings: Settings, level: int = logging.INFO) -> None:
    """Send every record of this process to where the settings say; a file may be moved away at any time."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
    if settings.log == "none":
        root.addHandler(logging.NullHandler())
        return
    if settings.log == "stderr":
        to: logging.Handler = logging.StreamHandler(sys.stderr)
    else:
        Path(settings.log).touch(mode=0o600)
        to = WatchedFileHandler(settings.log, encoding="utf-8")
    to.setFormatter(Lines())
    root.addHandler(to)
    root.setLevel(level)


def log_access(app: Flask) -> None:
    """Write one line for each answer, except those to whoever watches the house."""

    @app.before_request
    def _started() -> None:
        g.started = perf_counter()

    @app.after_request
    def _ended(answer: Response) -> Response:
        if not ACCESS.isEnabledFor(logging.INFO) or request.endpoint in _QUIET:
            return answer
        told = {
            "address": request.remote_addr,
            "method": request.method,
            "path": request.path[:_LONGEST],
            "route": request.endpoint,
            "status": answer.status_code,
            "bytes": answer.content_length,
            "ms": round((perf_counter() - g.get("started", perf_counter())) * 1000, 1),
        }
        ACCESS.info("%s", "request", extra={"told": told})
        return answer
