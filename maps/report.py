"""The replay of an interval as one HTML file that needs nothing else: folium, Leaflet, our own player."""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from branca.element import Element

from casevac.entities import Json, instant
from casevac.picture import Picture, vehicle_of
from casevac.position import Position
from casevac.site import cards
from maps import ground
from maps.frames import mission_json
from maps.interval import Interval, casualties, words
from maps.leaf import add_roads, alone, blank, raw

PLAYER = Path(__file__).parent / "player"
MOST_POINTS = 4000  # a device; longer tracks are thinned evenly in time
MARGIN_DEG = 0.5


def page(interval: Interval, roads: Json, static: Path) -> str:
    """The whole file. `roads` is a GeoJSON collection of lines; `static` the built page's directory.

    Raises BadFile when the page, which brings Leaflet and the basemap, is not built.
    """
    told = content(interval)
    box = _box(told)
    drawn = blank(box, static)
    add_roads(drawn, roads)
    root = alone(drawn, f"Casevac replay {instant(interval.start)}", _own("player.css"), static)
    embedded = {"map": drawn.get_name(), **told}
    story = f'<script type="application/json" id="casevac">{_json(embedded)}</script>'
    root.html.add_child(Element(raw(story)), name="casevac_story")
    root.script.add_child(Element(raw(_own("player.js"))), name="casevac_player")
    return str(root.render())


def content(interval: Interval) -> Json:
    """Everything that moves, as JSON values; times in milliseconds since 1970."""
    picture = interval.after
    return {
        "mission": mission_json(picture.mission),
        "from": _ms(interval.start),
        "to": _ms(interval.end),
        "assets": _assets(interval),
        "facilities": [
            {
                "id": one.id,
                "label": one.card.name,
                "level": one.card.level,
                "at": [one.card.lon, one.card.lat],
            }
            for one in picture.facilities.values()
            if one.registered is not None
        ],
        "sites": [
            {"id": key, "label": one.name, "at": [one.lon, one.lat]}
            for key, one in cards(picture.sites, picture.site_words).items()
        ],
        "casualties": [
            {"id": key, "states": [_state(at, look) for at, look in those]}
            for key, those in sorted(casualties(interval).items())
        ],
        "lines": [[_ms(event.recorded_at or event.received_at), words(event)] for event in interval.events],
    }


def _state(at: datetime, look: Json) -> list[Any]:
    """Since when, category, state, place, vehicle, facility."""
    place = None if look["lon"] is None else [look["lon"], look["lat"]]
    return [_ms(at), look["category"], look["state"], place, look["carried_by"], look["facility"]]


def _assets(interval: Interval) -> list[Json]:
    tracks: defaultdict[str, list[Position]] = defaultdict(list)
    for device, fix in interval.at_start.items():
        tracks[device].append(fix)
    for fix in interval.tracks:
        tracks[fix.device].append(fix)
    return [_asset(interval.after, device, fixes) for device, fixes in sorted(tracks.items())]


def _asset(picture: Picture, device: str, track: Sequence[Position]) -> Json:
    carrier = vehicle_of(picture, device)
    vehicle = picture.vehicles.get(carrier) if carrier else None
    known = vehicle is not None and vehicle.registered is not None
    return {
        "id": carrier or device,
        "label": vehicle.card.callsign if vehicle is not None and known else device,
        "kind": vehicle.card.vehicle_kind.value if vehicle is not None and known else "device",
        "track": [[_ms(fix.corrected_at), round(fix.lon, 6), round(fix.lat, 6)] for fix in _thin(track)],
    }


def _thin(track: Sequence[Position]) -> list[Position]:
    """At most MOST_POINTS of a track, evenly spread."""
    step = max(1, -(-len(track) // MOST_POINTS))
    return [fix for index, fix in enumerate(track) if index % step == 0 or index == len(track) - 1]


def _box(told: Json) -> ground.Box:
    """The box round everything, with a margin."""
    tracks = (point[1:] for asset in told["assets"] for point in asset["track"])
    fixed = (one["at"] for one in chain(told["facilities"], told["sites"]))
    hurt = (state[3] for one in told["casualties"] for state in one["states"] if state[3] is not None)
    places = list(chain(tracks, fixed, hurt)) or [[0.0, 0.0]]
    lons, lats = [place[0] for place in places], [place[1] for place in places]
    return (
        max(-180.0, min(lons) - MARGIN_DEG),
        max(-90.0, min(lats) - MARGIN_DEG),
        min(180.0, max(lons) + MARGIN_DEG),
        min(90.0, max(lats) + MARGIN_DEG),
    )


# --- what is inside


def _json(value: object) -> str:
    """JSON that no HTML parser can take for markup."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _own(name: str) -> str:
    return (PLAYER / name).read_text(encoding="utf-8")


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
