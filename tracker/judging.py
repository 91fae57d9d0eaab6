"""What ingest knows of each device: its clock, where it was last; corrects and flags what comes from it."""

import copy
import dataclasses
import threading
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from casevac.events import Event
from casevac.mission import FixBounds
from casevac.offset import OF_CLOCKS, RIGHT, Clock
from casevac.pace import SPEED, Pace, gone
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
    battery: float | None = None  # per cent, as told last without a position
    pace: Pace | None = None  # of what has no number, and since this process began


class Settled(NamedTuple):
    """A device of which nothing is in doubt: what its reports are held against, and where it was last."""

    bounds: FixBounds
    top_ms: float
    past: Past


class Judge:
    """What is known of the devices; any thread may use it, each with batches of its own."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._lock = threading.Lock()

    def look(self, db: Connection, told: Sequence[tuple[Message, Said]]) -> "Looked":
        """The readings with their times corrected and their flags; asks the store for devices not met yet.

        What a vehicle can do is what it was registered as when its device was first heard.
        """
        return Looked(self, db, told)

    def forget(self) -> None:
        """Ask the store again: it was away, or another one has come."""
        with self._lock:
            self._known = {}

    def known(self, device: str) -> _Known | None:
        """What was known of a device after the last batch; None: ask the store."""
        return self._known.get(device)

    def settled(self, device: str) -> "Settled | None":
        """What the reports of a device are held against, if they are numbered, its clock is right and nothing
        speaks against that; None: they are to be looked at one by one."""
        known = self._known.get(device)
        if known is None or known.guarantee is not _A or known.past is None:
            return None
        if known.clock.offset or known.clock.doubts:
            return None
        return Settled(known.bounds, known.top_ms, known.past)

    def went(self, pasts: Mapping[str, Past]) -> None:
        """Where settled devices were last, now that it is committed."""
        with self._lock:
            for name, past in pasts.items():
                known = self._known.get(name)
                if known is not None and not _newer(known.past, past):
                    self._known[name] = msgspec.structs.replace(known, past=past)

    def charged(self, batteries: Mapping[str, float]) -> None:
        """What devices told of their batteries without a position: the next ones have it. Only of devices met
        already, and known to this process alone: it is told again and again."""
        with self._lock:
            for name in batteries.keys() & self._known.keys():
                self._known[name] = msgspec.structs.replace(self._known[name], battery=batteries[name])

    def strangers(self, names: set[str]) -> set[str]:
        """Which of these devices the store is to be asked for."""
        return names - self._known.keys()

    def learn(self, now: Mapping[str, _Known]) -> None:
        """What a committed batch taught; another thread may have come further in the meantime."""
        with self._lock:
            for name, known in now.items():
                before = self._known.get(name)
                if before is not None and _later(before.clock, known.clock):
                    known.clock = before.clock
                if before is not None and _newer(before.past, known.past):
                    known.past = before.past
                self._known[name] = known


class Looked:
    """A batch that was looked at; what it taught counts once it is committed."""

    def __init__(self, judge: Judge, db: Connection, told: Sequence[tuple[Message, Said]]) -> None:
        self._judge, self._db, self._told = judge, db, told
        self._before: dict[str, _Known] = {}
        self._now: dict[str, _Known] = {}
        self.said: list[Said] = self._look()

    def keep(self) -> list[Event]:
        """Keep what changed, in the caller's transaction; returns what is to be logged of it."""
        events = []
        for name in sorted(self._now):
            now, before = self._now[name], self._before[name]
            clock = now.clock if now.clock.offset != before.clock.offset else None
            guarantee = now.guarantee if now.guarantee != before.guarantee else None
            if (clock or guarantee) and (event := trust.keep(self._db, name, clock, guarantee)) is not None:
                events.append(event)
        return events

    def kept(self) -> None:
        """The batch was committed."""
        self._judge.learn(self._now)

    def _look(self) -> list[Said]:
        now, heard = self._now, False
        looked: list[Said] = []
        for message, said in self._told:
            if type(said) is Report:
                device = said.position.device
                looked.append(_report(now.get(device) or self._begin(device), message, said))
            elif isinstance(said, FieldEvent):
                known = now.get(said.device) or self._begin(said.device)
                if not heard:
                    heard = True
                    self._adopt()
                looked.append(_event(known, message, said))
        return looked

    def _begin(self, device: str) -> _Known:
        """The device as this batch finds it; every stranger of the batch is asked for at once."""
        known = self._judge.known(device)
        if known is None:
            told = {one.position.device if isinstance(one, Report) else one.device for _, one in self._told}
            found = {
                name: _Known(met.trust.clock, met.trust.guarantee, met.bounds, met.top_ms, met.past)
                for name, met in trust.meet(self._db, self._judge.strangers(told)).items()
            }
            self._judge.learn(found)
            known = found.get(device) or _Known()
        self._before[device], self._now[device] = copy.copy(known), copy.copy(known)
        return self._now[device]

    def _adopt(self) -> None:
        """Another process may have judged a clock by now: what an event tells must not be out of order."""
        mine = {one.device for _, one in self._told if isinstance(one, FieldEvent)}
        for name, clock in trust.clocks(self._db).items():
            if name not in mine:
                continue
            known = self._now.get(name) or self._begin(name)
            if _later(clock, known.clock):
                known.clock = self._before[name].clock = clock


def _report(known: _Known, message: Message, said: Report) -> Report:
    fix = said.position
    known.guarantee = _A if fix.epoch >= 0 else _unnumbered(message)
    clock = known.clock
    if fix.sent_at is not None:
        clock = clock.observe(fix.sent_at, fix.received_at)
        known.clock = clock
    if clock.offset:
        at, flags = clock.corrected(fix.at, fix.sent_at, fix.received_at)
        other = tuple(one for one in fix.flags if one not in OF_CLOCKS)  # the dialect's own
        fix = msgspec.structs.replace(fix, corrected_at=at, flags=(*flags, *other))
    flags, known.past = look(known.bounds, known.top_ms, known.past, fix)
    if fix.battery is None and fix.epoch < 0 and known.battery is not None:
        fix = msgspec.structs.replace(fix, battery=known.battery)
    if fix.epoch < 0:  # numbered reports are our own dialect, whose unit is m/s, and mostly read as columns
        known.pace = gone(known.pace, fix)
        if known.pace is not None and known.pace.wrong:
            flags = (*flags, SPEED)
    if flags:
        fix = msgspec.structs.replace(fix, flags=tuple(dict.fromkeys((*fix.flags, *flags))))
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


def _newer(one: Past | None, other: Past | None) -> bool:
    return one is not None and (other is None or one.at > other.at)


def _later(one: Clock, other: Clock) -> bool:
    if one.judged_at is None or one.offset == other.offset:
        return False
    return other.judged_at is None or one.judged_at > other.judged_at
