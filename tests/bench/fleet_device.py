"""One device of the load generator: its own numbers, what it holds unreceipted, how its reports look.

A report is drawn from (device, n, its own time) alone, so a resend says the same, `sent` excepted, even
after the generator itself was started again on its record.
"""

import json
import zlib
from array import array
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from tests.bench.packets import Publisher

_TENTH_US = 100_000
_TURN_US = 4_000_000_000  # it turns round after so long, some 55 km
_FIELDS = ["n", "at", "lon", "lat", "alt", "accuracy", "speed", "course", "battery"]
"""Of a batch, in ms, 1e-7 degree, 0.1 m, 0.01 m/s, 0.1 degree and per cent."""
NOW = float("-inf")
_SPEED = 0.000125e-6  # degrees a microsecond, about 50 km/h: no jump, however many reports a second


class Flight(NamedTuple):
    """A report that was published and not receipted.

    at_us: its own time; first_s: when it was first published; due_s: when it is to be published again,
    NOW when it stands in `again`; wait_s: between two publications.
    """

    at_us: int
    first_s: float
    due_s: float
    wait_s: float


class Tracker:
    """Numbers and state of one device."""

    def __init__(
        self, index: int, name: str, epoch: int, publishers: tuple[Publisher, Publisher], apart: float = 0.2
    ) -> None:
        self.index, self.name = index, name
        self.publisher, self.batch_publisher = publishers
        self.last_n = 0  # numbered
        self.last_sent_n = 0  # published at least once; those between wait in `fresh`
        self.fresh: deque[int] = deque()  # own times of numbered, unpublished reports, in order of n
        self.flying: dict[int, Flight] = {}
        self.again: deque[int] = deque()  # numbers to publish again
        self._epoch = epoch
        self._head = b'{"epoch":%d,"n":' % epoch
        self._said_at, self._said = -1, b""  # the tenth of a second of which it last told its place, and how
        self._lon, self._lat = 18.0 + index % 25 * 1.5 * apart, 4.0 + index // 25 * apart

    def number(self, at_us: int, record: "array[int]") -> None:
        """Give the next number to a report of this moment; `record` is told of it."""
        self.last_n += 1
        self.fresh.append(at_us)
        record.append(self.index << 40 | self.last_n)
        record.append(at_us)

    def held(self) -> int:
        """How many reports it holds without a receipt."""
        return len(self.fresh) + len(self.flying)

    def _place(self, at_us: int) -> tuple[int, int, int]:
        """Where it is in this tenth of a second: lon and lat in 1e-7 degree, course in degrees."""
        place = (at_us - at_us % _TENTH_US) % (2 * _TURN_US)
        away = place < _TURN_US
        along = (place if away else 2 * _TURN_US - place) * _SPEED
        return int((self._lon + along) * 1e7), int((self._lat + along * 0.25) * 1e7), 76 if away else 256

    def report(self, n: int, at_us: int, at: str, sent: str) -> bytes:
        """The payload of report n, JSON of about 190 bytes; `at` is the text of `at_us`."""
        if at_us // _TENTH_US != self._said_at:
            self._said_at = at_us // _TENTH_US
            lon, lat, course = self._place(at_us)
            self._said = (
                f'"lon":{lon / 1e7:.7f},"lat":{lat / 1e7:.7f},'
                f'"alt":400,"accuracy":8,"speed":13.9,"course":{course},"battery":81'
            ).encode()
        return b'%s%d,"at":"%s",%s,"sent":"%s"}' % (self._head, n, at.encode(), self._said, sent.encode())

    def batch(self, reports: Sequence[tuple[int, int]], sent: str) -> bytes:
        """The payload of /batch for reports (n, whole milliseconds in us): differences in JSON, deflated."""
        rows: list[list[int]] = []
        before = [0] * len(_FIELDS)
        for n, at_us in sorted(reports):
            lon, lat, course = self._place(at_us)
            row = [n, at_us // 1000, lon, lat, 4000, 80, 1390, course * 10, 81]
            rows.append([now - last for now, last in zip(row, before, strict=True)])
            before = row
        told = {"epoch": self._epoch, "sent": sent, "fields": _FIELDS, "rows": rows}
        return zlib.compress(json.dumps(told, separators=(",", ":")).encode(), 6)


class Clock:
    """Microseconds since 1970 as the text of a report; the second is kept, for many share it."""

    def __init__(self) -> None:
        self._second, self._text = -1, ""

    def text(self, at_us: int) -> str:
        """ISO 8601 in UTC with microseconds."""
        second, rest = divmod(at_us, 1_000_000)
        if second != self._second:
            self._second, self._text = second, f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}"
        return f"{self._text}.{rest:06d}Z"
