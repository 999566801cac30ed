"""A reversal is whole, what is opened again was carried over, and own money is bound function by function."""

from alembic import context, op

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0032_whole_reversals")
