"""The chains of a request are found at once: whoever is stood down frees everybody bound to them."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the index."""
    op.get_bind().exec_driver_sql(
        "CREATE INDEX events_chains ON events (mission, (body->>'request')) WHERE kind = 'chain_planned'"
    )


def downgrade() -> None:
    """Do without."""
    op.get_bind().exec_driver_sql("DROP INDEX events_chains")
