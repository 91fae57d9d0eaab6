"""Commands over HTTP: once each, whatever is repeated; refused in words when the state forbids them."""

from concurrent.futures import ThreadPoolExecutor

import msgspec

from casevac.events import FIELD_KINDS, KINDS
from casevac.forms import HEADINGS, SPOKEN_NEEDS
from casevac.zap import is_zap
from tests.maps.door import Door, Reader, wait_for
from tests.maps.mission import Story

ALERT = {"who": "PATROL 3", "what": "mine strike", "how_many": 2, "place": "19.1,5.75"}


def events(story: Story, kind: str) -> int:
    return story.count(f"SELECT count(*) FROM events WHERE kind = '{kind}'")


def test_an_alert_opens_a_request_with_its_casualties(door: Door) -> None:
    found = door.post("/api/requests", ALERT | {"speaker": "PATROL 3"})
    assert found.status_code == 201
    told = found.json()
    assert told["request"]["how_many"] == 2
    assert told["request"]["source"] == "voice"
    assert told["request"]["uncertainty_m"] == 1000.0
    assert len(told["casualties"]) == 2
    assert all(is_zap(casualty["id"]) for casualty in told["casualties"])
    assert [clock["step"] for clock in told["casualties"][0]["clocks"]] == [
        "bleeding_control",
        "advanced_care",
        "surgery",
    ]


def test_the_place_of_an_alert_may_be_a_grid_or_a_town(door: Door) -> None:
    for place in ("Bambari", "34NDM6408937563"):
        told = door.post("/api/requests", ALERT | {"place": place}).json()["request"]
        assert (round(told["lon"], 3), round(told["lat"], 3)) == (20.676, 5.768)


def test_the_same_key_again_is_the_same_alert(door: Door, story: Story) -> None:
    first = door.post("/api/requests", ALERT, key="k-1").json()
    again = door.post("/api/requests", ALERT, key="k-1").json()
    other = door.post("/api/requests", ALERT, key="k-2").json()
    assert first["request"]["id"] == again["request"]["id"]
    assert [c["id"] for c in first["casualties"]] == [c["id"] for c in again["casualties"]]
    assert other["request"]["id"] != first["request"]["id"]
    assert events(story, "alert_raised") == 2


def test_the_same_key_at_the_same_time_is_one_alert(door: Door, story: Story) -> None:
    with ThreadPoolExecutor(8) as many:
        found = list(many.map(lambda _: door.post("/api/requests", ALERT, key="k-9"), range(16)))
    assert {answer.status_code for answer in found} == {201}
    assert len({answer.json()["request"]["id"] for answer in found}) == 1
    assert events(story, "alert_raised") == 1


def test_a_key_of_another_command_is_refused(door: Door) -> None:
    request = door.post("/api/requests", ALERT, key="k-3").json()["request"]["id"]
    found = door.post(f"/api/requests/{request}/options", {}, key="k-3")
    assert found.status_code == 409


def test_a_key_is_for_one_command_with_one_body(door: Door, story: Story) -> None:
    casualty = door.post("/api/requests", ALERT).json()["casualties"][0]["id"]
    call = {"kind": "bleeding_controlled", "speaker": "P", "casualty": casualty}
    spot = {"kind": "position", "speaker": "P", "vehicle": "amb-1", "lon": 18.9, "lat": 5.3}
    assert door.post("/api/voice", call, key="one").status_code == 201
    assert door.post("/api/voice", spot, key="two").status_code == 201
    for path, body, key in (
        ("/api/voice", call | {"kind": "surgery_started"}, "one"),
        ("/api/voice", spot, "one"),
        ("/api/tasks/T-1/cancel", {"reason": "x"}, "one"),
        ("/api/requests", ALERT, "one"),
        ("/api/voice", spot | {"vehicle": "amb-2"}, "two"),
        ("/api/voice", spot | {"speaker": "Q"}, "two"),
        ("/api/voice", call, "two"),
    ):
        found = door.post(path, body, key=key)
        assert (found.status_code, found.json()["error"]) == (409, "NotPossible"), found.text
        assert "used for another command" in found.json()["message"]
    assert door.post("/api/voice", call, key="one").status_code == 201
    assert story.count("SELECT count(*) FROM positions") == 1
    assert events(story, "bleeding_controlled") == events(story, "alert_raised") == 1


def test_from_alert_to_a_tasked_vehicle_and_back(door: Door, story: Story) -> None:
    for device, lon in (("amb-1", 18.8), ("amb-2", 18.9), ("heli-1", 18.55)):
        story.move(device, lon, 5.1)
    wait_for(lambda: len(door.get("/api/live/snapshot")["positions"]) == 3)
    reader = Reader(door.url).start()
    request = door.post("/api/requests", ALERT).json()["request"]["id"]
    options = door.post(f"/api/requests/{request}/options", {}, key="o-1").json()
    assert options == door.post(f"/api/requests/{request}/options", {}, key="o-1").json()
    assert [one["rank"] for one in options["options"]] == list(range(1, len(options["options"]) + 1))
    assert options["options"][0]["legs"][0]["path"]
    chosen = {"decision": options["decision"], "option": options["options"][0]["id"]}
    tasked = door.post(f"/api/requests/{request}/task", chosen, key="t-1")
    assert tasked.status_code == 201
    assert door.post(f"/api/requests/{request}/task", chosen, key="t-1").json() == tasked.json()
    assert events(story, "chain_planned") == 1
    second = door.post(f"/api/requests/{request}/task", chosen, key="t-2")
    assert (second.status_code, second.json()["error"]) == (409, "AlreadyTasked")
    chain = tasked.json()["chain"]
    assert chain["status"] == "active"
    wait_for(lambda: "vehicle_tasked" in [x["kind"] for frame in reader.of("change") for x in frame["log"]])
    vehicles = {one["id"]: one for one in door.get("/api/vehicles")}
    task = vehicles[chain["vehicles"][0]]["task"]
    assert task["chain"] == chain["id"]
    cancelled = door.post(f"/api/tasks/{task['id']}/cancel", {"reason": "road blocked"})
    assert task["id"] in cancelled.json()["cancelled"]
    again = door.post(f"/api/tasks/{task['id']}/cancel", {"reason": "road blocked"})
    assert again.status_code == 409
    reader.close()


def test_options_of_nothing_and_tasks_of_nobody_are_named(door: Door) -> None:
    assert door.post("/api/requests/R-NONE/options", {}).status_code == 404
    wrong = {"decision": "D-NONE", "option": "1"}
    assert door.post("/api/requests/R-NONE/task", wrong).status_code == 404
    assert door.post("/api/tasks/T-NONE/cancel", {}).status_code == 404


def test_a_decision_of_another_request_is_refused(door: Door) -> None:
    first = door.post("/api/requests", ALERT).json()["request"]["id"]
    second = door.post("/api/requests", ALERT).json()["request"]["id"]
    options = door.post(f"/api/requests/{first}/options", {}).json()
    chosen = {"decision": options["decision"], "option": "1"}
    found = door.post(f"/api/requests/{second}/task", chosen)
    assert found.status_code == 404
    assert first in found.json()["message"]


def test_a_radio_call_is_an_event_of_source_voice(door: Door, story: Story) -> None:
    casualty = door.post("/api/requests", ALERT).json()["casualties"][0]["id"]
    call = {"kind": "casualty_triaged", "speaker": "PATROL 3", "casualty": casualty, "category": "T1"}
    found = door.post("/api/voice", call, key="v-1")
    assert found.status_code == 201
    assert found.json()["line"]["source"] == "voice"
    assert found.json()["entities"]["casualties"][casualty]["category"] == "T1"
    assert door.post("/api/voice", call, key="v-1").status_code == 201
    assert events(story, "casualty_triaged") == 1


def test_a_wrong_radio_call_is_named(door: Door) -> None:
    no_speaker = {"kind": "casualty_triaged", "casualty": "0000-0011", "category": "T1"}
    assert "speaker" in door.post("/api/voice", no_speaker).json()["message"]
    unknown = {"kind": "vehicle_tasked", "speaker": "x"}
    assert "nobody can report" in door.post("/api/voice", unknown).json()["message"]
    late = {"kind": "task_accepted", "speaker": "x", "task": "T-1", "at": "2999-01-01T00:00:00Z"}
    assert "future" in door.post("/api/voice", late).json()["message"]
    for early in (late, {"kind": "position", "speaker": "x", "vehicle": "amb-1", "lon": 18.9, "lat": 5.3}):
        found = door.post("/api/voice", early | {"at": "1999-12-31T23:59:59Z"})
        assert (found.status_code, "before 2000" in found.json()["message"]) == (422, True)


def test_a_position_told_by_radio_is_stored_once_and_shown(door: Door, story: Story) -> None:
    call = {"kind": "position", "speaker": "AMB 2", "vehicle": "amb-2", "lon": 18.9, "lat": 5.3}
    reader = Reader(door.url).start()
    assert door.post("/api/voice", call, key="p-1").status_code == 201
    assert door.post("/api/voice", call, key="p-1").status_code == 201
    assert story.count("SELECT count(*) FROM positions WHERE source = 'voice'") == 1
    (told, *_) = wait_for(lambda: [p for frame in reader.of("positions") for p in frame["positions"]])
    assert (told["vehicle"], told["lon"], told["accuracy"]) == ("amb-2", 18.9, 1000.0)
    assert (told["source"], told["speaker"]) == ("voice", "AMB 2")
    assert story.count("SELECT count(*) FROM positions WHERE speaker = 'AMB 2' AND sent_at IS NOT NULL") == 1
    for wrong in ({"lat": 91}, {"vehicle": "none"}, {"lon": None}, {"speaker": ""}):
        assert door.post("/api/voice", call | wrong).status_code in (404, 422)
    reader.close()


def test_the_forms_ask_for_every_field_of_every_kind_that_can_be_told(door: Door) -> None:
    forms = {form["kind"]: form for form in door.get("/api/voice/kinds")}
    assert set(forms) == FIELD_KINDS | {"position"}
    assert {form["heading"] for form in forms.values()} == set(HEADINGS)
    given = {
        "alert_raised": {"casualties", "request", "place"},
        "bed_reserved": {"reservation"},
        "casualty_triaged": {"missing", "suggested"},
        "hazard_reported": {"id"},
        "methane_sent": {"zaps"},
        "nine_line_sent": {"casualties"},
        "policy_chosen": {"version"},
        "question_asked": {"question"},
        "site_told": {"obstacles", "approaches_deg"},
        "shift_handed_over": {"shift", "brief"},
        "watch_entry_made": {"entry"},
    }
    for kind in FIELD_KINDS:
        asked = {field["name"] for field in forms[kind]["fields"]}
        asked = asked - {"where"} | ({"lon", "lat"} if "where" in asked else set())
        known = {field.encode_name for field in msgspec.structs.fields(KINDS[kind])}
        assert asked == known - {"speaker"} - given.get(kind, set()), kind


def test_what_a_form_needs_is_refused_without_it(door: Door) -> None:
    """A device may leave out what is its own; a voice has nothing of its own."""
    told = door.post("/api/requests", ALERT).json()
    known = {
        "casualty": told["casualties"][0]["id"],
        "request": told["request"]["id"],
        "state": "on_scene",
        "ready": True,
    }
    asked = 0
    for form in door.get("/api/voice/kinds"):
        for kind, field in SPOKEN_NEEDS:
            if form["kind"] != kind:
                continue
            others = {one["name"] for one in form["fields"] if one["required"]} - {field}
            call = {"kind": kind, "speaker": "P", **{name: known[name] for name in others}}
            found = door.post("/api/voice", call)
            asked += 1
            assert (found.status_code, f"{field} is missing" in found.json()["message"]) == (422, True), (
                found.text
            )
    assert asked == len(SPOKEN_NEEDS)


def test_a_casualty_and_a_hand_over_between_vehicles_come_in_by_radio(door: Door) -> None:
    spot = {"kind": "casualty_reported", "speaker": "P", "lon": 19.1, "lat": 5.75, "category": "T2"}
    (casualty,) = door.post("/api/voice", spot).json()["entities"]["casualties"].values()
    assert (casualty["category"], casualty["forecast_estimated"]) == ("T2", False)
    given = {"kind": "casualty_handed_over", "speaker": "P", "casualty": casualty["id"], "vehicle": "heli-1"}
    found = door.post("/api/voice", given).json()["entities"]["casualties"][casualty["id"]]
    assert found["carried_by"] == "heli-1"
