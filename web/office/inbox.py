"""The inbox of a duty: what waits for me from every area, what is mine and under way, what came back."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from werkzeug.wrappers import Response as Answer

from ledger import drafts
from web.office import disclosing
from web.office.budget import waiting as budget
from web.office.claims import waiting as claims
from web.office.desk import DRAFT_READERS, READERS, WATCHERS, Desk, Route, duty, page
from web.office.funds import waiting as funds
from web.office.imports import waiting as imports
from web.office.waiting import waiting

if TYPE_CHECKING:
    from ledger.drafts import Draft

KINDS = (*budget.KINDS, *funds.KINDS, *claims.KINDS, *imports.KINDS, *disclosing.KINDS)
"""Every kind of work that waits for a duty."""
MOST = 100
"""So many are shown; what is done makes room for the next."""
_LATE_DAYS = 3


@duty(*READERS)
def inbox(desk: Desk) -> Answer:
    """Show what waits for this duty and this person."""
    boxes: list[tuple[str, list[Draft], str]] = []
    me = desk.me
    if me.duty in DRAFT_READERS and me.duty not in WATCHERS:
        with desk.reading() as connection:
            if me.duty == "BOOK":
                mine = drafts.listed(connection, me.treasury_id, prepared_by=me.person)
                boxes.append(("box_returned", [d for d in mine if d.state == "rejected"], ""))
                boxes.append(("box_drafts", [d for d in mine if d.state == "draft"], ""))
                boxes.append(("box_under_way", [d for d in mine if d.state in {"submitted", "reviewed"}], ""))
            else:
                submitted = drafts.listed(connection, me.treasury_id, states=["submitted"])
                reviewed = drafts.listed(connection, me.treasury_id, states=["reviewed"])
                may_review, may_post = me.duty in {"AUDT_IN", "CLOS"}, me.duty == "AUDT_IN"
                boxes.append(("box_to_review", submitted, "review" if may_review else ""))
                boxes.append(("box_to_post", reviewed, "post" if may_post else ""))
    return page(
        desk,
        "inbox.html",
        found=waiting(desk, KINDS),
        most=MOST,
        boxes=boxes,
        watches=me.duty in WATCHERS,
        now=datetime.now(UTC),
        late=_LATE_DAYS,
    )


ROUTES = (Route("/inbox", inbox),)
