"""What may be spent before the budget is approved, in the cases that the law knows."""

from alembic import context, op

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0031_advance")
