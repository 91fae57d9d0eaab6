"""Peak memory of one engine in its own process: python -m tests.bench.routing_memory ours|wheel GRAPH.npz

Loads the graph, builds, customises and answers one set of queries; then its peak resident memory in kB.
"""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.bench.routing_graphs import SEED, Net, load
from tests.bench.routing_timing import Figures, Wrong

PAIRS, TARGETS, MANY = 100, 50, 100


def peak_kb() -> int:
    """Of this process since it was started (ru_maxrss would count its parent's too)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise Wrong("this kernel does not tell of peak memory")


def _nodes(net: Net, many: int) -> list[int]:
    """Drawn without any array of the size of the network, which would be counted too."""
    drawn: list[int] = np.random.default_rng(SEED).integers(net.nodes, size=many).tolist()
    return drawn


def _pairs(net: Net) -> list[tuple[int, int]]:
    both = _nodes(net, 2 * PAIRS)
    return list(zip(both[::2], both[1::2], strict=True))


def ours(net: Net) -> int:
    """Sum of all costs, so that both engines are seen to have done the same."""
    from tests.bench.routing_ours import Ours  # noqa: PLC0415  (each process loads one engine only)

    engine, asked = Ours(net), _pairs(net)
    total = sum(engine.costs(asked)) + sum(cost for cost, _ in engine.ways(asked))
    targets, many = (np.asarray(_nodes(net, k), dtype=np.int32) for k in (TARGETS, MANY))
    total += int(engine.rows(engine.pinned(targets), [targets[:1]])[0].sum(dtype=np.int64))
    return total + int(engine.table(many, many).sum(dtype=np.int64))


def wheel(net: Net) -> int:
    """The same of the other."""
    from tests.bench.routing_wheel import Wheel, costs_told  # noqa: PLC0415  (as above)

    engine, asked = Wheel(net, frugal=True), _pairs(net)
    query = engine.query()
    total = sum(costs_told(engine.costs(query, asked)))
    total += sum(costs_told([cost for cost, _ in engine.ways(query, asked)]))
    targets, many = (_nodes(net, k) for k in (TARGETS, MANY))
    total += sum(costs_told(engine.rows(engine.pinned(targets), targets[:1])[0]))
    return total + sum(sum(costs_told(row)) for row in engine.table(many, many))


def measured(graph: Path, suffix: str = "") -> Figures:
    """Megabytes of both and their ratio; each runs twice, for the first may find no compiled kernels."""
    peak: dict[str, int] = {}
    total: dict[str, int] = {}
    for engine in ("ours", "ours", "wheel"):
        argv = [sys.executable, "-m", __spec__.name, engine, str(graph)]
        told = json.loads(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)
        peak[engine], total[engine] = told["peak_kb"], told["total"]
    if total["ours"] != total["wheel"]:
        raise Wrong(f"ours adds up to {total['ours']}, the wheel to {total['wheel']}")
    return {
        f"peak_memory_vs_wheel{suffix}": round(peak["ours"] / peak["wheel"], 3),
        f"peak_memory_mb{suffix}": round(peak["ours"] / 1024),
        f"peak_memory_wheel_mb{suffix}": round(peak["wheel"] / 1024),
    }


def main() -> None:
    """One engine, in this process."""
    engine, graph = {"ours": ours, "wheel": wheel}[sys.argv[1]], Path(sys.argv[2])
    total = engine(load(graph))
    sys.stdout.write(json.dumps({"total": total, "peak_kb": peak_kb()}) + "\n")


if __name__ == "__main__":
    main()
