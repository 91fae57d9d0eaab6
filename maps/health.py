"""How the installation is, and what each device has sent."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

import casevac
from casevac.errors import CasevacError, Unknown
from casevac.store import asides, fixes, log
from casevac.store import missions as stored
from maps import examples
from maps.desk import At, Desk, answer
from maps.examples import shown

GOOD = ("ready", "external")
router = APIRouter(prefix="/api", tags=["health"])


@router.get("/health", responses=shown(examples.HEALTH))
def health(desk: At) -> Response:
    """Always 200: ok, degraded (a part is not at work) or down (the store does not answer)."""
    parts = dict(desk.parts())
    store, set_aside = _store(desk)
    lame = [name for name, part in parts.items() if part.get("state") not in GOOD]
    trouble = store["trouble"] or desk.hub.trouble
    status = "down" if store["trouble"] else "degraded" if lame or trouble else "ok"
    told = {
        "status": status,
        "parts": parts,
        "set_aside": set_aside,
        "store": store | {"trouble": trouble},
        "live": {"viewers": desk.hub.viewers, "missions": list(desk.hub.latest)},
        "version": casevac.__version__,
    }
    response = answer(told)
    response.headers["cache-control"] = "no-store"
    return response


def _store(desk: Desk) -> tuple[dict[str, Any], int | None]:
    try:
        with desk.pool.lend() as db:
            found = {"reachable": True, "trouble": None, "epoch": log.store_epoch(db), "seq": log.head(db)}
            return found, asides.count(db)
    except CasevacError as fault:
        return {"reachable": False, "trouble": str(fault), "epoch": None, "seq": None}, None


@router.get("/devices", responses=shown([{"name": "amb-03", "mission": "demo", "vehicle": "amb-03"}]))
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
