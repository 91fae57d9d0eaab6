"""What a road network shows on the map, kept in PostGIS from its import on until it is removed."""

import io
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from casevac.errors import BadSetting
from casevac.store.connection import Connection
from geo.roads import Roads

if TYPE_CHECKING:
    from geo.charted import Progress
    from geo.zooms import Marks

_FORM = b"1"  # how things are drawn: another word draws everything anew
_SRID = 3857
_MOST_CORNERS = 256
_STAGE = """
SET LOCAL client_min_messages = warning; SET LOCAL jit = off;
CREATE TEMP TABLE IF NOT EXISTS coming
    (layer text, level smallint, zoom smallint, told jsonb, geom geometry) ON COMMIT DROP
"""
# Large areas are kept in pieces: a tile then cuts only those that it shows.
_KEEP = f"""
INSERT INTO drawn (drawing, layer, level, zoom, told, geom)
SELECT %s, layer, level, zoom, told, piece
FROM coming, LATERAL ST_Subdivide(ST_CollectionExtract(geom, 3), {_MOST_CORNERS}) piece
WHERE ST_Dimension(geom) = 2
UNION ALL SELECT %s, layer, level, zoom, told, geom FROM coming WHERE ST_Dimension(geom) < 2;
TRUNCATE coming
"""


class Drawing(NamedTuple):
    """One network as it is drawn; has: shapes by layer; box: west, south, east, north in degrees."""

    key: str
    network: str
    digest: str
    has: dict[str, int]
    box: tuple[float, float, float, float]


def key_of(network: str, roads: Roads, source: Path) -> str:
    """The name of a drawing: the same network of the same file, drawn in the same way, has the same one.

    Raises BadSetting when the file cannot be read.
    """
    found = sha256(b"\n".join((_FORM, network.encode(), roads.digest.encode())))
    try:
        with source.open("rb") as file:
            while part := file.read(1 << 20):
                found.update(part)
    except OSError as fault:
        raise BadSetting(f"cannot read {source}: {fault.strerror}") from fault
    return found.hexdigest()[:32]


def draw(
    db: Connection,
    network: str,
    roads: Roads,
    source: Path,
    progress: "Progress" = lambda _what, _done, _of: None,
) -> Drawing:
    """Keep what a network and its extract show, in the caller's transaction; what is kept already stays.

    Former drawings of a network of this name go. Memory is bounded whatever the extract's size. Raises
    BadExtract, BadRoadsFile, BadSetting.
    """
    key = key_of(network, roads, source)
    known = by_key(db, key)
    if known is not None:
        return known
    drop(db, network)
    has: Counter[str] = Counter()
    with db.cursor() as cursor:
        cursor.execute(_STAGE)
        cursor.execute(
            "INSERT INTO drawings (key, network, digest, has, box) VALUES (%s, %s, %s, '{}', %s)",
            (key, network, roads.digest, list(roads.bounds)),
        )
        for marks in _all(roads, source, progress):
            cursor.copy_expert("COPY coming FROM STDIN", io.BytesIO(b"".join(_rows(marks))))
            cursor.execute(_KEEP, (key, key))
            has[marks.layer] += len(marks.told) if marks.level == 0 else 0
        cursor.execute(
            "UPDATE drawings SET has = %s WHERE key = %s", (msgspec.json.encode(dict(has)).decode(), key)
        )
    return Drawing(key, network, roads.digest, dict(has), roads.bounds)


def _all(roads: Roads, source: Path, progress: "Progress") -> Iterator["Marks"]:
    from geo.charted import charted  # noqa: PLC0415  (pyosmium is loaded by nobody who only looks)
    from geo.landscape import landscape  # noqa: PLC0415

    shapes: Iterable[Marks] = landscape(source, progress) if source.name.endswith(".pbf") else ()
    return chain(charted(roads, progress), shapes)


def _rows(marks: "Marks") -> Iterator[bytes]:
    """Lines of COPY's text format."""
    import shapely  # noqa: PLC0415  (as above)

    wkb = np.asarray(shapely.to_wkb(shapely.set_srid(marks.shapes, _SRID), hex=True, include_srid=True))
    for zoom, told, shape in zip(marks.zooms, marks.told, wkb.tolist(), strict=True):
        words = msgspec.json.encode(told).replace(b"\\", b"\\\\")
        yield f"{marks.layer}\t{marks.level}\t{zoom}\t".encode() + words + b"\t" + shape.encode() + b"\n"


def drop(db: Connection, network: str) -> None:
    """Forget what the network of this name shows, in the caller's transaction."""
    with db.cursor() as cursor:
        cursor.execute("DELETE FROM drawings WHERE network = %s", (network,))


_READ = "SELECT key, network, digest, has, box FROM drawings"


def by_key(db: Connection, key: str) -> Drawing | None:
    """The drawing of this name, or None."""
    return _one(db, f"{_READ} WHERE key = %s", (key,))


def of_network(db: Connection, network: str, digest: str) -> Drawing | None:
    """How a network is drawn, under its own name before another of the same content; None when it is not."""
    return _one(db, f"{_READ} WHERE digest = %s ORDER BY network = %s DESC, key LIMIT 1", (digest, network))


def _one(db: Connection, query: str, values: tuple[str, ...]) -> Drawing | None:
    with db.cursor() as cursor:
        cursor.execute(query, values)
        row = cursor.fetchone()
    return None if row is None else Drawing(row[0], row[1], row[2], row[3], tuple(row[4]))
