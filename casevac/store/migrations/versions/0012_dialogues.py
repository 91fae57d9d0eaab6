"""Devices that speak another dialect than ours: which, on which topics, under which gateway; what is kept."""

from alembic import op

revision = "0012"
down_revision = "0011"

_UP = """
ALTER TABLE devices
    ADD COLUMN dialect text NOT NULL DEFAULT 'casevac', ADD COLUMN topics text[] NOT NULL DEFAULT '{}',
    ADD COLUMN map text;
CREATE TABLE field_maps (
    mission text NOT NULL REFERENCES missions (id), name text NOT NULL, body jsonb NOT NULL,
    PRIMARY KEY (mission, name));
CREATE TABLE foreign_ids (
    gateway text NOT NULL REFERENCES devices (name), foreign_id text NOT NULL,
    device text NOT NULL REFERENCES devices (name), PRIMARY KEY (gateway, foreign_id));
CREATE TABLE kept (
    device text NOT NULL REFERENCES devices (name), digest bytea NOT NULL,
    mission text NOT NULL REFERENCES missions (id), dialect text NOT NULL, what text NOT NULL,
    at timestamptz NOT NULL, raw bytea NOT NULL, PRIMARY KEY (device, digest));
CREATE TABLE dictionaries (
    mission text NOT NULL REFERENCES missions (id), number integer NOT NULL, digest bytea NOT NULL,
    raw bytea NOT NULL, PRIMARY KEY (mission, number));
"""


def upgrade() -> None:
    """Every device known so far speaks our own dialect."""
    op.get_bind().exec_driver_sql(_UP)


def downgrade() -> None:
    """Forget the others."""
    op.get_bind().exec_driver_sql(
        "DROP TABLE dictionaries; DROP TABLE kept; DROP TABLE foreign_ids; DROP TABLE field_maps; ALTER TABLE devices"
        " DROP COLUMN dialect, DROP COLUMN topics, DROP COLUMN map"
    )
