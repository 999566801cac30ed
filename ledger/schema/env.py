"""Where Alembic runs: on the owner's connection that ``ledger.install`` hands over."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
