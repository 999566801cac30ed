"""The books: roles, reference data, people, journal, posting, publication, rights."""

from alembic import context, op

revision = "0007"
down_revision = None

FILES = (
    "0001_roles",
    "0002_reference",
    "0003_people",
    "0004_journal",
    "0005_posting",
    "0006_published",
    "0007_rights",
)


def upgrade() -> None:
    """Run the numbered SQL files of this step."""
    run = context.config.attributes["run"]
    for name in FILES:
        run(op.get_bind(), name)
