"""How far a device's clock is from ours: judged from several messages, bounded, given up when refuted (pure).

The lead of a message is its time of sending by the device less our time of receipt: the clock's offset (plus
is ahead of us) less the time on the way. The way takes time and never gives any back, so no lead exceeds
the offset. A clock ahead shows by one message. A slow clock looks like a slow way: it is told by leads that
stay the same over a stretch of receipt, while what waited in a queue comes out faster than it went in.
"""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec

ZERO = timedelta(0)
TOLERANCE = timedelta(seconds=60)  # no clock is judged, and no way called slow, within this
STEP = timedelta(seconds=30)  # a judged offset moves by more than this or not at all
BOUND = timedelta(days=3.5)  # a clock further out is named, never corrected
CLOCK, DELAYED, BEYOND = "clock", "delayed", "beyond"
OF_CLOCKS = (CLOCK, DELAYED, BEYOND)

_KEPT = 16  # samples kept while in doubt, one a slot of receipt; the slots double when there are more
_SLOT_S = 4.0
_FORGOTTEN_S = 7200.0  # in doubt for longer than this, the oldest samples say nothing any more
_STEADY = 8.0  # leads differ by at most the stretch of receipt over this: a queue drains faster
_FINER_S = 2.0  # a better lead within a slot counts when it is better by this
# How many slots, over how many seconds of receipt, confirm a clock further ahead than judged (certain), one
# slower by hours (no queue holds hours and stands still), and one slower by less (a full link may hold that).
_AHEAD, _HOURS, _LESS = (3, 8.0), (5, 20.0), (5, 120.0)
_HOUR_S = 3600.0


class _Sample(NamedTuple):
    """The best lead of a slot of receipt: seconds, POSIX seconds."""

    lead_s: float
    received_s: float


class Clock(msgspec.Struct, frozen=True):
    """A device's clock as judged so far, and the samples that speak against it."""

    offset: timedelta = ZERO  # how far it is ahead of ours; may be beyond BOUND
    judged_at: datetime | None = None
    messages: int = 0  # on how many samples that rests
    slowest: timedelta = -TOLERANCE  # leads between these two agree with the offset
    fastest: timedelta = TOLERANCE
    doubts: tuple[_Sample, ...] = ()  # by receipt, all on one side of the offset
    slot_s: float = _SLOT_S

    @property
    def applied(self) -> timedelta:
        """What is taken off the device's times: the offset, or nothing when that is beyond BOUND."""
        return self.offset if -BOUND <= self.offset <= BOUND else ZERO

    def observe(self, sent: datetime, received: datetime) -> "Clock":
        """The clock after one more message: itself while nothing changes. The same again changes nothing.

        A new offset (then `judged_at` is the receipt of the last sample) differs by more than STEP and was
        confirmed by several messages without one that agrees with the old offset between them.
        """
        lead = sent - received
        if self.slowest <= lead <= self.fastest:
            return self if not self.doubts else _with(self, (), _SLOT_S)
        return _doubted(self, lead.total_seconds(), received.timestamp())

    def corrected(
        self, at: datetime, sent: datetime | None, received: datetime
    ) -> tuple[datetime, tuple[str, ...]]:
        """Our time of a fix or an event made `at`, never after its receipt, and the flags that it earns.

        `clock`: an offset was taken off, or a time in our future was put at its receipt. `delayed`: it
        was over 60 s on the way or comes from a slow clock, which is not decided: then its times are
        kept. `beyond`: the clock is out by more than 3.5 days, nothing is taken off.
        """
        if sent is None:
            return _without_sending(self.applied, at, received)
        lead = sent - received
        if not self.offset and at <= received and self.slowest <= lead <= self.fastest:
            return at, ()
        off, flags = _taken_off(self, lead)
        if off and at > sent + TOLERANCE:  # the clock was set back between: its offset then is unknown
            return min(at, received), (CLOCK, *flags)
        if off or (at > received + TOLERANCE and BEYOND not in flags):
            flags = (CLOCK, *flags)
        return min(at - off, received), flags


RIGHT = Clock()
"""The clock of a device of which nothing is known yet: taken to be right."""


def judged(offset: timedelta, at: datetime | None, messages: int = 0) -> Clock:
    """A clock with this offset; within TOLERANCE of none it is right."""
    if -TOLERANCE <= offset <= TOLERANCE:
        return Clock(judged_at=at, messages=messages)
    return Clock(offset, at, messages, slowest=offset - TOLERANCE, fastest=offset + STEP)


def _with(clock: Clock, doubts: tuple[_Sample, ...], slot_s: float) -> Clock:
    return msgspec.structs.replace(clock, doubts=doubts, slot_s=slot_s)


def _taken_off(clock: Clock, lead: timedelta) -> tuple[timedelta, tuple[str, ...]]:
    """What to take off the times of a message with this lead, and why that is in doubt."""
    off = clock.offset
    flags: tuple[str, ...] = ()
    if clock.slowest <= lead <= clock.fastest:
        pass
    elif -TOLERANCE <= lead <= TOLERANCE:
        return ZERO, ()  # right by itself: the clock was set since it was judged
    elif lead > clock.fastest:  # certainly further ahead than judged
        off = max(lead, ZERO)
        flags = () if off else (DELAYED,)
    else:
        flags = (DELAYED,)
    return (off, flags) if -BOUND <= off <= BOUND else (ZERO, (BEYOND, *flags))


def _without_sending(off: timedelta, at: datetime, received: datetime) -> tuple[datetime, tuple[str, ...]]:
    """Without a time of sending the offset is taken off only where the time is not plausible as it is."""
    latest = received + TOLERANCE
    if at > latest:
        return min(at - max(off, ZERO), received), (CLOCK,)
    if off < ZERO and at - off <= latest:
        return min(at - off, received), (CLOCK,)
    return min(at, received), ()


def _doubted(clock: Clock, lead_s: float, received_s: float) -> Clock:
    """The clock after a message that does not agree with its offset."""
    fastest_s = clock.fastest.total_seconds()
    doubts, slot_s = clock.doubts, clock.slot_s
    if doubts and (doubts[0].lead_s > fastest_s) is not (lead_s > fastest_s):
        doubts, slot_s = (), _SLOT_S  # the two sides refute each other: start afresh
    slot = received_s // slot_s
    for one in reversed(doubts):
        if one.received_s // slot_s == slot:
            if lead_s < one.lead_s + _FINER_S:
                return clock
            break
    doubts, slot_s = _kept((*doubts, _Sample(lead_s, received_s)), slot_s)
    found = _steady(clock, doubts)
    if not found:
        return _with(clock, doubts, slot_s)
    offset_s, last = max(one.lead_s for one in found), max(one.received_s for one in found)
    return judged(timedelta(seconds=offset_s), datetime.fromtimestamp(last, UTC), len(found))


def _kept(samples: tuple[_Sample, ...], slot_s: float) -> tuple[tuple[_Sample, ...], float]:
    """The best sample of each slot, not too old, not too many; and how long a slot is then."""
    newest = max(one.received_s for one in samples)
    while True:
        best: dict[float, _Sample] = {}
        for one in samples:
            known = best.get(one.received_s // slot_s)
            if newest - one.received_s <= _FORGOTTEN_S and (known is None or one > known):
                best[one.received_s // slot_s] = one
        if len(best) <= _KEPT:
            return tuple(sorted(best.values(), key=lambda one: one.received_s)), slot_s
        slot_s *= 2


def _steady(clock: Clock, doubts: tuple[_Sample, ...]) -> list[_Sample]:
    """The samples that confirm another offset: the best leads, enough of them, over long enough, steady."""
    best = sorted(doubts, reverse=True)
    off_s = clock.offset.total_seconds() - best[0].lead_s
    need, least_s = _AHEAD if off_s < 0 else _HOURS if off_s >= _HOUR_S else _LESS
    first = last = best[0].received_s
    for count, one in enumerate(best, start=1):
        first, last = min(first, one.received_s), max(last, one.received_s)
        unsteady_s = (best[0].lead_s - one.lead_s) * _STEADY
        if count >= need and last - first >= max(least_s, unsteady_s):
            return best[:count]
    return []
