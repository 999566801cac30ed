"""The first disclosures: fees and investment projects."""

from alembic import context, op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0008_disclosure")
