"""Milliseconds from publication to receipt: at 1,000/s, at 10,000/s, before and after an overload, and
while 500 devices come back at once.

Every device has a connection and an account of its own here. All samples count, from a report's FIRST
publication to its receipt.
"""

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

from tests.bench.convoy import Convoy, Status, latencies_ms, now_us
from tests.bench.place import DEVICES, Place, say

WARM_S = 5.0
PROBES = 50  # devices that report 1,000/s beside an overload
RETURNING, LIVE, EACH = 500, 50, 200  # devices that come back with EACH reports; devices that report at 1 Hz
_BATCH_ROWS = 1000  # as the reference tracker's
_CALM = 3  # seconds in a row
_LONGEST_S = 180.0


def steady(place: Place, rate: int, seconds: float) -> tuple[float, float]:
    """p50 and p99 in ms at so many reports a second of 500 devices."""
    place.forget()
    with place.ingest(), Convoy(place, f"at-{rate}", "--rate", rate, "--devices", DEVICES) as convoy:
        convoy.until(lambda status: status["connected"] == DEVICES)
        time.sleep(WARM_S)
        begin = now_us()
        time.sleep(seconds)
        end = now_us()
        final = convoy.finish()
        found = latencies_ms(convoy.record, begin, end)
    say(f"{rate}/s: p50 {found[0]} ms, p99 {found[1]} ms; {final['resent']} sent again, {final['held']} held")
    return found


@dataclass
class Memory:
    """Resident bytes of a process, looked at every second."""

    pid: int
    samples: list[tuple[float, int]] = field(default_factory=list)

    def peak(self, since: float, until: float) -> int:
        """The largest sample of a time (monotonic seconds)."""
        return max(size for at, size in self.samples if since <= at <= until)


@contextmanager
def _watched(process: "subprocess.Popen[bytes]") -> Iterator[Memory]:
    memory, stop, watched = Memory(process.pid), threading.Event(), psutil.Process(process.pid)

    def look() -> None:
        while not stop.wait(1.0):
            memory.samples.append((time.monotonic(), watched.memory_info().rss))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield memory
    finally:
        stop.set()
        thread.join()


def overload(place: Place, sustained_per_s: float, seconds: float) -> dict[str, float | None]:
    """Memory of ingest at twice its sustained rate against 1,000/s, and seconds until latency is usual again.

    50 devices report 1,000/s all the time and listen for their receipts. The other 450 publish twice what
    ingest can store, whatever becomes of it: nobody waits for a receipt and nothing is sent again, so the
    load does not give way; the broker's bounded queue drops what is too much.
    """
    place.forget()
    rate = round(2 * sustained_per_s)
    probes, others = place.names[:PROBES], place.names[PROBES:DEVICES]
    with (
        place.ingest() as door,
        _watched(door) as memory,
        Convoy(place, "probes", "--rate", 1000, names=probes) as probe,
    ):
        time.sleep(WARM_S)
        before, first = time.monotonic(), len(probe.statuses)
        time.sleep(15.0)
        usual_ms = statistics.median(_p50s(probe.statuses[first:]))
        began, loaded = time.monotonic(), len(probe.statuses)
        options = ("--rate", rate, "--window", 0, "--deaf", "--seconds", seconds)
        with Convoy(place, "flood", *options, names=others, house=True) as flood:
            flood.process.wait(seconds + _LONGEST_S)
            sent = flood.finish()["sent"]
        ended, after = time.monotonic(), len(probe.statuses)
        recovery_s = _calm_again(probe, after, ended, 2 * usual_ms)
        base, peak = memory.peak(before, began), memory.peak(began, time.monotonic())
        during = _p50s(probe.statuses[loaded:after])
        final = probe.finish(_LONGEST_S)
    say(f"overload: {rate}/s asked, {sent / seconds:.0f}/s sent; ingest {base >> 20} MiB then {peak >> 20}")
    say(
        f"p50 at 1,000/s: {usual_ms:.1f} ms before, {statistics.median(during or [0]):.0f} ms then, usual"
        f" again after {recovery_s} s; {final['held']} of them without a receipt"
    )
    return {
        "overload_memory_ratio": round(peak / base, 2),
        "overload_recovery_s": recovery_s,
        "overload_published_per_s": round(sent / seconds),
    }


def _p50s(statuses: list[Status]) -> list[float]:
    return [status["p50_ms"] for status in statuses if status["p50_ms"] is not None]


def _calm_again(probe: Convoy, after: int, ended: float, most_ms: float) -> float | None:
    """Seconds from the end of the overload to the first of three seconds with a usual p50; None: never."""
    end_t = time.time() - (time.monotonic() - ended)
    deadline = ended + _LONGEST_S
    while time.monotonic() < deadline:
        seen = probe.statuses[after:]
        for place in range(len(seen) - _CALM + 1):
            some = seen[place : place + _CALM]
            if all(one["p50_ms"] is not None and one["p50_ms"] <= most_ms for one in some):
                return round(max(some[0]["t"] - end_t, 0.0), 1)
        time.sleep(0.2)
    return None


def backfill(place: Place) -> float:
    """p99 in ms of 50 devices at 1 Hz while 500 others come back together, each with 200 reports.

    Those that come back send their backlog in batches, as the reference tracker does.
    """
    place.forget()
    returning, live = place.names[:RETURNING], place.names[RETURNING : RETURNING + LIVE]
    with place.ingest(), Convoy(place, "live", "--rate", LIVE, names=live) as steadily:
        time.sleep(WARM_S)
        begin = now_us()
        options = ("--paused", "--batch", _BATCH_ROWS, "--backlog", RETURNING * EACH)
        with Convoy(place, "returning", *options, names=returning) as back:
            back.until(lambda status: status["held"] == 0)
            end = now_us()
            took = max(back.record.receipted_us) - begin
            final = back.finish()
        time.sleep(1.0)  # receipts of what was published meanwhile
        steadily.finish()
        p50, p99 = latencies_ms(steadily.record, begin, end + 1_000_000)
    say(
        f"backfill: {final['sent']} reports of {RETURNING} devices stored in {took / 1e6:.1f} s,"
        f" {final['resent']} sent again; {LIVE} live ones p50 {p50} ms, p99 {p99} ms"
    )
    return p99


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0))
