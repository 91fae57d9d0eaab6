"""Reach and coverage as files: GeoJSON, GeoPackage, or one HTML page with a map for a look."""

import html
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import folium
import geopandas
import numpy as np
import shapely
from branca.element import Element

from casevac.entities import Json
from casevac.errors import BadFile
from geo.drawing import roads_geojson
from geo.roads import Roads
from geo.terms import CLASSES
from maps.export import check_target, write
from maps.leaf import add_roads, alone, blank, raw, shape

WHAT = "layer"
_BESIDE_PX = 360
_MOST_ROADS = 8000
_MARGIN = 0.06  # of the width round everything
_TIMES = ("#08306b", "#2171b5", "#4a98cf", "#7cb5dc")  # the sooner, the darker: also without seeing colours
FILLED = "surgery"
_STEPS = {"advanced_care": "#1b7837", "surgery": "#762a83"}
_STYLE = """
.told{position:absolute;z-index:1000;right:8px;top:8px;width:20.5rem;max-height:92vh;overflow:auto;
padding:8px 12px;background:#fffffff0;border:1px solid #7d7f86;border-radius:4px;
font:13px/1.35 system-ui,sans-serif;color:#1c1d21}
.told h1{font-size:15px;margin:0 0 4px}.told p{margin:4px 0}.told td{padding:1px 8px 1px 0;vertical-align:top}
.told .r{text-align:right;padding:1px 0 1px 10px;white-space:nowrap}
.folium-map{background:#dce6ee}
.told .box{display:inline-block;width:14px;height:11px;
border:1px solid #0006;margin-right:6px}.told b.exercise{display:block;background:#5b2a86;color:#fff;
padding:2px 6px;margin:-8px -12px 6px;text-align:center;letter-spacing:.12em}
.casevac-name{background:none;border:0;box-shadow:none;font:600 12px system-ui,sans-serif;color:#1c1d21;
text-shadow:0 0 3px #fff,0 0 3px #fff;padding:0}.casevac-name:before{display:none}
"""


class Told(NamedTuple):
    """What stands beside the map: a title, lines, and rows of which each has a colour and cells."""

    title: str
    lines: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    exercise: bool


class Below(NamedTuple):
    """What lies under the areas: roads as GeoJSON lines, and the built page's directory."""

    roads: Json
    static: Path


def write_layer(target: Path, name: str, collection: Json, told: Told, below: Callable[[], Below]) -> None:
    """Write the collection by the file's name; what was only an exercise says so in every row.

    Raises BadFile for an HTML page while the page, which brings the basemap, is not built.
    """
    marked = _marked(collection, told.exercise)
    match target.suffix.lower():
        case ".html":
            text = page(marked, told, below())
            write(target, lambda path: _text(path, text))
        case ".gpkg":
            named = f"EXERCISE_{name}" if told.exercise else name
            write(target, lambda path: _geopackage(path, named, marked["features"]))
        case _:
            write(target, lambda path: _text(path, json.dumps(marked)))


def main_roads(roads: Roads) -> Json:
    """The highest classes of roads, as many whole classes as a page can hold; one in any case."""
    count = np.bincount(roads.highway, minlength=len(CLASSES))
    fits = int(np.searchsorted(np.cumsum(count), _MOST_ROADS, side="right"))
    return roads_geojson(roads, classes=CLASSES[: max(1, fits)], limit=_MOST_ROADS)


def check_layer(target: Path, *, force: bool) -> None:
    """Raises BadFile when the suffix is not known or a file would be overwritten."""
    check_target(WHAT, target, force=force)


def _text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _marked(collection: Json, exercise: bool) -> Json:
    kind = {"mission_kind": "EXERCISE" if exercise else "LIVE"}
    features = [{**one, "properties": {**kind, **one["properties"]}} for one in collection["features"]]
    return {**collection, "features": features}


def _geopackage(path: Path, name: str, features: Sequence[Json]) -> None:
    """Areas as one layer, and the points they are drawn round as another."""
    for kind, layer in (("MultiPolygon", name), ("Point", f"{name}_from")):
        mine = [one for one in features if one["geometry"]["type"] == kind]
        if mine:
            shapes = [shapely.geometry.shape(one["geometry"]) for one in mine]
            frame = geopandas.GeoDataFrame(
                [one["properties"] for one in mine], geometry=shapes, crs="EPSG:4326"
            )
            frame.to_file(path, layer=layer, driver="GPKG", geometry_type=kind)


def page(collection: Json, told: Told, below: Below) -> str:
    """The whole file: areas, roads over them, the points by name, and what it says in words."""
    areas = [one for one in collection["features"] if one["geometry"]["type"] == "MultiPolygon"]
    points = [one for one in collection["features"] if one["geometry"]["type"] == "Point"]
    drawn = blank(_box(areas, points), below.static, _BESIDE_PX)
    colours = colours_of(collection)
    for one in areas:
        if one["geometry"]["coordinates"] and (style := _style(one["properties"], colours)):
            shape(drawn, one["geometry"], style)
    add_roads(drawn, below.roads, "#5d5a52", 0.8)
    for one in points:
        lon, lat = one["geometry"]["coordinates"]
        _mark((lat, lon), one["properties"]).add_to(drawn)
    root = alone(drawn, f"Casevac {told.title}", _STYLE, below.static)
    root.html.add_child(Element(raw(_beside(told))), name="casevac_told")
    return str(root.render())


def _mark(place: tuple[float, float], told: Mapping[str, str]) -> folium.CircleMarker:
    """A point: a vehicle as a small dark one, what has a name of its own with it."""
    small = told["kind"] == "vehicle"
    mark = folium.CircleMarker(
        place,
        radius=3 if small else 5,
        color="#ffffff",
        weight=1 if small else 2,
        fill=True,
        fill_color="#1c1d21" if small else "#d7263d",
        fill_opacity=1,
    )
    if not small:
        folium.Tooltip(
            _harmless(told["name"]), permanent=True, direction="right", class_name="casevac-name"
        ).add_to(mark)
    return mark


def _harmless(name: str) -> str:
    """A name that is neither markup nor, within the script that shows it, code."""
    return "".join(f"&#{ord(one)};" if one in "`$\\{}" else html.escape(one) for one in name)


def colours_of(collection: Json) -> dict[float, str]:
    """A colour for each of the minutes, the sooner the darker."""
    times = sorted(
        {one["properties"]["minutes"] for one in collection["features"] if "minutes" in one["properties"]}
    )
    last = len(_TIMES) - 1
    return {one: _TIMES[min(last, i * last // max(1, len(times) - 1))] for i, one in enumerate(times)}


def step_colour(step: str) -> str:
    """The colour of a step of care."""
    return _STEPS[step]


def _style(told: Mapping[str, object], colours: Mapping[float, str]) -> Json:
    """How an area is drawn; of a coverage only the dry day, nine in ten dashed round the middle."""
    if told["kind"] == "reach":
        colour = colours[float(str(told["minutes"]))]
        return {"color": colour, "weight": 1, "fillColor": colour, "fillOpacity": 0.5}
    if told["kind"] == "land":
        return {"color": "#1c1d21", "weight": 1, "dashArray": "2 4", "fillOpacity": 0.0}
    if (told["season"], told["light"]) != ("dry", "day"):
        return {}
    colour = _STEPS[str(told["step"])]
    bound = told["bound"] == "p90"
    filled = told["step"] == FILLED and not bound
    return {"color": colour, "weight": 2, "dashArray": "7 5" if bound else "", "fillColor": colour,
            "fillOpacity": 0.25 if filled else 0.0}  # fmt: skip


def _box(areas: Sequence[Json], points: Sequence[Json]) -> tuple[float, float, float, float]:
    shapes = [shapely.geometry.shape(one["geometry"]) for one in (*areas, *points)]
    full = [one for one in shapes if not one.is_empty]
    if not full:
        raise BadFile("nothing is reached, so there is nothing to draw; give more minutes")
    west, south, east, north = shapely.total_bounds(full).tolist()
    margin = max(0.005, _MARGIN * max(east - west, north - south))
    return (
        max(-180.0, west - margin),
        max(-90.0, south - margin),
        min(180.0, east + margin),
        min(90.0, north + margin),
    )


def _key(colour: str) -> str:
    return f'<span class="box" style="background:{colour}"></span>' if colour else ""


def _beside(told: Told) -> str:
    banner = '<b class="exercise">EXERCISE</b>' if told.exercise else ""
    rows = "".join(
        f"<tr><td>{_key(colour)}{html.escape(cells[0])}</td>"
        + "".join(f'<td class="r">{html.escape(cell)}</td>' for cell in cells[1:])
        + "</tr>"
        for colour, cells in told.rows
    )
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in told.lines)
    return f'<div class="told">{banner}<h1>{html.escape(told.title)}</h1><table>{rows}</table>{lines}</div>'
