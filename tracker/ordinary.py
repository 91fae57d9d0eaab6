"""The ordinary reports of a batch, read as columns: what nothing is wrong with is made ready all at once.

Ordinary is a numbered report, of a device whose clock is right and whose numbers and times go up, that earns
no flag. One report that is anything else sends all messages of its device in the batch the long way, one by
one, which knows every case: this one only spares it, and says the same.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from casevac.events import Lat, Lon
from casevac.mission import Enrolment
from casevac.offset import TOLERANCE
from casevac.quality import Limits, Marks, Past, unremarkable
from casevac.store.columns import MEASURED, Columns
from tracker import wire
from tracker.instants import UNREAD, microseconds
from tracker.judging import Judge, Settled
from tracker.wire import Message

FEW = 100  # so many go one by one as quickly
_MICROSECOND = timedelta(microseconds=1)
_TOLERANCE_US = TOLERANCE // _MICROSECOND
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Mask = NDArray[np.bool_]


class _Fields(msgspec.Struct, frozen=True, gc=False):
    """A report as it is sent, its times as text; what an ordinary one has is required."""

    at: str
    lon: Lon
    lat: Lat
    epoch: wire.Epoch
    n: wire.Number
    sent: str
    alt: wire.Altitude | None = None
    accuracy: wire.Accuracy | None = None
    speed: wire.Speed | None = None
    course: wire.Course | None = None
    battery: wire.Battery | None = None


_decode = msgspec.json.Decoder(_Fields).decode


class Ordinary(NamedTuple):
    """Ordinary reports, those of a device side by side as they came; `places` of each among the messages."""

    columns: Columns
    places: NDArray[np.int64]

    def numbers(self) -> list[tuple[str, int, list[int]]]:
        """Each device with its epoch and numbers."""
        told = self.columns
        ends = told.ends()
        numbers = np.split(told.n, ends + 1)[: len(ends)]
        names = [told.devices[of][1] for of in told.of[ends].tolist()]
        return list(zip(names, told.epoch[ends].tolist(), [each.tolist() for each in numbers], strict=True))

    def pasts(self) -> dict[str, Past]:
        """Where each device was last."""
        last = self.columns.where(self.columns.ends())
        accuracy = np.nan_to_num(last.measured[MEASURED.index("accuracy")])
        told = zip(
            last.of.tolist(),
            last.at.tolist(),
            last.lon.tolist(),
            last.lat.tolist(),
            accuracy.tolist(),
            strict=True,
        )
        return {
            last.devices[of][1]: Past(_EPOCH + timedelta(microseconds=at), lon, lat, slack_m)
            for of, at, lon, lat, slack_m in told
        }

    def without(self, devices: set[str]) -> "Ordinary":
        """Those of all other devices."""
        out = np.array([name in devices for _, name in self.columns.devices], dtype=bool)
        kept = ~out[self.columns.of]
        return Ordinary(self.columns.where(kept), self.places[kept])


class _Sorted(NamedTuple):
    """Readable reports of settled devices: their fields, where each stood, and of which device it is."""

    fields: list[_Fields]
    places: list[int]
    of: list[int]
    known: list[Settled]
    devices: list[tuple[str, str]]
    odd: set[str]  # devices of which something else came


def ordinary(messages: Sequence[Message], enrolled: Mapping[str, Enrolment], judge: Judge) -> Ordinary | None:
    """The ordinary ones among the messages; None where there are too few to be worth it."""
    if len(messages) < FEW:
        return None
    found = _sort(messages, enrolled, judge)
    if len(found.fields) < FEW:
        return None
    of = np.array(found.of)
    order = np.argsort(of, kind="stable")
    places = np.array(found.places)[order]
    columns = _columns(found, of, order, [messages[place].received_at for place in found.places])
    odd = np.array([name in found.odd for _, name in found.devices], dtype=bool)
    odd[columns.of[~_unremarkable(columns, found.known)]] = True
    kept = ~odd[columns.of]
    return Ordinary(columns.where(kept), places[kept]) if kept.any() else None


def _sort(messages: Sequence[Message], enrolled: Mapping[str, Enrolment], judge: Judge) -> _Sorted:
    found = _Sorted([], [], [], [], [], set())
    kinds: dict[str, int] = {}  # by topic, which device; below 0 that it is none to look at
    for place, message in enumerate(messages):
        topic = message.topic
        kind = kinds.get(topic)
        if kind is None:
            kind = kinds[topic] = _kind(topic, enrolled, judge, found)
        if kind < 0 or message.batched:
            found.odd.add(wire.device_of(topic) or "")
            continue
        fields = _told(message.payload)
        if fields is None:
            found.odd.add(found.devices[kind][1])
            continue
        found.fields.append(fields)
        found.places.append(place)
        found.of.append(kind)
    return found


def _told(payload: bytes) -> _Fields | None:
    """The fields of a report; None if it has others or may tell a time twice (the last would count)."""
    if payload.count(b'"at"') != 1 or payload.count(b'"sent"') != 1 or b"\\" in payload:
        return None
    try:
        return _decode(payload)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError, OverflowError):
        return None


def _kind(topic: str, enrolled: Mapping[str, Enrolment], judge: Judge, found: _Sorted) -> int:
    """The number of a device to be looked at by its topic, given now; -1 of any other."""
    device, channel = wire.split(topic)
    known = enrolled.get(device or "")
    if device is None or channel != "report" or known is None or known.revoked:
        return -1
    settled = judge.settled(device)
    if settled is None:
        return -1
    found.devices.append((known.mission, device))
    found.known.append(settled)
    return len(found.devices) - 1


def _columns(
    found: _Sorted, of: NDArray[np.int64], order: NDArray[np.int64], received: Sequence[datetime]
) -> Columns:
    told = found.fields
    measured = [
        [one.alt for one in told], [one.accuracy for one in told], [one.speed for one in told],
        [one.course for one in told], [one.battery for one in told],
    ]  # fmt: skip
    instants = {instant: (instant - _EPOCH) // _MICROSECOND for instant in set(received)}
    return Columns(
        found.devices,
        of,
        np.array([one.epoch for one in told]),
        np.array([one.n for one in told]),
        microseconds([one.at for one in told]),
        microseconds([one.sent for one in told]),
        np.fromiter(map(instants.__getitem__, received), dtype=np.int64, count=len(received)),
        np.array([one.lon for one in told]),
        np.array([one.lat for one in told]),
        np.array(measured, dtype=np.float64),  # nothing becomes NaN
    ).where(order)


def _unremarkable(told: Columns, known: Sequence[Settled]) -> Mask:
    """Which reports go on from the one before: numbers and times up, one epoch, a right clock, no flag."""
    first = np.append(True, told.of[1:] != told.of[:-1])
    pasts = [one.past for one in known]
    past_at = np.array([(one.at - _EPOCH) // _MICROSECOND for one in pasts])
    before = Marks(
        np.where(first, past_at[told.of], np.roll(told.at, 1)),
        np.where(first, np.array([one.lon for one in pasts])[told.of], np.roll(told.lon, 1)),
        np.where(first, np.array([one.lat for one in pasts])[told.of], np.roll(told.lat, 1)),
    )
    each = [(one.bounds.inaccurate_m, one.bounds.stale_fix_s, one.top_ms) for one in known]
    limits = Limits(*np.array(each, dtype=np.float64)[told.of].T)
    accuracy = told.measured[MEASURED.index("accuracy")]
    read = (told.at != UNREAD) & (told.sent != UNREAD)
    on_time = (told.at <= told.received) & (np.abs(told.sent - told.received) <= _TOLERANCE_US)
    upward = first | ((np.diff(told.n, prepend=0) > 0) & (np.diff(told.epoch, prepend=0) == 0))
    plain = unremarkable(Marks(told.at, told.lon, told.lat), before, told.sent, accuracy, limits)
    found: Mask = read & on_time & upward & plain
    return found
