"""The frame of the routing bench: complete figures on a small town; wrong or missing engines end it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from casevac.bootstrap import missing_packages
from tests.bench.routing import PARTS, ROOT, SHARED
from tests.bench.routing_expanded import expanded
from tests.bench.routing_graphs import CLOSED, grid
from tests.bench.routing_timing import Entrant, Wrong, race


def bench(*words: str) -> "subprocess.CompletedProcess[str]":
    argv = [sys.executable, "-m", "tests.bench.routing", "--quick", *words]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False, timeout=280)


def told(done: "subprocess.CompletedProcess[str]") -> dict[str, float]:
    assert done.returncode == 0, done.stderr
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["bench"] == "routing"
    figures: dict[str, float] = last["figures"]
    return figures


def owed(*parts: str) -> set[str]:
    return {key for part in parts for key in PARTS[part].keys}


def test_both_hierarchies_agree_on_a_small_town_and_every_figure_is_told() -> None:
    figures = told(bench("--only", "wheel,memory"))
    assert owed("wheel", "memory") <= set(figures)
    assert all(figures[key] > 0 for key in owed("wheel", "memory"))
    assert figures["quick"] is True


def test_the_peers_agree_where_they_are_there_and_are_asked_for_where_they_are_not() -> None:
    done = bench("--only", "peers")
    if any("pgrouting" in name for name in missing_packages({}, test=False, bench=True)):
        assert done.returncode == 1
        assert "pgRouting is not installed: run 'make bench-routing'" in done.stderr
        return
    assert owed("peers") <= set(told(done))


def test_the_forms_of_turn_restrictions_agree_on_a_country() -> None:
    if not (SHARED / "osm" / "andorra-2023.osm.pbf").exists():
        pytest.skip(f"test data not there: {SHARED}")
    figures = told(bench("--only", "turns,import"))
    assert owed("turns", "import") <= set(figures)
    assert figures["turn_bans"] > 0


def test_without_its_data_it_says_where_to_look(tmp_path: Path) -> None:
    done = bench("--only", "turns", "--data", str(tmp_path))
    assert done.returncode == 1
    assert "give the folder of the test data with --data" in done.stderr
    assert "Traceback" not in done.stderr


def test_engines_that_differ_end_the_bench() -> None:
    engines = [Entrant("a", lambda n: [n]), Entrant("b", lambda n: [min(n, 2)])]
    with pytest.raises(Wrong, match=r"in round 3 a says \[3\], b says \[2\]"):
        race(engines, 5, lambda answer: answer)


def test_each_begins_a_round_in_turn_and_only_timed_rounds_are_told() -> None:
    begun: list[str] = []
    engines = [Entrant(name, lambda n, name=name: begun.append(f"{name}{n}")) for name in "ab"]  # type: ignore[misc]
    seconds = race(engines, 2, lambda answer: answer)
    assert begun == ["a0", "b0", "a0", "b0", "b1", "a1"]
    assert [len(each) for each in seconds.values()] == [2, 2]


@pytest.mark.parametrize("spots", [1, 7, 400])
def test_a_closure_has_its_arcs_in_as_many_spots_as_wanted(spots: int) -> None:
    net = grid(40)
    arcs = net.spots(np.random.default_rng(1), 400, spots)
    assert len(np.unique(arcs)) == 400
    assert (net.weight[arcs] < CLOSED).all()


def test_an_expanded_graph_leaves_out_banned_sequences_of_any_length() -> None:
    """0 -> 1 -> 2 -> 3 and 1 -> 3: arcs 0, 1, 2, 3; driving 0, 1, 2 in a row is banned, and 0 then 3."""
    tail, head = np.asarray([0, 1, 2, 1], np.int32), np.asarray([1, 2, 3, 3], np.int32)
    free = expanded(tail, head, set())
    assert sorted(zip(free.tail.tolist(), free.head.tolist(), strict=True)) == [(0, 1), (0, 3), (1, 2)]
    bound = expanded(tail, head, {(0, 1, 2), (0, 3)})
    assert sorted(zip(bound.tail.tolist(), bound.head.tolist(), strict=True)) == [(0, 4), (1, 2)]
    assert bound.last.tolist() == [0, 1, 2, 3, 1]
