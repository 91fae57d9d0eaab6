"""Pictures kept so that a restart need not fold the whole log."""

from alembic import op

revision = "0002"
down_revision = "0001"

_TABLES = """
CREATE TABLE snapshots (
    mission text PRIMARY KEY REFERENCES missions (id), seq bigint NOT NULL, program text NOT NULL,
    picture bytea NOT NULL);
ALTER TABLE snapshots ALTER COLUMN picture SET STORAGE EXTERNAL;
CREATE INDEX events_recorded ON events (mission, recorded_at);
"""


def upgrade() -> None:
    """Make the table; it may be emptied at any time."""
    op.get_bind().exec_driver_sql(_TABLES)


def downgrade() -> None:
    """Forget the snapshots: the log has everything."""
    op.get_bind().exec_driver_sql("DROP INDEX events_recorded; DROP TABLE snapshots")
