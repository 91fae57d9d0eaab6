"""The figures as Prometheus reads them: parts, stages, broker, disk; no devices, places, casualties."""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from maps.condition import GOOD, Condition
from maps.desk import At, Desk
from maps.examples_watch import METRICS
from maps.gate import is_outer
from maps.login import insider

_COUNTERS = {  # of ingest: its name, ours, what it is
    "offered": "Messages that came from the broker.",
    "duplicates": "Messages that were stored already.",
    "limited": "Messages of runaway devices, neither stored nor receipted.",
    "receipts": "Receipts sent.",
    "batches": "Transactions committed.",
}
_BROKER = {
    "queue": "Messages that the broker keeps for readers.",
    "stored_bytes": "Bytes that the broker keeps.",
    "clients": "Clients connected to the broker.",
}
router = APIRouter(tags=["health"])


@router.get("/metrics", response_class=Response, responses=METRICS)
async def metrics(desk: At, request: Request) -> Response:
    """Every figure in the text form of Prometheus; for programs on this machine, and whoever is logged in."""
    if is_outer(request.scope):
        insider(request)
    seen = await desk.lookout.look()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Seen(list(families(seen, desk))))
    told = Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
    told.headers["cache-control"] = "no-store"
    return told


class _Seen(Collector):
    """What one look saw, as prometheus_client takes it."""

    def __init__(self, seen: list[Metric]) -> None:
        self._seen = seen

    def collect(self) -> Iterable[Metric]:
        """All of it."""
        return self._seen


def families(seen: Condition, desk: Desk) -> Iterable[Metric]:
    """Every metric of one look."""
    yield _gauge("degraded", "1 while something is wrong.", seen.status != "ok")
    yield _gauge("store_reachable", "1 while PostgreSQL answers.", seen.store.trouble is None)
    yield _labelled(GaugeMetricFamily, "part_ready", "1 while the part does its work.", "part", {
        name: part.get("state") in GOOD for name, part in seen.parts.items()
    })  # fmt: skip
    yield _labelled(CounterMetricFamily, "part_restarts", "How often the part was started again.", "part", {
        name: part.get("restarts", 0) for name, part in seen.parts.items()
    })  # fmt: skip
    yield _gauge("disk_free_bytes", "Free on the disk of the installation.", seen.disk.free_bytes)
    yield _gauge("disk_total_bytes", "The disk of the installation.", seen.disk.total_bytes)
    yield from _of_log(seen, desk)
    yield from _of_broker(seen.stages.get("broker"))
    yield from _of_ingest(seen.stages.get("ingest", {}))


def _of_log(seen: Condition, desk: Desk) -> Iterable[Metric]:
    shown = max((room.seq for room in desk.hub.rooms.values()), default=0)
    yield _gauge("live_viewers", "Open live pages.", desk.hub.viewers)
    if seen.store.seq is not None:
        yield CounterMetricFamily("casevac_events", "Events in the log.", seen.store.seq)
        yield _gauge("live_lag_events", "Events stored and not shown yet.", max(seen.store.seq - shown, 0))
    yield _labelled(
        GaugeMetricFamily, "set_aside_waiting", "Messages that a person must look at.", "reason",
        seen.store.aside or {},
    )  # fmt: skip


def _of_broker(told: Mapping[str, Any] | None) -> Iterable[Metric]:
    if told is None:
        return
    for name, what in _BROKER.items():
        if name in told:
            yield _gauge(f"broker_{name}", what, told[name])
    yield CounterMetricFamily(
        "casevac_broker_dropped", "Messages the broker dropped.", told.get("dropped", 0)
    )


def _of_ingest(ingest: Mapping[str, Mapping[str, Any]]) -> Iterable[Metric]:
    live = {part: one for part, one in ingest.items() if not one["stale"]}
    yield _labelled(GaugeMetricFamily, "ingest_telling", "1 while it tells its figures.", "part", {
        part: part in live for part in ingest
    })  # fmt: skip
    for name, what in _COUNTERS.items():
        told = {part: one.get(name, 0) for part, one in ingest.items()}
        yield _labelled(CounterMetricFamily, f"ingest_{name}", what, "part", told)
    yield _labelled(GaugeMetricFamily, "ingest_backlog", "Messages without acknowledgement.", "part", {
        part: one["backlog"] for part, one in live.items()
    })  # fmt: skip
    yield _labelled(
        GaugeMetricFamily, "ingest_oldest_unacknowledged_seconds", "Since when the oldest waits.", "part",
        {part: one["oldest_unacknowledged_s"] for part, one in live.items()},
    )  # fmt: skip
    yield _labelled(GaugeMetricFamily, "ingest_holding", "1 while the store takes nothing.", "part", {
        part: bool(one.get("fault")) for part, one in live.items()
    })  # fmt: skip
    stored = CounterMetricFamily("casevac_ingest_stored", "Messages stored.", labels=["part", "kind"])
    aside = CounterMetricFamily("casevac_ingest_set_aside", "Messages set aside.", labels=["part", "reason"])
    latency = HistogramMetricFamily(
        "casevac_ingest_latency_seconds", "From receiving to commit.", labels=["part"]
    )
    for part, one in ingest.items():
        stored.add_metric([part, "report"], one.get("reports", 0))
        stored.add_metric([part, "event"], one.get("events", 0))
        for reason, count in one.get("set_aside", {}).items():
            aside.add_metric([part, reason], count)
        latency.add_metric([part], _buckets(one["latency"]), one["latency"]["sum_s"])
    yield from (stored, aside, latency)


def _buckets(latency: Mapping[str, Any]) -> list[tuple[str, float]]:
    """Counts of each bucket as Prometheus wants them: summed up, the last without bound."""
    summed, found = 0, []
    for bound, count in zip([*latency["bounds_s"], "+Inf"], latency["counts"], strict=True):
        summed += count
        found.append((str(bound), float(summed)))
    return found


def _gauge(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(f"casevac_{name}", what, float(value))


def _labelled(
    kind: type[GaugeMetricFamily] | type[CounterMetricFamily],
    name: str,
    what: str,
    label: str,
    values: Mapping[str, float],
) -> Metric:
    family = kind(f"casevac_{name}", what, labels=[label])
    for value, figure in values.items():
        family.add_metric([value], float(figure))
    return family
