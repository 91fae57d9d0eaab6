"""How the installation is, and what each device has sent."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response

import casevac
from casevac.errors import Unknown
from casevac.store import fixes, trust
from casevac.store import missions as stored
from maps import examples
from maps.condition import Condition, total
from maps.desk import At, Desk, MissionId, answer
from maps.examples import shown
from maps.examples_watch import HEALTH
from maps.login import knows
from maps.packed import packed

router = APIRouter(prefix="/api", tags=["health"])


@router.get("/health", responses=shown(HEALTH))
async def health(desk: At, request: Request) -> Response:
    """Always 200, within 3 s: ok, degraded (the reasons in words) or down (the store does not answer).

    Whoever is not logged in is told no more than that word.
    """
    seen = await desk.lookout.look()
    known = await knows(request, store_answers=seen.store.trouble is None)
    response = answer(_told(seen, desk) if known else {"status": seen.status})
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


@router.get("/devices", responses=shown([examples.DEVICE | {"clock": examples.JUDGED}]))
def devices(desk: At) -> Response:
    """Every enrolled device, its mission, its vehicle, its latest position, and how far it can be trusted.

    `guarantee` is A (numbered, receipted), B (kept by the broker) or C (best effort), null while nothing was
    heard; `offset_s` is how far its clock is ahead of ours.
    """
    with desk.pool.lend() as db:
        known = trust.kept(db)
    return answer([desk.device(name, of.mission) | trust.in_json(of) for name, of in sorted(known.items())])


@router.get(
    "/devices/trust",
    responses=shown({examples.DEVICE["name"]: {"guarantee": "A", "clock": examples.JUDGED}}),
)
def trusted(desk: At, request: Request, mission: MissionId = None) -> Response:
    """How far each device of a mission can be trusted, by its name; those that were heard of.

    What a page asks for again and again: 304 to whoever has the tag of what holds.
    """
    wanted = desk.scene(mission).picture.mission.id
    with desk.pool.lend() as db:
        known = trust.kept(db)
    heard = {
        name: trust.in_json(one)
        for name, one in sorted(known.items())
        if one.mission == wanted and one.guarantee is not None
    }
    return packed(request, msgspec.json.encode(heard), "application/json")


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
