"""Events that were posted before are found by their keys, one by one."""

from alembic import context, op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0021_known")
