"""What the budget law forbids in execution."""

from alembic import context, op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0018_budget_law")
