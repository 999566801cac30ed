"""Account sets of a next year."""

from alembic import context, op

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0042_next_year")
