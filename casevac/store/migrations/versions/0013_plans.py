"""What the planner proposed, when, and on what it rested; and how the planner is."""

from alembic import op

revision = "0013"
down_revision = "0012"

_UP = """
CREATE TABLE plans (
    mission text NOT NULL REFERENCES missions (id), id text NOT NULL, seq bigint NOT NULL,
    made_at timestamptz NOT NULL, policy text NOT NULL, version text NOT NULL,
    network text NOT NULL, hazards text NOT NULL, gap double precision, body bytea NOT NULL,
    PRIMARY KEY (mission, id));
CREATE INDEX plans_made ON plans (mission, made_at);
CREATE TABLE planners (
    mission text PRIMARY KEY REFERENCES missions (id), plan text, seq bigint NOT NULL,
    looked_at timestamptz NOT NULL, error text, trouble text);
"""


def upgrade() -> None:
    """Nothing is proposed for what was before."""
    op.get_bind().exec_driver_sql(_UP)


def downgrade() -> None:
    """What was proposed is forgotten; what was decided is in the log."""
    op.get_bind().exec_driver_sql("DROP TABLE planners; DROP TABLE plans")
