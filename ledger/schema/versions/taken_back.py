"""What was taken back uses nothing of its adjustment."""

from alembic import context, op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0037_taken_back")
