"""Zero-based departmental budgets: standards, packages, ceilings, resolution and publication."""

from alembic import context, op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0012_budget")
