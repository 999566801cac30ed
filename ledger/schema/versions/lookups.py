"""Events are looked up by the index of what is asked, whatever the statistics say."""

from alembic import context, op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0026_lookups")
