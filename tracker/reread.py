"""Reads again what was set aside, after a fix: what is readable now is stored once, the rest stays."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from casevac.aside import word_of
from casevac.mission import Enrolment
from casevac.store import asides
from casevac.store.asides import Kept, Wanted
from casevac.store.connection import Connection, faults
from casevac.store.missions import enrolments, last_states
from tracker import dialects, intake, own, wire
from tracker.wire import Message, Status, Unreadable

PAGE = 500
_LEFT = frozenset({"number_reused"})  # a number that is taken stays taken, however often it is read


@dataclass
class Reread:
    """What became of the messages: stored (or so they would be, in a dry run), and still refused, by word."""

    stored: int = 0
    refused: Counter[str] = field(default_factory=Counter)


def again(db: Connection, wanted: Wanted, *, dry_run: bool = False) -> Reread:
    """Read what waits through the field door's own intake, a page a transaction.

    What came under the name of a device while it was cut off is read only when its reason is asked for: who
    sent that is not known, and letting the device in again does not make it true.
    It takes the same locks as a running ingest, so nothing is stored twice. A message that is stored is
    marked as resolved, never deleted; nothing is receipted. A dry run stores and marks nothing. Raises
    StoreUnreachable, DiskFull; what was stored by then stays.
    """
    told, last = Reread(), 0
    with faults():
        while True:
            with db:
                page = asides.after(db, wanted, last, PAGE)
                enrolled = enrolments(db)
            if not page:
                return told
            last = page[-1].id
            left = _LEFT if word_of(wanted.reason) == "revoked" else {*_LEFT, "revoked"}
            told.refused.update(one.word for one in page if one.word in left)
            readable = _readable(db, [one for one in page if one.word not in left], enrolled, told)
            if dry_run:
                told.stored += len(readable)
                continue
            for portion in _portions(readable):
                _take(db, portion, enrolled, told)


def _readable(
    db: Connection, rows: Sequence[Kept], enrolled: Mapping[str, Enrolment], told: Reread
) -> list[Kept]:
    """Those that say something now."""
    good = []
    for row in rows:
        opened = wire.opened(_message(row), enrolled)
        pairs = [(one, said) for one in opened for said in dialects.read(one, enrolled)]
        readings = own.checked(db, pairs, enrolled)
        said = [reading for _, reading in readings if not isinstance(reading, Status)]
        if any(not isinstance(one, Unreadable) for one in said):
            good.append(row)  # of a batch the bad rows are set aside one by one
        else:  # who was there then says nothing of now
            reason = next((one.reason for one in said if isinstance(one, Unreadable)), row.word)
            told.refused[word_of(reason)] += 1
    return good


def _portions(rows: Sequence[Kept]) -> list[list[Kept]]:
    """What goes into one transaction: a batch holds thousands of reports already."""
    single = [one for one in rows if not one.topic.endswith("/batch")]
    return [[one] for one in rows if one not in single] + ([single] if single else [])


def _take(db: Connection, rows: Sequence[Kept], enrolled: Mapping[str, Enrolment], told: Reread) -> None:
    with db:
        online, began = last_states(db), asides.now(db)
    messages = [_message(one) for one in rows]
    intake.with_rights(
        lambda: intake.asked(db), lambda rights: intake.take(db, messages, rights, online), enrolled
    )
    with db:
        since = asides.put_aside_since(db, [(one.topic, one.raw) for one in rows], began)
        done = [one.id for one in rows if (one.topic, one.raw) not in since]
        asides.resolve(db, done)
    told.stored += len(done)
    told.refused.update(word_of(reason) for reason in since.values())


def _message(one: Kept) -> Message:
    """As it came at first: its time of receipt judges its clock."""
    return Message(one.topic, one.raw, one.first_at)
