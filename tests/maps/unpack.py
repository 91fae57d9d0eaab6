"""A second reader of maps/moves.py, written from its description: plain Python, one bit at a time."""

import base64
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAMES = ("at", "received_at", "course", "speed", "lon", "lat", "accuracy", "battery")


class Bits:
    """Reads base64 bit by bit."""

    def __init__(self, text: str) -> None:
        self.bits = "".join(f"{byte:08b}" for byte in base64.b64decode(text))
        self.at = 0

    def number(self, width: int) -> int:
        self.at += width
        return int(self.bits[self.at - width : self.at] or "0", 2)

    def rice(self, k: int) -> int:
        ones = 0
        while ones < 16 and self.number(1):
            ones += 1
        return self.number(48) if ones == 16 else (ones << k) + self.number(k)

    def column(self, k: int, count: int) -> list[int]:
        return [0] * count if k == 31 else [self.rice(k) for _ in range(count)]


def signed(value: int) -> int:
    """Zigzag undone."""
    return -(value + 1) // 2 if value % 2 else value // 2


@dataclass
class Reader:
    """Follows one lane."""

    n: int = -1
    devices: list[str] = field(default_factory=list)
    numbers: list[list[int]] = field(default_factory=list)
    rest: list[list[Any]] = field(default_factory=list)

    def take(self, told: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """The positions of a frame by device; ValueError when one was missed."""
        if told.get("key"):
            self.devices, self.numbers, self.rest = [], [], []
        elif told["n"] != self.n + 1:
            raise ValueError("a frame was missed")
        self.n = told["n"]
        touched = set()
        for device, *rest in told.get("new", []):
            touched.add(len(self.devices))
            self.devices.append(device)
            self.numbers.append([0] * 8)
            self.rest.append(rest)
        for slot, *rest in told.get("rest", []):
            self.rest[slot] = rest
            touched.add(slot)
        touched |= set(self._numbers(told)) if told["count"] else set()
        return {self.devices[slot]: self.position(slot) for slot in touched}

    def _numbers(self, told: dict[str, Any]) -> list[int]:
        bits, count = Bits(told["bits"]), told["count"]
        gaps, *columns = (bits.column(k, count) for k in told["k"])
        slots, slot = [], -1
        for gap, *values in zip(gaps, *columns, strict=True):
            slot += gap + 1
            slots.append(slot)
            self._step(self.numbers[slot], [signed(value) for value in values], told["base"])
        return slots

    def _step(self, old: list[int], by: list[int], base: int) -> None:
        since, delay, course, speed, lon, lat, accuracy, battery = by
        since += base
        old[1] += since + delay
        old[0] += since
        old[2] = (old[2] + course) % 361
        old[3] += speed
        north, east = reckoned(old, since)
        old[4] += lon + east
        old[5] += lat + north
        old[6] += accuracy
        old[7] += battery

    def position(self, slot: int) -> dict[str, Any]:
        """One position as the page holds it."""
        at, received, course, speed, lon, lat, accuracy, battery = self.numbers[slot]
        vehicle, source, speaker, flags, uncertainty, mission = self.rest[slot]
        return {
            "device": self.devices[slot],
            "vehicle": vehicle,
            "lon": lon / 1e6,
            "lat": lat / 1e6,
            "at": EPOCH + timedelta(milliseconds=100 * at),
            "received_at": EPOCH + timedelta(milliseconds=100 * received),
            "speed": None if speed < 0 else speed / 4,
            "course": None if course == 360 else course,
            "accuracy": None if accuracy < 0 else accuracy,
            "battery": None if battery < 0 else battery,
            "source": source,
            "speaker": speaker,
            "flags": flags,
            "uncertainty_m": uncertainty,
            "mission": mission,
        }


def reckoned(now: list[int], since: int) -> tuple[int, int]:
    """Dead reckoning from the old place (still in `now`) by the new course and speed."""
    _, _, course, speed, _, lat, *_ = now
    if not (0 < since <= 300 and 0 < speed <= 1200) or course == 360:
        return 0, 0
    sine, cosine = (round(16384 * f(math.radians(course))) for f in (math.sin, math.cos))
    secant = round(1024 / math.cos(math.radians(min(abs(lat) // 1_000_000, 80))))
    way = since * speed * 230
    return way * cosine // (16384 * 1023), way * sine * secant // (16384 * 1023 * 1024)
