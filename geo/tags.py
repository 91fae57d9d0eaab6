"""What the tags of an OpenStreetMap way say about driving on it (pure)."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from geo.measures import length, weight
from geo.terms import (
    ACCESS_CODE,
    BACKWARD,
    BRIDGE,
    CLASS_CODE,
    DRY_ONLY,
    FORD,
    FORWARD,
    FREE_EMERGENCY,
    ROUNDABOUT,
    SMOOTHNESS_CODE,
    SURFACE_CODE,
)

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
    "restricted": "agricultural forestry permit psv bus hgv use_sidepath discouraged",
    "military": "military",
    "no": "no none",
}
ACCESS_OF = {word: ACCESS_CODE[kind] for kind, words in _ACCESS.items() for word in words.split()}
KEYS = {name: (name, "motor_vehicle", "vehicle", "access") for name in ("motorcar", "hgv", "motorcycle")}
FOOT_KEYS = ("foot", "access")
NOT_WHEELED = frozenset(("stepping_stones", "boat"))  # fords
_OPENED = frozenset(("yes", "designated", "official", "permissive"))
_WALKED = {"pedestrian", "footway", "path", "cycleway", "bridleway"}
_SPEED = re.compile(r"^(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph|knots)?$")
_UNIT = {"mph": 1.609344, "knots": 1.852}
_NO_SPEED = frozenset(("", "none", "signals", "walk", "variable"))
_CLOCK = re.compile(r"^(?:(\d+):)?(\d{1,3}):(\d{2})$")
_ISO = re.compile(r"^PT?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$")
_WEIGHT_KEYS = ("maxweight", "maxweight:hgv", "maxweightrating", "maxweightrating:hgv")
_WHEELED_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")
_CONDITIONAL = tuple(
    f"{key}:conditional" for key in (*_WHEELED_KEYS, "hgv", "maxspeed", "maxweight", "oneway", "foot")
)
WAY_KEYS = frozenset(
    (
        *(
            "highway",
            "route",
            "area",
            "surface",
            "tracktype",
            "smoothness",
            "maxspeed",
            "maxheight",
            "maxwidth",
        ),
        *("oneway", "oneway:emergency", "junction", "bridge", "ford", "duration", "seasonal", "intermittent"),
        *("ice_road", "winter_road", "foot", "hgv", "motorcycle", "emergency", "military"),
        *(f"{key}:{side}" for key in _WHEELED_KEYS for side in ("forward", "backward")),
        *(*_WEIGHT_KEYS, *_WHEELED_KEYS, *_CONDITIONAL),
    )
)


class WayTags(NamedTuple):
    """Codes of geo.terms for one way, without its name.

    maxspeed km/h, maxweight 0.1 t, maxheight and maxwidth 0.1 m (0 unknown or none); fixed_s crossing time of
    the whole way; unread names the keys whose value nobody could read, or that hold at some hours only.
    """

    highway: int
    surface: int
    smoothness: int
    motor: int
    hgv: int
    motorcycle: int
    foot: int
    maxspeed: int
    maxweight: int
    maxheight: int
    maxwidth: int
    flags: int
    fixed_s: float
    unread: tuple[str, ...]


def read_way(tags: Mapping[str, str]) -> WayTags | None:
    """The way's codes, or None when nothing can move along it."""
    highway = _highway(tags)
    if highway is None:
        return None
    ferry = highway == CLASS_CODE["ferry"]
    unread = [key for key in _CONDITIONAL if key in tags]
    weight, height, width = limits(tags, unread)
    return WayTags(
        highway,
        SURFACE_CODE["water"] if ferry else surface(tags),
        smoothness=_smoothness(tags, unread),
        motor=_wheeled(tags, "motorcar"),
        hgv=_wheeled(tags, "hgv"),
        motorcycle=_wheeled(tags, "motorcycle"),
        foot=access(tags, FOOT_KEYS),
        maxspeed=_maxspeed(tags, unread),
        maxweight=weight,
        maxheight=height,
        maxwidth=width,
        flags=_directions(tags) | _built(tags) | _season(tags),
        fixed_s=_crossing(tags, unread) if ferry else 0.0,
        unread=tuple(unread),
    )


def _highway(tags: Mapping[str, str]) -> int | None:
    word = tags.get("highway", "").split(";")[0].strip()
    if tags.get("area") == "yes" and word in ("pedestrian", "footway", "service"):
        return None  # a square is not a line; ways across it are drawn apart
    if not word and tags.get("route") == "ferry":
        return CLASS_CODE["ferry"]
    if word in _WALKED and (_opened(tags) or tags.get("emergency") in _OPENED):
        word = "track" if word in ("path", "bridleway") else "service"
    code = CLASS_CODE.get(word)
    return None if word == "ferry" else code


def _opened(tags: Mapping[str, str]) -> bool:
    """True where a sign lets motor vehicles in."""
    word = tags.get("motor_vehicle", tags.get("motorcar", ""))
    return ACCESS_OF.get(word) in (ACCESS_CODE["yes"], ACCESS_CODE["destination"])


def surface(tags: Mapping[str, str]) -> int:
    """Surface code: the surface tag, else the track grade, else dirt for a track, else unknown."""
    word = tags.get("surface", "").split(";")[0].strip().lower()
    if word in SURFACE_OF:
        return SURFACE_OF[word]
    if tags.get("tracktype") in GRADE:
        return GRADE[tags["tracktype"]]
    return SURFACE_CODE["dirt" if tags.get("highway") == "track" else "unknown"]


def _smoothness(tags: Mapping[str, str], unread: list[str]) -> int:
    word = tags.get("smoothness", "unknown").split(";")[0].strip().lower()
    if word not in SMOOTHNESS_CODE:
        unread.append("smoothness")
    return SMOOTHNESS_CODE.get(word, 0)


def access(tags: Mapping[str, str], keys: tuple[str, ...], otherwise: int = ACCESS_CODE["yes"]) -> int:
    """Access code by the first of the keys with a word that is known."""
    for key in keys:
        if key in tags:
            word = tags[key].split(";")[0].strip()
            if word == "hgv" == keys[0]:
                return ACCESS_CODE["yes"]
            if word in ACCESS_OF:
                return ACCESS_OF[word]
    return otherwise


def emergency(tags: Mapping[str, str], code: int) -> int:
    """The code, or `emergency` (`military`) where the rest are kept out but those are let in."""
    if code != ACCESS_CODE["yes"] and tags.get("emergency") in _OPENED:
        return ACCESS_CODE["emergency"]
    if code != ACCESS_CODE["yes"] and tags.get("military") in _OPENED:
        return ACCESS_CODE["military"]
    return code


def _wheeled(tags: Mapping[str, str], vehicle: str) -> int:
    walked = tags.get("highway", "") in _WALKED and tags.get("emergency") in _OPENED and not _opened(tags)
    iced = tags.get("ice_road") == "yes" or tags.get("winter_road") == "yes"
    shut = walked or iced or tags.get("ford") in NOT_WHEELED
    return emergency(tags, access(tags, KEYS[vehicle], ACCESS_CODE["no" if shut else "yes"]))


def limits(tags: Mapping[str, str], unread: list[str]) -> tuple[int, int, int]:
    """maxweight (0.1 t), maxheight and maxwidth (0.1 m), 0 none; keys that cannot be read join `unread`."""
    weights = [_limit(tags, key, unread) for key in _WEIGHT_KEYS if key in tags]
    lowest = min((each for each in weights if each), default=0)
    return lowest, _limit(tags, "maxheight", unread), _limit(tags, "maxwidth", unread)


def _limit(tags: Mapping[str, str], key: str, unread: list[str]) -> int:
    if key not in tags:
        return 0
    value = weight(tags[key]) if key in _WEIGHT_KEYS else length(tags[key])
    if value is None:
        unread.append(key)
    return value or 0


def _maxspeed(tags: Mapping[str, str], unread: list[str]) -> int:
    text = tags.get("maxspeed", "")
    limit = maxspeed(text)
    if not limit and text.strip().lower() not in _NO_SPEED:
        unread.append("maxspeed")
    return limit


def maxspeed(text: str) -> int:
    """Limit in km/h, 1 to 255; 0 when there is none or it cannot be read ('signals', 'RO:urban', garbage)."""
    found = _SPEED.match(text.split(";", maxsplit=1)[0].strip().lower())
    if found is None:
        return 0
    limit = float(found[1]) * _UNIT.get(found[2] or "", 1.0)
    return round(limit) if 1.0 <= limit <= 250.0 else 0


def _directions(tags: Mapping[str, str]) -> int:
    ways = oneway(tags)
    for side, other in (("forward", BACKWARD), ("backward", FORWARD)):
        signs = [tags[f"{key}:{side}"] for key in _WHEELED_KEYS if f"{key}:{side}" in tags]
        ways &= other if signs and signs[0] in ("no", "none") else FORWARD | BACKWARD
    return ways | (FREE_EMERGENCY if tags.get("oneway:emergency") == "no" else 0)


def oneway(tags: Mapping[str, str]) -> int:
    """FORWARD, BACKWARD or both, for vehicles that obey; none where that changes by the hour."""
    word = tags.get("oneway", "").strip().lower()
    if word in ("-1", "reverse"):
        return BACKWARD
    if word in ("yes", "true", "1"):
        return FORWARD
    if word == "reversible":
        return 0
    implied = tags.get("junction") in ("roundabout", "circular") or tags.get("highway") == "motorway"
    return FORWARD if implied and word not in ("no", "false", "0") else FORWARD | BACKWARD


def _built(tags: Mapping[str, str]) -> int:
    bridge = BRIDGE if tags.get("bridge", "no") != "no" else 0
    ford = FORD if tags.get("ford", "no") != "no" else 0
    return bridge | ford | (ROUNDABOUT if tags.get("junction") in ("roundabout", "circular") else 0)


def _season(tags: Mapping[str, str]) -> int:
    """Roads that are there in a part of the year only are taken to be the dry part."""
    word = tags.get("seasonal", "no")
    dry = word not in ("no", "wet_season") or tags.get("intermittent", "no") != "no"
    return DRY_ONLY if dry else 0


def _crossing(tags: Mapping[str, str], unread: list[str]) -> float:
    seconds = duration(tags.get("duration", ""))
    if not seconds and tags.get("duration", ""):
        unread.append("duration")
    return seconds


def duration(text: str) -> float:
    """Seconds of a ferry crossing: 'HH:MM', 'HH:MM:SS', minutes or 'PT1H30M'; 0 when it cannot be read."""
    text = text.strip()
    if len(text) > 12:
        return 0.0
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
