"""CASEVAC-Bench: how much a planner saves. python -m tests.bench.casevac_bench [--planner my.module:plan] ...

Seeded scenarios on the real roads of two towns, in which reports come in over hours and things go wrong; the
world draws times and severities that no planner sees, and asks at each event. A planner is a function of a
casevac.planner.problem.Problem that gives a Plan; yours is run beside four baselines, which meet the same
world. Every plan is looked at by the independent checker. Progress is told on standard error; on standard
output one table, then {"bench": "chain", "figures": {...}} as the last line. `--quick` is for a look: not to
be cited. Curves rank plans; they are not clinical predictions.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.bench import chain_net, chain_static
from tests.bench.chain_net import Missing
from tests.bench.chain_report import Figures, Results, by_class, headline, table
from tests.bench.chain_run import BASELINES, OURS, Ran, Task, digest, planner, runs
from tests.bench.chain_scenario import CLASSES, SIZES

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("CASEVAC_SHARED_DATA", ROOT.parent / "shared" / "data"))
# SHA-256 of roads, scenarios, world and scorer that the cited figures are of
PINNED = "76252827579e0e3c2d3ec4768e7a95deb38052df14729be346c8b8e341535e31"
SEEDS = 30
MAIN_SIZE = "M"
QUICK_PLACES, QUICK_TOWN, QUICK_SEEDS = 90, ("douala",), 2


def say(text: str) -> None:
    """Progress, on standard error."""
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {text}\n")
    sys.stderr.flush()


def _several(known: Sequence[str]) -> "type[argparse.Action]":
    """An option that takes names with commas between them."""

    class Names(argparse.Action):
        """Checks each."""

        def __call__(self, parser, namespace, values, option_string=None) -> None:  # type: ignore[no-untyped-def]  # as argparse has it
            names = [name for name in str(values).split(",") if name]
            if unknown := [name for name in names if name not in known]:
                parser.error(f"{option_string}: no {', '.join(unknown)}; there is {', '.join(known)}")
            setattr(namespace, self.dest, names)

    return Names


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.casevac_bench", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument(
        "--planner", default=OURS, help="module:function of the planner that is scored (ours)"
    )
    parser.add_argument(
        "--seeds", type=int, help=f"how many, from 1 on ({SEEDS}; figures are cited of {SEEDS})"
    )
    parser.add_argument("--classes", action=_several(CLASSES), default=list(CLASSES), help=", ".join(CLASSES))
    parser.add_argument("--sizes", action=_several(list(SIZES)), default=[MAIN_SIZE], help=", ".join(SIZES))
    parser.add_argument(
        "--jobs", type=int, default=len(os.sched_getaffinity(0)), help="processes (all cores)"
    )
    parser.add_argument(
        "--quick", action="store_true", help=f"a look: {QUICK_SEEDS} seeds, one town, few places"
    )
    parser.add_argument(
        "--no-static", action="store_true", help="leave out gap and times, which are told of ours only"
    )
    parser.add_argument("--data", type=Path, default=SHARED, help="folder of the test data")
    options = parser.parse_args(words)
    options.seeds = options.seeds or (QUICK_SEEDS if options.quick else SEEDS)
    options.jobs = max(1, options.jobs)
    return options


def tasks_of(options: argparse.Namespace, scratch: Path) -> list[Task]:
    """Every class in every size that is asked for, seed by seed."""
    planners = (*BASELINES.items(), ("scored", options.planner))
    return [
        Task(kind, size, seed, planners, str(scratch))
        for size in options.sizes
        for kind in options.classes
        for seed in range(1, options.seeds + 1)
    ]


def measured(options: argparse.Namespace, scratch: Path) -> Results:
    """Every run, in whatever order they come to an end."""
    tasks, done = tasks_of(options, scratch), list[Ran]()
    for number, some in enumerate(runs(tasks, options.jobs), 1):
        done += some
        if number % 10 == 0 or number == len(tasks):
            say(f"{number} of {len(tasks)} scenarios")
    return Results(done)


def everything(options: argparse.Namespace) -> Figures:
    """All that is asked for, with the table printed; raises Missing."""
    planner(options.planner)
    figures: Figures = {"quick": options.quick, "seeds": options.seeds, "scorer_sha256": digest()}
    figures["pinned"] = figures["scorer_sha256"] == PINNED
    with tempfile.TemporaryDirectory(prefix="casevac-bench-") as place:
        scratch = Path(place)
        chain_net.ready(
            options.data / "osm",
            scratch,
            say,
            *((QUICK_PLACES, QUICK_TOWN) if options.quick else ()),
        )
        results = measured(options, scratch)
        mine = options.planner == OURS and not options.no_static
        static = chain_static.measured(options, scratch, say) if mine else {}
    figures |= headline(results) | static | by_class(results)
    figures["violations"] = results.violations + int(static.get("static_violations", 0))
    sys.stdout.write(table(results, figures) + "\n")
    return figures


def main(words: Sequence[str] | None = None) -> int:
    """The exit code: 0; 1 when the run could not be made; 3 when it was not a valid one."""
    options = arguments(words)
    try:
        figures = everything(options)
    except Missing as fault:
        sys.stderr.write(f"bench-chain: {fault}\n")
        return 1
    sys.stdout.write(json.dumps({"bench": "chain", "figures": figures}) + "\n")
    return 0 if figures["valid"] or options.quick or options.seeds < SEEDS else 3


if __name__ == "__main__":
    sys.exit(main())
