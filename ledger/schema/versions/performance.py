"""Why spending is off pace, and what projects achieved."""

from alembic import context, op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0023_performance")
