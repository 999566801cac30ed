"""Who one may be in the demo city: one login for each duty, and the password that all of them share.

The password is made for one demo and kept beside its books, so that it is the same on the next run.
"""

from pathlib import Path

import click

from importers.demo import TREASURY_ID
from ledger.db import Source
from ledger.people import new_password, share_password
from ledger.premises import write_private
from web.cli.columns import columns
from web.cli.words import language, say

_FILE = "demo-password"
_WALK = ("BOOK", "CLOS", "AUDT_IN")
"""The duties that a voucher goes through, first in the list."""


def tell_logins(source: Source, folder: Path) -> None:
    """Print one login for each duty, those of the first walk on top."""
    kept = folder / "secrets" / _FILE
    afresh = not kept.is_file()
    if afresh:
        write_private(kept, new_password(), None)
    password = kept.read_text("utf-8").strip()
    logins = share_password(source, TREASURY_ID, password, afresh=afresh)
    logins.sort(key=lambda each: (_WALK.index(each.duty) if each.duty in _WALK else len(_WALK), each.duty))
    zh = language() == "zh"
    rows = [
        (
            "",
            each.person,
            each.duty_zh if zh else each.duty_en,
            each.duty,
            each.name,
            "" if each.ours else say("demo.own_password"),
        )
        for each in logins
    ]
    click.echo(say("demo.logins", password=password))
    for line in columns(rows):
        click.echo(line)
    by_duty = {each.duty: each.person for each in logins}
    preparer, reviewer, poster = (by_duty[duty] for duty in _WALK)
    click.echo(say("demo.walk", preparer=preparer, reviewer=reviewer, poster=poster))
