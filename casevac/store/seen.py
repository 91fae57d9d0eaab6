"""Which numbers of a device came before: a bit each, 1024 in a row; for events also what they said.

A batch sets its bits in one statement that also tells which were set already. Its rows are locked in the same
order by every process, so two of them never wait for each other in a circle.
"""

from collections.abc import Iterable, Mapping

import psycopg2
from psycopg2.extras import execute_values

from casevac.store.connection import Connection

BLOCK = 1024
_LAST = BLOCK - 1
_HEX = BLOCK // 4
_CLAIM = f"""
WITH told AS (
    INSERT INTO seen (device, epoch, block, bits)
    SELECT device, epoch, block, ('x' || hex)::bit({BLOCK})
    FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::text[]) AS t (device, epoch, block, hex)
    ON CONFLICT (device, epoch, block) DO UPDATE
    SET bits = seen.bits | excluded.bits, again = seen.bits & excluded.bits
    RETURNING device, epoch, block, again)
SELECT device, epoch, block, again::text FROM told WHERE again <> 0::bit({BLOCK})
"""

Key = tuple[str, int, int]
"""Device, epoch, n."""
Blocks = dict[Key, str]
"""Device, epoch and block, with the bits of the block in hexadecimal, the first number first."""


def blocks(keys: Iterable[Key]) -> Blocks:
    """The bits of numbers."""
    wanted: dict[Key, int] = {}
    for device, epoch, n in keys:
        block = (device, epoch, n >> 10)
        wanted[block] = wanted.get(block, 0) | 1 << (_LAST - (n & _LAST))
    return {block: f"{bits:0{_HEX}x}" for block, bits in wanted.items()}


def claim(db: Connection, wanted: Blocks) -> set[Key]:
    """Mark numbers as seen in the caller's transaction; returns those that were seen before."""
    if not wanted:
        return set()
    places = sorted(wanted)
    devices, epochs, numbers = (list(column) for column in zip(*places, strict=True))
    with db.cursor() as cursor:
        cursor.execute(_CLAIM, (devices, epochs, numbers, f"{{{','.join(wanted[one] for one in places)}}}"))
        overlaps = cursor.fetchall()
    return {
        (str(device), int(epoch), int(block) * BLOCK + place)
        for device, epoch, block, bits in overlaps
        for place, bit in enumerate(bits)
        if bit == "1"
    }


def told(db: Connection, keys: Iterable[Key]) -> dict[Key, bytes]:
    """The digests of the events that have these numbers."""
    wanted = sorted(keys)
    if not wanted:
        return {}
    with db.cursor() as cursor:
        rows = execute_values(
            cursor,
            "SELECT t.device, t.epoch, t.n, t.digest FROM event_numbers t"
            " JOIN (VALUES %s) k (device, epoch, n) USING (device, epoch, n)",
            wanted,
            template="(%s::text, %s::bigint, %s::bigint)",
            page_size=len(wanted),
            fetch=True,
        )
    return {(str(device), int(epoch), int(n)): bytes(digest) for device, epoch, n, digest in rows}


def keep(db: Connection, digests: Mapping[Key, bytes]) -> None:
    """Keep what the events of newly claimed numbers say, to know a resend from a reuse."""
    if not digests:
        return
    with db.cursor() as cursor:
        execute_values(
            cursor,
            "INSERT INTO event_numbers (device, epoch, n, digest) VALUES %s",
            [(*key, psycopg2.Binary(digests[key])) for key in sorted(digests)],
        )
