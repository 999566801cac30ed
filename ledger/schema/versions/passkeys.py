"""Passkeys, identities of a provider, and the version of the schema for a balancer."""

from alembic import context, op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Run the numbered SQL file of this step."""
    context.config.attributes["run"](op.get_bind(), "0013_passkeys")
