"""Areas on the ground or in the air: circle, line with a width, polygon; what lies in or crosses them."""

import hashlib
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely

from geo.errors import BadArea
from geo.lonlat import GEOD, LonLat, check, distance_m

_CORNERS = 64  # of the polygon that stands for a circle
METRES_A_DEGREE = 111_195.0  # of latitude on the mean sphere; only the width of a line rests on it
WIDEST_M = 1_000_000.0


@dataclass(frozen=True)
class Area:
    """A named part of the earth: degrees, WGS 84, longitude first. Make it with circle, band or polygon.

    Areas over the antimeridian or a pole are refused. An outline that crosses itself is no fault, for whoever
    drew it in a hurry wants it to hold: all that it winds round is inside, both loops of an eight included.
    """

    name: str
    kind: str
    points: tuple[LonLat, ...]
    metres: float = 0.0  # radius of a circle, half the width of a line

    @cached_property
    def shape(self) -> shapely.Geometry:
        """The outline as a shapely polygon in degrees."""
        if self.kind == "circle":
            return _circle(self.points[0], self.metres)
        if self.kind == "line":
            return _band(self.points, self.metres)
        return _filled(self.points)

    def holds(self, place: LonLat) -> bool:
        """True when the place lies in the area or on its edge."""
        return bool(shapely.intersects_xy(self.shape, place[0], place[1]))

    def meets(self, path: Sequence[LonLat]) -> bool:
        """True when a path, straight between its points, touches the area."""
        if len(path) == 1:
            return self.holds(path[0])
        return len(path) > 1 and bool(shapely.intersects(self.shape, shapely.LineString(path)))


def circle(name: str, lon: float, lat: float, radius_m: float) -> Area:
    """Everything within radius_m of a place; raises BadPlace, BadArea."""
    return _placed(Area(name, "circle", (check(lon, lat),), _sized(name, radius_m)))


def band(name: str, points: Iterable[tuple[float, float]], width_m: float) -> Area:
    """Everything within half of width_m of a line; raises BadPlace, BadArea."""
    return _placed(Area(name, "line", _checked(name, points, 2), _sized(name, width_m / 2.0)))


def polygon(name: str, points: Iterable[tuple[float, float]]) -> Area:
    """Everything within an outline, closed by itself; raises BadPlace, BadArea."""
    found = Area(name, "polygon", _checked(name, points, 3))
    if shapely.is_empty(found.shape):
        raise BadArea(f"area {name}: its corners lie on one line; give an outline, or a line with a width")
    return found


def digest(areas: Iterable[Area]) -> str:
    """SHA-256 (hex) of the areas whatever their order: equal areas have equal digests."""
    told = sorted([each.name, each.kind, *(list(p) for p in each.points), each.metres] for each in areas)
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def met(areas: Iterable[Area], path: Sequence[LonLat]) -> list[str]:
    """Names of the areas that a path touches, in the order of the areas."""
    return [each.name for each in areas if each.meets(path)]


def _checked(name: str, points: Iterable[tuple[float, float]], least: int) -> tuple[LonLat, ...]:
    places = tuple(check(*point) for point in points)
    if len(set(places)) < least:
        raise BadArea(f"area {name}: give at least {least} different points")
    if max(p.lon for p in places) - min(p.lon for p in places) > 180.0:
        raise BadArea(_over(name))
    return places


def _over(name: str) -> str:
    return f"area {name}: it crosses the 180th meridian; give it as two areas"


def _placed(area: Area) -> Area:
    """The area, or BadArea when its width takes it over the antimeridian or a pole."""
    west, south, east, north = shapely.bounds(area.shape).tolist()
    if south < -90.0 or north > 90.0 or (area.kind == "circle" and _holds_pole(area)):
        raise BadArea(f"area {area.name}: it reaches over a pole; make it smaller")
    if west < -180.0 or east > 180.0 or east - west > 180.0:
        raise BadArea(_over(area.name))
    return area


def _holds_pole(area: Area) -> bool:
    pole = LonLat(0.0, math.copysign(90.0, area.points[0].lat))
    return distance_m(area.points[0], pole) <= area.metres


def _sized(name: str, metres: float) -> float:
    if not (math.isfinite(metres) and 0.0 < metres <= WIDEST_M):
        raise BadArea(f"area {name}: {metres} m is no size; give more than 0 and at most {WIDEST_M:g} m")
    return float(metres)


def _filled(points: Sequence[LonLat]) -> shapely.Geometry:
    """The polygon with this outline; of one that crosses itself every part that it winds round."""
    plain = shapely.Polygon(points)
    if plain.is_valid:
        return plain
    ring = shapely.LinearRing(points)
    faces = shapely.get_parts(shapely.polygonize([shapely.node(ring)]))
    inside = [each for each in faces if _turns(ring, shapely.point_on_surface(each))]
    return shapely.union_all(inside)


def _turns(ring: shapely.LinearRing, point: shapely.Point) -> int:
    """How often the ring winds round a point, counted where it crosses the ray to the east."""
    x, y = (shapely.get_coordinates(ring) - shapely.get_coordinates(point)).T
    up, down = (y[:-1] <= 0) & (y[1:] > 0), (y[:-1] > 0) & (y[1:] <= 0)
    left = x[:-1] * y[1:] - x[1:] * y[:-1]
    return int(np.count_nonzero(up & (left > 0)) - np.count_nonzero(down & (left < 0)))


def _circle(centre: LonLat, radius_m: float) -> shapely.Geometry:
    """A polygon round the circle: its sides touch it, so nothing of the circle is left out."""
    azimuths = np.linspace(0.0, 360.0, _CORNERS, endpoint=False)
    outside = radius_m / math.cos(math.pi / _CORNERS)
    lons, lats, _ = GEOD.fwd(
        np.full(_CORNERS, centre.lon), np.full(_CORNERS, centre.lat), azimuths, np.full(_CORNERS, outside)
    )
    return shapely.Polygon(np.column_stack((lons, lats)))


def _band(points: Sequence[LonLat], half_m: float) -> shapely.Geometry:
    """Buffered on a plane that touches the earth at the middle of the line."""
    narrow = max(0.01, math.cos(math.radians(sum(p.lat for p in points) / len(points))))
    flat = shapely.LineString([(p.lon * narrow, p.lat) for p in points])
    wide = shapely.buffer(flat, half_m / METRES_A_DEGREE)
    return shapely.transform(wide, lambda xy: np.column_stack((xy[:, 0] / narrow, xy[:, 1])))
