"""What the tags of an OpenStreetMap node or way say of a place with a name (pure)."""

import re
from collections.abc import Mapping

from geo.spelling import plain

_PLACES = frozenset(
    ("city", "town", "village", "hamlet", "suburb", "neighbourhood", "locality", "isolated_dwelling", "farm")
)
_ALSO = {"quarter": "suburb", "borough": "suburb", "city_block": "neighbourhood", "allotments": "locality"}
_AEROWAYS = {"aerodrome": "aerodrome", "airstrip": "airstrip", "helipad": "helipad", "heliport": "helipad"}
_NAME_KEYS = ("name", "alt_name", "old_name", "int_name", "loc_name", "short_name", "official_name")
_LANGUAGE = re.compile(
    r"(?:name|alt_name|old_name|short_name|int_name|loc_name|official_name):[a-z]{2,3}(?:[-_]\w+)*"
)
# A bridge's way mostly bears the name of the road; it is the bridge's own when it has a word for bridge.
_BRIDGE = re.compile(
    r"\b(?:bridge|pont|ponte|puente|viaduct|viaduc|viaduto|viaducte|viaducto|passerelle|most|kobri|daraja)\b"
    r"|সেতু|ব্রিজ|جسر"
)


def read_name(tags: Mapping[str, str]) -> tuple[str, tuple[str, ...]] | None:
    """Kind and names of a place, the name it is shown by first; None for anything else."""
    if "highway" in tags or "bridge:name" in tags:
        return _crossing(tags)
    kind = _kind(tags)
    names = _names(tags)
    return (kind, names) if kind and names else None


def _kind(tags: Mapping[str, str]) -> str:
    place = tags.get("place", "")
    if place in _PLACES or place in _ALSO:
        return _ALSO.get(place, place)
    if tags.get("man_made") == "bridge":
        return "bridge"
    if tags.get("ford", "no") != "no":
        return "ford"
    return _AEROWAYS.get(tags.get("aeroway", ""), "")


def _crossing(tags: Mapping[str, str]) -> tuple[str, tuple[str, ...]] | None:
    if tags.get("bridge", "no") == "no" and "bridge:name" not in tags:
        return None
    if own := tags.get("bridge:name", ""):
        return "bridge", tuple(_split(own))
    return ("bridge", _names(tags)) if _BRIDGE.search(plain(tags.get("name", ""))) else None


def _names(tags: Mapping[str, str]) -> tuple[str, ...]:
    """All names, each once; the main name first, else the first that has a value."""
    keys = [key for key in _NAME_KEYS if key in tags]
    keys += sorted(key for key in tags if _LANGUAGE.fullmatch(key))
    code = [tags[key] for key in ("icao", "iata", "ref") if key in tags and "aeroway" in tags]
    return tuple(
        dict.fromkeys(name for text in (*(tags[key] for key in keys), *code) for name in _split(text))
    )


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]
