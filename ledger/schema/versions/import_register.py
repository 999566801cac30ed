"""The register of imports, and their undoing as a whole."""

from alembic import context, op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0025_import")
