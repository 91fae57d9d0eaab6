"""Vector tiles of real extracts: time to draw at the import, and per zoom to make a tile.

python -m tests.bench.tiles DIR_OF_EXTRACTS prints one line of JSON.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg2

from casevac.roof.home import Home
from casevac.roof.part import alone
from casevac.roof.postgres import Cluster
from casevac.store import drawings, networks, tiles
from casevac.store.connection import Connection, connect
from casevac.store.migrate import upgrade
from geo.zooms import WORLD_M
from tests.bench.roads import EXTRACTS, timed
from tests.ports import next_free

ZOOMS = (6, 8, 10, 12, 14)
MOST_TILES = 60
ROUNDS = 5


def measured(db: Connection, home: Path, name: str, source: Path) -> dict[str, Any]:
    """Figures of one extract: seconds of the import without and of drawing, then ms and kB of tiles."""
    import_s, roads = timed(lambda: networks.import_network(home, name, source))

    def draw() -> drawings.Drawing:
        with db:
            return drawings.draw(db, name, roads, source)

    draw_s, drawing = timed(draw)
    with db.cursor() as cursor:
        cursor.execute("ANALYZE drawn")
    db.commit()
    zooms = {f"z{zoom}": _zoom(db, drawing.key, zoom) for zoom in ZOOMS}
    return {"import_s": import_s, "draw_s": draw_s, "shapes": drawing.has, **zooms}


def _zoom(db: Connection, key: str, zoom: int) -> dict[str, Any]:
    """Each tile that shows a road of this zoom, at most MOST_TILES of them, ROUNDS times."""
    spent: list[float] = []
    sizes: list[int] = []
    for x, y in _shown(db, key, zoom):
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            body = tiles.tile(db, key, zoom, x, y)
            spent.append((time.perf_counter() - begun) * 1000)
            db.rollback()
        sizes.append(len(body))
    if not spent:
        return {"tiles": 0}
    ordered = sorted(spent)
    return {
        "tiles": len(sizes),
        "median_ms": round(statistics.median(ordered), 1),
        "p99_ms": round(ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], 1),
        "largest_kb": round(max(sizes) / 1000, 1),
    }


def _shown(db: Connection, key: str, zoom: int) -> list[tuple[int, int]]:
    side = WORLD_M / 2**zoom
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT floor((ST_X(p) + %(half)s) / %(side)s)::int, floor((%(half)s - ST_Y(p)) / %(side)s)::int"
            " FROM (SELECT ST_StartPoint(geom) p FROM drawn WHERE drawing = %(key)s AND layer = 'roads'"
            " AND level = 0 AND zoom <= %(zoom)s) places GROUP BY 1, 2 ORDER BY count(*) DESC LIMIT %(most)s",
            {"half": WORLD_M / 2, "side": side, "key": key, "zoom": zoom, "most": MOST_TILES},
        )
        return [(int(x), int(y)) for x, y in cursor.fetchall()]


def main(folder: Path) -> None:
    """Measure every extract that is there, in a store of their own."""
    with tempfile.TemporaryDirectory() as place:
        home = Home(Path(place) / "home")
        home.prepare()
        server = Cluster(home, next_free(15432))
        with alone(server):
            admin = psycopg2.connect(server.url("postgres"))
            admin.autocommit = True
            admin.cursor().execute("CREATE DATABASE bench")
            upgrade(server.url("bench"))
            db = connect(server.url("bench"))
            found = {
                name: measured(db, home.path, name, folder / file)
                for name, file in EXTRACTS.items()
                if (folder / file).exists()
            }
            db.close()
            admin.close()
    sys.stdout.write(json.dumps({"bench": "tiles", "figures": found}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
