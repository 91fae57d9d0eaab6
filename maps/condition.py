"""How the installation is, in one look: ok, degraded with the reasons in words, or down."""

import asyncio
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from maps.hub import Hub
from maps.knock import Knock, StoreState

GOOD = ("ready", "external")
LOOK_EVERY_S = 2.0
HELD_S = 10.0  # unacknowledged for longer than this, ingest does not take
LOW_BYTES, LOW_PERCENT = 1_000_000_000, 5.0
_COUNTS = ("offered", "stored", "reports", "events", "duplicates", "limited", "receipts", "backlog")

Stages = Mapping[str, Any]
"""What the roof gathers: {"ingest": {PART: figures}, "broker": figures or None}."""


def _nothing() -> dict[str, Any]:
    return {}


class Sight(NamedTuple):
    """What the roof lets a door see: the state of each part by its name, the figures of ingest and broker."""

    parts: Callable[[], Mapping[str, Any]] = _nothing
    stages: Callable[[], Stages] = _nothing


UNSEEN = Sight()


class Disk(NamedTuple):
    """The disk that holds the installation; bytes, per cent of the whole."""

    free_bytes: int
    total_bytes: int
    free_percent: float
    low: bool


@dataclass(frozen=True)
class Condition:
    """One look. status: ok, degraded or down; reasons: one line each, gravest first."""

    status: str
    reasons: tuple[str, ...]
    parts: Mapping[str, Any]
    stages: Stages
    disk: Disk
    store: StoreState


@dataclass(frozen=True)
class Lookout:
    """Looks at everything there is to see; `keep` tells the hub, and so every page, what is wrong."""

    hub: Hub
    knock: Knock
    home: Path
    sight: Sight

    async def look(self) -> Condition:
        """Everything, within 3 s whatever the store does."""
        store, (parts, stages, disk) = await asyncio.gather(self.knock.look(), asyncio.to_thread(self._seen))
        trouble = store.trouble or self.hub.trouble
        why = reasons(trouble, parts, stages, disk)
        status = "down" if store.trouble else "degraded" if why else "ok"
        return Condition(status, why, parts, stages, disk, store)

    async def keep(self) -> None:
        """Look for ever; pages hear of a change at once."""
        while True:
            try:
                seen = await asyncio.to_thread(self._seen)
            except OSError as fault:  # out of open files, for one: the streams that are open go on
                self.hub.complain((f"serve cannot look at the installation: {fault.strerror or fault}",))
            else:
                self.hub.complain(reasons(self.hub.trouble, *seen))
            await asyncio.sleep(LOOK_EVERY_S)

    def _seen(self) -> tuple[Mapping[str, Any], Stages, Disk]:
        return dict(self.sight.parts()), self.sight.stages(), disk_of(self.home)


def disk_of(home: Path) -> Disk:
    """The disk under `home`, as far as others than root may write it."""
    total, _, free = shutil.disk_usage(home)
    percent = 100 * free / total if total else 0.0
    return Disk(free, total, round(percent, 1), free < LOW_BYTES or percent < LOW_PERCENT)


def reasons(trouble: str | None, parts: Mapping[str, Any], stages: Stages, disk: Disk) -> tuple[str, ...]:
    """Why it is not well, each in one line; empty when it is. Pure."""
    told = [trouble] if trouble else []
    if disk.low:
        told.append(f"the disk is nearly full: {in_units(disk.free_bytes)} ({disk.free_percent:g} %) left")
    lame = {name: str(part.get("state")) for name, part in parts.items() if part.get("state") not in GOOD}
    for name, figures in stages.get("ingest", {}).items():
        told += _of_ingest(name, figures, lame)
    told += [f"{name} is {state}" for name, state in lame.items()]
    dropped = (stages.get("broker") or {}).get("dropped_lately", 0)
    if dropped:
        told.append(f"the broker dropped {dropped} messages in the last minute: more wait than it may keep")
    return tuple(told)


def _of_ingest(name: str, figures: Mapping[str, Any], lame: Mapping[str, str]) -> list[str]:
    if figures["stale"]:
        return [] if name in lame else [f"{name} has told nothing for {figures['age_s']:.0f} s"]
    held = f"{name} holds {figures['backlog']} messages without receipt"
    if figures.get("fault"):
        return [f"{held}: {figures['fault']}"]
    oldest = figures["oldest_unacknowledged_s"]
    return [f"{held}, the oldest for {oldest:.0f} s"] if oldest > HELD_S else []


def total(ingest: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The figures of every process of ingest as one: sums, and the oldest of all. Pure."""
    several = list(ingest.values())
    summed: dict[str, Any] = {name: sum(one.get(name, 0) for one in several) for name in _COUNTS}
    summed["set_aside"] = _added([one.get("set_aside", {}) for one in several])
    summed["limited_devices"] = _added([one.get("limited_devices", {}) for one in several])
    summed["oldest_unacknowledged_s"] = max((one["oldest_unacknowledged_s"] for one in several), default=0.0)
    return summed


def _added(several: Sequence[Mapping[str, int]]) -> dict[str, int]:
    names = {name: None for one in several for name in one}
    return {name: sum(one.get(name, 0) for one in several) for name in names}


def in_units(size: int) -> str:
    """Bytes as people read them."""
    if size >= 1_000_000_000:
        return f"{size / 1_000_000_000:.1f} GB"
    return f"{size / 1_000_000:.0f} MB"
