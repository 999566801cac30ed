"""What guards every answer: headers that shut out foreign code, and errors that tell nothing of the inside."""

import secrets
from collections.abc import Callable

from flask import Flask, Response, abort, g, request
from werkzeug.exceptions import HTTPException, SecurityError

from ledger.errors import LedgerError

_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}';"
    " img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
MOST_BYTES = 16 * 1024 * 1024
"""No request is larger; a form of an attachment is the largest."""

Teller = Callable[[Exception, int], Response]
"""Shows an error of a family of pages, with its status."""


def nonce() -> str:
    """Give the number used once of this answer, which marks the few scripts and styles that stand in a page."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return str(g.nonce)


def protect(app: Flask, tellers: dict[str, Teller]) -> None:
    """Guard an application; ``tellers`` show its errors by the beginning of the address, "" for all others."""
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.jinja_env.globals["nonce"] = nonce
    app.before_request(_refuse_nul)
    app.after_request(_with_headers)

    @app.errorhandler(Exception)
    def _failed(error: Exception) -> Response:
        if isinstance(error, HTTPException) and isinstance(error.response, Response):
            return error.response
        if isinstance(error, SecurityError):  # asked for under another name: no address can be written for it
            return Response("400\n", 400, mimetype="text/plain")
        status = (error.code or 500) if isinstance(error, HTTPException) else 500
        if not isinstance(error, (HTTPException, LedgerError)):
            app.logger.error("%s %s", request.method, request.path, exc_info=error)
        longest = max((p for p in tellers if request.path.startswith(p)), key=len)
        answer = tellers[longest](error, status)
        if isinstance(error, HTTPException):
            for name, value in error.get_headers():
                if name in {"Allow", "Retry-After", "Location"}:
                    answer.headers[name] = value
        return answer


def _refuse_nul() -> None:
    """Refuse the one character that no text of the database holds, wherever it stands."""
    asked = "\0" in request.path or b"%00" in request.query_string or b"\0" in request.query_string
    if asked or any("\0" in value for value in request.form.values()):
        abort(400)


def _with_headers(answer: Response) -> Response:
    for name, value in _HEADERS.items():
        answer.headers.setdefault(name, value)
    answer.headers["Content-Security-Policy"] = _POLICY.format(nonce=nonce())
    return answer
