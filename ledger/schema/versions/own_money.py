"""The budget of a unit's own money binds as well, with its changes asked for and approved."""

from alembic import context, op

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0029_own_money")
