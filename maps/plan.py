"""The plan of a whole mission: what is proposed and why, the frontier of policies, what a person approves."""

import gzip
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Query, Response
from pydantic import ConfigDict, Field

from casevac import approving
from casevac.approving import Approved, Declined
from casevac.events import OptionsComputed
from casevac.plain import Json, instant
from casevac.proposal import CURVES, Proposal
from casevac.store import plans
from casevac.store.plans import Standing
from maps import examples_plan as examples
from maps.commands import NO_KEY, Command, Key, Short
from maps.condition import GOOD
from maps.desk import At, Desk, MissionId, answer, commanding
from maps.examples import shown
from maps.interval import moment
from maps.piece import accepts_gzip

router = APIRouter(prefix="/api", tags=["plan"])
PART = "planner"
SILENT_S = 6.0  # it says every two seconds that its plan holds
GOES_ON = "options of each request are ranked as ever"


LineId = Annotated[str, Field(max_length=80, pattern=r"^L-[0-9A-Z]+$")]


class Lines(Command):
    """Lines of a plan that a person approves."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"plan": "P-7K2QXM", "lines": ["L-3FK29Q"]}]}
    )
    plan: Short
    lines: Annotated[list[LineId], Field(min_length=1, max_length=100)]


@router.get("/plan", responses=shown(examples.PLAN))
def plan(
    desk: At,
    mission: MissionId = None,
    at: Annotated[
        str | None,
        Query(max_length=40, description="What was proposed at that instant; default: what is proposed now."),
    ] = None,
    accept_encoding: Annotated[str, Header()] = "",
) -> Response:
    """The latest plan: who brings whom where, why, what else could be done, and what would help.

    It tasks nobody. `stale` with `why` in words says when nobody keeps it up to date; `error` names what
    keeps the planner from a newer one, the last one stays.
    Curves rank plans; they are not clinical predictions.
    """
    name = desk.scene(mission).picture.mission.id
    if at is not None:
        return _packed(_past(desk, name, moment(at)), accept_encoding)
    now, found, version = _read(desk, name)
    state = told(now, _parts(desk), name)
    return _packed({**state, "version": version, "proposal": found}, accept_encoding)


@router.get("/plan/state", responses=shown(examples.STATE))
def state(desk: At, mission: MissionId = None) -> Response:
    """How planning stands, in few bytes: who follows the plan fetches it when `version` is another one.

    `down`: the part that plans does not run.
    """
    name = desk.scene(mission).picture.mission.id
    with desk.pool.lend() as db:
        now, version = plans.standing(db, name), plans.version(db, name)
    return answer({**told(now, _parts(desk), name), "version": version})


@router.get("/plan/frontier", responses=shown(examples.FRONTIER))
def frontier(desk: At, mission: MissionId = None) -> Response:
    """What each policy would make of the present picture: surgery in time of the most urgent against lives.

    The policy is the mission's choice, told by a person and kept in the log.
    """
    name = desk.scene(mission).picture.mission.id
    now, found, _ = _read(desk, name)
    state = told(now, _parts(desk), name)
    return answer(
        {
            "plan": None if found is None else found.plan,
            "as_of": None if found is None else found.as_of,
            "stale": state["stale"],
            "why": state["why"],
            "policy": None if found is None else found.policy,
            "points": () if found is None else found.frontier,
            "note": CURVES,
        }
    )


@router.post("/plan/approve", status_code=201, responses=shown(examples.APPROVED, 201))
def approve(desk: At, wanted: Lines, mission: MissionId = None, key: Key = NO_KEY) -> Response:
    """Task the vehicles of these lines, each as an ordinary decision with the alternatives that were shown.

    An alternative is approved by its own id. Each holds as long as the latest plan has it; else 409
    PlanChanged with what is proposed now. What forbids one does not stop the others: it is in `refused`.
    """
    scene = desk.scene(mission)
    ways = desk.routers.of(scene.picture)
    with desk.pool.lend() as db:
        commander = commanding(desk, db, scene, key)
        done, not_done = approving.approve(commander, ways, wanted.plan, wanted.lines)
    return answer(approved_json(done, not_done), 201)


def approved_json(done: Sequence[Approved], not_done: Sequence[Declined]) -> Json:
    """What became of each line."""
    return {
        "approved": [
            {
                "line": one.line,
                "decision": next(e.body.decision for e in one.events if isinstance(e.body, OptionsComputed)),
                "chain": one.chain.chain,
                "requests": list(one.requests),
            }
            for one in done
        ],
        "refused": [
            {"line": one.line, "error": type(one.fault).__name__, "message": str(one.fault)}
            for one in not_done
        ],
    }


def told(now: Standing | None, parts: Mapping[str, Any], mission: str) -> Json:
    """How planning stands, in words."""
    why = stale(now, parts, datetime.now(UTC))
    error = {"error": now.error, "message": now.trouble} if now is not None and now.error else None
    return {
        "mission": mission,
        "stale": bool(why),
        "why": why,
        "down": _down(parts) is not None,
        "looked_at": instant(now.looked_at) if now is not None else None,
        "seq": now.seq if now is not None else None,
        "error": error,
    }


def stale(now: Standing | None, parts: Mapping[str, Any], at: datetime) -> list[str]:
    """Why the plan must not be taken for that of now; empty while it is kept up to date."""
    if (state := _down(parts)) is not None:
        return [f"the planner is {state}: the plan is the last one it made; {GOES_ON}"]
    if now is None:
        return [f"no plan was made of this mission yet; {GOES_ON}"]
    silent = (at - now.looked_at).total_seconds()
    if silent > SILENT_S:
        return [
            f"the planner has told nothing for {silent:.0f} s: the plan is the last one it made; {GOES_ON}"
        ]
    if now.error:
        return [f"no newer plan: {now.trouble}; {GOES_ON}"]
    return []


def _down(parts: Mapping[str, Any]) -> str | None:
    """The state of the part that plans when it does not run; None while it does, or is not ours to see."""
    state = parts.get(PART, {}).get("state")
    return None if state is None or state in GOOD else str(state)


def _packed(body: object, accept_encoding: str) -> Response:
    """JSON, compressed for whoever can read that: a plan of a hundred lines goes over thin links too."""
    plain, headers = msgspec.json.encode(body), {"cache-control": "no-store", "vary": "accept-encoding"}
    if not accepts_gzip(accept_encoding):
        return Response(plain, 200, headers, "application/json")
    told = gzip.compress(plain, 6, mtime=0)
    return Response(told, 200, {**headers, "content-encoding": "gzip"}, "application/json")


def _parts(desk: Desk) -> Mapping[str, Any]:
    return desk.lookout.sight.parts()


def _read(desk: Desk, mission: str) -> tuple[Standing | None, Proposal | None, str]:
    """How it stands, the plan, and its version or the one before, which is only asked for once more."""
    with desk.pool.lend() as db:
        version = plans.version(db, mission)
        return plans.standing(db, mission), plans.latest(db, mission), version


def _past(desk: Desk, mission: str, at: datetime) -> Json:
    with desk.pool.lend() as db:
        found = plans.proposed(db, mission, at)
    return {
        "mission": mission,
        "stale": False,
        "why": [],
        "down": False,
        "looked_at": instant(at),
        "seq": None if found is None else found.seq,
        "error": None,
        "version": "" if found is None else found.plan,
        "proposal": found,
    }
