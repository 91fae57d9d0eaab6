"""A small map of everything as SVG: land, borders, the mission's roads coarse, assets with their names."""

import math
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

import shapely
from shapely.geometry import shape

from casevac.entities import Json
from maps import ground

WIDTH, MOST_HIGH, LEAST_HIGH = 960.0, 900.0, 420.0
MARGIN = 0.08  # of the width of what is shown, on every side
LEAST_DEG = 0.2
MOST_ROADS = 1500
LABELLED = 150  # with more of them names would hide everything


class Mark(NamedTuple):
    """Something on the map: `look` is its class, `sign` is drawn in it."""

    lon: float
    lat: float
    look: str
    sign: str
    name: str


class Sheet(NamedTuple):
    """A box in degrees on a sheet of so many units."""

    box: ground.Box
    width: float
    height: float

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        """Where a place lies on the sheet, from its upper left corner."""
        west, south, east, north = self.box
        return (lon - west) / (east - west) * self.width, (north - lat) / (north - south) * self.height


def sheet_of(places: Sequence[tuple[float, float]]) -> Sheet:
    """A sheet that shows all of the places; lon, lat in degrees."""
    lons, lats = [lon for lon, _ in places] or [0.0], [lat for _, lat in places] or [0.0]
    middle = (min(lats) + max(lats)) / 2
    narrow = max(0.2, math.cos(math.radians(middle)))
    wide = max(LEAST_DEG, (max(lons) - min(lons)) * (1 + 2 * MARGIN))
    high = max(LEAST_DEG, (max(lats) - min(lats)) * (1 + 2 * MARGIN))
    height = min(MOST_HIGH, max(LEAST_HIGH, WIDTH * high / (wide * narrow)))
    high = max(high, wide * narrow * height / WIDTH)
    wide = max(wide, high * WIDTH / height / narrow)
    lon = (min(lons) + max(lons)) / 2
    return Sheet((lon - wide / 2, middle - high / 2, lon + wide / 2, middle + high / 2), WIDTH, height)


def svg(
    sheet: Sheet, below: ground.Ground | None, roads: Json, hazards: Iterable[Json], marks: Sequence[Mark]
) -> str:
    """The map; without a basemap what is known is drawn on plain ground."""
    wide, high = f"{sheet.width:.0f}", f"{sheet.height:.0f}"
    parts = [
        f'<svg viewBox="0 0 {wide} {high}" role="img" aria-label="Map of everything on this page">',
        f'<rect class="{"sea" if below else "land"}" width="{wide}" height="{high}"/>',
    ]
    if below is not None:
        parts += [
            f'<path class="land" d="{_d(sheet, below.land)}"/>',
            f'<path class="coast" d="{_d(sheet, below.coast)}"/>',
            f'<path class="border" d="{_d(sheet, below.borders)}"/>',
        ]
    lines = [one["geometry"]["coordinates"] for one in roads.get("features", ())[:MOST_ROADS]]
    if lines:
        parts.append(
            f'<path class="road" d="{_d(sheet, {"type": "MultiLineString", "coordinates": lines})}"/>'
        )
    parts += [_hazard(sheet, one) for one in hazards]
    parts += [_mark(sheet, one, named=len(marks) <= LABELLED) for one in marks]
    return "".join([*parts, "</svg>"])


def _d(sheet: Sheet, geometry: Json) -> str:
    """A path of what of a geometry lies on the sheet, as exact as a unit of it."""
    west, south, east, north = sheet.box
    known = shape(geometry)
    cut = shapely.clip_by_rect(known, west, south, east, north)
    thin = shapely.simplify(cut, (east - west) / sheet.width)
    return "".join(_lines(sheet, thin))


def _lines(sheet: Sheet, one: shapely.Geometry) -> Iterable[str]:
    for part in shapely.get_parts(one):
        rings = [part.exterior, *part.interiors] if part.geom_type == "Polygon" else [part]
        for ring in rings:
            if ring.geom_type in ("LineString", "LinearRing") and not ring.is_empty:
                points = (sheet.at(lon, lat) for lon, lat in ring.coords)
                yield "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _hazard(sheet: Sheet, one: Json) -> str:
    name = escape(f"{one['kind']} {one['name']}")
    geometry = one["geometry"]
    if geometry["type"] != "Point":
        try:
            drawn = _d(sheet, geometry)
        except (ValueError, shapely.GEOSException):  # no shape at all: the rest of the picture matters more
            return ""
        return f'<path class="hazard" d="{drawn}"><title>{name}</title></path>'
    lon, lat = geometry["coordinates"]
    if lon is None or lat is None:
        return ""
    x, y = sheet.at(lon, lat)
    north = sheet.at(lon, lat + (one["radius_m"] or 0.0) / 111_000)[1]
    radius = max(5.0, y - north)
    circle = f'<circle class="hazard" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}">'
    return f"{circle}<title>{name}</title></circle>"


SIGNS = {
    "T1": '<rect x="-8" y="-8" width="16" height="16"/>',
    "T2": '<path d="M0-10 10 0 0 10-10 0z"/>',
    "T3": '<circle r="9"/>',
    "vehicle": '<path d="M0-9 9 7H-9z"/>',
    "facility": '<rect x="-9" y="-9" width="18" height="18" rx="4"/>',
}


def _mark(sheet: Sheet, one: Mark, *, named: bool) -> str:
    x, y = sheet.at(one.lon, one.lat)
    drawn = SIGNS.get(one.look, SIGNS["T3"])
    side = 'x="-12" y="4" text-anchor="end"' if x > 0.85 * sheet.width else 'x="12" y="4" text-anchor="start"'
    name = f'<text class="name" {side}>{escape(one.name)}</text>' if named else ""
    sign = f'<text class="sign" y="4">{escape(one.sign)}</text>'
    title = f"<title>{escape(one.name)}</title>"
    return (
        f'<g class="{escape(one.look)}" transform="translate({x:.1f} {y:.1f})">{title}{drawn}{sign}{name}</g>'
    )


def below(static: Path, sheet: Sheet) -> ground.Ground:
    """Land and borders under a sheet; raises BadFile when the page is not built."""
    west, south, east, north = sheet.box
    return ground.drawn(static, (max(-180.0, west), max(-90.0, south), min(180.0, east), min(90.0, north)))
