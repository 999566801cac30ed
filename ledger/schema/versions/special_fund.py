"""Special funds: calls, applications, checks, drawn experts, opinions, decisions and their publication."""

from alembic import context, op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0015_special_fund")
