"""What there is: every entity of a kind, and one of them by its id."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Path, Query, Response

from casevac.told import SINGULAR, all_json, board_json, one_json, record_of, text_of
from maps import examples, examples_ways
from maps.desk import At, MissionId, answer, fresh
from maps.examples import shown

router = APIRouter(prefix="/api", tags=["look"])
Id = Annotated[str, Path(max_length=80)]


class Kind(NamedTuple):
    """A kind of entity, what its list is, and one of it as an example."""

    group: str
    summary: str
    example: dict[str, Any]


KINDS = (
    Kind("casualties", "Every casualty with its three clocks.", examples.CASUALTY),
    Kind("vehicles", "Every vehicle and aircraft.", examples.VEHICLE),
    Kind("teams", "Every medical, escort and litter team.", examples.TEAM),
    Kind(
        "facilities",
        "Every treatment facility with capabilities, beds and who is on the way.",
        examples.FACILITY,
    ),
    Kind("sites", "Landing sites, exchange points and collection points.", examples.SITE),
    Kind("hazards", "Closures, weather and threats that stand in the way.", examples_ways.HAZARD),
    Kind("requests", "Every request for evacuation.", examples.REQUEST),
    Kind("chains", "Every rescue chain with its legs and forecasts.", examples.CHAIN),
    Kind("tasks", "The orders of every vehicle, and how far they have come.", examples.TASK),
    Kind("questions", "Questions to specialists and their answers.", examples.QUESTION),
    Kind("alarms", "What needs a person now.", examples.ALARM),
)


def _all(group: str) -> Callable[..., Response]:
    def read(desk: At, mission: MissionId = None) -> Response:
        return answer(all_json(fresh(desk, mission), group))

    return read


def _one(group: str) -> Callable[..., Response]:
    def read(desk: At, id: Id, mission: MissionId = None) -> Response:  # noqa: A002
        return answer(one_json(fresh(desk, mission), group, id))

    return read


@router.get("/casualties/{id}/record", responses=shown(examples.RECORD))
def record(desk: At, id: Id, mission: MissionId = None) -> Response:  # noqa: A002
    """The whole record of a casualty, entry by entry, and its MIST as it is read on the radio."""
    return answer(record_of(fresh(desk, mission), id))


@router.get("/requests/{id}/text", responses=shown(examples.TEXT))
def text(
    desk: At,
    id: Id,  # noqa: A002
    form: Annotated[str, Query(max_length=20, description="nine-line or methane")] = "nine-line",
    mission: MissionId = None,
) -> Response:
    """The 9-line or METHANE of a request as it is read on the radio."""
    return answer(text_of(fresh(desk, mission), id, form))


@router.get("/facilities/{id}/board", responses=shown(examples.BOARD))
def board(desk: At, id: Id, mission: MissionId = None) -> Response:  # noqa: A002
    """What the users of a facility look at: its board, who is there, who is on the way and when."""
    return answer(board_json(fresh(desk, mission), id))


def _add(kind: Kind) -> None:
    router.add_api_route(
        f"/{kind.group}",
        _all(kind.group),
        summary=kind.summary,
        operation_id=kind.group,
        responses=shown([kind.example]),
    )
    router.add_api_route(
        f"/{kind.group}/{{id}}",
        _one(kind.group),
        summary=f"One of the {kind.group} by its id.",
        operation_id=SINGULAR[kind.group],
        responses=shown(kind.example),
    )


for _kind in KINDS:
    _add(_kind)
