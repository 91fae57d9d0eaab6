"""The basemap over HTTP: which drawing the mission has, and its vector tiles."""

import gzip
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from casevac.store import drawings
from geo.zooms import DEEPEST
from maps.desk import At, MissionId, answer
from maps.examples import shown

KIND = "application/vnd.mapbox-vector-tile"
EXAMPLE = {
    "state": "drawn",
    "message": "",
    "network": "car-national",
    "season": "wet",
    "key": "6f1c5b0e6f1c5b0e6f1c5b0e6f1c5b0e",
    "tiles": "api/tiles/6f1c5b0e6f1c5b0e6f1c5b0e6f1c5b0e/{z}/{x}/{y}.mvt",
    "deepest": DEEPEST,
    "box": [14.5, 2.2, 27.5, 11.0],
    "has": {"roads": 60, "places": 40},
}
_TILE = shown("bytes")
_BYTES = {"schema": {"type": "string", "format": "binary"}, "example": "bytes of a tile"}
_TILE[200] = {"description": "A tile.", "content": {KIND: _BYTES}}
_TILE |= {204: {"description": "Nothing is there."}, 304: {"description": "It is as you have it."}}
_FOREVER = "private, max-age=31536000, immutable"
router = APIRouter(prefix="/api", tags=["look"])
Key = Annotated[str, Path(max_length=64, examples=["6f1c5b0e6f1c5b0e6f1c5b0e6f1c5b0e"])]


@router.get("/basemap", responses=shown(EXAMPLE))
def basemap(desk: At, mission: MissionId = None) -> Response:
    """How the mission's roads are drawn. `state` is `drawn` (tiles at the address `tiles`, always the same),
    `roads_only` (imported before there were tiles: /api/roads), or `none`; `message` says what to do.
    """
    picture = desk.scene(mission).picture
    told: dict[str, Any] = dict.fromkeys(EXAMPLE) | {"season": picture.mission.profile.season, "message": ""}
    if picture.roads is None:
        return answer(
            told | {"state": "none", "message": "no roads yet: casevac roads import FILE.osm.pbf --use"}
        )
    name, digest = picture.roads.value.name, picture.roads.value.digest
    with desk.pool.lend() as db:
        found = drawings.of_network(db, name, digest)
    if found is None:
        again = f"import {name} again to see water and places: casevac roads import FILE --name {name} --use"
        return answer(told | {"state": "roads_only", "network": name, "message": again})
    address = f"api/tiles/{found.key}/{{z}}/{{x}}/{{y}}.mvt"
    drawn = {"state": "drawn", "network": name, "key": found.key, "tiles": address, "deepest": DEEPEST}
    return answer(told | drawn | {"box": found.box, "has": found.has})


@router.get("/tiles/{key}/{z}/{x}/{y}.mvt", response_class=Response, responses=_TILE)
async def tile(request: Request, desk: At, key: Key, z: int, x: int, y: int) -> Response:
    """One Mapbox Vector Tile: layers `land`, `water`, `roads`, `points`, `places`; 204 where nothing is.

    An address never changes its content: it may be kept for good. Unknown keys are 404, zooms beyond 14 and
    tiles off the map 422.
    """
    headers = {"etag": f'W/"{key}/{z}/{x}/{y}"', "cache-control": _FOREVER, "vary": "accept-encoding"}
    found = await desk.tiles.tile(key, z, x, y)
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    if not found.body:
        return Response(status_code=204, headers=headers)
    takes = "gzip" in request.headers.get("accept-encoding", "")
    if found.packed and takes:
        headers["content-encoding"] = "gzip"
    body = gzip.decompress(found.body) if found.packed and not takes else found.body
    return Response(body, media_type=KIND, headers=headers)
