"""Teams are found in the log without reading all of it: the door asks who speaks for one."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """A small index of a few rows."""
    op.get_bind().exec_driver_sql("CREATE INDEX events_teams ON events (seq) WHERE kind = 'team_registered'")


def downgrade() -> None:
    """Without it the question is slower, the answer the same."""
    op.get_bind().exec_driver_sql("DROP INDEX events_teams")
