"""What the tags of an OpenStreetMap way say about driving on it (pure)."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from geo.terms import ACCESS_CODE, BACKWARD, BRIDGE, CLASS_CODE, FORD, FORWARD, ROUNDABOUT, SURFACE_CODE

_SURFACE = {
    "paved": "paved asphalt chipseal concrete concrete:plates concrete:lanes paving_stones sett cobblestone "
    "unhewn_cobblestone cobblestone:flattened metal wood metal_grid bricks brick tiles",
    "gravel": "compacted fine_gravel gravel pebblestone rock stone shells laterite",
    "dirt": "unpaved dirt earth ground grass_paver grass clay soil dirt/sand",
    "soft": "sand mud snow ice swamp salt",
}
SURFACE_OF = {word: SURFACE_CODE[kind] for kind, words in _SURFACE.items() for word in words.split()}
GRADE = {
    f"grade{n}": SURFACE_CODE[kind] for n, kind in enumerate(("paved", "gravel", "dirt", "dirt", "soft"), 1)
}
_ACCESS = {
    "yes": "yes permissive designated official public unknown",
    "destination": "destination customers delivery residents",
    "private": "private",
    "restricted": "agricultural forestry permit military psv bus hgv use_sidepath discouraged",
    "no": "no none",
}
ACCESS_OF = {word: ACCESS_CODE[kind] for kind, words in _ACCESS.items() for word in words.split()}
_MOTOR_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")
_FOOT_KEYS = ("foot", "access")
_WALKED = {"pedestrian", "footway", "path", "cycleway", "bridleway"}
_SPEED = re.compile(r"^(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph|knots)?$")
_UNIT = {"mph": 1.609344, "knots": 1.852}
_CLOCK = re.compile(r"^(?:(\d+):)?(\d{1,3}):(\d{2})$")
_ISO = re.compile(r"^PT?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$")


class WayTags(NamedTuple):
    """Codes of geo.terms for one way; maxspeed km/h (0 unknown); fixed_s crossing time of the whole way."""

    highway: int
    surface: int
    motor: int
    foot: int
    maxspeed: int
    flags: int
    fixed_s: float
    name: str
    ref: str


def read_way(tags: Mapping[str, str]) -> WayTags | None:
    """The way's codes, or None when nothing can move along it."""
    highway = _highway(tags)
    if highway is None:
        return None
    ferry = highway == CLASS_CODE["ferry"]
    return WayTags(
        highway=highway,
        surface=SURFACE_CODE["water"] if ferry else surface(tags),
        motor=_motor(tags),
        foot=_access(tags, _FOOT_KEYS),
        maxspeed=maxspeed(tags.get("maxspeed", "")),
        flags=oneway(tags) | _built(tags),
        fixed_s=duration(tags.get("duration", "")) if ferry else 0.0,
        name=tags.get("name", ""),
        ref=tags.get("ref", ""),
    )


def _highway(tags: Mapping[str, str]) -> int | None:
    word = tags.get("highway", "").split(";")[0].strip()
    if tags.get("area") == "yes" and word in ("pedestrian", "footway", "service"):
        return None  # a square is not a line; ways across it are drawn apart
    if not word and tags.get("route") == "ferry":
        return CLASS_CODE["ferry"]
    opened = tags.get("motor_vehicle", tags.get("motorcar", ""))
    if word in _WALKED and ACCESS_OF.get(opened) in (ACCESS_CODE["yes"], ACCESS_CODE["destination"]):
        word = "track" if word in ("path", "bridleway") else "service"
    code = CLASS_CODE.get(word)
    return None if word == "ferry" else code


def surface(tags: Mapping[str, str]) -> int:
    """Surface code: the surface tag, else the track grade, else dirt for a track, else unknown."""
    word = tags.get("surface", "").split(";")[0].strip().lower()
    if word in SURFACE_OF:
        return SURFACE_OF[word]
    if tags.get("tracktype") in GRADE:
        return GRADE[tags["tracktype"]]
    return SURFACE_CODE["dirt" if tags.get("highway") == "track" else "unknown"]


def _access(tags: Mapping[str, str], keys: tuple[str, ...]) -> int:
    for key in keys:
        word = tags.get(key, "").split(";")[0].strip()
        if word in ACCESS_OF:
            return ACCESS_OF[word]
    return ACCESS_CODE["yes"]


def _motor(tags: Mapping[str, str]) -> int:
    code = _access(tags, _MOTOR_KEYS)
    if tags.get("emergency") in ("yes", "designated", "official") and code != ACCESS_CODE["yes"]:
        return ACCESS_CODE["emergency"]
    return code


def maxspeed(text: str) -> int:
    """Limit in km/h, 1 to 255; 0 when there is none or it cannot be read ('signals', 'RO:urban', garbage)."""
    found = _SPEED.match(text.split(";", maxsplit=1)[0].strip().lower())
    if found is None:
        return 0
    limit = float(found[1]) * _UNIT.get(found[2] or "", 1.0)
    return round(limit) if 1.0 <= limit <= 250.0 else 0


def oneway(tags: Mapping[str, str]) -> int:
    """FORWARD, BACKWARD or both, for vehicles that obey."""
    word = tags.get("oneway", "").strip().lower()
    if word in ("-1", "reverse"):
        return BACKWARD
    if word in ("yes", "true", "1"):
        return FORWARD
    implied = tags.get("junction") in ("roundabout", "circular") or tags.get("highway") == "motorway"
    return FORWARD if implied and word not in ("no", "false", "0") else FORWARD | BACKWARD


def _built(tags: Mapping[str, str]) -> int:
    bridge = BRIDGE if tags.get("bridge", "no") != "no" else 0
    ford = FORD if tags.get("ford", "no") != "no" else 0
    return bridge | ford | (ROUNDABOUT if tags.get("junction") in ("roundabout", "circular") else 0)


def duration(text: str) -> float:
    """Seconds of a ferry crossing: 'HH:MM', 'HH:MM:SS', minutes or 'PT1H30M'; 0 when it cannot be read."""
    text = text.strip()
    if text.isdecimal():  # not isdigit: that takes ¹ for a number
        return int(text) * 60.0
    clock = _CLOCK.match(text)
    if clock:
        hours, minutes, seconds = clock.groups() if clock[1] else (clock[2], clock[3], "0")
        return int(hours) * 3600.0 + int(minutes) * 60.0 + int(seconds)
    spelt = _ISO.match(text)
    if spelt and any(spelt.groups()):
        return sum(
            int(part or 0) * unit for part, unit in zip(spelt.groups(), (3600.0, 60.0, 1.0), strict=True)
        )
    return 0.0
