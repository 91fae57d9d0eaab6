"""Histories of what was told, in the order of time: entries that stay, whether they count or not."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Generic, Protocol, TypeVar

import msgspec

from casevac.stamp import Stamp, entry
from casevac.terms import Source

T = TypeVar("T")
K = TypeVar("K")
KEPT = 500  # entries of one history: the first and the newest; of withdrawals all are


class Entry(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """One thing told for a record: what, by whom, by what way."""

    stamp: Stamp
    value: T
    by: str
    source: Source

    @property
    def at(self) -> datetime:
        """When it happened."""
        return self.stamp[0]

    @property
    def id(self) -> str:
        """The id under which it can be withdrawn."""
        return entry(self.stamp)


class Stamped(Protocol):
    """Anything with a stamp."""

    @property
    def stamp(self) -> Stamp:
        """When it was told, as a total order."""


S = TypeVar("S", bound=Stamped)
_stamp = attrgetter("stamp")


def with_one(history: tuple[S, ...], one: S, most: int | None = KEPT) -> tuple[S, ...]:
    """The history with one more entry: in the order of time, each once; the first and the newest kept."""
    if not history or one.stamp > history[-1].stamp:
        return _kept((*history, one), most)
    place = bisect_left(history, one.stamp, key=_stamp)
    if place < len(history) and history[place].stamp == one.stamp:
        return history
    return _kept((*history[:place], one, *history[place:]), most)


def _kept(history: tuple[S, ...], most: int | None) -> tuple[S, ...]:
    return history if most is None or len(history) <= most else (history[0], *history[1 - most :])


def united(one: tuple[S, ...], other: tuple[S, ...], most: int | None = KEPT) -> tuple[S, ...]:
    """Two histories as one."""
    if not one or not other:
        return one or other
    found = {each.stamp: each for each in (*one, *other)}
    return _kept(tuple(found[stamp] for stamp in sorted(found)), most)


def in_effect(words: Sequence[tuple[K, str]], ranks: Mapping[K, int], unknown: K) -> tuple[bool, ...]:
    """Which of these words (value, reason) take effect, in their order; the smallest rank is first.

    A word that lowers the rank of the last known value takes effect only with a reason; one that
    raises it never needs any. What was unknown may become anything, but does not make one forget
    what was known before, unless a reason was given for it.
    """
    return _weighed(words, ranks, unknown)[0]


def lowers(words: Sequence[tuple[K, str]], value: K, ranks: Mapping[K, int], unknown: K) -> K | None:
    """The known value that one more word would lower, so that it needs a reason; None when it lowers none."""
    known = _weighed(words, ranks, unknown)[1]
    return known if known is not None and ranks[value] > ranks[known] else None


def _weighed(
    words: Sequence[tuple[K, str]], ranks: Mapping[K, int], unknown: K
) -> tuple[tuple[bool, ...], K | None]:
    found, known = [], None
    for value, reason in words:
        counts = known is None or ranks[value] <= ranks[known] or bool(reason.strip())
        if counts and (value != unknown or reason.strip()):
            known = None if value == unknown else value
        found.append(counts)
    return tuple(found), known
