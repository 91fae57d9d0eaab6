"""Alembic's entry: runs migrations on the connection it is given."""

from alembic import context

from casevac.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
)
context.run_migrations()
