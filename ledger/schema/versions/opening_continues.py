"""Books go on where the year before ended."""

from alembic import context, op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0041_opening_continues")
