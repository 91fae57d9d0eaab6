"""A folium map in one file that needs nothing else: our basemap under it, Leaflet inside it."""

import re
from pathlib import Path

import folium
from branca.element import Element, Figure

from casevac.entities import Json
from casevac.errors import BadFile
from maps import ground

_POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:\">"
)


def blank(box: ground.Box, static: Path, beside_px: int = 0) -> folium.Map:
    """Land, coast and borders round a box, and nothing else; raises BadFile when the page is not built.

    beside_px: what stands at the right hides so much of the map.
    """
    west, south, east, north = box
    drawn = folium.Map(tiles=None, attributionControl=False, prefer_canvas=True, max_zoom=16)
    drawn.default_js, drawn.default_css = [], []  # their copies on the net; ours are inside the file
    drawn.fit_bounds([[south, west], [north, east]], padding_bottom_right=(beside_px, 0))
    below = ground.drawn(static, _round(box) if beside_px else box)
    shape(drawn, below.land, {"stroke": False, "fillColor": "#f4f1e8", "fillOpacity": 1})
    shape(drawn, below.coast, {"color": "#8aa3b4", "weight": 1})
    shape(drawn, below.borders, {"color": "#7d7f86", "weight": 1, "dashArray": "6 3 1 3"})
    return drawn


def _round(box: ground.Box) -> ground.Box:
    """As much again on every side: a window is wider than what is fitted into it."""
    west, south, east, north = box
    more = max(east - west, north - south)
    return (
        max(-180.0, west - more),
        max(-90.0, south - more),
        min(180.0, east + more),
        min(90.0, north + more),
    )


def alone(drawn: folium.Map, title: str, style: str, static: Path) -> Figure:
    """The figure of a map with a title, Leaflet, a style and a policy that lets nothing be fetched."""
    root = drawn.get_root()
    if not isinstance(root, Figure):
        raise TypeError("this folium draws a map on something else than a figure")
    root.title = title
    head = [
        _POLICY,
        f"<style>{_leaflet_css(static)}{style}</style>",
        f"<script>{_leaflet_js(static)}</script>",
    ]
    for index, part in enumerate(head):
        root.header.add_child(Element(raw(part)), name=f"casevac_{index}", index=index)
    return root


def shape(drawn: folium.Map, geometry: Json, style: Json) -> None:
    """A GeoJSON geometry that nobody can click on."""
    feature = {"type": "Feature", "properties": {}, "geometry": geometry}
    folium.GeoJson(feature, style_function=lambda _: style, interactive=False).add_to(drawn)


def add_roads(drawn: folium.Map, roads: Json, colour: str = "#b3852c", weight: float = 1.5) -> None:
    """Roads; those whose length or surface is estimated are dashed."""
    for estimated in (False, True):
        lines = [
            road["geometry"]["coordinates"]
            for road in roads["features"]
            if road["properties"]["estimated"] is estimated
        ]
        style = {"color": colour, "weight": weight, "dashArray": "5 5" if estimated else ""}
        if lines:
            shape(drawn, {"type": "MultiLineString", "coordinates": lines}, style)


def raw(text: str) -> str:
    """Text that Jinja hands on as it is."""
    return "{% raw %}" + text.replace("{% endraw", "{ % endraw") + "{% endraw %}"


def _leaflet_js(static: Path) -> str:
    return (
        _library(static, "leaflet.js").replace("https://leafletjs.com", "#").replace("</script", "<\\/script")
    )


def _leaflet_css(static: Path) -> str:
    """Without the pictures of controls that this page does not have."""
    return re.sub(r"url\([^)]*\)", "none", _library(static, "leaflet.css"))


def _library(static: Path, name: str) -> str:
    try:
        return (static / "report" / name).read_text(encoding="utf-8")
    except OSError as fault:
        raise BadFile(
            f"{name} is missing; build the page first: cd maps/web && npm ci && npm run build"
        ) from fault
