"""A project enters the budget of its own department."""

from alembic import context, op

revision = "0044"
down_revision = "0043"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0044_project_of_department")
