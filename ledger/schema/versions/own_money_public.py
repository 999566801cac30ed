"""The public sees the approved changes of a unit's own money."""

from alembic import context, op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0034_own_money_public")
