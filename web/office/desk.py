"""Who stands at the desk: the gate before every page, the duty that each declares, cookies and form tokens."""

import hmac
import secrets
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NoReturn, TypeVar

from flask import Response, abort, g, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as Answer

from ledger import credentials
from ledger.credentials import Visit
from ledger.db import Source, Transaction, snapshot, transaction
from ledger.errors import LedgerError, UnknownBook, UnknownDraft, UnknownEvent
from ledger.money import format_yuan
from web.look import is_local
from web.texts import LANGUAGES, catalogue

View = Callable[..., "str | Answer"]
F = TypeVar("F", bound=View)

ANYBODY = "anybody"
"""Stands for a page that needs no sign-in."""
SIGNED_IN = "signed in"
"""Stands for a page of one's own, under any duty or none."""
READERS = (
    *("COMP", "REVW", "APPR", "ISSU", "APPL", "UCHK", "PCHK", "SIGN", "CASH", "BOOK", "AUDT_IN", "CLOS", "RECO"),
    *("BILL", "COLL", "RCPT", "RFND", "PREG", "PRUN", "PEXP", "PCON", "PACC", "PRAP", "PRRV", "ASST", "ADIS"),
    *("OVER", "AUDI", "NPCO", "PUBL"),
)
"""Every business duty reads the books of its own treasury; row by row, the database decides which."""
KEEPERS = ("BOOK", "AUDT_IN", "CLOS")
"""Those who take vouchers into the journal."""
WATCHERS = ("OVER", "AUDI", "NPCO")
"""Those who oversee: they see drafts too, rejected ones not left out, and their reading is written down."""
DRAFT_READERS = (*KEEPERS, "RECO", *WATCHERS)
ADMINISTRATORS = ("SADM", "SECU", "LOGA")
BUDGETEERS = ("COMP", "REVW", "APPR", "ISSU")
"""Those who make the budget; their work waits on its pages."""
LANGUAGE = "office_language"


@dataclass(frozen=True, slots=True)
class Route:
    """An address of the office and the page behind it."""

    rule: str
    view: View
    methods: tuple[str, ...] = ("GET",)


def duty(*names: str) -> Callable[[F], F]:
    """Declare under which duties a page may be used; without it, the office refuses to serve the page."""

    def declare(view: F) -> F:
        view.duties = frozenset(names)  # type: ignore[attr-defined]
        return view

    return declare


@dataclass(frozen=True, slots=True)
class Desk:
    """One request: over which books, by whom, in which language."""

    source: Source
    visit: Visit | None
    language: str
    door: str
    """The token of a browser that is not signed in yet; its sign-in form is bound to it."""

    @property
    def me(self) -> Visit:
        """Who is signed in; only pages behind the gate may ask."""
        if self.visit is None:
            abort(HTTPStatus.UNAUTHORIZED)
        return self.visit

    @property
    def texts(self) -> Mapping[str, str]:
        """The words of the office."""
        return catalogue("web.office", self.language)

    @contextmanager
    def reading(self) -> Generator[Any]:
        """Read one state of the books, as this person."""
        with snapshot(self.source, self.me.session()) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Generator[Transaction]:
        """Do one piece of work, as this person."""
        with transaction(self.source, self.me.session()) as tx:
            yield tx

    def record(self, kind: str, subject: str, **detail: object) -> None:
        """Write down that something was exported, printed or read."""
        credentials.record(self.source, self.me, kind, subject, detail, address())

    def pick(self, zh: str | None, en: str | None) -> str:
        """Give the name in the reader's language."""
        return (zh if self.language == "zh" else en) or ""

    def form_token(self) -> str:
        """Give what every form of this browser carries."""
        return self.visit.form_token() if self.visit else credentials.form_token(self.door)


def address() -> str:
    """Tell from where the request came."""
    return request.remote_addr or ""


def _cookie(name: str) -> str:
    """Name a cookie: over TLS the browser keeps it to this host and path and to TLS."""
    return f"__Host-{name}" if request.is_secure else name


DOOR, VISIT = "gongku_door", "gongku_visit"


def keep(answer: Answer, name: str, value: str) -> Answer:
    """Give the browser a cookie that no script reads and no other site sends."""
    answer.set_cookie(_cookie(name), value, httponly=True, samesite="Lax", secure=request.is_secure, path="/")
    return answer


def kept(name: str) -> str:
    """Give what the browser keeps in a cookie of ours."""
    return request.cookies.get(_cookie(name), "")


def forget(answer: Answer, name: str = VISIT) -> Answer:
    """Take a cookie back, that of the visit unless another is named."""
    answer.delete_cookie(_cookie(name), httponly=True, samesite="Lax", secure=request.is_secure, path="/")
    return answer


def gate(source: Source, view: Callable[..., Any] | None) -> Answer | None:
    """Stand before every page: no declared duty, no page; then the form's token, the visit, the duty."""
    needed: frozenset[str] | None = getattr(view, "duties", None)
    if not needed:
        abort(HTTPStatus.FORBIDDEN)
    g.desk = desk = _desk(source)
    visit = desk.visit
    if request.method not in {"GET", "HEAD"} and not _is_ours(desk):
        abort(HTTPStatus.BAD_REQUEST)
    if ANYBODY in needed:
        return None
    if visit is None:
        return _to("sign_in", next=_back())
    if visit.must_change and SIGNED_IN not in needed:
        return _to("password")
    if SIGNED_IN in needed:
        return None
    if visit.duty is None:
        return _to("choose", next=_back())
    if visit.duty not in needed:
        g.needed = sorted(needed)
        abort(HTTPStatus.FORBIDDEN)
    if visit.duty in WATCHERS:
        desk.record("read", request.full_path.removesuffix("?"))
    return None


def _desk(source: Source) -> Desk:
    language = request.cookies.get(LANGUAGE, "zh")
    visit = credentials.visit(source, request.cookies.get(_cookie(VISIT)))
    door = request.cookies.get(_cookie(DOOR), "")
    if visit is None and (len(door) != len("00") * 32 or not door.isalnum()):
        door = secrets.token_hex(32)
    return Desk(source, visit, language if language in LANGUAGES else "zh", door)


def _is_ours(desk: Desk) -> bool:
    """Tell whether a form was ours: sent from this site, with the token of this browser."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("Origin")
    if origin is not None and origin.rstrip("/") != request.host_url.rstrip("/"):
        return False
    known = desk.visit is not None or bool(request.cookies.get(_cookie(DOOR)))
    given = request.form.get("token", "")
    return known and hmac.compare_digest(given.encode(), desk.form_token().encode())


def _back() -> str | None:
    return request.full_path.removesuffix("?") if request.method == "GET" else None


def _to(endpoint: str, **given: Any) -> Answer:  # noqa: ANN401 - what an address holds
    """Send the browser to another page of the office."""
    return redirect(url_for(f"office.{endpoint}", **given), HTTPStatus.SEE_OTHER)


def went(endpoint: str, **given: Any) -> Answer:  # noqa: ANN401 - what an address holds
    """Send the browser on after something was done."""
    return redirect(url_for(f"office.{endpoint}", **given), HTTPStatus.SEE_OTHER)


def onward(to: str | None) -> Answer:
    """Send the browser to where it wanted to go, if that is a page of the office."""
    home = url_for("office.home")
    inside = to is not None and is_local(to) and to.startswith(home)
    return redirect(to if inside and to is not None else home, HTTPStatus.SEE_OTHER)


def absent() -> NoReturn:
    """Answer that there is no such thing."""
    abort(HTTPStatus.NOT_FOUND)


def refused(error: LedgerError, language: str) -> str:
    """Say a refusal in the reader's words, with its facts."""
    plain = type(error).zh if language == "zh" else str(type(error).__doc__).strip()
    texts = catalogue("web.office", language)
    told = []
    for name, value in error.facts.items():
        if value in (None, "", []) or name in {"row", "kind", "key"}:
            continue
        shown = format_yuan(value) if name.endswith("_fen") and isinstance(value, int) else value
        shown = "、".join(map(str, shown)) if isinstance(shown, (list, tuple)) else shown
        told.append(f"{texts.get(f'fact_{name}', name)}: {shown}")
    return f"{plain} {'；'.join(told)}".strip()


def page(desk: Desk, template: str, status: int = 200, **facts: Any) -> Response:  # noqa: ANN401 - whatever a page shows
    """Write a page of the office."""
    other = "en" if desk.language == "zh" else "zh"
    here = request.full_path.removesuffix("?") if request.method == "GET" else url_for("office.home")
    token = Markup('<input type="hidden" name="token" value="{}">').format(desk.form_token())
    body = render_template(
        f"office/{template}",
        t=desk.texts,
        lang=desk.language,
        lang_tag="zh-CN" if desk.language == "zh" else "en",
        other_tag="en" if desk.language == "zh" else "zh-CN",
        twin=url_for("office.language", language=other, to=here),
        home=url_for("office.home"),
        demo=desk.visit.demo if desk.visit else False,
        visit=desk.visit,
        pick=desk.pick,
        token=token,
        **facts,
    )
    answer = Response(body, status)
    # Without a referrer, browsers call the origin of a form "null", which no form of ours may have.
    answer.headers["Referrer-Policy"] = "same-origin"
    if desk.visit is None:
        keep(answer, DOOR, desk.door)
    return answer


def teller(source: Source) -> Callable[[Exception, int], Response]:
    """Show what was refused, is not there, or broke, in the frame of the office."""

    def tell(error: Exception, status: int) -> Response:
        desk: Desk = g.get("desk") or _desk(source)
        message, kind = "", str(status)
        if isinstance(error, LedgerError):
            status = HTTPStatus.NOT_FOUND if isinstance(error, _ABSENT) else HTTPStatus.UNPROCESSABLE_ENTITY
            message, kind = ("", "404") if isinstance(error, _ABSENT) else (refused(error, desk.language), "refused")
        if f"error_{kind}" not in desk.texts:
            kind = "500" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "400"
        needed: Sequence[str] = g.get("needed", ())
        return page(desk, "error.html", int(status), kind=kind, message=message, needed=needed)

    return tell


_ABSENT = (UnknownBook, UnknownDraft, UnknownEvent)
