"""One device of the load generator: its own numbers, what it holds unreceipted, how its reports look.

A report is drawn from (device, n, its own time) alone, so a resend says the same, `sent` excepted, even
after the generator itself was started again on its record.
"""

from array import array
from collections import deque
from datetime import UTC, datetime
from typing import NamedTuple

from tests.bench.packets import Publisher

_TURN_US = 4_000_000_000  # it turns round after so long, some 55 km
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

    def __init__(self, index: int, name: str, epoch: int, publisher: Publisher) -> None:
        self.index, self.name = index, name
        self.publisher = publisher
        self.last_n = 0  # numbered
        self.last_sent_n = 0  # published at least once; those between wait in `fresh`
        self.fresh: deque[int] = deque()  # own times of numbered, unpublished reports, in order of n
        self.flying: dict[int, Flight] = {}
        self.again: deque[int] = deque()  # numbers to publish again
        self._head = b'{"epoch":%d,"n":' % epoch
        self._lon, self._lat = 18.0 + index % 25 * 0.3, 4.0 + index // 25 * 0.2

    def number(self, at_us: int, record: "array[int]") -> None:
        """Give the next number to a report of this moment; `record` is told of it."""
        self.last_n += 1
        self.fresh.append(at_us)
        record.append(self.index << 40 | self.last_n)
        record.append(at_us)

    def held(self) -> int:
        """How many reports it holds without a receipt."""
        return len(self.fresh) + len(self.flying)

    def report(self, n: int, at_us: int, at: str, sent: str) -> bytes:
        """The payload of report n, JSON of about 190 bytes; `at` is the text of `at_us`."""
        place = at_us % (2 * _TURN_US)
        away = place < _TURN_US
        along = (place if away else 2 * _TURN_US - place) * _SPEED
        return b"%s%d%s" % (
            self._head,
            n,
            (
                f',"at":"{at}","lon":{self._lon + along:.7f},"lat":{self._lat + along * 0.25:.7f},'
                f'"alt":400,"accuracy":8,"speed":13.9,"course":{76 if away else 256},"battery":81,'
                f'"sent":"{sent}"}}'
            ).encode(),
        )


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
