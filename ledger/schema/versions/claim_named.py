"""What is spent in a class of claims names one."""

from alembic import context, op

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0036_claim_named")
