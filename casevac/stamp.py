"""Which of two reports is the later one, whatever order they arrived in."""

import hashlib
from datetime import datetime
from typing import Generic, TypeVar
from zlib import crc32

import msgspec

from casevac.events import Event

T = TypeVar("T")
_encode = msgspec.json.Encoder().encode

Stamp = tuple[datetime, int, int, int, str]
"""Occurred at, weight of the kind, epoch, number, digest: a total order that needs no arrival order."""


class Said(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """A value and the stamp of the report it came from."""

    value: T
    stamp: Stamp


def stamp(event: Event, weight: int = 0) -> Stamp:
    """The stamp of an event; reports of one instant go by weight, then by the device's own counter."""
    told = _encode((event.device, event.actor, event.source, event.body))  # a body tells its kind
    return (event.occurred_at, weight, event.epoch or 0, event.n or 0, f"{crc32(told):08x}")


def entry(at: Stamp) -> str:
    """The id of what was told under this stamp, as an entry of a record or an order."""
    return hashlib.blake2b(repr(at).encode(), digest_size=6).hexdigest()


def later(known: Said[T] | None, value: T, at: Stamp) -> Said[T]:
    """The later of what is known and what is now told."""
    return known if known is not None and known.stamp >= at else Said(value, at)


def sooner(known: Said[T] | None, value: T, at: Stamp) -> Said[T]:
    """The earlier of what is known and what is now told."""
    return known if known is not None and known.stamp <= at else Said(value, at)


def earliest(known: datetime | None, told: datetime) -> datetime:
    """The earlier of two instants of which the first may be unknown."""
    return told if known is None or told < known else known


def value_of(said: Said[T] | None, otherwise: T) -> T:
    """The value that was said, or the other one when nothing was."""
    return otherwise if said is None else said.value
