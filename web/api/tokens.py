"""Tokens of clients: the security administrator gives them, for one duty and some days, and ends them at once."""

from collections.abc import Mapping
from typing import Any

from flask.views import MethodView

from ledger import clients
from ledger.db import Source, transaction
from web.api import schemas
from web.api.asking import session
from web.api.duties import KEEPERS, duty


def register(pages: Any, source: Source) -> None:  # noqa: ANN401 - flask-smorest brings no types
    """Add the addresses of clients and their tokens."""

    @pages.route("/clients")
    @duty(KEEPERS)
    class _Clients(MethodView):
        """Clients and their tokens."""

        @pages.response(200, schemas.ClientSchema(many=True))
        def get(self) -> list[dict[str, Any]]:
            """List the clients of the treasury with duty, document and end. For SECU and LOGA."""
            with transaction(source, session()) as tx:
                return list(clients.clients(tx))

        @pages.arguments(schemas.TokenOrder)
        @pages.response(201, schemas.TokenSchema)
        def post(self, body: Mapping[str, Any]) -> dict[str, str]:
            """Give a client a token of a person's duty, never of one's own. For SECU.

            The token is told once; only its hash is kept. It ends after ``days``, or with the appointment.
            """
            order = dict(body)
            client = order.pop("client")
            with transaction(source, session()) as tx:
                token = clients.issue_token(tx, client, **order)
            return {"client": client, "token": token}

    @pages.route("/clients/<client>")
    @duty(KEEPERS)
    class _Client(MethodView):
        """One client."""

        @pages.response(200, schemas.RevokedSchema)
        def delete(self, client: str) -> dict[str, object]:
            """End a client's token at once. For SECU."""
            with transaction(source, session()) as tx:
                return {"client": client, "revoked": clients.revoke_token(tx, client)}
