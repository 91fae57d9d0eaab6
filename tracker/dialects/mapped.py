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
from tracker.dialects.frame import Dialect, Told, instant, report
from tracker.dialects.mapping import Field, Map, Path
from tracker.wire import FAULTS, Kept, Message, Reading

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
    same: tuple[Path, ...]


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
        tuple(map(mapping.path, one.same)),
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
    return [_read(how, message, speaker, one, whole) for one in elements]


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
        same = msgspec.json.encode([device, *(_at(path, one, whole) for path in how.same)])
    else:
        same = _SAME(at.timestamp(), lon, lat)
    return report(speaker, device, message, told, same)


def _id(how: _Reader, message: Message, one: object, whole: object) -> str:
    """The device's id with this gateway; one in the payload must be that of the topic, if both tell it."""
    said = None if how.id is None else _at(how.id, one, whole)
    if how.id is not None and (said is None or isinstance(said, bool | float | dict | list)):
        raise BadMessage(f"id: nothing that names a device at {how.id.said}")
    parts = message.topic.split("/")
    if how.id_at is None:
        return str(said)
    if how.id_at >= len(parts):
        raise BadMessage(f"id: the topic has no segment {how.id_at + 1}")
    there = parts[how.id_at]
    if said is not None and str(said).casefold() != there.casefold():
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


def _field(name: str, field: Field) -> Read:
    paths = tuple(map(mapping.path, mapping.pointers(field)))
    if name not in mapping.TIMES:
        return partial(_number, name, paths, field.part, mapping.UNITS[name][field.unit])
    if field.format == "received":
        return _nothing
    return partial(_time, name, paths, field.part, field.format)


def _nothing(_one: object, _whole: object) -> None:
    return None


def _value(name: str, paths: Sequence[Path], part: int | None, one: object, whole: object) -> Any:  # noqa: ANN401
    """The first of the places that says something; None where none does, which a needed field may not."""
    for path in paths:
        found = _find(whole if path.whole else one, path.steps)
        if found is None:
            continue
        if part is None:
            return found
        pieces = found.split(",") if isinstance(found, str) else ()
        if part >= len(pieces):
            raise BadMessage(f"{name}: {path.said} has no part {part}")
        return pieces[part].strip()
    if name in mapping.NEEDED:
        raise BadMessage(f"{name}: nothing at {' or '.join(path.said for path in paths)}")
    return None


def _number(
    name: str, paths: Sequence[Path], part: int | None, factor: float, one: object, whole: object
) -> float | None:
    found = _value(name, paths, part, one, whole)
    if found is None:
        return None
    if type(found) is float or type(found) is int:
        return found * factor if factor != 1.0 else float(found)
    if isinstance(found, str):
        try:
            return float(found) * factor
        except ValueError:
            pass
    raise BadMessage(f"{name}: {str(found)[:40]!r} is no number")


def _time(
    name: str, paths: Sequence[Path], part: int | None, form: str, one: object, whole: object
) -> datetime | None:
    found = _value(name, paths, part, one, whole)
    if found is None:
        return None
    if (scale := mapping.FORMATS.get(form)) is not None:
        if isinstance(found, str):
            found = float(found)
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise BadMessage(f"{name}: {str(found)[:40]!r} is no number")
        return instant(found * scale)
    if not isinstance(found, str):
        raise BadMessage(f"{name}: {str(found)[:40]!r} is no time")
    if form == "iso":
        at = datetime.fromisoformat(found)
        if at.tzinfo is None:
            raise BadMessage(f"{name}: {found[:40]!r} is a time without its zone")
    else:
        at = datetime.strptime(found, form)  # noqa: DTZ007  (its zone comes next)
        at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return instant(at.timestamp())


DIALECT = Dialect("the JSON of any gateway, by a map of the mission", read, gateway=True)
