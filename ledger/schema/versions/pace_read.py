"""Who reads the pace of an agency and the results of its projects."""

from alembic import context, op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0024_pace_read")
