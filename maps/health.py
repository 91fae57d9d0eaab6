"""How the installation is, and what each device has sent."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

import casevac
from casevac.errors import Unknown
from casevac.store import fixes
from casevac.store import missions as stored
from maps import examples
from maps.condition import Condition, total
from maps.desk import At, Desk, answer
from maps.examples import shown
from maps.examples_watch import HEALTH

router = APIRouter(prefix="/api", tags=["health"])


@router.get("/health", responses=shown(HEALTH))
async def health(desk: At) -> Response:
    """Always 200, within 3 s: ok, degraded (the reasons in words) or down (the store does not answer)."""
    response = answer(_told(await desk.lookout.look(), desk))
    response.headers["cache-control"] = "no-store"
    return response


def _told(seen: Condition, desk: Desk) -> dict[str, Any]:
    store, ingest = seen.store, seen.stages.get("ingest", {})
    waiting = store.aside
    return {
        "status": seen.status,
        "reasons": seen.reasons,
        "parts": seen.parts,
        "stages": {"total": total(ingest), "ingest": ingest, "broker": seen.stages.get("broker")},
        "disk": seen.disk._asdict(),
        "set_aside": None if waiting is None else sum(waiting.values()),
        "set_aside_reasons": waiting,
        "store": {
            "reachable": store.trouble is None,
            "trouble": store.trouble or desk.hub.trouble,
            "epoch": store.epoch,
            "seq": store.seq,
        },
        "live": {"viewers": desk.hub.viewers, "missions": list(desk.hub.latest)},
        "version": casevac.__version__,
    }


@router.get("/devices", responses=shown([{"name": "AMB-01", "mission": "demo", "vehicle": "AMB-01"}]))
def devices(desk: At) -> Response:
    """Every enrolled device, its mission, its vehicle and its latest position."""
    with desk.pool.lend() as db:
        enrolled = stored.devices(db)
    return answer([desk.device(name, mission) for name, mission in sorted(enrolled.items())])


@router.get("/devices/{name}/reports", responses=shown([examples.REPORT]))
def reports(
    desk: At,
    name: Annotated[str, Path(max_length=80)],
    limit: Annotated[int, Query(ge=1, le=100_000)] = 100,
) -> Response:
    """Stored reports and events of a device, the newest first, so that anyone can count them."""
    with desk.pool.lend() as db:
        known = stored.devices(db)
        found = fixes.reports(db, name, limit) if "\x00" not in name else []
    if not found and name not in known:
        raise Unknown(f"no device {name[:40]!r}; add it with: casevac device add {name[:40]}")
    return answer(found)
