"""The planner is told that a treasury is no key."""

from alembic import context, op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0030_one_treasury")
