"""What road networks show on the map, for vector tiles: roads, water, land, places."""

from alembic import op

revision = "0011"
down_revision = "0010"

_LEVELS = 4

_UP = """
CREATE TABLE drawings (
    key text PRIMARY KEY, network text NOT NULL, digest text NOT NULL, has jsonb NOT NULL,
    box double precision[] NOT NULL, drawn_at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE INDEX drawings_digest ON drawings (digest);
CREATE TABLE drawn (
    drawing text NOT NULL REFERENCES drawings (key) ON DELETE CASCADE, layer text NOT NULL,
    level smallint NOT NULL, zoom smallint NOT NULL, told jsonb NOT NULL,
    geom geometry(Geometry, 3857) NOT NULL);
CREATE INDEX drawn_drawing ON drawn (drawing);
"""


def upgrade() -> None:
    """Networks imported before show their roads only, until they are imported again."""
    op.get_bind().exec_driver_sql(_UP)
    for level in range(_LEVELS):  # a far zoom must not look through what only a close one shows
        op.get_bind().exec_driver_sql(
            f"CREATE INDEX drawn_level_{level} ON drawn USING gist (geom) WHERE level = {level}"
        )


def downgrade() -> None:
    """The map shows roads only."""
    op.get_bind().exec_driver_sql("DROP TABLE drawn; DROP TABLE drawings")
