"""Figures of the field door as JSON: python -m tests.bench.ingest [--only NAME,..] [--short]

Everything is real and private to the run: PostgreSQL and Mosquitto with the product's own configuration,
`casevac ingest` as its process, the load generator (tests/bench/fleet.py) as another that shares no code with
it. Progress is told on standard error; the last line on standard output is
{"bench": "ingest", "figures": {...}}. Ratios compare what ran within the same minutes on the same
machine; with other work on it (`load_at_start`), trust them and not the rates. `--short` is for a look: too
short to cite.
"""

import argparse
import json
import os
import signal
import statistics
import sys
from collections.abc import Callable
from functools import partial

from tests.bench import latency, sustained, thin
from tests.bench.place import Place, opened, say

Figures = dict[str, float | int | bool | None]
Measure = Callable[..., float]
ROUNDS, SHORT_ROUNDS = 3, 1
MEASURED_S, SHORT_S = 10.0, 6.0  # of each round, after its warm-up
STEADY_S = 30.0
OVERLOAD_S, SHORT_OVERLOAD_S = 300.0, 30.0


class Bench:
    """The parts of the bench and what they have found."""

    def __init__(self, place: Place, *, short: bool) -> None:
        self._place = place
        self._seconds = SHORT_S if short else MEASURED_S
        self._rounds_of = SHORT_ROUNDS if short else ROUNDS
        self._steady_s = SHORT_S if short else STEADY_S
        self._overload_s = SHORT_OVERLOAD_S if short else OVERLOAD_S
        self.figures: Figures = {}

    def sustained(self) -> None:
        """The product, COPY of what it stored, and the broker alone, in turn."""
        found = self._rounds(
            ("sustained", sustained.product), ("copy", sustained.copy), ("broker", sustained.broker)
        )
        self.figures |= {
            "sustained_vs_broker": _ratio(found["sustained"], found["broker"]),
            "sustained_vs_copy": _ratio(found["sustained"], found["copy"]),
        }

    def peers(self) -> None:
        """The product, the usual way, and the product over libraries, one of them in two ways, in turn."""
        found = self._rounds(
            ("sustained", sustained.product),
            ("paho_rows", sustained.paho_rows),
            ("gmqtt", partial(sustained.with_receiver, receiver="gmqtt")),
            ("gmqtt_hooked", partial(sustained.with_receiver, receiver="gmqtt-hooked")),
            ("paho", partial(sustained.with_receiver, receiver="paho")),
        )
        self.figures |= {
            "speedup_vs_paho_rows": _ratio(found["sustained"], found["paho_rows"]),
            "own_vs_gmqtt": _ratio(found["sustained"], found["gmqtt"]),
            "own_vs_gmqtt_hooked": _ratio(found["sustained"], found["gmqtt_hooked"]),
            "own_vs_paho": _ratio(found["sustained"], found["paho"]),
        }

    def _rounds(self, *parts: tuple[str, Measure]) -> dict[str, list[float]]:
        """Each part's rate in each round; their medians become figures."""
        found: dict[str, list[float]] = {name: [] for name, _ in parts}
        for _ in range(self._rounds_of):
            for name, measure in parts:
                found[name].append(measure(self._place, seconds=self._seconds))
        for name, rates in found.items():
            self.figures.setdefault(f"{name}_per_s", round(statistics.median(rates)))
            if name in self._place.cpu_us:  # hardly moved by what else runs on the machine
                self.figures[f"{name}_cpu_us"] = round(statistics.median(self._place.cpu_us[name]), 1)
        return found

    def latency(self) -> None:
        """At 1,000/s and at 10,000/s."""
        for rate, name in ((1_000, "1k"), (10_000, "10k")):
            p50, p99 = latency.steady(self._place, rate, self._steady_s)
            self.figures |= {f"p50_ms_{name}": p50, f"p99_ms_{name}": p99}

    def overload(self) -> None:
        """Memory at twice the sustained rate, and how soon it is over."""
        self.figures |= latency.overload(self._place, self._sustained_per_s(), self._overload_s)

    def _sustained_per_s(self) -> float:
        """Measured before, or once now."""
        if "sustained_per_s" not in self.figures:
            self._rounds(("sustained", sustained.product))
        return float(self.figures["sustained_per_s"] or 0)

    def thin(self) -> None:
        """72 hours of outbox over 64 kbit/s, and without a link."""
        self._place.forget()
        self.figures |= thin.drain(self._place)
        self.figures["first_casualty_event_s_after_link"] = thin.first_event(self._place)
        self.figures["drain_rows_s"] = thin.rows_per_s(self._place)

    def backfill(self) -> None:
        """Live ones while 500 devices return."""
        self.figures["p99_live_ms_during_backfill"] = latency.backfill(self._place)


def _ratio(ours: list[float], others: list[float]) -> float:
    """The median of the ratios of the rounds."""
    return round(statistics.median(one / other for one, other in zip(ours, others, strict=True)), 2)


PARTS: dict[str, Callable[[Bench], None]] = {
    "sustained": Bench.sustained,
    "peers": Bench.peers,
    "latency": Bench.latency,
    "backfill": Bench.backfill,
    "thin": Bench.thin,
    "overload": Bench.overload,
}


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ingest", description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--short", action="store_true", help="a quick look, marked as such in the JSON")
    options = parser.parse_args()
    options.only = [name for name in options.only.split(",") if name]
    if unknown := set(options.only) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return options


def main() -> None:
    """Run the parts asked for and print the figures."""
    options = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that what was started is ended
    with opened(latency.RETURNING + latency.LIVE) as place:
        bench = Bench(place, short=options.short)
        bench.figures |= {"cores": latency.cores(), "devices": sustained.DEVICES, "short": options.short}
        bench.figures["load_at_start"] = round(os.getloadavg()[0], 1)
        for name in options.only:
            say(f"-- {name}")
            PARTS[name](bench)
    sys.stdout.write(json.dumps({"bench": "ingest", "figures": bench.figures}) + "\n")


if __name__ == "__main__":
    main()
