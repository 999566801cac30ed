"""Reimbursement claims by spending standard, and the register of designated venues."""

from alembic import context, op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0022_claim")
