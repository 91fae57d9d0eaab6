"""The 9-line sheet of the page: which letters it takes, and the whole of it in one small command."""

from typing import Any

import msgspec
from fastapi import APIRouter, Response

from casevac import sheet
from casevac.errors import AmbiguousPlace, BadMessage, UnknownPlace
from casevac.lines import TITLES, letters, words
from casevac.sheet import Sheet
from casevac.terms import Category
from casevac.told import changed_json
from geo.errors import BadPlace, GeoError
from maps import examples
from maps.commands import NO_KEY, Key
from maps.desk import At, Desk, MissionId, answer, commanding
from maps.examples import shown
from maps.scene import Scene
from maps.tellings import Raw, fields_in

router = APIRouter(prefix="/api", tags=["request"])
CODED = (3, 4, 5, 6, 7, 8, 9)
LETTERS = {
    "name": "us-atp",
    "title": "9-line MEDEVAC request",
    "verified": True,
    "note": "",
    "line_6": "war",
    "line_9": "war",
    "letters": {"3": {"A": "urgent", "B": "urgent_surgical"}, "4": {"A": None, "B": "hoist"}},
    "words": {"3": {"urgent": "urgent"}, "4": {"none": None, "hoist": "hoist"}},
    "titles": {"1": "pickup location"},
    "categories": ["T1", "T2", "T3", "DEAD"],
    "mission": "ex-1",
}
EXAMPLE = {
    "lines": {"pickup": "34NEN9586318503", "callsign": "PATROL 3", "precedences": {"urgent": 1}, "litter": 1},
    "casualties": [{"mist": {"mechanism": "mine", "injuries": "left leg"}, "triage": {"category": "T1"}}],
    "speaker": "PATROL 3",
}
_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "request": {"type": "string", "maxLength": 80},
                    "lines": {"type": "object"},
                    "casualties": {"type": "array", "items": {"type": "object"}, "maxItems": 500},
                    "speaker": {"type": "string", "maxLength": 80},
                    "at": {"type": "string", "format": "date-time"},
                },
            },
            "example": EXAMPLE,
        }
    },
}


@router.get("/nine-line", responses=shown(LETTERS))
def nine_line(desk: At, mission: MissionId = None) -> Response:
    """The mission's 9-line: which letter and word of a line means what; null is none needed."""
    profile = desk.scene(mission).picture.mission.profile
    dialect = profile.dialects.get(profile.nine_line)
    known = [one for one in Category if one != Category.UNKNOWN]
    told: dict[str, Any] = {
        "name": dialect.name if dialect else "",
        "title": dialect.title if dialect else "",
        "verified": dialect is not None and dialect.verified,
        "note": dialect.note if dialect else "letters unknown: words only",
        "line_6": dialect.line_6 if dialect else "war",
        "line_9": dialect.line_9 if dialect else "war",
        "letters": {str(number): dict(letters(number, dialect)) for number in CODED},
        "words": {str(number): dict(words(number, dialect)) for number in CODED},
        "titles": {str(number): title for number, title in TITLES.items()},
        "categories": [one for one in known if one != Category.T4 or profile.expectant_allowed],
        "mission": desk.scene(mission).picture.mission.id,
    }
    return answer(told)


@router.post(
    "/nine-line",
    status_code=201,
    responses=shown({"request": "R-7K2QXM", "casualties": ["0000-0011"], **examples.CALL}, 201),
    openapi_extra={"requestBody": _BODY},
)
def send(desk: At, raw: Raw, mission: MissionId = None, key: Key = NO_KEY) -> Response:
    """Store a 9-line, whole or in part, with what is told of its casualties: all of it or nothing.

    Without `request` it opens one; `casualties` of the answer are those that are new by it.
    """
    try:
        told = msgspec.convert(fields_in(raw), Sheet)
    except msgspec.ValidationError as fault:
        raise BadMessage(f"this is no 9-line sheet: {fault}") from fault
    scene = desk.scene(mission)
    told = _placed(desk, scene, told)
    with desk.pool.lend() as db:
        commander = commanding(desk, db, scene, key)
        events = sheet.send(commander, told)
    found = sheet.opened(told, events)
    changed = changed_json(scene.picture, events, commander.now, scene.positions)
    return answer({"request": found.request, "casualties": list(found.casualties), **changed}, 201)


def _placed(desk: Desk, scene: Scene, told: Sheet) -> Sheet:
    """With the degrees of a pick-up told as a name or a bearing; what nobody knows stays as it was told."""
    pickup = told.lines.get("pickup")
    if not isinstance(pickup, str) or not pickup.strip() or {"lon", "lat"} & set(told.lines):
        return told
    try:
        found = desk.routers.find(scene.picture, pickup)
    except (UnknownPlace, BadPlace):  # the request then says that its line 1 is not understood
        return told
    except (AmbiguousPlace, GeoError) as fault:
        raise BadMessage(f"line 1: {fault}") from fault
    place: dict[str, Any] = {"lon": found.place.lon, "lat": found.place.lat}
    spoken = scene.picture.mission.profile.spoken_place_m if told.speaker else 0.0
    within = max(spoken, found.uncertainty_m)
    if within >= 1.0 and "uncertainty_m" not in told.lines:  # a metre is as exact as a grid of ten digits
        place["uncertainty_m"] = within
    return msgspec.structs.replace(told, lines={**told.lines, **place})
