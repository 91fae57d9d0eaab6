"""Vector tiles (Mapbox Vector Tile 2) of what a network shows, made by PostGIS."""

import psycopg2

from casevac.errors import BadSetting, NotPossible
from casevac.store.connection import Connection
from geo.zooms import DEEPEST, level_of

LAYERS = ("land", "water", "roads", "points", "places")
LONGEST_MS = 5000
_EXTENT, _BUFFER = 4096, 64
_POINTS = 256  # names may begin outside of their tile

# The levels are literals, so that each finds its own index.
_LAYER = """
(SELECT coalesce(ST_AsMVT(one, %s, {extent}, 'shape'), '') FROM (
  SELECT told, ST_AsMVTGeom(geom, ST_TileEnvelope({z}, {x}, {y}), {extent}, {buffer}, true) AS shape
  FROM drawn WHERE level = {level} AND layer = %s AND drawing = %s AND zoom <= {z}
    AND geom && ST_TileEnvelope({z}, {x}, {y}, margin => {buffer}.0 / {extent})
) one WHERE shape IS NOT NULL)
"""


def check(zoom: int, x: int, y: int) -> None:
    """Raises BadSetting for an address that no tile has."""
    if not 0 <= zoom <= DEEPEST:
        raise BadSetting(f"tiles have zooms 0 to {DEEPEST}, not {zoom}")
    most = 2**zoom - 1
    if not (0 <= x <= most and 0 <= y <= most):
        raise BadSetting(f"at zoom {zoom} tiles are numbered 0 to {most}, not {x}/{y}")


def tile(db: Connection, key: str, zoom: int, x: int, y: int) -> bytes:
    """One tile of a drawing; empty where it shows nothing.

    Layers of LAYERS; properties are those of geo.charted and geo.landscape. Raises BadSetting, and
    NotPossible when it takes longer than LONGEST_MS.
    """
    check(zoom, x, y)
    parts: list[str] = []
    values: list[str] = []
    for layer in LAYERS:
        buffer = _POINTS if layer in ("points", "places") else _BUFFER
        place = {"z": zoom, "x": x, "y": y, "level": level_of(zoom).number}
        parts.append(_LAYER.format(**place, extent=_EXTENT, buffer=buffer))
        values += [layer, layer, key]
    try:
        with db.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {LONGEST_MS}; SET LOCAL jit = off")
            cursor.execute("SELECT " + " || ".join(parts), values)
            row = cursor.fetchone()
    except psycopg2.errors.QueryCanceled as fault:
        raise NotPossible(
            f"tile {zoom}/{x}/{y} took longer than {LONGEST_MS} ms; try again when the store has less to do"
        ) from fault
    return bytes(row[0]) if row else b""
