"""The devices of the load generator together: number, make durable, publish, take receipts, resend."""

import argparse
import asyncio
import heapq
import json
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from tests.bench.fleet_device import NOW, Clock, Flight, Tracker
from tests.bench.line import Line
from tests.bench.packets import V5, V311, Publisher
from tests.bench.record import NUMBERS, SHIFT, Record, load

AT_ONCE = 100  # reports of a device in one turn, so that no device keeps the others waiting
FEW = 3  # reports: so many go one by one even with --batch
FORGET_S = 30.0  # without resending, a report is held in memory no longer
ROOT = "casevac/v1"


class Fleet:
    """The devices, their connections and their record; `turn` is one round of work."""

    def __init__(self, options: argparse.Namespace, accounts: dict[str, str]) -> None:
        names = sorted(accounts)[: options.devices]
        self.options = options
        self.record = Record(options.record, names)
        level = V5 if options.mqtt == 5 else V311
        self.devices = [
            Tracker(
                index,
                name,
                self.record.epoch,
                (
                    Publisher(f"{ROOT}/{name}/report", qos=options.qos, level=level),
                    Publisher(f"{ROOT}/{name}/batch", qos=options.qos, level=level),
                ),
                options.apart,
            )
            for index, name in enumerate(names)
        ]
        self._named = {device.name: device for device in self.devices}
        self._line_of: dict[str, Line] = {}
        self.lines = self._wired(accounts, level)
        self._due: list[tuple[float, int, list[int]]] = []
        self._clock = Clock()
        self._at_once = max(AT_ONCE, options.batch)
        self._turn = 0
        self._owed = 0.0
        self.rate: float = options.rate
        self.numbering = True
        self.held = self.numbered = self.sent = self.resent = 0
        self.thinned = 0
        self.receipted = self.refused = self.twice = self.strange = self.forgotten = 0
        self.latencies: list[float] = []
        self.reasons: dict[str, int] = {}

    def _wired(self, accounts: dict[str, str], level: int) -> list[Line]:
        address = (self.options.host, self.options.port)
        if self.options.house:
            user, _, password = self.options.house.partition(":")
            topics = [f"{ROOT}/{device.name}/receipt" for device in self.devices]
            line = Line(address, (user, password), [] if self.options.deaf else topics, level, self)
            self._line_of = {device.name: line for device in self.devices}
            return [line]
        for device in self.devices:
            topics = [] if self.options.deaf else [f"{ROOT}/{device.name}/receipt"]
            self._line_of[device.name] = Line(
                address, (device.name, accounts[device.name]), topics, level, self
            )
        return list(self._line_of.values())

    def resume(self) -> None:
        """Take up what an earlier run of this record left without a receipt."""
        kept = load(self.record.place)
        done = set(kept.receipted.tolist()) | set(kept.refused.tolist())
        now = time.monotonic()
        for key, at_us in zip(kept.sent.tolist(), kept.at_us.tolist(), strict=True):
            device = self.devices[key >> SHIFT]
            n = key & NUMBERS
            device.last_n = device.last_sent_n = max(device.last_n, n)
            if key not in done:
                device.flying[n] = Flight(at_us, now, now, self.options.resend)
                self.held += 1
        self.numbered, self.refused = len(kept.sent), len(set(kept.refused.tolist()))
        self.receipted = self.numbered - self.held - self.refused

    # --- what the lines tell ---

    def came_up(self, line: Line) -> None:
        """Everything that was on its way over this line is published again."""
        for device in self.devices:
            if self._line_of[device.name] is line and device.flying and self.options.resend:
                device.again = deque(sorted(device.flying))
                device.flying = {n: flight._replace(due_s=NOW) for n, flight in device.flying.items()}

    def heard(self, topic: str, payload: bytes) -> None:
        """A receipt: forget what it names, exactly."""
        device = self._named.get(topic.split("/")[2])
        told = json.loads(payload)
        if device is None or told["epoch"] != self.record.epoch:
            self.strange += 1
            return
        numbers: list[int] = told.get("stored", [])
        for first, last in told.get("runs", ()):
            numbers = [*numbers, *range(first, last + 1)]
        self._receipted(device, numbers)
        for one in told.get("refused", ()):
            if device.flying.pop(one["n"], None) is not None:
                self.held -= 1
                self.refused += 1
                self.reasons[one["reason"]] = self.reasons.get(one["reason"], 0) + 1
                self.record.refused.extend((device.index << SHIFT | one["n"], time.time_ns() // 1000))

    def _receipted(self, device: Tracker, numbers: Sequence[int]) -> None:
        now, wall = time.monotonic(), time.time_ns() // 1000
        entries, high = self.record.receipted, device.index << SHIFT
        for n in numbers:
            flight = device.flying.pop(n, None)
            if flight is None:
                self.twice += n <= device.last_sent_n
                self.strange += n > device.last_sent_n
                continue
            took = now - flight.first_s
            entries.extend((high | n, wall, int(took * 1e6)))
            self.latencies.append(took)
            self.held -= 1
            self.receipted += 1

    # --- one round ---

    async def turn(self, passed_s: float) -> None:
        """Number what is due, make it durable, publish it and whatever is due again."""
        if self.numbering:
            self._number(passed_s)
        chunks = self.record.taken()
        if chunks:
            await asyncio.get_running_loop().run_in_executor(None, self.record.write, chunks)
        self._expire(time.monotonic())
        sent = self._clock.text(time.time_ns() // 1000)
        for device in self.devices:
            if device.fresh or device.again:
                self._publish(device, sent)

    def _number(self, passed_s: float) -> None:
        room = self.options.in_flight - self.held if self.options.in_flight else 1 << 60
        if self.rate > 0:
            self._owed = min(self._owed + self.rate * passed_s, self.rate)
            many = min(int(self._owed), room)
            self._owed -= many
        else:
            many = min(room, self.options.chunk)
        at_us, record = time.time_ns() // 1000, self.record.sent
        burst, most = self.options.burst, self.options.outbox
        while many > 0:
            device = self.devices[self._turn % len(self.devices)]
            self._turn += 1
            for _ in range(min(burst, many)):
                many -= 1
                if most and device.held() >= most:
                    self.thinned += 1
                    continue
                device.number(at_us, record)
                at_us += 1
                self.numbered += 1
                self.held += 1

    def backlog(self, many: int) -> None:
        """Number so many at once, a second apart, the last one now; times are whole milliseconds."""
        now_us, record = time.time_ns() // 1_000_000 * 1000, self.record.sent
        each = -(-many // len(self.devices))
        for device in self.devices:
            mine = min(each, many)
            many -= mine
            for place in range(mine):
                device.number(now_us - (mine - 1 - place) * 1_000_000, record)
            self.numbered += mine
            self.held += mine

    def _expire(self, now: float) -> None:
        """Put what has waited too long for its receipt up for another publication."""
        while self._due and self._due[0][0] <= now:
            _, index, numbers = heapq.heappop(self._due)
            device = self.devices[index]
            for n in numbers:
                flight = device.flying.get(n)
                if flight is None or flight.due_s > now or flight.due_s == NOW:
                    continue
                if self.options.resend:
                    device.flying[n] = flight._replace(due_s=NOW)
                    device.again.append(n)
                else:
                    del device.flying[n]
                    self.held -= 1
                    self.forgotten += 1

    def _publish(self, device: Tracker, sent: str) -> None:
        line = self._line_of[device.name]
        if not line.up or line.full:
            return
        chosen = self._chosen(device, time.monotonic())
        if self.options.deaf:
            self._let_go(device, chosen)
        rows = self.options.batch
        if rows and len(chosen) > FEW and all(at_us % 1000 == 0 for _, at_us in chosen):
            for start in range(0, len(chosen), rows):
                payload = device.batch(chosen[start : start + rows], sent)
                line.write([device.batch_publisher(line.next_mid(), payload)])
        elif chosen:
            text, make, publisher = self._clock.text, device.report, device.publisher
            line.write([publisher(line.next_mid(), make(n, at, text(at), sent)) for n, at in chosen])

    def _chosen(self, device: Tracker, now: float) -> list[tuple[int, int]]:
        """Numbers to publish now with their reports' times, those again first; noted as on their way."""
        chosen: list[tuple[int, int]] = []
        waits: dict[float, list[int]] = {}
        window = self.options.window or 1 << 60
        while len(chosen) < self._at_once and device.again:
            n = device.again.popleft()
            if (flight := device.flying.get(n)) is not None:
                wait = min(flight.wait_s * 2, self.options.resend_most)
                device.flying[n] = flight._replace(due_s=now + wait, wait_s=wait)
                chosen.append((n, flight.at_us))
                waits.setdefault(wait, []).append(n)
        self.resent += len(chosen)
        first = self.options.resend or FORGET_S
        fresh = waits.setdefault(first, [])
        before, due, flight = len(chosen), now + first, tuple.__new__  # as Flight(), in a third of the time
        while len(chosen) < self._at_once and device.fresh and len(device.flying) < window:
            device.last_sent_n += 1
            n, at_us = device.last_sent_n, device.fresh.popleft()
            device.flying[n] = flight(Flight, (at_us, now, due, first))
            chosen.append((n, at_us))
            fresh.append(n)
        self.sent += len(chosen) - before
        for wait, numbers in waits.items():
            if numbers and not self.options.deaf:
                heapq.heappush(self._due, (now + wait, device.index, numbers))
        return chosen

    def _let_go(self, device: Tracker, chosen: list[tuple[int, int]]) -> None:
        """Nobody listens for receipts: what is published is done with."""
        device.flying.clear()
        self.held -= len(chosen)

    # --- what is told ---

    def status(self) -> dict[str, Any]:
        """The state now, with the latencies of the receipts since the last status."""
        times, self.latencies = sorted(self.latencies), []
        return {
            "t": round(time.time(), 3),
            "connected": sum(line.up for line in self.lines),
            "numbered": self.numbered,
            "sent": self.sent,
            "resent": self.resent,
            "pubacks": sum(line.pubacks for line in self.lines),
            "receipted": self.receipted,
            "refused": self.refused,
            "held": self.held,
            "twice": self.twice,
            "strange": self.strange,
            "forgotten": self.forgotten,
            "receipts_in_this_second": len(times),
            **{f"p{part}_ms": _percentile(times, part) for part in (50, 90, 99, 100)},
        }


def _percentile(times: list[float], part: int) -> float | None:
    """Milliseconds that `part` per cent of sorted times (seconds) stay within; None of nothing."""
    return round(times[min(len(times) - 1, len(times) * part // 100)] * 1e3, 3) if times else None
