"""Figures of routing as JSON: python -m tests.bench.routing [--only PART,..] [--quick] [--data FOLDER]

Every engine works in the same run on the same graphs, in turn, so that a noisy machine harms all alike; the
figures are ratios of medians (`*_ms` are for the eye). Each part is a process of its own which does nothing
else. All answers are compared: engines that differ, or a peer that is missing, end the run with an error.
Progress is told on standard error; the last line on standard output is
{"bench": "routing", "figures": {...}}. `--quick` is for a look, on a small town: not to be cited.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.bench import routing_graphs as graphs
from tests.bench.routing_timing import Figures, Missing, Wrong, say

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("CASEVAC_SHARED_DATA", ROOT.parent / "shared" / "data"))
QUICK_SIDE = 60  # corners of the small town


@dataclass(frozen=True)
class Place:
    """Where a part finds the test data, and the graphs that were made ready for this run."""

    data: Path
    scratch: Path
    quick: bool

    def graph(self, name: str) -> Path:
        """A graph of this run."""
        return self.scratch / f"{name}.npz"

    @property
    def extracts(self) -> Path:
        """OpenStreetMap extracts."""
        return self.data / "osm"


def ready(place: Place) -> Figures:
    """Read all graphs, order each once."""
    made: dict[str, graphs.Net] = {}
    if place.quick:
        made["fla"] = graphs.grid(QUICK_SIDE)
    else:
        made["fla"] = graphs.country(place.data / "graphs" / "FLA.gr.xz")
        made |= {name: graphs.city(place.extracts / file) for name, file in graphs.CITIES.items()}
    for name, net in made.items():
        net.save(place.graph(name))
    return {}


def wheel(place: Place) -> Figures:
    """Against the C++ hierarchy, on the country."""
    from tests.bench.routing_against import measured  # noqa: PLC0415  (each part loads its engines alone)

    return measured(graphs.load(place.graph("fla")), quick=place.quick)


def growth(place: Place) -> Figures:
    """The same on the cities."""
    from tests.bench.routing_against import measured  # noqa: PLC0415  (as above)

    found: Figures = {}
    for name in graphs.CITIES:
        if place.graph(name).exists():
            found |= measured(graphs.load(place.graph(name)), quick=place.quick, suffix=f"_{name}")
    return found


def peers(place: Place) -> Figures:
    """networkx, scipy, pgRouting at a closure."""
    from tests.bench.routing_peers import measured  # noqa: PLC0415  (as above)

    return measured(graphs.load(place.graph("fla")), quick=place.quick)


def memory(place: Place) -> Figures:
    """Peak memory, a process an engine."""
    from tests.bench.routing_memory import measured  # noqa: PLC0415  (as above)

    found = measured(place.graph("fla"))
    for name in graphs.CITIES:
        if place.graph(name).exists():
            found |= measured(place.graph(name), f"_{name}")
    return found


def reading(place: Place) -> Figures:
    """Importing an extract against reading it."""
    from tests.bench.routing_import import measured  # noqa: PLC0415  (as above)

    return measured(place.extracts, quick=place.quick)


def turns(place: Place) -> Figures:
    """What turn restrictions cost."""
    from tests.bench.routing_turns import measured  # noqa: PLC0415  (as above)

    return measured(place.extracts, quick=place.quick)


def http(place: Place) -> Figures:
    """From the POST of a closure to the recomputed chains."""
    argv = [sys.executable, "-m", "tests.bench.closure", str(place.extracts / graphs.CITIES["porto"])]
    told = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=False)
    if told.returncode != 0:
        raise Missing("tests.bench.closure failed, see above")
    figures: Figures = json.loads(told.stdout.splitlines()[-1])["figures"]
    return figures


@dataclass(frozen=True)
class Part:
    """A part of the bench and the figures it owes."""

    run: Callable[[Place], Figures]
    keys: tuple[str, ...] = ()


PARTS = {
    "ready": Part(ready),
    "wheel": Part(
        wheel,
        (
            "p2p_cost_vs_wheel",
            "p2p_path_vs_wheel",
            "one_to_50_vs_wheel",
            "matrix_vs_wheel",
            "one_to_all_vs_wheel",
            "close400_vs_wheel",
            "threat40k_vs_wheel",
            "customise_vs_wheel",
        ),
    ),
    "growth": Part(growth),
    "peers": Part(
        peers,
        (
            "close400_speedup_vs_networkx",
            "close400_speedup_vs_pgrouting",
            "close400_speedup_vs_scipy",
        ),
    ),
    "memory": Part(memory, ("peak_memory_vs_wheel",)),
    "import": Part(reading, ("import_vs_read",)),
    "turns": Part(turns, ("close400_turns_vs_plain",)),
    "http": Part(http, ("closure_http_ms_p99",)),
}
CHOICE = [name for name in PARTS if name != "ready"]


def alone(name: str, place: Place) -> Figures:
    """A part in a process of its own; raises Missing when it fails (it has said why)."""
    say(f"-- {name}")
    argv = [sys.executable, "-m", "tests.bench.routing", "--part", name]
    argv += [
        "--scratch",
        str(place.scratch),
        "--data",
        str(place.data),
        *(["--quick"] if place.quick else []),
    ]
    done = subprocess.run(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise Missing(f"the part '{name}' of the bench failed, see above")
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    if owed := sorted(set(PARTS[name].keys) - set(figures)):
        raise Missing(f"the part '{name}' of the bench did not tell {', '.join(owed)}")
    for key in PARTS[name].keys:
        say(f"   {key} {figures[key]}")
    return figures


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.routing", description=__doc__)
    parser.add_argument("--only", default=",".join(CHOICE), help=f"of {', '.join(CHOICE)}")
    parser.add_argument("--quick", action="store_true", help="a quick look, marked as such in the JSON")
    parser.add_argument("--data", type=Path, default=SHARED, help="folder of the test data")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)  # this process is that part
    parser.add_argument("--scratch", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.only = [name for name in options.only.split(",") if name]
    if unknown := set(options.only) - set(CHOICE):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    return options


def main() -> int:
    """Run one part, or all that are asked for; the exit code."""
    options = arguments()
    try:
        if options.part:
            place = Place(options.data, options.scratch, options.quick)
            figures = PARTS[options.part].run(place)
        else:
            figures = everything(options)
    except (Missing, Wrong) as fault:
        sys.stderr.write(f"bench-routing: {fault}\n")
        return 1
    told = figures if options.part else {"bench": "routing", "figures": figures}
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


def everything(options: argparse.Namespace) -> Figures:
    """All parts in turn; what is made ready is gone with the run."""
    figures: Figures = {"cores": len(os.sched_getaffinity(0)), "quick": options.quick}
    figures["load_at_start"] = round(os.getloadavg()[0], 1)
    with tempfile.TemporaryDirectory(prefix="casevac-bench-") as scratch:
        place = Place(options.data.resolve(), Path(scratch), options.quick)
        for name in ["ready", *options.only]:
            figures |= alone(name, place)
    return figures


if __name__ == "__main__":
    sys.exit(main())
