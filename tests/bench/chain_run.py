"""One scenario of the chain's bench under every planner that is asked: the same world, the same draws."""

import hashlib
import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np

from casevac.planner.check import broken
from tests.bench.chain_net import Missing, Net, load
from tests.bench.chain_scenario import SURGERY, Scenario, scenario
from tests.bench.chain_score import Came, figures
from tests.bench.chain_world import Found, Planner, World

BASELINES: Mapping[str, str] = {
    "nearest-available": "tests.bench.chain_baselines:nearest",
    "p1-first-nearest": "tests.bench.chain_baselines:p1_first",
    "queue-aware-greedy": "tests.bench.chain_baselines:queue_aware",
    "vroom": "tests.bench.chain_vroom:vroom",
}
OURS = "tests.bench.chain_ours:plan"
PINNED = (
    "chain_net",
    "chain_scenario",
    "chain_world",
    "chain_trip",
    "chain_theatre",
    "chain_told",
    "chain_score",
)


class Task(NamedTuple):
    """What one process does at a time."""

    kind: str
    size: str
    seed: int
    planners: tuple[tuple[str, str], ...]  # name, module:function
    nets: str  # folder


@dataclass
class Ran:
    """What came of one planner in one scenario."""

    kind: str
    size: str
    seed: int
    planner: str
    figures: dict[str, float]
    decided_ms: list[float] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    refused: int = 0


def digest() -> str:
    """SHA-256 of what makes a score: roads, scenarios, world and scorer, as written."""
    sha = hashlib.sha256()
    for name in PINNED:
        sha.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    return sha.hexdigest()


def planner(name: str) -> Planner:
    """`my.module:plan`, a function of a Problem that gives a Plan. Raises Missing."""
    module, _, function = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), function or "plan")
    except (ImportError, AttributeError) as fault:
        raise Missing(
            f"no planner '{name}' ({fault}): give a module and a function of it, as my.module:plan"
        ) from fault
    if not callable(found):
        raise Missing(f"'{name}' is not a function")
    return found  # type: ignore[no-any-return]  # checked to be callable; what it gives is looked at each time


@cache
def nets(folder: str) -> dict[str, Net]:
    """The networks of this run."""
    return {path.stem: load(path) for path in sorted(Path(folder).glob("*.npz"))}


def run(task: Task) -> list[Ran]:
    """Every planner of the task, one after the other."""
    of, done = scenario(task.kind, task.size, task.seed, nets(task.nets)), list[Ran]()
    for name, where in task.planners:
        found = World(of, planner(where), broken).run()
        told = figures(came(of, found)) | {
            "churn": 100.0 * found.changed / len(of.hurt.true),
            "decisions": float(len(found.decided_ms)),
        }
        done.append(
            Ran(*task[:3], name, told, found.decided_ms, found.broken, found.refused)
        )  # fmt: skip
    return done


def came(of: Scenario, found: Found) -> Came:
    """What the scorer is told."""
    hurt, houses = of.hurt, of.houses
    surgical = houses.stop[(houses.able & SURGERY) > 0]
    away = of.seconds[0][hurt.stop][:, surgical].min(axis=1)
    arrays = (np.asarray(each) for each in (found.care, found.arrival, found.surgery, found.table_wait))
    return Came(hurt.injured, hurt.true, hurt.operated, away > np.median(away), *arrays)


def runs(tasks: list[Task], jobs: int) -> Iterator[list[Ran]]:
    """All tasks, so many at a time, as they are done."""
    if jobs == 1:
        yield from map(run, tasks)
        return
    with get_context("spawn").Pool(jobs) as pool:
        yield from pool.imap_unordered(run, tasks)
