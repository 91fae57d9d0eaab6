"""Batches for thin links: many numbered reports of one epoch in one payload, as differences, deflated; pure.

Deflated JSON, for a stranger codes it in an hour and a binary form would save little: a real moving vehicle,
a report each 10 s with speed, course, accuracy and battery, costs 11 bytes a report at 300 reports a batch,
9.6 at 5,000 (155 as single messages). Columns in place of rows save one byte more and are harder to code;
differences of differences save nothing on noisy fixes.
"""

import zlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from casevac.errors import BadMessage

MOST_ROWS = 5000
MOST_BYTES = 1 << 20
"""Of a batch unpacked; a payload on the wire the broker bounds."""
UNITS = {
    "n": 1,
    "at": 1000,
    "lon": 10_000_000,
    "lat": 10_000_000,
    "alt": 10,
    "accuracy": 10,
    "speed": 100,
    "course": 10,
    "battery": 1,
}
"""Field of a report -> steps in its unit: `at` in milliseconds since 1970, lon and lat in 1e-7 degree."""
_NEEDED = ("n", "at", "lon", "lat")
_START = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_MOST = 2**62

_Step = Annotated[int, Meta(ge=-_MOST, le=_MOST)]


class BatchFields(msgspec.Struct, frozen=True, omit_defaults=True):
    """A batch as it is sent, then deflated or as it is: what each row adds to the sums of those before it."""

    epoch: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    fields: Annotated[list[str], Meta(max_length=len(UNITS))]
    rows: Annotated[list[list[_Step | None]], Meta(max_length=MOST_ROWS)]
    sent: str | None = None


class _Row(msgspec.Struct, frozen=True):
    """What a batch carries of a report as it was spooled."""

    n: int
    at: Annotated[datetime, Meta(tz=True)]
    lon: float
    lat: float
    alt: float | None = None
    accuracy: float | None = None
    speed: float | None = None
    course: float | None = None
    battery: float | None = None


class Whole(msgspec.Struct, frozen=True):
    """A report in whole steps of its units, in the order of UNITS; None where it says nothing."""

    steps: tuple[int | None, ...]

    @property
    def n(self) -> int:
        """Its number."""
        return self.steps[0] or 0


def whole(report: bytes) -> Whole:
    """A report's payload in whole steps, ready for `pack`.

    Raises BadMessage when a value is finer than the unit, so that a batch would not carry it exactly.
    """
    try:
        row = msgspec.json.decode(report, type=_Row)
    except msgspec.MsgspecError as fault:
        raise BadMessage(f"this report cannot go in a batch: {fault}") from fault
    ms, rest = divmod(row.at.astimezone(UTC) - _START, _MS)
    if rest:
        raise BadMessage("at is finer than a millisecond: send it as a single report")
    steps: list[int | None] = [row.n, ms]
    for name, unit in list(UNITS.items())[2:]:
        value = getattr(row, name)
        step = None if value is None else round(value * unit)
        if step is not None and step / unit != value:
            raise BadMessage(f"{name} is finer than 1/{unit}: send it as a single report")
        steps.append(step)
    return Whole(tuple(steps))


def exact(name: str, value: float) -> float:
    """A value rounded to the unit that batches carry it in."""
    return round(value * UNITS[name]) / UNITS[name]


def pack(epoch: int, reports: Iterable[Whole], sent: datetime | None = None) -> bytes:
    """The payload of a batch of these reports, at most 5,000, in the order of their numbers."""
    rows = [one.steps for one in sorted(reports, key=lambda one: one.n)]
    if len(rows) > MOST_ROWS:
        raise BadMessage(f"a batch holds at most {MOST_ROWS} reports, not {len(rows)}")
    names = list(UNITS)
    used = [place for place, name in enumerate(names) if name in _NEEDED or _said(rows, place)]
    before = [0] * len(used)
    differences: list[list[int | None]] = []
    for row in rows:
        pairs = [(row[place], last) for place, last in zip(used, before, strict=True)]
        differences.append([None if now is None else now - last for now, last in pairs])
        before = [last if now is None else now for now, last in pairs]
    told = BatchFields(epoch, [names[place] for place in used], differences, _iso(sent))
    return zlib.compress(msgspec.json.encode(told), 9)


def _said(rows: Iterable[Sequence[int | None]], place: int) -> bool:
    return any(row[place] is not None for row in rows)


def unpack(payload: bytes) -> list[bytes]:
    """The payloads of the single reports that a batch stands for, in its order.

    Each is as the device would have sent it alone, a value out of its range too: whoever reads the report
    says so of that report only. Raises BadMessage when the batch as a whole cannot be read: no zlib or JSON,
    cut short, more than 1 MiB or 5,000 rows, unknown fields, a row that is no list of whole numbers.
    """
    try:
        told = msgspec.json.decode(_inflated(payload), type=BatchFields)
    except (msgspec.MsgspecError, UnicodeError, RecursionError, ValueError) as fault:
        raise BadMessage(f"batch: {str(fault) or 'nested too deeply'}") from fault
    _check(told.fields)
    if not told.rows:
        raise BadMessage("batch: no rows")
    return [_report(told, row) for row in _sums(told)]


def in_runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Numbers as runs of neighbours, each by its first and last; in order, each number once."""
    runs: list[tuple[int, int]] = []
    for n in sorted(numbers):
        if runs and n <= runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], n)
        else:
            runs.append((n, n))
    return runs


def _inflated(payload: bytes) -> bytes:
    """The JSON of a batch; it may come as it is, too: nothing else begins with a brace."""
    if payload[:1] == b"{":
        if len(payload) > MOST_BYTES:
            raise BadMessage("batch: more than 1 MiB")
        return payload
    stream = zlib.decompressobj()
    try:
        found = stream.decompress(payload, MOST_BYTES + 1)
    except zlib.error as fault:
        raise BadMessage(f"batch: neither zlib nor JSON ({fault})") from fault
    if len(found) > MOST_BYTES:
        raise BadMessage("batch: unpacks to more than 1 MiB")
    if not stream.eof:
        raise BadMessage("batch: the payload is empty or cut short")
    if stream.unused_data:
        raise BadMessage("batch: something follows the end of the zlib stream")
    return found


def _check(fields: Sequence[str]) -> None:
    for name in _NEEDED:
        if name not in fields:
            raise BadMessage(f"batch: fields lacks {name}")
    for name in fields:
        if name not in UNITS:
            raise BadMessage(f"batch: unknown field {name[:40]!r}; known: {', '.join(UNITS)}")
    if len(set(fields)) < len(fields):
        raise BadMessage("batch: a field is named twice")


def _sums(told: BatchFields) -> Iterable[list[int | None]]:
    """The rows with their differences added up; null says nothing and adds nothing."""
    width, now = len(told.fields), [0] * len(told.fields)
    for place, row in enumerate(told.rows):
        if len(row) != width:  # every row after it would count from it
            raise BadMessage(f"batch: row {place + 1} has {len(row)} values for {width} fields")
        now = [last + (step or 0) for step, last in zip(row, now, strict=True)]
        yield [None if step is None else value for step, value in zip(row, now, strict=True)]


def _report(told: BatchFields, row: Sequence[int | None]) -> bytes:
    said: dict[str, object] = {"epoch": told.epoch}
    for name, value in zip(told.fields, row, strict=True):
        if value is not None:
            said[name] = _at(value) if name == "at" else value if name == "n" else value / UNITS[name]
    if told.sent is not None:
        said["sent"] = told.sent
    return msgspec.json.encode(said)


def _at(ms: int) -> datetime | str:
    """The instant; where no calendar has it, words that no reader takes for a time."""
    try:
        return _START + ms * _MS
    except OverflowError:
        return f"{ms} ms since 1970"


def _iso(at: datetime | None) -> str | None:
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
