"""The land, the villages and the patrol routes of a coverage: from words and vector files."""

from pathlib import Path

import geopandas
import numpy as np
import pyogrio.errors
import shapely

from casevac.coverage import Patrol, Place
from casevac.errors import BadFile, BadMessage
from geo.gazetteer import Gazetteer
from geo.lonlat import LonLat, check
from geo.mgrs import read_place
from geo.roads import DEGREES, Roads

VILLAGES = ("city", "town", "village", "hamlet")
MOST_VILLAGES = 5_000
LONGEST_LINE = 4_000  # characters of a patrol route
Land = shapely.Polygon | shapely.MultiPolygon


def box_of(text: str) -> shapely.Polygon:
    """An area from `west,south,east,north`; raises BadMessage, BadPlace."""
    try:
        west, south, east, north = (float(word) for word in text.split(","))
    except ValueError as fault:
        raise BadMessage(f"an area is west,south,east,north in degrees; not {text[:60]!r}") from fault
    check(west, south)
    check(east, north)
    if west >= east or south >= north:
        raise BadMessage("an area is west,south,east,north: west before east, south before north")
    return shapely.box(west, south, east, north)


def round_roads(roads: Roads) -> shapely.Polygon:
    """The hull of a network; raises BadMessage when it has none."""
    hull = shapely.MultiPoint(np.column_stack((roads.node_x, roads.node_y)) * DEGREES).convex_hull
    if not isinstance(hull, shapely.Polygon):
        raise BadMessage("the roads span no area; name one: west,south,east,north")
    return hull


def line_of(text: str) -> tuple[LonLat, ...]:
    """A patrol route from places with semicolons between; raises BadMessage, BadPlace."""
    if len(text) > LONGEST_LINE:
        raise BadMessage(f"a patrol route has at most {LONGEST_LINE} characters; leave out points")
    found = tuple(read_place(part.strip()) for part in text.split(";") if part.strip())
    if len(found) < 2:
        raise BadMessage("a patrol route has at least two places, as 21.9,6.5;21.4,6.1")
    return found


def villages_in(names: Gazetteer, area: Land) -> tuple[Place, ...]:
    """The inhabited places of an area, at most MOST_VILLAGES."""
    every = [one for one in names.entries if one.kind in VILLAGES]
    inside = shapely.contains_xy(area, [one.place.lon for one in every], [one.place.lat for one in every])
    found = [Place(one.name, one.place) for one, ok in zip(every, inside, strict=True) if ok]
    return tuple(found[:MOST_VILLAGES])


def area_of(path: Path) -> Land:
    """All polygons of a vector file as one; raises BadFile."""
    shapes = [one for one in _frame(path).geometry if one is not None]
    whole = shapely.union_all(
        [one for one in shapes if isinstance(one, shapely.Polygon | shapely.MultiPolygon)]
    )
    if not isinstance(whole, shapely.Polygon | shapely.MultiPolygon) or whole.is_empty:
        raise BadFile(f"{path.name} holds no polygon; give the outline of the land in question")
    return whole


def patrols_of(path: Path) -> tuple[Patrol, ...]:
    """Every line of a vector file, named by its column name; raises BadFile, BadPlace."""
    frame, found = _frame(path), list[Patrol]()
    names = frame["name"] if "name" in frame.columns else [""] * len(frame)
    for number, (name, whole) in enumerate(zip(names, frame.geometry, strict=True), 1):
        for line in shapely.get_parts(whole):
            if isinstance(line, shapely.LineString) and not line.is_empty:
                points = tuple(check(*xy[:2]) for xy in line.coords)
                found.append(Patrol(str(name or f"route {number}"), points))
    if not found:
        raise BadFile(f"{path.name} holds no line; give patrol routes as lines")
    return tuple(found)


def _frame(path: Path) -> geopandas.GeoDataFrame:
    """A vector file in WGS 84."""
    if not path.exists():
        raise BadFile(f"there is no file {path}; check the name")
    try:
        frame = geopandas.read_file(path)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError) as fault:
        raise BadFile(f"{path.name} is no vector file: {str(fault).splitlines()[0]}") from fault
    return frame.set_crs(4326) if frame.crs is None else frame.to_crs(4326)
