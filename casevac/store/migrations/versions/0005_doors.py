"""Who may come in: devices that were cut off or have a certificate, personal accounts, their sessions."""

from alembic import op

revision = "0005"
down_revision = "0004"

_UP = """
ALTER TABLE devices
    ADD COLUMN revoked_at timestamptz, ADD COLUMN certificate text, ADD COLUMN guarantee text,
    ADD COLUMN withheld_until timestamptz, ADD COLUMN clock_offset_s double precision,
    ADD COLUMN clock_judged_at timestamptz;
CREATE TABLE accounts (
    name text PRIMARY KEY, role text NOT NULL, password text NOT NULL,
    added_at timestamptz NOT NULL DEFAULT clock_timestamp(), closed_at timestamptz);
CREATE TABLE sessions (
    token bytea PRIMARY KEY, account text NOT NULL REFERENCES accounts (name),
    begun_at timestamptz NOT NULL DEFAULT clock_timestamp(), ends_at timestamptz NOT NULL);
"""


def upgrade() -> None:
    """Every device known so far may come in; there is no account yet."""
    op.get_bind().exec_driver_sql(_UP)


def downgrade() -> None:
    """Forget the accounts, and who was cut off."""
    op.get_bind().exec_driver_sql(
        "DROP TABLE sessions; DROP TABLE accounts; ALTER TABLE devices DROP COLUMN revoked_at,"
        " DROP COLUMN certificate, DROP COLUMN guarantee, DROP COLUMN withheld_until,"
        " DROP COLUMN clock_offset_s, DROP COLUMN clock_judged_at"
    )
