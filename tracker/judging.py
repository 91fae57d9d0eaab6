"""What ingest knows of each device: its clock, where it was last; corrects and flags what comes from it."""

import copy
import dataclasses
from collections.abc import Sequence

import msgspec

from casevac.events import Event
from casevac.mission import FixBounds
from casevac.offset import RIGHT, Clock
from casevac.quality import Past, look
from casevac.store import trust
from casevac.store.connection import Connection
from casevac.terms import Guarantee
from tracker.wire import FieldEvent, Message, Report

Said = Report | FieldEvent


class _Known(msgspec.Struct):
    """One device: what the store keeps of it, brought forward by each of its messages."""

    clock: Clock = RIGHT
    guarantee: Guarantee | None = None
    bounds: FixBounds = FixBounds()
    top_ms: float = FixBounds().jump_ms
    past: Past | None = None


class Judge:
    """Judges a batch at a time; what a batch taught counts once it is committed."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._now: dict[str, _Known] = {}  # the devices of the batch at hand

    def forget(self) -> None:
        """Ask the store again: it may have been away, or another one has come."""
        self._known = {}

    def look(self, db: Connection, told: Sequence[tuple[Message, Said]]) -> list[Said]:
        """The readings with their times corrected and their flags; asks the store for devices not met yet.

        What a vehicle can do is what it was registered as when its device was first heard.
        """
        self._now = {}
        self._meet(db, told)
        return [
            self._report(message, said) if isinstance(said, Report) else self._event(message, said)
            for message, said in told
        ]

    def keep(self, db: Connection) -> list[Event]:
        """Keep what changed, in the caller's transaction; returns what is to be logged of it."""
        events = []
        for name in sorted(self._now):
            now, before = self._now[name], self._known.get(name, _Known())
            clock = now.clock if now.clock.offset != before.clock.offset else None
            guarantee = now.guarantee if now.guarantee != before.guarantee else None
            if (clock or guarantee) and (event := trust.keep(db, name, clock, guarantee)) is not None:
                events.append(event)
        return events

    def kept(self) -> None:
        """The batch was committed."""
        self._known.update(self._now)

    def _meet(self, db: Connection, told: Sequence[tuple[Message, Said]]) -> None:
        names = {said.position.device if isinstance(said, Report) else said.device for _, said in told}
        if strangers := names - self._known.keys():
            for name, met in trust.meet(db, strangers).items():
                self._known[name] = _Known(
                    met.trust.clock, met.trust.guarantee, met.bounds, met.top_ms, met.past
                )
        if any(isinstance(said, FieldEvent) for _, said in told):  # another process may know better by now
            for name, clock in trust.clocks(db).items():
                mine = self._known.get(name)
                if mine is not None and _later(clock, mine.clock):
                    self._known[name] = msgspec.structs.replace(mine, clock=clock)

    def _of(self, device: str) -> _Known:
        known = self._now.get(device)
        if known is None:
            known = self._now[device] = copy.copy(self._known.get(device) or _Known())
        return known

    def _report(self, message: Message, said: Report) -> Report:
        fix = said.position
        known = self._of(fix.device)
        known.guarantee = _guarantee(message, fix.epoch)
        clock = known.clock
        if fix.sent_at is not None:
            clock = known.clock = clock.observe(fix.sent_at, fix.received_at)
        if clock.offset:
            at, flags = clock.corrected(fix.at, fix.sent_at, fix.received_at)
            fix = msgspec.structs.replace(fix, corrected_at=at, flags=flags)
        flags, known.past = look(known.bounds, known.top_ms, known.past, fix)
        if flags:
            fix = msgspec.structs.replace(fix, flags=(*fix.flags, *flags))
        return said if fix is said.position else Report(fix)

    def _event(self, message: Message, said: FieldEvent) -> FieldEvent:
        known = self._of(said.device)
        known.guarantee = _guarantee(message, said.epoch)
        if said.sent_at is not None:
            known.clock = known.clock.observe(said.sent_at, said.received_at)
        if not known.clock.offset:
            return said
        at, _ = known.clock.corrected(said.device_at, said.sent_at, said.received_at)
        return dataclasses.replace(said, occurred_at=at)


def _guarantee(message: Message, epoch: int) -> Guarantee:
    """By how the device sent it; a message with a token is one for whose acknowledgement the broker waits."""
    if epoch >= 0:
        return Guarantee.A
    return Guarantee.B if message.token else Guarantee.C


def _later(one: Clock, other: Clock) -> bool:
    if one.judged_at is None or one.offset == other.offset:
        return False
    return other.judged_at is None or one.judged_at > other.judged_at
