"""When a session was last used, and how often logins failed."""

from alembic import op

revision = "0007"
down_revision = "0006"

_UP = """
ALTER TABLE sessions ADD COLUMN used_at timestamptz NOT NULL DEFAULT clock_timestamp();
CREATE INDEX sessions_account ON sessions (account);
CREATE TABLE login_failures (
    subject bytea PRIMARY KEY, failures integer NOT NULL, last_at timestamptz NOT NULL);
CREATE INDEX login_failures_last_at ON login_failures (last_at);
"""


def upgrade() -> None:
    """No login has failed yet; open sessions count as used now."""
    op.get_bind().exec_driver_sql(_UP)


def downgrade() -> None:
    """Forget the failures."""
    op.get_bind().exec_driver_sql(
        "DROP TABLE login_failures; DROP INDEX sessions_account; ALTER TABLE sessions DROP COLUMN used_at"
    )
