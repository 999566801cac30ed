"""A decision package is withdrawn by hand."""

from alembic import context, op

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0045_package_withdrawn")
