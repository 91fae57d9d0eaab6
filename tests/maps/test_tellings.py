"""A route for everything that can be told: as the table says, once a key, refused in one line."""

import re

import httpx
import msgspec
import pytest

from casevac.duties import DUTIES, Duty
from casevac.events import KINDS, body_from
from tests.maps.door import Door, wait_for
from tests.maps.mission import Story

WAYS = [pytest.param(duty, id=f"{duty.noun} {duty.verb}") for duty in DUTIES]
ALERT = {"who": "PATROL 3", "what": "mine strike", "how_many": 2, "lon": 19.1, "lat": 5.75}


def alerted(door: Door) -> tuple[str, list[str]]:
    found = door.post("/api/requests/alert", ALERT)
    assert found.status_code == 201, found.text
    told = found.json()["entities"]
    return next(iter(told["requests"])), sorted(told["casualties"])


def refused(found: httpx.Response, *statuses: int) -> str:
    assert found.status_code in (statuses or (404, 409, 422)), found.text
    message = found.json()["message"]
    assert message
    assert "\n" not in message
    return message


@pytest.mark.parametrize("duty", WAYS)
def test_the_document_tells_of_it_with_an_example_that_is_taken(still_door: Door, duty: Duty) -> None:
    paths = still_door.get("/openapi.json")["paths"]
    for path in duty.paths:
        asked = paths[f"/api{path}"]["post"]
        assert asked["summary"] == duty.summary
        body = asked["requestBody"]["content"]["application/json"]
        named = "{id}" in path
        fields = duty.fields("ZGDF-7KWT" if named else None, body["example"])
        body_from(duty.kind, fields)
        known = {field.name for field in msgspec.structs.fields(KINDS[duty.kind])}
        shown = set(body["schema"]["properties"])
        said = {duty.field if named else "", *duty.preset, "place", "text"}
        assert shown - {"at", "place", "text"} == known - said
        assert not re.search(r"\$ref|\$defs", str(body))
        assert set(body["schema"].get("required", ())) <= shown


@pytest.mark.parametrize("duty", WAYS)
def test_the_route_is_there_and_names_what_nobody_knows(door: Door, duty: Duty) -> None:
    """Of a mission where nothing happened yet: what it opens is stored, everything else is named."""
    found = door.post(f"/api{duty.paths[-1].replace('{id}', duty.shown_example.get(duty.field, ''))}",
                      dict(duty.example))  # fmt: skip
    if duty.kind in (
        "alert_raised",
        "casualty_reported",
        "hazard_reported",
        "nine_line_sent",
        "methane_sent",
    ):
        assert found.status_code == 201, found.text
        assert found.json()["events"][0]["kind"] == duty.kind
    elif found.status_code != 201:
        refused(found, 404, 409, 422)


def test_what_was_told_comes_back_with_what_it_changed(door: Door) -> None:
    request, (first, second) = alerted(door)
    found = door.post(f"/api/casualties/{first}/triage", {"category": "T1", "by": "medic"}, key="t")
    assert found.status_code == 201
    told = found.json()
    assert [line["kind"] for line in told["events"]] == ["casualty_triaged"]
    assert told["events"][0]["source"] == "page"
    assert told["entities"]["casualties"][first]["category"] == "T1"
    again = door.post(f"/api/casualties/{first}/triage", {"category": "T1", "by": "medic"}, key="t")
    assert again.json()["events"] == told["events"]
    assert again.json()["entities"]["casualties"][first]["category"] == "T1"
    other = door.post(f"/api/casualties/{second}/triage", {"category": "T1", "by": "medic"}, key="t")
    assert refused(other, 409)
    spoken = door.post(f"/api/casualties/{first}/bleeding", {"speaker": "PATROL 3"})
    assert spoken.json()["events"][0]["source"] == "voice"
    assert door.get(f"/api/casualties/{first}")["category"] == "T1"
    assert door.get(f"/api/requests/{request}")["how_many"] == 2
    refused(door.http.get("/api/casualties/nobody"), 404)


def test_it_happened_when_the_teller_says(door: Door, story: Story) -> None:
    _, (first, _) = alerted(door)
    at = "2026-11-22T04:59:30+01:00"
    found = door.post(f"/api/casualties/{first}/bleeding", {"at": at})
    assert found.json()["events"][0]["at"] == "2026-11-22T03:59:30Z"
    for wrong in (
        "2999-01-01T00:00:00Z",
        "1999-01-01T00:00:00Z",
        "yesterday",
        "2026-11-22T04:59:30",
        5,
        [],
        {},
    ):
        refused(door.post(f"/api/casualties/{first}/bleeding", {"at": wrong}), 422)


def test_a_place_may_be_a_name_a_grid_or_numbers(door: Door) -> None:
    for place in ("Bambari", "34NDM6408937563", "20.676,5.768"):
        body = {name: value for name, value in ALERT.items() if name not in ("lon", "lat")} | {"place": place}
        told = door.post("/api/requests/alert", body).json()["entities"]["requests"]
        (request,) = told.values()
        assert (round(request["lon"], 2), round(request["lat"], 2)) == (20.68, 5.77)
    hazard = {"hazard_kind": "closure", "place": "Bambari", "radius_m": 200}
    assert door.post("/api/hazards", hazard).status_code == 201
    refused(door.post("/api/hazards", hazard | {"place": "Nowhere at all"}), 404)


HOSTILE = [
    b"[" * 30_000,
    b'{"inputs":' * 6_000,
    b'{"category":' + b"[" * 400 + b"]" * 400 + b"}",
    b'{"category":"T1","reason":"a\\u0000b"}',
    b'{"category":"T1","inputs":{"x\\u0000":1}}',
    b'{"category":"T1","reason":"\\ud800"}',
    b'{"category":"T1","inputs":{"x":1e999}}',
    b'{"category":"T1","inputs":{"x":' + b"9" * 5_000 + b"}}",
    b'{"category":"T1","colour":"red"}',
    b'{"category":"T1","casualty":"0000-0011"}',
    b'{"category":"T9"}',
    b'{"category":7}',
    b'{"category":null,"kind":"surgery_started"}',
    b'{"category":"T1","at":-5}',
    b'{"category":"T1"',
    b"[]",
    b"7",
    b'"T1"',
    b"\xff\xfe",
    b'{"category":"T1","reason":"' + b"x" * 3_000 + b'"}',
]


@pytest.mark.parametrize("raw", HOSTILE, ids=[one[:24].decode("latin-1") for one in HOSTILE])
def test_a_hostile_body_gets_one_line(door: Door, raw: bytes) -> None:
    _, (first, _) = alerted(door)
    json = {"Content-Type": "application/json"}
    for path in (f"/api/casualties/{first}/triage", "/api/requests/alert", "/api/voice", "/api/requests"):
        found = door.http.post(path, content=raw, headers=json)
        assert 400 <= found.status_code < 500, (path, found.text)
        refused(found, found.status_code)
    wait_for(lambda: door.get("/api/health")["status"] == "ok")


def test_ids_nobody_knows_are_named(door: Door) -> None:
    for path, body in (
        ("/api/casualties/ZGDF-7KWT/bleeding", {}),
        ("/api/casualties/John/bleeding", {}),
        ("/api/facilities/nowhere/status", {"tables": 1}),
        ("/api/tasks/T-NONE/accept", {}),
        ("/api/chains/T-NONE/approve", {"authority": "FHQ"}),
        ("/api/requests/R-NONE/warn", {"asset": "amb-1"}),
        ("/api/questions/Q-NONE/answer", {"text": "yes"}),
        (f"/api/casualties/{'x' * 90}/bleeding", {}),
    ):
        refused(door.post(path, body), 404, 422)


def test_a_record_is_read_by_the_old_id_too(door: Door) -> None:
    _, (first, second) = alerted(door)
    mist = {"mechanism": "mine", "injuries": "left leg", "signs": "pulse 130", "treatment": "tourniquet"}
    assert door.post(f"/api/casualties/{first}/mist", mist).status_code == 201
    assert door.post(f"/api/casualties/{first}/treat", {"treatment": "tourniquet"}).status_code == 201
    merged = door.post(f"/api/casualties/{first}/merge", {"merged": second, "reason": "one person"})
    assert merged.status_code == 201, merged.text
    assert door.get(f"/api/casualties/{second}")["id"] == first
    record = door.get(f"/api/casualties/{second}/record")
    assert record["id"] == first
    assert {"mist_reported", "treatment_given"} <= {one["kind"] for one in record["entries"]}
    assert "left leg" in record["text"]
    entry = next(one["id"] for one in record["entries"] if one["kind"] == "treatment_given")
    wrong = {"entry": entry, "reason": "it was another casualty's"}
    assert door.post(f"/api/casualties/{first}/withdraw", wrong).status_code == 201
    gone = {one["id"]: one["withdrawn"] for one in door.get(f"/api/casualties/{first}/record")["entries"]}
    assert gone[entry]
    assert door.post(f"/api/casualties/{first}/split", {"merged": second}).status_code == 201
    assert door.get(f"/api/casualties/{second}")["id"] == second
    refused(door.http.get("/api/casualties/ZGDF-7KWT/record"), 404)


NINE = """LINE 1 34NDM6408937563
LINE 2 38.65 PATROL 3
LINE 3 A1 C1
LINE 4 A
LINE 5 L1 A1"""


def test_a_nine_line_and_methane_are_told_and_read_as_text(door: Door) -> None:
    found = door.post("/api/requests/nine-line", {"text": NINE, "speaker": "PATROL 3"})
    assert found.status_code == 201, found.text
    (request,) = found.json()["entities"]["requests"].values()
    assert request["nine_line"]["launchable"]
    told = door.get(f"/api/requests/{request['id']}/text", form="nine-line")
    assert told["form"] == "nine-line"
    assert "34NDM6408937563" in told["text"]
    again = door.post(f"/api/requests/{request['id']}/nine-line", {"text": told["text"]})
    assert again.status_code == 201, again.text
    refused(door.http.get(f"/api/requests/{request['id']}/text", params={"form": "methane"}), 404)
    refused(door.http.get(f"/api/requests/{request['id']}/text", params={"form": "verse"}), 422)
    refused(door.post("/api/requests/nine-line", {"text": "LINE 3 Z9"}), 422)
    words = "M: yes E: 19.1,5.75 T: bus H: fire A: north N: 3 T1 E: fire"
    methane = door.post("/api/requests/methane", {"text": words})
    (other,) = methane.json()["entities"]["requests"].values()
    assert "bus" in door.get(f"/api/requests/{other['id']}/text", form="methane")["text"]


@pytest.mark.parametrize(
    "group",
    ["casualties", "vehicles", "teams", "facilities", "sites", "hazards", "requests", "chains", "tasks",
     "questions", "alarms"],
)  # fmt: skip
def test_every_list_can_be_read_and_its_members_one_by_one(still_door: Door, group: str) -> None:
    for one in still_door.get(f"/api/{group}"):
        assert still_door.get(f"/api/{group}/{one['id']}")["id"] == one["id"]
    refused(still_door.http.get(f"/api/{group}/none-such"), 404)


def test_a_landing_site_is_added_and_told_of(door: Door) -> None:
    fields = {"name": "School field", "place": "21.87,6.5", "radius_m": 30, "wires": False}
    told = door.post("/api/sites/add", fields)
    assert told.status_code == 201, told.text
    ((key, shown),) = told.json()["entities"]["sites"].items()
    assert (shown["name"], shown["kind"], shown["lon"]) == ("School field", "landing", 21.87)
    mast = {"bearing_deg": 90, "distance_m": 60, "height_m": 12, "what": "mast"}
    found = door.post(f"/api/sites/{key}/tell", {"wires": True, "obstacles": [mast], "by": "PATROL 3"})
    assert found.status_code == 201, found.text
    shown = door.get(f"/api/sites/{key}")
    assert shown["landing"]["wires"] is True and shown["landing"]["radius_m"] == 30
    assert shown["landing"]["obstacles"] == [mast] and shown["landing"]["slope_deg"] is None
    assert shown["checked_by"] == "PATROL 3" and shown["checked_at"]
    assert key in {one["id"] for one in door.get("/api/sites")}
    refused(door.post("/api/sites/nowhere/tell", {"wires": True}), 404)
    refused(door.post(f"/api/sites/{key}/tell", {"slope_deg": 95}), 422)
