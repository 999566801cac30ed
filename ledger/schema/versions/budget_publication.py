"""Publication of departmental budgets: notes, what the statutory tables are made of, deadlines."""

from alembic import context, op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0014_budget_publication")
