"""From readings to rows: one transaction a batch, and what each device is to be told afterwards."""

import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import partial

import psycopg2

from casevac import zap
from casevac.errors import AlreadyTasked, BadMessage
from casevac.events import Event
from casevac.ids import Mint, completed, named
from casevac.mission import Enrolment
from casevac.store import asides, fixes, keeping, log, logins, pseudonyms, seen
from casevac.store.connection import Connection
from casevac.store.missions import enrolments
from casevac.store.seen import Key
from casevac.terms import Source
from tracker import dialects, own, wire
from tracker.judging import Judge, Looked
from tracker.ordinary import Ordinary, ordinary
from tracker.stages import Stages
from tracker.wire import FieldEvent, Kept, Message, Reading, Report, Status, Unreadable, content, number

REUSED = "number reused"
IDLE_S = 15  # the store ends a connection that does nothing so long amid a batch: else its locks would stay
# What is wrong with one message and stays wrong, however often it is tried.
_REFUSALS = (
    psycopg2.DataError,
    psycopg2.IntegrityError,
    psycopg2.ProgrammingError,
    BadMessage,
    AlreadyTasked,
)


class RightsChanged(Exception):
    """A device was cut off or let in again since the caller asked who is enrolled: ask anew, take again."""


@dataclass
class Told:
    """What one (device, epoch) is to be told: exact numbers stored, and refused with the reason."""

    stored: set[int] = field(default_factory=set)
    batched: set[int] = field(default_factory=set)  # of those stored, the numbers that came in a batch
    refused: dict[int, str] = field(default_factory=dict)


Receipts = dict[tuple[str, int], Told]
Rights = Mapping[str, Enrolment]


def asked(db: Connection) -> Rights:
    """Who is enrolled with which rights, now."""
    with db:
        return enrolments(db)


def with_rights(ask: Callable[[], Rights], store: Callable[[Rights], Receipts], known: Rights) -> Receipts:
    """What `store` returns by the rights that are `known`, or, as often as they changed since, asked anew."""
    while True:
        try:
            return store(known)
        except RightsChanged:
            known = ask()


@dataclass
class _Batch:
    """Readings sorted by what becomes of them; `kept` has the first of each number that is not `plain`."""

    kept: dict[Key, tuple[Message, Report | FieldEvent]] = field(default_factory=dict)
    plain: Ordinary | None = None
    statuses: list[Status] = field(default_factory=list)
    aside: list[tuple[Message, Unreadable]] = field(default_factory=list)
    keeps: list[keeping.Kept] = field(default_factory=list)
    batteries: dict[str, float] = field(default_factory=dict)  # told without a position
    receipts: Receipts = field(default_factory=lambda: defaultdict(Told))
    repeated: int = 0


@dataclass(frozen=True)
class _Door:
    """What the door knows and keeps while it takes messages."""

    db: Connection
    enrolled: Mapping[str, Enrolment]
    online: dict[str, bool]
    stages: Stages
    judge: Judge


def take(
    db: Connection,
    messages: Sequence[Message],
    enrolled: Mapping[str, Enrolment],
    online: dict[str, bool],
    stages: Stages | None = None,
    judge: Judge | None = None,
) -> Receipts:
    """Store messages in one transaction; returns the receipts to send now that it is committed.

    A batch of reports is stored as its reports. A message that PostgreSQL itself refuses is found by
    halving and set aside with the reason. Raises RightsChanged and the driver's operational errors: then
    nothing may be acknowledged. `online` (device -> last known state) is brought up to date.
    """
    door = _Door(db, enrolled, online, stages or Stages(), judge or Judge())
    opened = messages
    if any(message.topic.endswith("/batch") for message in messages):
        opened = [one for message in messages for one in wire.opened(message, enrolled)]
    receipts = _stored(door, opened)
    door.stages.count("offered", len(opened) - len(messages))
    return receipts


def _stored(door: _Door, messages: Sequence[Message]) -> Receipts:
    plain = ordinary(messages, door.enrolled, door.judge)
    readings = _read(door, messages, plain)
    try:
        if any(type(said) is FieldEvent for _, said in readings):
            readings = own.checked(door.db, readings, door.enrolled)
        return _take(door, messages, plain, readings)
    except _REFUSALS as fault:
        if len(messages) == 1:
            return _take(door, messages, None, [_refused(readings[0], fault)])
    receipts: Receipts = {}
    half = len(messages) // 2
    for part in (messages[:half], messages[half:]):
        for key, told in _stored(door, part).items():
            kept = receipts.setdefault(key, Told())
            kept.stored |= told.stored
            kept.batched |= told.batched
            kept.refused |= told.refused
    return receipts


def _read(door: _Door, messages: Sequence[Message], plain: Ordinary | None) -> list[tuple[Message, Reading]]:
    """What the messages say that are not plain."""
    if plain is not None:
        out = set(plain.places.tolist())
        messages = [message for place, message in enumerate(messages) if place not in out]
    return [(message, said) for message in messages for said in dialects.read(message, door.enrolled)]


def _refused(reading: tuple[Message, Reading], fault: Exception) -> tuple[Message, Reading]:
    message, said = reading
    reason = f"the store refused it: {str(fault).splitlines()[0]}"
    if isinstance(said, Report):
        fix = said.position
        return message, Unreadable(reason, fix.device, fix.epoch, fix.n)
    device = getattr(said, "device", None)
    return message, Unreadable(reason, device, getattr(said, "epoch", None), getattr(said, "n", None))


def _take(
    door: _Door,
    messages: Sequence[Message],
    plain: Ordinary | None,
    readings: Sequence[tuple[Message, Reading]],
) -> Receipts:
    batch = _sort(readings)
    batch.plain = plain
    changes = _changes(batch.statuses, door.online)
    db = door.db
    with db:
        _still(door, batch)
        fresh = _claim(door, messages, batch)
        told = [said for said in fresh.looked.said if isinstance(said, FieldEvent)]
        known = fixes.store(db, fresh.reports)
        seen.keep(db, {number(said): said.digest for said in told if said.epoch != wire.UNNUMBERED})
        keeping.keep(db, batch.keeps)
        asides.set_aside(db, [_aside(message, why, door.enrolled) for message, why in batch.aside])
        events = [_event(said, partial(pseudonyms.mint, db)) for said in told]
        events += [*map(_came_or_went, changes), *fresh.looked.keep()]
        log.append(db, sorted(events, key=lambda event: event.occurred_at))
    fresh.looked.kept()
    door.judge.charged(batch.batteries)
    if batch.plain is not None:
        door.judge.went(batch.plain.pasts())
    door.online.update({status.device: status.online for status in changes})
    _receipt(batch, fresh.reused)
    _count(door.stages, batch, fresh, events=len(told), known=known)
    return batch.receipts


@dataclass(frozen=True)
class _Fresh:
    """What of a batch is new; how many of its numbers came again, and which were reused."""

    looked: Looked
    reports: fixes.Ready
    again: int
    reused: set[Key]


def _claim(door: _Door, messages: Sequence[Message], batch: _Batch) -> _Fresh:
    """Claim the numbers of a batch; what came before leaves it, a reused number for those set aside."""
    looked, reports = _ready(door, batch, frozenset())
    # From here on whoever has numbers of the same devices waits for our commit.
    before = seen.claim(door.db, _blocks(batch))
    if not before:
        return _Fresh(looked, reports, 0, set())
    _take_back(door, messages, batch, before)
    reused = before - _resent(door.db, batch, before)
    for key in reused:
        _put_aside(batch, batch.kept[key][0], Unreadable(REUSED, *key))
    looked, reports = _ready(door, batch, before)
    return _Fresh(looked, reports, len(before) - len(reused), reused)


def _count(stages: Stages, batch: _Batch, fresh: _Fresh, *, events: int, known: int) -> None:
    """`known`: reports without a number that were there already."""
    plain = 0 if batch.plain is None else len(batch.plain.places)
    stages.count("reports", len(fresh.reports.positions) - known + plain)
    stages.count("events", events)
    stages.count("statuses", len(batch.statuses))
    stages.count("kept", len(batch.keeps))
    stages.count("duplicates", batch.repeated + fresh.again + known)
    for _, why in batch.aside:
        stages.set_aside(why.reason)


def _blocks(batch: _Batch) -> seen.Blocks:
    """The numbers of a batch; a device has plain ones or others, never both."""
    told = seen.blocks(key for key in batch.kept if key[1] != wire.UNNUMBERED)
    return told if batch.plain is None else told | batch.plain.columns.blocks()


def _take_back(door: _Door, messages: Sequence[Message], batch: _Batch, before: AbstractSet[Key]) -> None:
    """Reports of devices with numbers that came before are not plain: read them one by one after all."""
    if batch.plain is None:
        return
    plain, devices = batch.plain, {key[0] for key in before}
    batch.plain = plain.without(devices)
    for place in sorted(set(plain.places.tolist()) - set(batch.plain.places.tolist())):
        message = messages[place]
        said = wire.read(message, door.enrolled)
        if isinstance(said, Report):
            batch.kept[number(said)] = (message, said)


def _still(door: _Door, batch: _Batch) -> None:
    """Raises RightsChanged when the rights are not those we read by; from here to the commit they stay."""
    now, enrolled = logins.revoked(door.db), door.enrolled
    cut_off = any(name in enrolled and not enrolled[name].revoked for name in now)
    refused = {why.device for _, why in batch.aside if why.device is not None}
    if cut_off or any(name not in now and name in enrolled and enrolled[name].revoked for name in refused):
        raise RightsChanged


def _ready(door: _Door, batch: _Batch, before: AbstractSet[Key]) -> tuple[Looked, fixes.Ready]:
    """What did not come before, corrected and flagged, and the positions ready to be stored."""
    looked = door.judge.look(door.db, [pair for key, pair in batch.kept.items() if key not in before])
    reports = [said.position for said in looked.said if isinstance(said, Report)]
    columns = None if batch.plain is None else batch.plain.columns
    return looked, fixes.ready(door.db, reports, columns)


def _receipt(batch: _Batch, reused: AbstractSet[Key]) -> None:
    """Note whom to tell of what is committed now."""
    for key, (message, _) in batch.kept.items():
        if key[1] >= 0 and key not in reused:
            whole = batch.receipts[key[:2]]
            (whole.batched if message.batched else whole.stored).add(key[2])
    if batch.plain is not None:
        for device, epoch, numbers in batch.plain.numbers():
            batch.receipts[device, epoch].stored.update(numbers)


def _sort(readings: Sequence[tuple[Message, Reading]]) -> _Batch:
    batch = _Batch()
    firsts = batch.kept
    for message, said in readings:
        match said:
            case Report() | FieldEvent():
                key = number(said)
                first = firsts.get(key)
                if first is None:
                    firsts[key] = (message, said)
                elif key[1] < 0 or content(first[1]) == content(said):
                    batch.repeated += 1
                else:
                    _put_aside(batch, message, Unreadable(REUSED, *key))
            case Unreadable():
                _put_aside(batch, message, said)
            case Status():
                batch.statuses.append(said)
            case Kept():
                batch.keeps.append(keeping.Kept(*said[:6]))
                if said.battery is not None:
                    batch.batteries[said.device] = said.battery
    return batch


def _resent(db: Connection, batch: _Batch, before: AbstractSet[Key]) -> set[Key]:
    """Which of the numbers seen before say what they said then; of copies that others relay, all."""
    relayed = {key for key in before if key[1] == wire.RELAYED}
    again = [batch.kept[key][1] for key in before - relayed]
    same = fixes.same(db, [said.position for said in again if isinstance(said, Report)])
    events = {number(said): said.digest for said in again if isinstance(said, FieldEvent)}
    stored = seen.told(db, events)
    return relayed | same | {key for key, digest in events.items() if stored.get(key) == digest}


def _put_aside(batch: _Batch, message: Message, why: Unreadable) -> None:
    batch.aside.append((message, why))
    if why.device is not None and why.epoch is not None and why.n is not None and why.epoch >= 0:
        batch.receipts[why.device, why.epoch].refused[why.n] = why.reason


def _aside(message: Message, why: Unreadable, enrolled: Mapping[str, Enrolment]) -> asides.Aside:
    known = enrolled.get(why.device or "")
    mission = None if known is None else known.mission
    return asides.Aside(message.topic, why.device, mission, why.reason, message.payload)


def _event(said: FieldEvent, mint: Callable[[], str]) -> Event:
    body = named(said.body, Mint(mint, lambda letter: short_id(letter, said.device, said.epoch, said.n)))
    return Event(
        mission=said.mission,
        body=completed(body, said.occurred_at),
        actor=said.device,
        source=said.source,
        occurred_at=said.occurred_at,
        device_at=said.device_at,
        sent_at=said.sent_at,
        received_at=said.received_at,
        device=said.device,
        epoch=said.epoch,
        n=said.n,
        key=f"{said.device}:{said.epoch}:{said.n}",
    )


def short_id(letter: str, device: str, epoch: int, n: int) -> str:
    """The id that a message of a device opens: the same whenever it comes again, another in another epoch,
    for a device that lost its spool counts from 1 again."""
    start = zlib.crc32(str(epoch).encode())
    mark = "".join(zap.ALPHABET[(start >> 5 * place) & 31] for place in range(4))
    return f"{letter}-{device}-{mark}-{n}"


def _changes(statuses: Sequence[Status], online: dict[str, bool]) -> list[Status]:
    """The statuses that differ from the one before; a retained status comes again at every connection."""
    last, changes = dict(online), []
    for status in statuses:
        if last.get(status.device) != status.online:
            changes.append(status)
        last[status.device] = status.online
    return changes


def _came_or_went(status: Status) -> Event:
    return Event(
        mission=status.mission,
        body=wire.status_event(status.online),
        actor=status.device,
        source=Source.DEVICE,
        occurred_at=status.at,
        sent_at=status.at,
        received_at=status.at,
        device=status.device,
    )
