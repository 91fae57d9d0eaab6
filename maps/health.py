"""How the installation is, and what each device has sent."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

import casevac
from casevac.errors import Unknown
from casevac.store import fixes
from casevac.store import missions as stored
from maps import examples
from maps.desk import At, answer
from maps.examples import shown
from maps.login import knows

GOOD = ("ready", "external")
router = APIRouter(prefix="/api", tags=["health"])


@router.get("/health", responses=shown(examples.HEALTH))
async def health(desk: At, request: Request) -> Response:
    """Always 200, within 3 s: ok, degraded (a part is not at work) or down (the store does not answer).

    Whoever is not logged in is told no more than that word.
    """
    parts = dict(desk.parts())
    store = await desk.knock.look()
    lame = [name for name, part in parts.items() if part.get("state") not in GOOD]
    trouble = store.trouble or desk.hub.trouble
    status = "down" if store.trouble else "degraded" if lame or trouble else "ok"
    if not await knows(request, store_answers=store.trouble is None):
        return answer({"status": status})
    told = {
        "status": status,
        "parts": parts,
        "set_aside": store.set_aside,
        "store": {
            "reachable": store.trouble is None,
            "trouble": trouble,
            "epoch": store.epoch,
            "seq": store.seq,
        },
        "live": {"viewers": desk.hub.viewers, "missions": list(desk.hub.latest)},
        "version": casevac.__version__,
    }
    response = answer(told)
    response.headers["cache-control"] = "no-store"
    return response


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
