"""Numbers seen as bits, 1024 a row, in place of a row each; only events keep a digest of what they said."""

from alembic import op

from casevac.errors import NotPossible

revision = "0006"
down_revision = "0005"

_UP = """
CREATE TABLE seen (
    device text, epoch bigint, block bigint, bits bit(1024) NOT NULL, again bit(1024),
    PRIMARY KEY (device, epoch, block)) WITH (fillfactor = 50);
CREATE FUNCTION pg_temp.block(places integer[]) RETURNS bit(1024) LANGUAGE plpgsql AS $$
DECLARE bits bit(1024) := 0::bit(1024); place integer;
BEGIN
    FOREACH place IN ARRAY places LOOP bits := set_bit(bits, place, 1); END LOOP;
    RETURN bits;
END $$;
INSERT INTO seen (device, epoch, block, bits)
    SELECT device, epoch, n / 1024, pg_temp.block(array_agg((n % 1024)::integer))
    FROM numbers WHERE epoch >= 0 GROUP BY device, epoch, n / 1024;
DROP FUNCTION pg_temp.block(integer[]);
ALTER TABLE numbers RENAME TO event_numbers;
ALTER INDEX numbers_pkey RENAME TO event_numbers_pkey;
DELETE FROM event_numbers t WHERE NOT EXISTS
    (SELECT FROM events e WHERE (e.device, e.epoch, e.n) = (t.device, t.epoch, t.n)) OR t.epoch < 0;
ALTER TABLE positions DROP COLUMN digest;
ALTER TABLE latest_positions DROP COLUMN digest;
"""


def upgrade() -> None:
    """Every number seen so far stays seen."""
    op.get_bind().exec_driver_sql(_UP.replace("%", "%%"))


def downgrade() -> None:
    """What the positions said is in the positions; their digests are not kept."""
    raise NotPossible("the digests of reports are gone; restore a copy made before 0006 instead")
