"""Figures of the field door as JSON: python -m tests.bench.ingest [--only NAME,..] [--short]

Everything is real and private to the run: PostgreSQL and Mosquitto with the product's own configuration,
`casevac ingest` as its process, the load generator (tests/bench/fleet.py) as another that shares no code with
it. Progress is told on standard error; the last line on standard output is
{"bench": "ingest", "figures": {...}}. Ratios compare what ran within the same minutes on the same
machine; with other work on it, trust them and not the rates. `--short` is for a look: too short to cite.
"""

import argparse
import json
import sys
from collections.abc import Callable

from tests.bench import latency, sustained, thin
from tests.bench.place import Place, opened, say

Figures = dict[str, float | int | bool | None]
MEASURED_S, SHORT_S = 30.0, 9.0
OVERLOAD_S, SHORT_OVERLOAD_S = 300.0, 30.0


class Bench:
    """The parts of the bench and what they have found."""

    def __init__(self, place: Place, *, short: bool) -> None:
        self._place = place
        self._seconds = SHORT_S if short else MEASURED_S
        self._overload_s = SHORT_OVERLOAD_S if short else OVERLOAD_S
        self.figures: Figures = {}

    def sustained(self) -> None:
        """The product, COPY of what it stored, and the broker alone, one after the other."""
        product = self._product()
        copied = sustained.copy(self._place)
        broker = sustained.broker(self._place, self._seconds)
        self.figures |= {
            "sustained_vs_broker": round(product / broker, 2),
            "sustained_vs_copy": round(product / copied, 2),
            "broker_per_s": round(broker),
            "copy_per_s": round(copied),
        }

    def peers(self) -> None:
        """The usual way, and the product over two libraries."""
        product = self._product()
        rows = sustained.paho_rows(self._place, self._seconds)
        gmqtt = sustained.with_receiver(self._place, "gmqtt", self._seconds)
        paho = sustained.with_receiver(self._place, "paho", self._seconds)
        self.figures |= {
            "speedup_vs_paho_rows": round(product / rows, 2),
            "paho_rows_per_s": round(rows),
            "own_vs_gmqtt": round(product / gmqtt, 2),
            "own_vs_paho": round(product / paho, 2),
        }

    def _product(self) -> float:
        """Measured once a run."""
        if "sustained_per_s" not in self.figures:
            self._place.forget()
            self.figures["sustained_per_s"] = round(sustained.product(self._place, self._seconds))
        return float(self.figures["sustained_per_s"] or 0)

    def latency(self) -> None:
        """At 1,000/s and at 10,000/s."""
        for rate, name in ((1_000, "1k"), (10_000, "10k")):
            p50, p99 = latency.steady(self._place, rate, self._seconds)
            self.figures |= {f"p50_ms_{name}": p50, f"p99_ms_{name}": p99}

    def overload(self) -> None:
        """Memory at twice the sustained rate, and how soon it is over."""
        self.figures |= latency.overload(self._place, self._product(), self._overload_s)

    def thin(self) -> None:
        """72 hours of outbox over 64 kbit/s, and without a link."""
        self._place.forget()
        self.figures |= thin.drain(self._place)
        self.figures["first_casualty_event_s_after_link"] = thin.first_event(self._place)
        self.figures["drain_rows_s"] = thin.rows_per_s(self._place)

    def backfill(self) -> None:
        """Live ones while 500 devices return."""
        self.figures["p99_live_ms_during_backfill"] = latency.backfill(self._place)


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
    with opened(latency.RETURNING + latency.LIVE) as place:
        bench = Bench(place, short=options.short)
        bench.figures |= {"cores": latency.cores(), "devices": sustained.DEVICES, "short": options.short}
        for name in options.only:
            say(f"-- {name}")
            PARTS[name](bench)
    sys.stdout.write(json.dumps({"bench": "ingest", "figures": bench.figures}) + "\n")


if __name__ == "__main__":
    main()
