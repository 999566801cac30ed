"""The one look of the house: design tokens, the seal, the frame of every page, and how a reader wants to see it."""

from flask import Blueprint, Response, abort, g, request
from flask.sansio.blueprints import BlueprintSetupState

from reports.charts import script

blueprint = Blueprint(
    "look", __name__, url_prefix="/look", static_folder="static", static_url_path="", template_folder="templates"
)

UNITS = {"yuan": 1, "wan": 10_000, "yi": 100_000_000}
"""元, 万元 and 亿元, in yuan."""
_KEPT_SECONDS = 365 * 24 * 3600


@blueprint.get("/set")
def choose() -> Response:
    """Keep the reader's choice of a look (``elder`` 1 or 0) and go back to the page on which it was made."""
    to = request.args.get("to", "/")
    if not is_local(to) or request.args.get("elder") not in {"0", "1"}:
        abort(400)
    answer = Response(status=303, headers={"Location": to})
    answer.set_cookie(
        "elder", request.args["elder"], max_age=_KEPT_SECONDS, httponly=True, samesite="Lax", secure=request.is_secure
    )
    return answer


@blueprint.record_once
def _icon(state: BlueprintSetupState) -> None:
    """Answer what browsers ask every site for, also beside what is no page."""
    state.app.add_url_rule("/favicon.ico", "favicon", lambda: blueprint.send_static_file("seal.svg"))


@blueprint.get("/plotly.js")
def plotly() -> Response:
    """Send the script that draws charts, from our own origin; it stays the same until plotly does."""
    answer = Response(script(), mimetype="text/javascript")
    answer.headers["Cache-Control"] = "public, max-age=604800"
    return answer


def is_local(address: str) -> bool:
    """Tell whether an address leads to a page of this site and nowhere else."""
    return (
        address.startswith("/")
        and not address.startswith(("//", "/\\"))
        and address.isprintable()
        and "\\" not in address
    )


@blueprint.app_context_processor
def _wishes() -> dict[str, object]:
    unit = request.args.get("unit", "yuan") if request else "yuan"
    g.unit = unit if unit in UNITS else "yuan"
    return {
        "elder": request.cookies.get("elder") == "1",
        "unit": g.unit,
        "here": request.full_path.removesuffix("?"),
        "money": money,
        "exact": exact,
        "percent": percent,
    }


def money(fen: int) -> str:
    """Write an amount for reading in the reader's unit: grouped, two decimals, half away from zero."""
    per = UNITS[g.get("unit", "yuan")]
    hundredths = (abs(fen) * 2 + per) // (2 * per)
    return f"{'−' if fen < 0 else ''}{hundredths // 100:,}.{hundredths % 100:02d}"


def percent(points: int) -> str:
    """Write hundredths of a percent: ``12.50%``."""
    return f"{'−' if points < 0 else ''}{abs(points) // 100}.{abs(points) % 100:02d}%"


def exact(fen: int) -> str:
    """Write an amount to the fen, as files do: ``-1234.50``."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"
