"""Clients of the API and their tokens."""

from alembic import context, op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0010_clients")
