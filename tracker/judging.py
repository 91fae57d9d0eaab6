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
_A = Guarantee.A


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
        now: dict[str, _Known] = {}
        self._now = now
        looked: list[Said] = []
        heard = False
        for message, said in told:
            if type(said) is Report:
                device = said.position.device
                known = now.get(device) or self._begin(db, device, told)
                looked.append(_report(known, message, said))
            elif isinstance(said, FieldEvent):
                if not heard:
                    heard = True
                    self._adopt(db)
                known = now.get(said.device) or self._begin(db, said.device, told)
                looked.append(_event(known, message, said))
        return looked

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

    def _begin(self, db: Connection, device: str, told: Sequence[tuple[Message, Said]]) -> _Known:
        """The device as this batch finds it; every stranger of the batch is asked for at once."""
        if device not in self._known:
            names = {said.position.device if isinstance(said, Report) else said.device for _, said in told}
            for name, met in trust.meet(db, names - self._known.keys()).items():
                kept = met.trust
                self._known[name] = _Known(kept.clock, kept.guarantee, met.bounds, met.top_ms, met.past)
        known = self._now[device] = copy.copy(self._known.setdefault(device, _Known()))
        return known

    def _adopt(self, db: Connection) -> None:
        """Another process may have judged a clock by now: what an event tells must not be out of order."""
        for name, clock in trust.clocks(db).items():
            for devices in (self._known, self._now):
                if name in devices and _later(clock, devices[name].clock):
                    devices[name].clock = clock


def _report(known: _Known, message: Message, said: Report) -> Report:
    fix = said.position
    known.guarantee = _A if fix.epoch >= 0 else _unnumbered(message)
    clock = known.clock
    if fix.sent_at is not None:
        clock = clock.observe(fix.sent_at, fix.received_at)
        known.clock = clock
    if clock.offset:
        at, flags = clock.corrected(fix.at, fix.sent_at, fix.received_at)
        fix = msgspec.structs.replace(fix, corrected_at=at, flags=flags)
    flags, known.past = look(known.bounds, known.top_ms, known.past, fix)
    if flags:
        fix = msgspec.structs.replace(fix, flags=(*fix.flags, *flags))
    return said if fix is said.position else Report(fix)


def _event(known: _Known, message: Message, said: FieldEvent) -> FieldEvent:
    known.guarantee = _A if said.epoch >= 0 else _unnumbered(message)
    if said.sent_at is not None:
        known.clock = known.clock.observe(said.sent_at, said.received_at)
    if not known.clock.offset:
        return said
    at, _ = known.clock.corrected(said.device_at, said.sent_at, said.received_at)
    return dataclasses.replace(said, occurred_at=at)


def _unnumbered(message: Message) -> Guarantee:
    """The broker waits for the acknowledgement of a message with a token: it keeps it while we are away."""
    return Guarantee.B if message.token else Guarantee.C


def _later(one: Clock, other: Clock) -> bool:
    if one.judged_at is None or one.offset == other.offset:
        return False
    return other.judged_at is None or one.judged_at > other.judged_at
