"""A map from a stranger's JSON to a position: which field stands where, in which unit; pure."""

import math
import re
from typing import Literal, NamedTuple

import msgspec

from casevac.enrolled import fault_of
from casevac.errors import BadMessage

Scalar = str | int | float | bool | None
Quantity = Literal["at", "sent", "lon", "lat", "altitude", "accuracy", "speed", "course", "battery"]
TIMES = ("at", "sent")
NEEDED = ("at", "lon", "lat")
_LENGTHS = {"m": 1.0, "km": 1000.0, "cm": 0.01, "mm": 0.001, "ft": 0.3048}
_ANGLES = {"deg": 1.0, "1e-5 deg": 1e-5, "1e-6 deg": 1e-6, "1e-7 deg": 1e-7}
UNITS: dict[str, dict[str, float]] = {
    "lon": _ANGLES,
    "lat": _ANGLES,
    "altitude": _LENGTHS,
    "accuracy": _LENGTHS,
    "speed": {"m/s": 1.0, "km/h": 1 / 3.6, "kn": 1852 / 3600, "mph": 0.44704, "cm/s": 0.01},
    "course": {"deg": 1.0, "0.1 deg": 0.1, "0.01 deg": 0.01, "1e-5 deg": 1e-5, "rad": math.degrees(1)},
    "battery": {"%": 1.0, "of 1": 100.0, "of 255": 100 / 255},
}
"""Quantity -> unit that a map may name -> how many of ours (degrees, metres, m/s, per cent) it is."""
FORMATS = {"unix s": 1.0, "unix ms": 1e-3, "unix us": 1e-6}
"""Formats of a time that are numbers; beside them `iso`, `received` (when it came), what strptime takes."""
MOST_POINTERS = 5  # places where a field may stand, in the order in which they are looked at
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
_PLACEHOLDER = re.compile(r"\{(\w*)\}")


class Field(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where a quantity stands (JSON Pointer, RFC 6901; the first that is there counts), in which unit.

    `part`: of a text with commas, which piece, from 0.
    """

    pointer: str | tuple[str, ...] = ()
    unit: str = ""
    format: str = ""
    part: int | None = None


class Only(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Messages are positions only where this holds; any other is kept, not read."""

    pointer: str
    one_of: tuple[Scalar, ...]


class Map(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A map: mission data, never code.

    `topic` is an MQTT filter with `{gateway}` for the gateway's login and `{id}` for the device's id there,
    unless `id` points to it; `each` points to an array of which every element is a position, and a pointer
    beginning with ^ then starts at the whole message. `same` points to what is equal when the same packet
    comes by another gateway; without it that is device, time and place.
    """

    name: str
    topic: str
    fields: dict[Quantity, Field]
    title: str = ""
    source: str = ""
    note: str = ""
    verified: bool = False
    id: str = ""
    each: str = ""
    only: tuple[Only, ...] = ()
    same: tuple[str, ...] = ()


class Path(NamedTuple):
    """A pointer as its steps; `whole`: from the whole message, not from an element of it."""

    steps: tuple[str, ...]
    whole: bool
    said: str


def path(pointer: str) -> Path:
    """A pointer's steps; raises BadMessage for one that is none."""
    whole, told = pointer.startswith("^"), pointer.removeprefix("^")
    if not told.startswith("/") or len(told) > 200:
        raise BadMessage(f"{pointer[:60]!r} is no JSON Pointer: it begins with /, as /gps/lat")
    steps = told[1:].split("/")
    if any(re.search("~(?![01])", step) for step in steps):
        raise BadMessage(f"{pointer[:60]!r} is no JSON Pointer: ~ is written ~0, / in a name ~1")
    return Path(tuple(step.replace("~1", "/").replace("~0", "~") for step in steps), whole, pointer)


def pointers(one: Field) -> tuple[str, ...]:
    """The places where a field may stand."""
    return (one.pointer,) if isinstance(one.pointer, str) else one.pointer


def read_map(raw: bytes | str) -> Map:
    """A map as it is written in a file; raises BadMessage that names what is wrong with it."""
    try:
        found = msgspec.json.decode(raw, type=Map)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as fault:
        raise BadMessage(f"this is no map: {str(fault) or 'nested too deeply'}") from fault
    _check(found)
    return found


def written(one: Map) -> str:
    """A map as the text that `read_map` reads."""
    return msgspec.json.encode(one).decode()


def filters(one: Map, gateway: str) -> str:
    """The MQTT filter on which a gateway writes what this map reads."""
    return one.topic.replace("{gateway}", gateway).replace("{id}", "+")


def id_at(one: Map) -> int | None:
    """Which segment of the topic, from 0, is the device's id; None: none, a pointer tells."""
    parts = one.topic.split("/")
    return parts.index("{id}") if "{id}" in parts else None


def _check(one: Map) -> None:
    if _NAME.fullmatch(one.name) is None:
        raise BadMessage(f"name {one.name[:40]!r}: use a to z, 0 to 9, - _ and .")
    odd = set(_PLACEHOLDER.findall(one.topic)) - {"gateway", "id"}
    wrong = "only {gateway} and {id} stand for something" if odd else fault_of(filters(one, "name"))
    if wrong:
        raise BadMessage(f"topic {one.topic[:60]!r}: {wrong}")
    if id_at(one) is None and not one.id:
        raise BadMessage("id: say where the device's id stands: {id} in the topic, or a pointer")
    for name in NEEDED:
        if name not in one.fields:
            raise BadMessage(f"fields: {name} is missing")
    for name, field in one.fields.items():
        _check_field(name, field)
    for pointer in (one.id, one.each, *(only.pointer for only in one.only), *one.same):
        if pointer:
            path(pointer)


def _check_field(name: str, field: Field) -> None:
    if name in TIMES:
        if field.format == "received":
            return
        if field.format not in ("iso", *FORMATS) and "%" not in field.format:
            known = ", ".join(("iso", *FORMATS, "received"))
            raise BadMessage(f"{name}: format {field.format[:40]!r} is none of {known}, nor as %Y-%m-%d")
    elif field.unit not in UNITS[name]:
        raise BadMessage(f"{name}: unit {field.unit[:40]!r} is none of {', '.join(UNITS[name])}")
    if not 0 < len(pointers(field)) <= MOST_POINTERS:
        raise BadMessage(f"{name}: give 1 to {MOST_POINTERS} pointers")
    for pointer in pointers(field):
        path(pointer)
    if field.part is not None and not 0 <= field.part < 100:
        raise BadMessage(f"{name}: part is 0 to 99")
