"""Reallocation within authority limits."""

from alembic import context, op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0016_reallocation")
