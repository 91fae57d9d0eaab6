"""JSON of any gateway, read by a map that is mission data; pure."""

import struct
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any, NamedTuple

import msgspec

from casevac.enrolled import Enrolled, Speaker
from casevac.errors import BadMessage
from casevac.mission import Enrolment
from tracker.dialects import mapping
from tracker.dialects.frame import Dialect, Told, in_our_time, instant, report
from tracker.dialects.mapping import Field, Map, Path
from tracker.wire import FAULTS, Kept, Message, Reading, Unreadable

NAME = "mapped"
_MOST_EACH = 1000  # positions in one message
_SAME = struct.Struct("<ddd").pack
_parse = msgspec.json.Decoder().decode
Read = Callable[[Any, Any], Any]
"""The value of a field in (element, whole message); None where it is not told."""


class _Reader(NamedTuple):
    """A map made ready: one function a field."""

    map: Map
    at: Read
    lon: Read
    lat: Read
    others: tuple[tuple[str, Read], ...]
    id_at: int | None
    id: Path | None
    each: Path | None
    only: tuple[tuple[Path, tuple[mapping.Scalar, ...]], ...]
    same: tuple[Read, ...]


@lru_cache(256)
def reader(text: str) -> _Reader:
    """A map's text made ready; raises BadMessage."""
    if not text:
        raise BadMessage("its map is not in the mission; see: casevac dialect list")
    one = mapping.read_map(text)
    made = {name: _field(name, field) for name, field in one.fields.items()}
    rest = tuple((name, made[name]) for name in made if name not in mapping.NEEDED)
    return _Reader(
        one,
        made["at"],
        made["lon"],
        made["lat"],
        rest,
        mapping.id_at(one),
        mapping.path(one.id) if one.id else None,
        mapping.path(one.each) if one.each else None,
        tuple((mapping.path(only.pointer), only.one_of) for only in one.only),
        tuple(_way(mapping.path(pointer)) for pointer in one.same),
    )


def read(message: Message, speaker: Speaker) -> list[Reading]:
    """Every position of a message, by the speaker's map; one that the map does not mean is kept."""
    how = reader(speaker.known.mapping)
    whole = _parse(message.payload)
    if how.each is None:
        return [_read(how, message, speaker, whole, whole)]
    elements = _find(whole, how.each.steps)
    if not isinstance(elements, list):
        raise BadMessage(f"{how.each.said} is no array")
    if len(elements) > _MOST_EACH:
        raise BadMessage(f"{how.each.said} has {len(elements)} elements; {_MOST_EACH} at most are read")
    return [_one(how, message, speaker, one, whole) for one in elements]


def _one(how: _Reader, message: Message, speaker: Speaker, one: object, whole: object) -> Reading:
    """One of several: what is wrong with it disturbs no other."""
    try:
        return _read(how, message, speaker, one, whole)
    except BadMessage as fault:
        return Unreadable(str(fault), speaker.name)


class _Anyone(Speaker):
    """A gateway that may speak for every device, each under the id that it has there."""

    def device(self, foreign: str) -> str:
        return foreign


def anyone(one: Map) -> Speaker:
    """Who speaks when a map is tried."""
    return _Anyone("GATEWAY", Enrolment("", mapping=mapping.written(one)), Enrolled())


def made_topic(one: Map, payload: bytes) -> str:
    """A topic that fits the map, and the payload where that tells the device's id too."""
    told = None
    if one.id:
        try:
            told = _find(_parse(payload), mapping.path(one.id).steps)
        except (msgspec.MsgspecError, *FAULTS):
            pass  # it is read next, and then says so
    device = told if isinstance(told, str) and told else "DEVICE"
    return (
        one.topic.replace("{gateway}", "GATEWAY").replace("{id}", device).replace("+", "x").replace("#", "x")
    )


def _read(how: _Reader, message: Message, speaker: Speaker, one: object, whole: object) -> Reading:
    device = speaker.device(_id(how, message, one, whole))
    for path, allowed in how.only:
        if _at(path, one, whole) not in allowed:
            raw = message.payload
            return Kept(speaker.known.mission, device, NAME, "no position", message.received_at, raw)
    at, lon, lat = how.at(one, whole), how.lon(one, whole), how.lat(one, whole)
    if at is None:
        at = message.received_at
    if lon == 0.0 and lat == 0.0:
        raise BadMessage("no fix: lon and lat are both 0")
    told = Told(at, lon, lat)
    for name, field in how.others:
        setattr(told, name, field(one, whole))
    if how.same:
        same = msgspec.json.encode([device, *[way(one, whole) for way in how.same]])
    else:
        same = _SAME(at.timestamp(), lon, lat)
    return report(speaker, device, message, told, same)


def _id(how: _Reader, message: Message, one: object, whole: object) -> str:
    """The device's id with this gateway; one in the payload must be that of the topic, if both tell it."""
    said = None if how.id is None else _at(how.id, one, whole)
    if how.id is not None and (said is None or isinstance(said, bool | float | dict | list)):
        raise BadMessage(f"id: nothing that names a device at {how.id.said}")
    if how.id_at is None:
        return str(said)
    parts = message.topic.split("/")
    if how.id_at >= len(parts):
        raise BadMessage(f"id: the topic has no segment {how.id_at + 1}")
    there = parts[how.id_at]
    if said is not None and said != there and str(said).casefold() != there.casefold():
        other = f"{str(said)[:60]!r} is on the topic of {there[:60]!r}"
        raise BadMessage(f"{other}: who writes there may speak for that one only")
    return there


def _at(path: Path, one: object, whole: object) -> Any:  # noqa: ANN401  (any JSON)
    return _find(whole if path.whole else one, path.steps)


def _find(there: Any, steps: Sequence[str]) -> Any:  # noqa: ANN401  (any JSON)
    """What stands at a pointer; None where nothing does."""
    for step in steps:
        if type(there) is dict:
            there = there.get(step)
        elif type(there) is list:
            there = there[int(step)] if step.isdecimal() and int(step) < len(there) else None
        else:
            return None
    return there


def _way(path: Path) -> Read:
    """What stands at a pointer, as a function: the usual short ones are looked up without a loop."""
    steps = path.steps
    if path.whole or len(steps) > 2 or any(step.isdecimal() for step in steps):
        return partial(_at, path)
    first, last = steps[0], steps[-1]
    if len(steps) == 1:
        return lambda one, _: one.get(first) if type(one) is dict else None

    def two(one: Any, _: object) -> Any:  # noqa: ANN401  (any JSON)
        below = one.get(first) if type(one) is dict else None
        return below.get(last) if type(below) is dict else None

    return two


def _value(name: str, field: Field) -> Read:
    """The first of the places that says something; None where none does, which a needed field may not."""
    paths, part = tuple(map(mapping.path, mapping.pointers(field))), field.part
    ways, needed = tuple(map(_way, paths)), name in mapping.NEEDED

    def value(one: object, whole: object) -> object:
        for way in ways:
            found = way(one, whole)
            if found is not None:
                return found if part is None else _piece(name, found, part)
        if needed:
            raise BadMessage(f"{name}: nothing at {' or '.join(path.said for path in paths)}")
        return None

    return value


def _piece(name: str, found: object, part: int) -> str:
    pieces = found.split(",") if isinstance(found, str) else ()
    if part >= len(pieces):
        raise BadMessage(f"{name}: {str(found)[:40]!r} has no part {part}")
    return pieces[part].strip()


def _field(name: str, field: Field) -> Read:
    if name not in mapping.TIMES:
        return _number(name, _value(name, field), mapping.UNITS[name][field.unit])
    if field.format == "received":
        return _nothing
    return _time(name, _value(name, field), field.format)


def _nothing(_one: object, _whole: object) -> None:
    return None


def _number(name: str, value: Read, factor: float) -> Read:
    def number(one: object, whole: object) -> float | None:
        found = value(one, whole)
        if type(found) is float:
            return found * factor
        return None if found is None else _float(name, found) * factor

    return number


def _float(name: str, found: object) -> float:
    """A number, or the number that a text is; raises BadMessage."""
    if type(found) is float or type(found) is int or type(found) is str:
        try:
            return float(found)
        except (ValueError, OverflowError):
            pass
    raise BadMessage(f"{name}: {str(found)[:40]!r} is no number")


def _time(name: str, value: Read, form: str) -> Read:
    scale = mapping.FORMATS.get(form)
    parse = datetime.fromisoformat if form == "iso" else partial(_by_form, form)

    def time(one: object, whole: object) -> datetime | None:
        found = value(one, whole)
        if found is None:
            return None
        if scale is not None:
            return instant(_float(name, found) * scale)
        if not isinstance(found, str):
            raise BadMessage(f"{name}: {str(found)[:40]!r} is no time")
        at = _parsed(name, found, parse)
        if at.tzinfo is None:
            raise BadMessage(f"{name}: {found[:40]!r} is a time without its zone")
        return in_our_time(at)

    return time


def _parsed(name: str, told: str, how: Callable[[str], datetime]) -> datetime:
    try:
        return how(told)
    except ValueError as fault:
        raise BadMessage(f"{name}: {told[:40]!r} is no time of its format") from fault


def _by_form(form: str, told: str) -> datetime:
    at = datetime.strptime(told, form)  # noqa: DTZ007  (a form without a zone means UTC)
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


DIALECT = Dialect("the JSON of any gateway, by a map of the mission", read, gateway=True)
