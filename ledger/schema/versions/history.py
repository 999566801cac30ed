"""Earlier years put forward by one person and posted by another, with the account sets that they need."""

from alembic import context, op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0028_history")
