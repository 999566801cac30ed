"""No more is drawn on the stabilisation fund than it holds."""

from alembic import context, op

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0035_stabilisation_fund")
