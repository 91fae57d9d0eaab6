"""What was set aside can be read again: since when it is resolved, and its reason as a word."""

from alembic import op

revision = "0009"
down_revision = "0008"

_UP = """
ALTER TABLE set_aside ADD COLUMN resolved_at timestamptz, ADD COLUMN word text NOT NULL DEFAULT 'unreadable';
UPDATE set_aside SET word = CASE
    WHEN reason LIKE '%number reused%' THEN 'number_reused'
    WHEN reason LIKE '%is not enrolled%' THEN 'unknown_device'
    WHEN reason LIKE '%the store refused it%' THEN 'refused_by_store'
    WHEN reason LIKE '% cannot report %' OR reason LIKE '% belongs to %' OR reason LIKE '%may speak for%'
        OR reason LIKE '%this device speaks for%' THEN 'not_allowed'
    ELSE 'unreadable' END;
CREATE INDEX set_aside_waiting ON set_aside (word, id) WHERE resolved_at IS NULL;
"""


def upgrade() -> None:
    """Everything set aside so far waits still."""
    op.get_bind().exec_driver_sql(_UP.replace("%", "%%"))


def downgrade() -> None:
    """Forget what was resolved."""
    op.get_bind().exec_driver_sql(
        "DROP INDEX set_aside_waiting; ALTER TABLE set_aside DROP COLUMN resolved_at, DROP COLUMN word"
    )
