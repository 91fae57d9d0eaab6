"""What was set aside, for a coordinator to look at: the payload as it came, and why it could not be taken."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from casevac import access
from casevac.store import asides
from maps.desk import At, answer
from maps.examples import shown
from maps.examples_watch import ASIDE

router = APIRouter(prefix="/api", tags=["health"])


@router.get("/set-aside", responses=shown([ASIDE]))
def set_aside(
    desk: At,
    reason: Annotated[str, Query(max_length=80, description="A word, or text that the reason holds.")] = "",
    device: Annotated[str, Query(max_length=80)] = "",
    limit: Annotated[int, Query(ge=1, le=asides.MOST)] = 100,
    *,
    resolved: Annotated[bool, Query(description="What was read and stored since then instead.")] = False,
) -> Response:
    """Messages that could not be taken, the latest first: why, how often, and the first 2,000 bytes."""
    access.check(desk.person.role, "set_aside")
    with desk.pool.lend() as db:
        found = asides.listed(db, asides.Wanted(device, reason, resolved), limit)
    told = answer([asides.as_json(one) for one in found])
    told.headers["cache-control"] = "no-store"
    return told
