"""What a device may report: its role, and the facility for which it speaks."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Every device known so far is a tracker."""
    op.get_bind().exec_driver_sql(
        "ALTER TABLE devices ADD COLUMN role text NOT NULL DEFAULT 'tracker', ADD COLUMN facility text"
    )


def downgrade() -> None:
    """Forget the roles; the log has them."""
    op.get_bind().exec_driver_sql("ALTER TABLE devices DROP COLUMN role, DROP COLUMN facility")
