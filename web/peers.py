"""Who is at the other end: what a proxy tells of them is believed from proxies that were named, from nobody else."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from web.settings import Network

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")
"""What a request carries that did not come straight from where it seems to come from."""
_SCHEMES = frozenset({"http", "https"})


class BehindProxies:
    """Lets an application see the address and the scheme that trusted proxies tell."""

    def __init__(self, app: WSGIApplication, trusted: Sequence[Network]) -> None:
        self._app = app
        self._trusted = tuple(trusted)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        peer = _plain(environ.get("REMOTE_ADDR", ""))
        if self._is_trusted(peer):
            environ["REMOTE_ADDR"] = str(self._origin(peer, environ.get("HTTP_X_FORWARDED_FOR", "")))
            scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
            if scheme in _SCHEMES:
                environ["wsgi.url_scheme"] = scheme
        return self._app(environ, start_response)

    def _origin(self, peer: IPv4Address | IPv6Address | None, told: str) -> IPv4Address | IPv6Address | None:
        """Follow the chain backwards while its hops are trusted; what stands before that, anyone may have written."""
        for hop in reversed(told.split(",")):
            before = _plain(hop.strip())
            if before is None:
                break
            peer = before
            if not self._is_trusted(peer):
                break
        return peer

    def _is_trusted(self, address: IPv4Address | IPv6Address | None) -> bool:
        return address is not None and any(address in network for network in self._trusted)


def is_loopback(text: str) -> bool:
    """Tell whether an address is this machine itself."""
    address = _plain(text)
    return address is not None and address.is_loopback


def neighbourhood(text: str) -> str:
    """Give what counts as one client: an address, or the /64 of IPv6 that one client has to itself."""
    address = _plain(text)
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else str(address or "")


def _plain(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
