"""What waits among imports: files of earlier years that one put forward and another posts."""

from flask import url_for

from ledger.compilation import imports
from web.office.waiting import Kind

KINDS: tuple[Kind, ...] = (Kind("history", ("CLOS",), imports.HISTORIES, lambda _: url_for("office.import_years")),)
