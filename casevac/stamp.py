"""Which of two reports is the later one, whatever order they arrived in."""

import hashlib
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from casevac.events import Event

T = TypeVar("T")

Stamp = tuple[datetime, int, int, int, str]
"""Occurred at, weight of the kind, epoch, number, digest: a total order that needs no arrival order."""


class Said(msgspec.Struct, Generic[T], frozen=True):
    """A value and the stamp of the report it came from."""

    value: T
    stamp: Stamp


def stamp(event: Event, weight: int = 0) -> Stamp:
    """The stamp of an event; reports of one instant go by weight, then by the device's own counter."""
    told = msgspec.json.encode((event.kind, event.device, event.actor, event.body))
    digest = hashlib.blake2b(told, digest_size=8).hexdigest()
    return (event.occurred_at, weight, event.epoch or 0, event.n or 0, digest)


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
