"""The state of what is published, by which the public site knows that nothing changed."""

from alembic import context, op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0011_state")
