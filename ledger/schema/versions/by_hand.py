"""What brings its own lines is no way around a claim, nor from one fund to another."""

from alembic import context, op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0038_by_hand")
