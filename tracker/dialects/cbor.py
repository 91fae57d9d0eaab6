"""CBOR (RFC 8949) in place of JSON on our own topics, for thin links: a third of the bytes; pure.

A map with the names of our JSON says the same as that JSON. A report may name its fields by numbers in place
of names, its values then whole steps of the units of a batch: 40 bytes in place of 155.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import cbor2
import msgspec

from casevac.errors import BadMessage
from tracker.batch import UNITS

DEEPEST = 20
NUMBERED = ("epoch", "n", "at", "lon", "lat", "alt", "accuracy", "speed", "course", "battery", "sent")
"""The fields of a report by their numbers, from 0; at and sent are milliseconds since 1970."""
_TIMES = ("at", "sent")
_START = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_MS = 10**15
_FIRST, _LAST = 0xA0, 0xBF  # what a CBOR map begins with; no JSON does


def is_cbor(payload: bytes) -> bool:
    """True for what begins as a CBOR map."""
    return bool(payload) and _FIRST <= payload[0] <= _LAST


def as_json(payload: bytes) -> bytes:
    """The JSON that a CBOR message stands for; raises BadMessage."""
    try:
        told = cbor2.loads(payload, max_depth=DEEPEST, allow_duplicate_keys=False, semantic_decoders=_TAGS)
    except (cbor2.CBORDecodeError, ValueError, OverflowError, RecursionError, TypeError) as fault:
        raise BadMessage(f"CBOR: {str(fault)[:200] or 'nested too deeply'}") from fault
    if not isinstance(told, dict):
        raise BadMessage("CBOR: a message is a map")
    try:
        return msgspec.json.encode(_named(told) if any(type(key) is int for key in told) else told)
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError) as fault:
        raise BadMessage(f"CBOR: it holds what JSON has no word for ({str(fault)[:100]})") from fault


def pack(report: Mapping[str, object]) -> bytes:
    """A report of our JSON in the short form; what is finer than its unit is rounded to it."""
    short: dict[int, int] = {}
    for name, value in report.items():
        if value is None:
            continue
        number = NUMBERED.index(name)
        if isinstance(value, str):
            short[number] = (datetime.fromisoformat(value) - _START) // timedelta(milliseconds=1)
        elif isinstance(value, int | float):
            short[number] = round(value * UNITS.get(name, 1))
    return cbor2.dumps(short)


def _named(told: Mapping[object, object]) -> dict[str, object]:
    """The fields by their names, in our units."""
    said: dict[str, object] = {}
    for key, value in told.items():
        if type(key) is not int or not 0 <= key < len(NUMBERED):
            raise BadMessage(f"CBOR: no field {str(key)[:20]}; 0 to {len(NUMBERED) - 1}, no names beside")
        if type(value) is not int:
            raise BadMessage(f"CBOR: {NUMBERED[key]} by its number is a whole number of its unit")
        name = NUMBERED[key]
        if name in _TIMES:
            if not 0 <= value <= _MOST_MS:
                raise BadMessage(f"CBOR: {name} is milliseconds since 1970")
            said[name] = _START + timedelta(milliseconds=value)
        else:
            said[name] = value if name in ("epoch", "n") else value / UNITS[name]
    return said


def _refused(*_: object) -> object:
    raise ValueError("a tag that no message of ours has")


_TAGS = dict.fromkeys((2, 3, 4, 5, 28, 29, 30, 35, 36, 37, 43000, 52, 54, 258, 260, 261), _refused)
