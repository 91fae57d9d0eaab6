"""What may be commanded: alerts, options, tasks, and whatever a radio call tells."""

from collections.abc import Callable
from typing import Annotated, Any, cast

from fastapi import APIRouter, Header, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from casevac import access, coordination
from casevac.desk import Desk as Commander
from casevac.entities import Touched, of_view
from casevac.errors import BadMessage, Unknown
from casevac.events import FIELD_KINDS, AlertRaised, ChainPlanned, Event, TaskCancelled
from casevac.forms import POSITION, forms
from casevac.picture import fold
from casevac.store import finding
from casevac.told import changed_json, options_json
from casevac.view import View
from geo.lonlat import check
from geo.routing import Router
from maps import examples
from maps.desk import At, MissionId, Seen, answer, caught_up, commanding, rerouted, roads_for
from maps.examples import shown
from maps.guard import UNKEPT
from maps.scene import Scene
from maps.spoken import speak_position

router = APIRouter(prefix="/api", tags=["command"])
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        max_length=200,
        description="The same command under the same key returns the first result; nothing happens twice."
        " Another command under it is refused (409).",
    ),
]
Short = Annotated[str, Field(max_length=80)]
Long = Annotated[str, Field(max_length=2000)]
NO_KEY: Key = None


class Command(BaseModel):
    """A body without characters that the store cannot keep."""

    @model_validator(mode="before")
    @classmethod
    def _texts(cls, values: Any) -> Any:  # noqa: ANN401  whatever came
        if isinstance(values, dict) and any(_unkept(text) for text in values.values()):
            raise ValueError(f"holds {UNKEPT}")
        return values


def _unkept(value: object) -> bool:
    return isinstance(value, str) and ("\x00" in value or value.encode("utf-8", "ignore").decode() != value)


class Alert(Command):
    """The four facts: who, where (lon and lat, or place), how many, what."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"who": "PATROL 3", "what": "mine strike", "how_many": 3, "place": "21.867,6.4995"}]
        },
    )
    who: Short
    what: Long
    how_many: int = Field(ge=1, le=500)
    lon: float | None = None
    lat: float | None = None
    place: Annotated[str, Field(max_length=120)] | None = None
    uncertainty_m: float | None = Field(None, ge=0, le=1_000_000)
    injury_at: AwareDatetime | None = None
    injury_uncertainty_s: float | None = Field(None, ge=0, le=10_000_000)
    speaker: Short | None = None


class Choice(Command):
    """One option of a decision."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"decision": "D-9RW2KA", "option": "1"}]}
    )
    decision: Short
    option: Short


class Reason(Command):
    """Why."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "the road is blocked"}]}
    )
    reason: Long = ""


class Divert(Command):
    """Where a chain goes instead, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"facility": "mtf-bangui", "reason": "its theatre is lost"}]},
    )
    reason: Long = Field(min_length=1)
    facility: Annotated[str, Field(max_length=80, description="Default: the best other one.")] = ""


class Call(Command):
    """A radio call: a kind of event with its fields, who spoke, and when it happened."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "kind": "casualty_triaged",
                    "speaker": "PATROL 3",
                    "casualty": "0000-0011",
                    "category": "T1",
                },
                {"kind": "position", "speaker": "AMB-01", "vehicle": "AMB-01", "lon": 21.9, "lat": 6.51},
            ]
        },
    )
    kind: Short
    speaker: Short = ""
    at: AwareDatetime | None = None


@router.post(
    "/requests", status_code=201, responses=shown({"request": examples.REQUEST, "casualties": []}, 201)
)
def raise_alert(desk: At, alert: Alert, mission: MissionId = None, key: Key = NO_KEY) -> Response:
    """Raise an alert: it opens a request with its casualties."""
    scene = desk.scene(mission)
    found = None
    if alert.lon is not None and alert.lat is not None:
        check(alert.lon, alert.lat)
    elif alert.place:
        found = desk.routers.find(scene.picture, alert.place)
    else:
        raise BadMessage("an alert needs a place: give place (LON,LAT, a grid or a name), or lon and lat")
    with desk.pool.lend() as db:
        event = coordination.raise_alert(
            commanding(desk, db, scene, key), alert.model_dump(exclude_none=True), found
        )
    alerted = cast("AlertRaised", event.body)
    wanted = {"requests": {alerted.request}, "casualties": set(alerted.casualties)}
    looks = _looks(scene, [event], wanted)
    told = {"request": looks["requests"][alerted.request], "casualties": [*looks["casualties"].values()]}
    return answer(told, 201)


@router.post("/requests/{request}/options", responses=shown(examples.OPTIONS))
def options(desk: At, request: str, mission: MissionId = None, key: Key = NO_KEY) -> Response:
    """Compute options for a request, ranked and explained; they are recorded with what they rested on."""
    return _computed(desk, mission, key, lambda by, ways: coordination.options(by, ways, request))


@router.post("/requests/{request}/task", status_code=201, responses=shown({"chain": examples.CHAIN}, 201))
def task(desk: At, request: str, choice: Choice, mission: MissionId = None, key: Key = NO_KEY) -> Response:
    """Task the vehicles of an option; AlreadyTasked when somebody was faster."""
    scene = desk.scene(mission)
    ways = desk.routers.of(scene.picture)
    with desk.pool.lend() as db:
        found = finding.decision(db, scene.picture.mission.id, choice.decision)
        if found is not None and found[1].request != request:
            raise Unknown(f"decision {choice.decision} is for request {found[1].request}, not for {request}")
        db.rollback()
        events = coordination.task(commanding(desk, db, scene, key), choice.decision, choice.option, ways)
    return _planned(scene, events)


@router.post("/chains/{chain}/divert-options", responses=shown(examples.OPTIONS))
def divert_options(desk: At, chain: str, mission: MissionId = None, key: Key = NO_KEY) -> Response:
    """Where a running chain could go instead, from where its casualties are now; recorded like options."""
    return _computed(desk, mission, key, lambda by, ways: coordination.divert_options(by, ways, chain))


@router.post("/chains/{chain}/divert", status_code=201, responses=shown({"chain": examples.CHAIN}, 201))
def divert(desk: At, chain: str, to: Divert, mission: MissionId = None, key: Key = NO_KEY) -> Response:
    """Take a running chain elsewhere: a new chain takes over, what ran for the old one ends."""
    scene = desk.scene(mission)
    ways = desk.routers.of(scene.picture)
    with desk.pool.lend() as db:
        commander = commanding(desk, db, scene, key)
        events = coordination.divert(commander, ways, chain, to.facility or None, to.reason)
    return _planned(scene, events)


@router.post("/tasks/{task_id}/cancel", responses=shown({"cancelled": ["T-4XQ0ZC"]}))
def cancel(desk: At, task_id: str, why: Reason, mission: MissionId = None, key: Key = NO_KEY) -> Response:
    """Take a task back, with the others of its chain."""
    scene = desk.scene(mission)
    with desk.pool.lend() as db:
        events = coordination.cancel(commanding(desk, db, scene, key), task_id, why.reason)
    return answer({"cancelled": [one.body.task for one in events if isinstance(one.body, TaskCancelled)]})


@router.post("/voice", status_code=201, responses=shown(examples.CALL, 201))
def voice(desk: At, call: Call, seen: Seen, mission: MissionId = None, key: Key = NO_KEY) -> Response:
    """Enter what was told by radio: everything a device can report, a position too."""
    if call.kind in FIELD_KINDS or call.kind == POSITION:  # another is refused as unknown, by name
        access.check(desk.person.role, call.kind)
    scene = desk.scene(mission)
    fields: dict[str, Any] = {**(call.model_extra or {}), "speaker": call.speaker}
    if "lon" in fields or "lat" in fields:
        _check_place(fields)
    roads = roads_for(desk, scene, call.kind)
    with desk.pool.lend() as db:
        commander = commanding(desk, db, scene, key, seen)
        if call.kind == POSITION:
            return answer(speak_position(commander, scene.picture, fields, call.at), 201)
        events = coordination.voice(commander, call.kind, fields, call.at, roads)
        followed = rerouted(desk, scene, commander, events)
        before = caught_up(db, scene, events) if followed else scene.picture
    changed = changed_json(before, events, commander.now, scene.positions, followed)
    return answer({"line": changed["events"][0], **changed}, 201)


@router.get("/voice/kinds", responses=shown([forms()[0]]))
def voice_kinds() -> Response:
    """Every kind that may be told by radio, with the fields that a form must ask for."""
    return answer(forms())


def _computed(
    desk: At, mission: MissionId, key: Key, compute: Callable[[Commander, Router], Event]
) -> Response:
    """The options that were computed and recorded."""
    scene = desk.scene(mission)
    ways = desk.routers.of(scene.picture)
    with desk.pool.lend() as db:
        event = compute(commanding(desk, db, scene, key), ways)
    return answer(options_json(coordination.computed(event)))


def _planned(scene: Scene, events: list[Event]) -> Response:
    """The chain that these events began."""
    chain = next(one.body.chain for one in events if isinstance(one.body, ChainPlanned))
    return answer({"chain": _looks(scene, events, {"chains": {chain}})["chains"][chain]}, 201)


def _check_place(fields: dict[str, Any]) -> None:
    try:
        check(float(fields["lon"]), float(fields["lat"]))
    except (KeyError, TypeError, ValueError) as fault:
        raise BadMessage("lon and lat must both be numbers, in degrees") from fault


def _looks(scene: Scene, events: list[Event], wanted: Touched) -> dict[str, dict[str, Any]]:
    """How entities look after these events, which the live picture may not hold yet."""
    picture = fold(scene.picture, events)
    now = max(event.received_at for event in events)
    return of_view(View(picture, now, scene.positions), wanted)
