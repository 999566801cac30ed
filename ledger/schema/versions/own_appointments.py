"""Appointments are compared with those of the own treasury only."""

from alembic import context, op

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0043_own_appointments")
