"""Figures of this process for Prometheus: how many requests, how they ended, how long they took."""

import hmac
from http import HTTPStatus
from time import perf_counter

from flask import Flask, Response, abort, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

from ledger.db import Source
from web.peers import FORWARDED, is_loopback

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


def measure(app: Flask, source: Source, token: str | None) -> None:
    """Count every request, and tell at ``/metrics``: to who has the token, or without one to this machine itself."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    requests = Counter("gongku_requests", "Requests answered.", ("route", "method", "status"), registry=registry)
    seconds = Histogram("gongku_request_seconds", "Time to an answer.", ("route",), buckets=_SECONDS, registry=registry)
    connections = Gauge(
        "gongku_database_connections", "Connections of a login that are in use.", ("login",), registry=registry
    )

    @app.before_request
    def _begun() -> None:
        g.begun = perf_counter()

    @app.after_request
    def _answered(answer: Response) -> Response:
        route = request.endpoint or "none"
        method = request.method if request.method in _METHODS else "other"
        requests.labels(route, method, str(answer.status_code)).inc()
        if "begun" in g:
            seconds.labels(route).observe(perf_counter() - g.begun)
        return answer

    @app.get("/metrics", endpoint="metrics")
    def _metrics() -> Response:
        if not _may_read(token):
            abort(HTTPStatus.FORBIDDEN)
        for login, engine in list(source.engines.items()):
            connections.labels(login).set(engine.pool.checkedout())  # type: ignore[attr-defined]
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


def _may_read(token: str | None) -> bool:
    """Tell whether the figures are for whoever asks; behind a proxy everybody seems to come from this machine."""
    if token is not None:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    return is_loopback(request.remote_addr or "") and not any(name in request.environ for name in FORWARDED)
