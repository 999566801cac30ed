"""What waits is not asked for again."""

from alembic import context, op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0039_asked_once")
