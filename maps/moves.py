"""Positions as compact differences: what changed since the frame before, in columns of few bits. Pure.

A lane holds a state: for every device eight whole numbers and what seldom changes. A frame tells the devices
that differ from it; a keyframe tells all of it, as differences from nothing. Frames are numbered: whoever
misses one cannot follow and needs a keyframe. What a reader then holds is the server's latest position to
these quanta: place 1e-6 degree (11 cm), times 0.1 s (rounded down, never ahead), course 1 degree, speed
0.25 m/s, accuracy 1 m, battery 1 %; everything else is told whole when it changes. Numbers that are not
known stay not known.

The body of a frame, JSON: `server_time`; `n`, its number; `key`, true in a keyframe; `new`, devices not told
before, in the order of their slots, and `rest`, [slot, ...] of known ones that changed, each followed by
vehicle, source, speaker, flags, uncertainty_m and mission; `count` devices with new numbers; `base`; `k` and
`bits`. `bits` is base64 of nine columns one after the other: gap to the slot before, less one; time since
the fix told before, less `base`; change of the receipt's delay; change of course (modulo 361, 360: unknown);
of speed; of longitude and latitude against dead reckoning; of accuracy; of battery (-1: unknown). All but
gaps are zigzagged. Each column is a Rice code of its own parameter k: value >> k as ones closed by a zero,
then k bits, the highest first; sixteen ones without a zero precede a value of 48 bits. k = 31: a column of
zeros, of which nothing is written.

Why so: of 300 moving assets of 1,000 a second, arrays of decimal numbers cost half as much again under
deflate, and twice as much without dead reckoning.
"""

import base64
import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from casevac.picture import Picture, vehicle_of
from casevac.position import Position
from casevac.quality import spread_m

Ints = npt.NDArray[np.int64]
AT, RECEIVED, COURSE, SPEED, LON, LAT, ACCURACY, BATTERY = range(8)
NO_COURSE = 360
ESCAPE, ESCAPE_BITS, ZEROS = 16, 48, 31
_MOST = 2**40
# Dead reckoning in whole numbers, so that every reader comes to the same: degrees of 2**14 parts.
_SINE: Ints = np.array([round(16384 * math.sin(math.radians(d))) for d in range(360)] + [0], dtype=np.int64)
_COSINE: Ints = np.array([round(16384 * math.cos(math.radians(d))) for d in range(360)] + [0], dtype=np.int64)
_SECANT: Ints = np.array([round(1024 / math.cos(math.radians(d))) for d in range(81)], dtype=np.int64)
RECKONED, FASTEST = 300, 1200  # at most 30 s ahead, at 300 m/s
PER_METRE = 230, 1023  # 0.025 m (a tenth of a second at the quantum of speed) in 1e-6 degree of latitude


class Row(NamedTuple):
    """A position in quanta, and what seldom changes."""

    numbers: tuple[int, ...]
    rest: tuple[Any, ...]  # JSON values


def row(picture: Picture, fix: Position) -> Row:
    """A position as a lane tells it."""
    course = _steps(fix.course, 1)
    numbers = (
        math.floor(fix.corrected_at.timestamp() * 10),
        math.floor(fix.received_at.timestamp() * 10),
        NO_COURSE if course < 0 else course % 360,
        _steps(fix.speed, 4),
        round(fix.lon * 1e6),
        round(fix.lat * 1e6),
        _steps(fix.accuracy, 1),
        _steps(fix.battery, 1),
    )
    vehicle = vehicle_of(picture, fix.device)
    vague = round(spread_m(fix))
    return Row(numbers, (vehicle, fix.source, fix.speaker, list(fix.flags), vague, fix.mission))


def _steps(value: float | None, per_unit: int) -> int:
    """A figure in its quanta; -1 for one that is not known."""
    if value is None or not math.isfinite(value):
        return -1
    return min(_MOST, max(0, round(value * per_unit)))


class Deltas:
    """The state of a lane, from which the next frame differs."""

    def __init__(self) -> None:
        self.n = 0
        self._slots: dict[str, int] = {}
        self._numbers: Ints = np.zeros((0, 8), dtype=np.int64)
        self._rest: list[tuple[Any, ...]] = []

    def frame(self, rows: Mapping[str, Row], server_time: str | None) -> dict[str, Any] | None:
        """The next frame; None when nothing differs, and then it has no number."""
        new = [device for device in rows if device not in self._slots]
        changed: list[tuple[int, tuple[int, ...]]] = []
        rest: list[list[Any]] = []
        for device, (numbers, seldom) in rows.items():
            slot = self._slots.get(device)
            if slot is None:
                changed.append((self._add(device, seldom), numbers))
                continue
            changed.append((slot, numbers))
            if self._rest[slot] != seldom:
                self._rest[slot] = seldom
                rest.append([slot, *seldom])
        slots, old, now = self._differing(changed)
        if not (len(slots) or new or rest):
            return None
        self._numbers[slots] = now
        self.n += 1
        told: dict[str, Any] = {"server_time": server_time, "n": self.n}
        if new:
            told["new"] = [[device, *rows[device].rest] for device in new]
        if rest:
            told["rest"] = rest
        return told | packed(slots, old, now)

    def key(self, server_time: str | None) -> dict[str, Any]:
        """The whole state as of the last frame; it has that frame's number."""
        slots = np.arange(len(self._slots), dtype=np.int64)
        now = self._numbers[: len(slots)]
        new = [[device, *self._rest[slot]] for device, slot in self._slots.items()]
        told = {"server_time": server_time, "n": self.n, "key": True, "new": new}
        return told | packed(slots, np.zeros_like(now), now)

    def _add(self, device: str, seldom: tuple[Any, ...]) -> int:
        slot = self._slots[device] = len(self._slots)
        self._rest.append(seldom)
        if slot >= len(self._numbers):
            room = np.zeros((max(64, slot), 8), dtype=np.int64)
            self._numbers = np.concatenate([self._numbers, room])
        return slot

    def _differing(self, changed: list[tuple[int, tuple[int, ...]]]) -> tuple[Ints, Ints, Ints]:
        """Slots in order with their numbers before and now, those only that differ."""
        changed.sort()
        slots = np.array([slot for slot, _ in changed], dtype=np.int64)
        now = np.array([numbers for _, numbers in changed], dtype=np.int64).reshape(-1, 8)
        old = self._numbers[slots]
        differs = (old != now).any(axis=1)
        return slots[differs], old[differs], now[differs]


def packed(slots: Ints, old: Ints, now: Ints) -> dict[str, Any]:
    """`count`, `base`, `k` and `bits` of devices in these slots."""
    if not len(slots):
        return {"count": 0}
    since = now[:, AT] - old[:, AT]
    base = int(np.median(since))
    north, east = reckoned(old, now)
    signed = [
        since - base,
        (now[:, RECEIVED] - now[:, AT]) - (old[:, RECEIVED] - old[:, AT]),
        (now[:, COURSE] - old[:, COURSE] + 180) % 361 - 180,
        now[:, SPEED] - old[:, SPEED],
        now[:, LON] - old[:, LON] - east,
        now[:, LAT] - old[:, LAT] - north,
        now[:, ACCURACY] - old[:, ACCURACY],
        now[:, BATTERY] - old[:, BATTERY],
    ]
    columns = [np.diff(slots, prepend=-1) - 1, *((one << 1) ^ (one >> 63) for one in signed)]
    ks = [_parameter(column) for column in columns]
    bits = [_rice(column, k) for column, k in zip(columns, ks, strict=True)]
    text = base64.b64encode(np.packbits(np.concatenate(bits)).tobytes()).decode()
    return {"count": len(slots), "base": base, "k": ks, "bits": text}


def reckoned(old: Ints, now: Ints) -> tuple[Ints, Ints]:
    """How far north and east, in 1e-6 degree, course and speed of the new fix lead from the old one."""
    since = now[:, AT] - old[:, AT]
    known = (since > 0) & (since <= RECKONED) & (now[:, SPEED] > 0) & (now[:, SPEED] <= FASTEST)
    way = np.where(known, since * now[:, SPEED], 0) * PER_METRE[0]
    secant = _SECANT[np.minimum(np.abs(old[:, LAT]) // 1_000_000, 80)]
    north = way * _COSINE[now[:, COURSE]] // (16384 * PER_METRE[1])
    east = way * _SINE[now[:, COURSE]] * secant // (16384 * PER_METRE[1] * 1024)
    return north, east


def _parameter(column: Ints) -> int:
    """The k of the shortest code."""
    if not column.any():
        return ZEROS
    likely = min(28, max(0, int(column.mean()).bit_length() - 1))
    return min(range(max(0, likely - 3), likely + 2), key=lambda k: int(_lengths(column, k).sum()))


def _lengths(column: Ints, k: int) -> Ints:
    quotients: Ints = column >> k
    return np.where(quotients < ESCAPE, quotients + 1 + k, ESCAPE + ESCAPE_BITS)


def _rice(column: Ints, k: int) -> npt.NDArray[np.uint8]:
    """A column as bits, one a byte."""
    if k == ZEROS:
        return np.zeros(0, dtype=np.uint8)
    lengths = _lengths(column, k)
    ends = np.cumsum(lengths)
    bits = np.zeros(int(ends[-1]), dtype=np.uint8)
    ones = np.minimum(column >> k, ESCAPE)
    start = ends - lengths
    bits[np.repeat(start, ones) + np.arange(int(ones.sum())) - np.repeat(np.cumsum(ones) - ones, ones)] = 1
    short = ones < ESCAPE
    for which, width in ((short, k), (~short, ESCAPE_BITS)):
        for bit in range(width):
            bits[ends[which] - 1 - bit] = (column[which] >> bit) & 1
    return bits
