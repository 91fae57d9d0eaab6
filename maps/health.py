"""How the installation is, and what each device has sent."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

import casevac
from casevac.errors import Unknown
from casevac.store import fixes, trust
from casevac.store import missions as stored
from maps import examples
from maps.desk import At, answer
from maps.examples import shown

GOOD = ("ready", "external")
router = APIRouter(prefix="/api", tags=["health"])


@router.get("/health", responses=shown(examples.HEALTH))
async def health(desk: At) -> Response:
    """Always 200, within 3 s: ok, degraded (a part is not at work) or down (the store does not answer)."""
    parts = dict(desk.parts())
    store = await desk.knock.look()
    lame = [name for name, part in parts.items() if part.get("state") not in GOOD]
    trouble = store.trouble or desk.hub.trouble
    status = "down" if store.trouble else "degraded" if lame or trouble else "ok"
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


@router.get("/devices", responses=shown([examples.DEVICE | {"clock": examples.JUDGED}]))
def devices(desk: At) -> Response:
    """Every enrolled device, its mission, its vehicle, its latest position, and how far it can be trusted.

    `guarantee` is A (numbered, receipted), B (kept by the broker) or C (best effort), null while nothing was
    heard; `offset_s` is how far its clock is ahead of ours.
    """
    with desk.pool.lend() as db:
        known = trust.kept(db)
    return answer([desk.device(name, of.mission) | trust.in_json(of) for name, of in sorted(known.items())])


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
