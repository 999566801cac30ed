"""What the public pages of budgets show besides: quotes, and the units of quantities."""

from alembic import context, op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0017_budget_pages")
