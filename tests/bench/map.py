"""Figures of the operations map as JSON: python -m tests.bench.map [--only PART,..] [--quick]

Each part is a process of its own, in turn, in Debian's Chromium without a display (`--no-sandbox
--disable-gpu`). Progress is told on standard error; the last line on standard output is {"bench": "map",
"figures": {...}}.
`--quick` is for a look: few assets, few updates, not to be cited.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.bench.routing_timing import Figures, Missing, say

ROOT = Path(__file__).parents[2]
QUICK = "CASEVAC_BENCH_QUICK"  # set for a part's process: a look, not a measurement


@dataclass(frozen=True)
class Part:
    """A module with `figures() -> dict[str, float]`, and the figures it owes."""

    module: str
    keys: tuple[str, ...]


PARTS = {
    "paint": Part(
        "tests.bench.map_paint",
        (
            "painted_vs_openlayers_1k",
            "painted_vs_openlayers_5k",
            "painted_vs_openlayers_10k",
            "painted_vs_setdata_1k",
            "painted_vs_setdata_10k",
        ),
    ),
    "watch": Part("tests.bench.map_watch", ("inp_p98_ms", "heap_growth_ratio")),
    "live": Part("tests.bench.map_live", ("kb_per_min", "viewers")),
    "closure": Part("tests.bench.map_closure", ("closure_ms",)),
    "pixel": Part(
        "tests.bench.map_pixel",
        (
            "pixel_p50_ms",
            "pixel_p99_ms",
            "pixel_p99_ms_vsat",
            "vsat_had_p99_ms",
            "reconnect_s",
            "reconnect_missed",
        ),
    ),
}


def quick() -> bool:
    """Is this run only for a look?"""
    return os.environ.get(QUICK) == "1"


def alone(name: str) -> Figures:
    """A part in a process of its own; raises Missing where it is not there, fails, or owes a figure."""
    say(f"-- {name}")
    part = PARTS[name]
    if importlib.util.find_spec(part.module) is None:
        raise Missing(f"the part '{name}' is not there: {part.module} is no module")
    argv = [sys.executable, "-m", "tests.bench.map", "--part", name]
    done = subprocess.run(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise Missing(f"the part '{name}' of the bench failed, see above")
    figures: Figures = json.loads(done.stdout.splitlines()[-1])
    if owed := sorted(set(part.keys) - set(figures)):
        raise Missing(f"the part '{name}' of the bench did not tell {', '.join(owed)}")
    for key in part.keys:
        say(f"   {key} {figures[key]}")
    return figures


def everything(names: list[str]) -> Figures:
    """All parts in turn."""
    figures: Figures = {"cores": len(os.sched_getaffinity(0)), "quick": quick()}
    figures["load_at_start"] = round(os.getloadavg()[0], 1)
    for name in names:
        figures |= alone(name)
    return figures


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.map", description=__doc__)
    parser.add_argument("--only", default=",".join(PARTS), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="a quick look, marked as such in the JSON")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)  # this process is that part
    options = parser.parse_args()
    options.only = [name for name in options.only.split(",") if name]
    if unknown := set(options.only) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    return options


def main() -> int:
    """Run one part, or all that are asked for; the exit code."""
    options = arguments()
    if options.quick:
        os.environ[QUICK] = "1"
    try:
        if options.part:
            told: object = importlib.import_module(PARTS[options.part].module).figures()
        else:
            told = {"bench": "map", "figures": everything(options.only)}
    except Missing as fault:
        sys.stderr.write(f"bench-map: {fault}\n")
        return 1
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
