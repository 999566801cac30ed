"""The office: sign-in, visits, administrators, vouchers on their way."""

from alembic import context, op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0009_office")
