"""Whose books a published set is, for the final accounts of agencies."""

from alembic import context, op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0020_final_accounts")
