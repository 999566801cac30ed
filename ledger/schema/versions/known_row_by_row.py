"""Each staged event is looked up by itself."""

from alembic import context, op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0027_known_row_by_row")
