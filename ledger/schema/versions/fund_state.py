"""Special funds in the state of what is published, so that the public site may keep them."""

from alembic import context, op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0019_fund_state")
