"""What leaves a unit's bank account bears a fund that it holds there."""

from alembic import context, op

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0033_fund_in_bank")
