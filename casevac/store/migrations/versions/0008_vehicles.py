"""Vehicles are found in the log without reading all of it: the door asks what a device rides in."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """A small index of a few rows."""
    op.get_bind().exec_driver_sql(
        "CREATE INDEX events_vehicles ON events (seq) WHERE kind = 'vehicle_registered'"
    )


def downgrade() -> None:
    """Without it the question is slower, the answer the same."""
    op.get_bind().exec_driver_sql("DROP INDEX events_vehicles")
