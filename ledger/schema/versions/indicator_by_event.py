"""Budget moves by events of its own, never by hand."""

from alembic import context, op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0040_indicator_by_event")
