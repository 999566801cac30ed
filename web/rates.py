"""How fast one address may ask: a bucket of requests for each kind of door, kept in the memory of this process.

Signing in is counted in the database as well, by name and by address (``access.wait_of``): this is the
rougher sieve before it, which costs no database. Own code, since Flask-Limiter doubled the time of a page.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from http import HTTPStatus
from math import ceil
from threading import Lock
from time import monotonic

from flask import Flask, Response, abort, request
from werkzeug.exceptions import TooManyRequests

from web.peers import neighbourhood
from web.settings import Rate

_MOST = 50_000
"""So many addresses are remembered at a door; the one that asked longest ago is forgotten first."""
_SIGN_IN = "/office/sign-in"


class Buckets:
    """The requests that each address has left at one door."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = monotonic, most: int = _MOST) -> None:
        self._per_second = rate.per_minute / 60
        self._burst = rate.burst
        self._clock, self._most = clock, most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, address: str) -> int:
        """Take one request of an address; 0 when it had one, else the seconds until it has."""
        return self._wait(address, 1)

    def look(self, address: str) -> int:
        """Tell the same without taking any."""
        return self._wait(address, 0)

    def _wait(self, address: str, taken: int) -> int:
        if not self._per_second:
            return 0
        with self._lock:
            now = self._clock()
            left, at = self._left.pop(address, (float(self._burst), now))
            left = min(self._burst, left + (now - at) * self._per_second)
            had = left >= 1
            self._left[address] = (left - taken if had else left, now)
            if len(self._left) > self._most:
                self._left.popitem(last=False)
        return 0 if had else ceil((1 - left) / self._per_second)


def limit(app: Flask, rates: Mapping[str, Rate]) -> None:
    """Refuse whoever asks too fast with 429 and the seconds to wait."""
    doors = {name: Buckets(rate) for name, rate in rates.items()}

    @app.before_request
    def _enter() -> None:
        door = _door()
        if door is None:
            return
        address = neighbourhood(request.remote_addr or "")
        seconds = doors[door].take(address)
        if door == "api":
            seconds = max(seconds, doors["guess"].look(address))
        if seconds:
            _refuse(door, seconds)

    @app.after_request
    def _guessed(answer: Response) -> Response:
        if answer.status_code == HTTPStatus.UNAUTHORIZED and request.path.startswith("/api/"):
            doors["guess"].take(neighbourhood(request.remote_addr or ""))
        return answer


def _door() -> str | None:
    """Tell through which door a request comes; what costs nothing, and what watches the house, has none."""
    blueprint, path = request.blueprint, request.path
    if blueprint == "look" or request.endpoint in {"office.static", "favicon", "healthz", "readyz", "metrics"}:
        return None
    if path.startswith("/api/"):
        return "api"
    if path.startswith("/office/"):
        asks = request.method in {"GET", "HEAD", "OPTIONS"} and path == _SIGN_IN
        return "office" if asks or not path.startswith(_SIGN_IN) else "sign_in"
    searches = (request.endpoint or "").startswith("site.search_")
    return "file" if searches or "form" in (request.view_args or {}) else "page"


def _refuse(door: str, seconds: int) -> None:
    """Answer an API in its own form, and people with one plain line that costs neither a template nor the database."""
    if door == "api":
        raise TooManyRequests(retry_after=seconds)
    words = f"请求过于频繁，请在 {seconds} 秒后再试。\nToo many requests: please try again in {seconds} seconds.\n"
    answer = Response(words, HTTPStatus.TOO_MANY_REQUESTS, content_type="text/plain; charset=utf-8")
    answer.headers["Retry-After"] = str(seconds)
    abort(answer)
