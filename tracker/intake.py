"""From readings to rows: one transaction a batch, and what each device is to be told afterwards."""

import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import psycopg2

from casevac import zap
from casevac.errors import AlreadyTasked, BadMessage
from casevac.events import Event
from casevac.ids import Mint, completed, named
from casevac.mission import Enrolment
from casevac.store import asides, fixes, log, pseudonyms
from casevac.store.connection import Connection
from casevac.terms import Source
from tracker import own, wire
from tracker.wire import FieldEvent, Message, Reading, Report, Status, Unreadable

REUSED = "number reused"
# What is wrong with one message and stays wrong, however often it is tried.
_REFUSALS = (
    psycopg2.DataError,
    psycopg2.IntegrityError,
    psycopg2.ProgrammingError,
    BadMessage,
    AlreadyTasked,
)


@dataclass
class Told:
    """What one (device, epoch) is to be told: exact numbers stored, and refused with the reason."""

    stored: set[int] = field(default_factory=set)
    batched: set[int] = field(default_factory=set)  # of those stored, the numbers that came in a batch
    refused: dict[int, str] = field(default_factory=dict)


Receipts = dict[tuple[str, int], Told]


@dataclass
class _Batch:
    """Readings sorted by what becomes of them."""

    kept: dict[fixes.Key, Report | FieldEvent] = field(default_factory=dict)
    statuses: list[Status] = field(default_factory=list)
    aside: list[tuple[Message, Unreadable]] = field(default_factory=list)
    receipts: Receipts = field(default_factory=lambda: defaultdict(Told))


def take(
    db: Connection, messages: Sequence[Message], enrolled: Mapping[str, Enrolment], online: dict[str, bool]
) -> Receipts:
    """Store a batch in one transaction; returns the receipts to send now that it is committed.

    A message that PostgreSQL itself refuses is found by halving the batch and set aside with the
    reason. Raises the driver's operational errors: then nothing was stored and nothing may be
    acknowledged. `online` (device -> last known state) is brought up to date.
    """
    messages = [one for message in messages for one in wire.opened(message, enrolled)]
    readings = own.checked(db, [(message, wire.read(message, enrolled)) for message in messages], enrolled)
    try:
        return _take(db, readings, enrolled, online)
    except _REFUSALS as fault:
        if len(readings) == 1:
            return _take(db, [_refused(readings[0], fault)], enrolled, online)
    receipts: Receipts = {}
    half = len(messages) // 2
    for part in (messages[:half], messages[half:]):
        for key, told in take(db, part, enrolled, online).items():
            kept = receipts.setdefault(key, Told())
            kept.stored |= told.stored
            kept.batched |= told.batched
            kept.refused |= told.refused
    return receipts


def _refused(reading: tuple[Message, Reading], fault: Exception) -> tuple[Message, Reading]:
    message, said = reading
    reason = f"the store refused it: {str(fault).splitlines()[0]}"
    if isinstance(said, Report):
        fix = said.position
        return message, Unreadable(reason, fix.device, fix.epoch, fix.n)
    device = getattr(said, "device", None)
    return message, Unreadable(reason, device, getattr(said, "epoch", None), getattr(said, "n", None))


def _take(
    db: Connection,
    readings: Sequence[tuple[Message, Reading]],
    enrolled: Mapping[str, Enrolment],
    online: dict[str, bool],
) -> Receipts:
    batch = _sort(readings)
    changes = _changes(batch.statuses, online)
    with db:
        claimed = fixes.claim(db, {key: _digest(said) for key, said in batch.kept.items()})
        for message, said in readings:
            if (key := _key(said)) and key in claimed.reused and said is batch.kept.get(key):
                _put_aside(batch, message, Unreadable(REUSED, *key))
        new = [batch.kept[key] for key in sorted(claimed.new)]
        fixes.append(db, [said.position for said in new if isinstance(said, Report)])
        asides.set_aside(db, [_aside(message, why, enrolled) for message, why in batch.aside])
        events = [_event(said, partial(pseudonyms.mint, db)) for said in new if isinstance(said, FieldEvent)]
        events += [_came_or_went(status) for status in changes]
        log.append(db, sorted(events, key=lambda event: event.occurred_at))
    online.update({status.device: status.online for status in changes})
    batched = {_key(said) for message, said in readings if message.batched}
    for key in claimed.new | claimed.again:
        device, epoch, n = key
        if epoch != wire.UNNUMBERED:
            told = batch.receipts[device, epoch]
            (told.batched if key in batched else told.stored).add(n)
    return batch.receipts


def _sort(readings: Sequence[tuple[Message, Reading]]) -> _Batch:
    batch = _Batch()
    for message, said in readings:
        match said:
            case Unreadable():
                _put_aside(batch, message, said)
            case Status():
                batch.statuses.append(said)
            case Report() | FieldEvent():
                key = _key(said)
                kept = batch.kept.setdefault(key, said) if key else said
                if _digest(kept) != _digest(said):
                    _put_aside(batch, message, Unreadable(REUSED, *key) if key else Unreadable(REUSED))
    return batch


def _put_aside(batch: _Batch, message: Message, why: Unreadable) -> None:
    batch.aside.append((message, why))
    if why.device is not None and why.epoch is not None and why.n is not None and why.epoch >= 0:
        batch.receipts[why.device, why.epoch].refused[why.n] = why.reason


def _key(said: Reading) -> fixes.Key | None:
    if isinstance(said, Report):
        return said.position.device, said.position.epoch, said.position.n
    if isinstance(said, FieldEvent):
        return said.device, said.epoch, said.n
    return None


def _digest(said: Report | FieldEvent) -> bytes:
    return said.position.digest if isinstance(said, Report) else said.digest


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
