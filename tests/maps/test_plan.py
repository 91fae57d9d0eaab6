"""The plan of a mission over HTTP: the part that plans, the door, the store, all real."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from casevac import events as e
from casevac.access import AccountRole
from casevac.planner.policy import DISCLAIMER
from casevac.store import plans
from casevac.terms import VehicleState
from tests.maps.door import Door, serving, wait_for
from tests.maps.mission import Story
from tests.maps.people import log_in, person
from tests.maps.planning import lines_for, plan_when, planning


@pytest.fixture
def planned(story: Story, door: Door) -> Iterator[Door]:
    """The door with the part that plans beside it."""
    with planning(story):
        yield door


def brings(casualty: str):
    return lambda found: any(casualty in one["casualties"] for one in found["lines"])


def test_a_plan_follows_an_alert_and_says_what_it_rests_on(story: Story, planned: Door) -> None:
    alerted = story.alert(many=2)
    first, second = alerted.body.casualties
    told = plan_when(planned, lambda found: brings(first)(found) and found["stage"] == "searched")
    found = told["proposal"]
    assert (told["stale"], told["why"], told["error"]) == (False, [], None)
    assert found["seq"] >= alerted.seq
    assert found["policy"]["name"] == "p1_first"
    assert found["policy"]["version"]
    assert found["network"] and found["hazards"] == "none"
    assert found["note"] == DISCLAIMER
    assert found["figures"]["casualties"] == 2
    line = lines_for(told, first)[0]
    assert line["can_approve"], line["why_not"]
    assert line["reasons"]
    assert line["rides"][0]["stops"][0]["id"] == alerted.body.request
    assert {one["casualty"] for one in line["fates"]} <= {first, second}


def test_a_person_approves_a_line_and_the_next_plan_says_so(story: Story, planned: Door) -> None:
    (zap,) = story.alert().body.casualties
    told = plan_when(planned, brings(zap))
    line = lines_for(told, zap)[0]
    wanted = {"plan": told["proposal"]["plan"], "lines": [line["id"]]}
    done = planned.post("/api/plan/approve", wanted, key="once")
    assert done.status_code == 201, done.text
    (approved,) = done.json()["approved"]
    assert done.json()["refused"] == []
    chain = planned.get(f"/api/chains/{approved['chain']}")
    assert (chain["facility"], chain["vehicles"]) == (line["facility"], line["vehicles"])
    assert planned.post("/api/plan/approve", wanted, key="once").json() == done.json()
    after = plan_when(planned, lambda f: any(one["state"] == "kept" for one in f["lines"]) or not f["lines"])
    again = planned.post("/api/plan/approve", wanted)
    assert again.status_code == 409
    assert "chain" in again.json()["message"] or "holds no more" in again.json()["message"]
    assert after["proposal"]["plan"] != wanted["plan"]


def test_a_line_that_changed_meanwhile_is_refused_with_what_holds_now(story: Story, planned: Door) -> None:
    (zap,) = story.alert().body.casualties
    told = plan_when(planned, brings(zap))
    line = lines_for(told, zap)[0]
    for name in line["vehicles"]:
        assert planned.post("/api/plan/lock", {"vehicle": name, "reason": "engine"}).status_code == 201
    plan_when(planned, lambda f: all(set(line["vehicles"]).isdisjoint(one["vehicles"]) for one in f["lines"]))
    wanted = {"plan": told["proposal"]["plan"], "lines": [line["id"]]}
    refused = planned.post("/api/plan/approve", wanted)
    assert (refused.status_code, refused.json()["error"]) == (409, "PlanChanged")
    assert refused.json()["changes"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"plan": "P-1", "lines": []}, 422),
        ({"lines": ["L-1"]}, 422),
        ({"plan": "P-1", "lines": ["L-1"], "more": 1}, 422),
        ({"plan": "P-1", "lines": ["x" * 81]}, 422),
        ({"plan": "P-1", "lines": ["\x00"]}, 422),
        ({"plan": "P-1", "lines": ["L-1"]}, 409),  # there is no plan yet
    ],
)
def test_what_cannot_be_approved_is_refused_in_words(still_door: Door, body: object, status: int) -> None:
    refused = still_door.post("/api/plan/approve", body)
    assert refused.status_code == status, refused.text
    assert refused.json()["message"]


def test_before_the_first_plan_the_page_is_told_so(still_door: Door) -> None:
    told = still_door.get("/api/plan")
    assert (told["proposal"], told["stale"]) == (None, True)
    assert "no plan was made" in told["why"][0]
    assert "ranked as ever" in told["why"][0]
    assert still_door.get("/api/plan/frontier")["points"] == []


def test_the_policy_is_chosen_by_a_coordinator_and_an_unknown_one_is_named(
    story: Story, planned: Door
) -> None:
    (zap,) = story.alert().body.casualties
    plan_when(planned, brings(zap))
    refused = planned.post("/api/plan/policy", {"policy": "best"})
    assert (refused.status_code, refused.json()["error"]) == (404, "UnknownPolicy")
    assert "p1_first" in refused.json()["message"]
    chosen = planned.post("/api/plan/policy", {"policy": "lives_saved", "reason": "both theatres are full"})
    assert chosen.status_code == 201, chosen.text
    assert "lives_saved" in chosen.json()["events"][0]["text"]
    told = plan_when(planned, lambda found: found["policy"]["name"] == "lives_saved")
    assert told["proposal"]["policy"]["by"]
    assert planned.post("/api/plan/lives_saved/policy", {}).status_code == 409


def test_with_a_policy_that_this_software_does_not_have_the_last_plan_stays(
    story: Story, planned: Door
) -> None:
    (zap,) = story.alert().body.casualties
    before = plan_when(planned, brings(zap))["proposal"]
    story.happen(e.PolicyChosen(policy="of_tomorrow", version="9"))
    told = wait_for(lambda: (now := planned.get("/api/plan"))["error"] and now)
    assert told["error"]["error"] == "UnknownPolicy"
    assert "of_tomorrow" in told["error"]["message"]
    assert told["stale"] and "no newer plan" in told["why"][0]
    assert lines_for(told, zap), "the last plan stays"
    assert told["proposal"]["mission"] == before["mission"]
    story.happen(e.PolicyChosen(policy="p1_first"))
    wait_for(lambda: not planned.get("/api/plan")["stale"])


def test_locks_hold_and_contradictory_ones_are_named(story: Story, planned: Door) -> None:
    (zap,) = story.alert().body.casualties
    told = plan_when(planned, brings(zap))
    other = {"bangui": "bria", "bria": "bangui"}[lines_for(told, zap)[0]["facility"]]
    assert planned.post("/api/plan/lock", {"casualty": zap, "facility": other}).status_code == 201
    told = plan_when(planned, lambda f: any(one["facility"] == other for one in f["lines"]))
    assert any("is locked to" in word for word in lines_for(told, zap)[0]["reasons"])
    assert told["proposal"]["locks"][0]["words"]
    again = planned.post("/api/plan/lock", {"casualty": zap, "facility": "bria"})
    assert (again.status_code, "contradicts" in again.json()["message"]) == (409, True)
    unable = planned.post("/api/plan/lock", {"casualty": zap, "facility": "sibut"})
    assert unable.status_code == 409
    closing = {"accepting": "closed", "reason": "shelled"}
    assert planned.post(f"/api/facilities/{other}/status", closing).status_code == 201
    told = plan_when(planned, lambda f: bool(f["left"]))
    assert "contradicts the picture" in told["proposal"]["left"][0]["why"]
    assert any("lock of" in word for word in told["proposal"]["troubles"])
    assert planned.post("/api/plan/unlock", {"casualty": zap}).status_code == 201
    plan_when(planned, brings(zap))
    assert planned.post("/api/plan/unlock", {"casualty": zap}).status_code == 409
    both = planned.post("/api/plan/lock", {"casualty": zap, "vehicle": "amb-1"})
    assert both.status_code == 422


def test_a_facility_that_cannot_do_it_is_refused_as_a_lock(story: Story, still_door: Door) -> None:
    refused = still_door.post("/api/plan/lock", {"casualty": "0000-0011", "facility": "sibut"})
    assert refused.status_code in (404, 409)


def test_without_any_vehicle_the_plan_says_so_and_who_stays(story: Story, planned: Door) -> None:
    (zap,) = story.alert().body.casualties
    plan_when(planned, brings(zap))
    for name in ("amb-1", "amb-2", "heli-1"):
        story.happen(e.VehicleStatusChanged(vehicle=name, state=VehicleState.OUT_OF_SERVICE))
    told = plan_when(planned, lambda f: any("no vehicle at all" in word for word in f["troubles"]))[
        "proposal"
    ]
    assert told["lines"] == []
    assert [one["casualty"] for one in told["left"]] == [zap]
    assert "no vehicle at all" in told["troubles"][0], "the gravest is said first"
    assert "out of service" in told["troubles"][0]


def test_a_house_over_capacity_gets_nobody_and_is_named(story: Story, planned: Door) -> None:
    (zap,) = story.alert().body.casualties
    told = plan_when(planned, brings(zap))
    full = lines_for(told, zap)[0]["facility"]
    status = {"beds": [{"bed": "ward", "staffed": 20, "occupied": 24}]}
    assert planned.post(f"/api/facilities/{full}/status", status).status_code == 201
    told = plan_when(planned, lambda f: all(one["facility"] != full for one in f["lines"]))["proposal"]
    assert any("over capacity (24 of 20 beds)" in word for word in told["troubles"])


def test_a_request_stood_down_while_planned_leaves_the_plan(story: Story, planned: Door) -> None:
    alerted = story.alert().body
    plan_when(planned, brings(alerted.casualties[0]))
    story.happen(e.RequestStoodDown(request=alerted.request, reason="false alarm"))
    told = plan_when(planned, lambda found: not found["lines"])
    assert told["proposal"]["left"] == []


def test_the_frontier_shows_what_each_policy_would_make_of_it(story: Story, planned: Door) -> None:
    (zap,) = story.alert().body.casualties
    plan_when(planned, lambda found: brings(zap)(found) and bool(found["frontier"]))
    told = planned.get("/api/plan/frontier")
    assert {"p1_first", "lives_saved"} <= {one["policy"] for one in told["points"]}
    assert [one["policy"] for one in told["points"] if one["chosen"]] == ["p1_first"]
    assert told["note"] == DISCLAIMER


def test_replay_shows_what_was_proposed_when(story: Story, planned: Door) -> None:
    early = datetime.now(UTC)
    (zap,) = story.alert().body.casualties
    told = plan_when(planned, brings(zap))
    past = planned.get("/api/plan", at=told["proposal"]["as_of"])
    assert past["proposal"]["plan"]
    assert planned.get("/api/plan", at=f"{early - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}")["proposal"] is None
    assert planned.http.get("/api/plan", params={"at": "yesterday"}).status_code == 422


def test_a_planner_that_stopped_or_hangs_shows_as_stale(story: Story, door: Door) -> None:
    (zap,) = story.alert().body.casualties
    with planning(story):
        plan_when(door, brings(zap))
        assert door.get("/api/plan")["stale"] is False
    db = story.db()
    with db:
        last = plans.standing(db, story.id)
        plans.stand(db, story.id, last._replace(looked_at=last.looked_at - timedelta(seconds=10)))
    db.close()
    told = door.get("/api/plan")
    assert told["stale"] and "told nothing for" in told["why"][0]
    assert lines_for(told, zap)
    answered = door.post(f"/api/requests/{lines_for(told, zap)[0]['requests'][0]}/options", {})
    assert answered.json()["options"], "tasking by the ranked list goes on"


def test_a_part_that_is_down_is_named_in_the_plan_and_in_health(story: Story) -> None:
    with serving(story, parts=lambda: {"planner": {"state": "restarting"}}) as door:
        assert "the planner is restarting" in door.get("/api/plan")["why"][0]
        health = door.get("/api/health")
        assert health["status"] == "degraded"
        assert "planner is restarting" in health["reasons"]


def test_only_a_coordinator_approves_and_lays_down(story: Story, door: Door) -> None:
    person(story, "musa", AccountRole.WATCH_KEEPER)
    assert log_in(door, "musa").status_code == 200
    assert door.http.get("/api/plan").status_code == 200
    for path, body in (
        ("approve", {"plan": "P-1", "lines": ["L-1"]}),
        ("policy", {"policy": "lives_saved"}),
        ("lock", {"vehicle": "amb-1"}),
        ("unlock", {"vehicle": "amb-1"}),
    ):
        refused = door.post(f"/api/plan/{path}", body)
        assert refused.status_code == 403, path
        assert "ask a coordinator" in refused.json()["message"]


def test_an_alternative_that_was_shown_is_approved_by_its_own_id(story: Story, planned: Door) -> None:
    (zap,) = story.alert().body.casualties
    told = plan_when(
        planned, lambda f: brings(zap)(f) and bool(lines_for({"proposal": f}, zap)[0]["alternatives"])
    )
    line = lines_for(told, zap)[0]
    other = line["alternatives"][0]
    assert other["id"] != line["id"]
    done = planned.post("/api/plan/approve", {"plan": told["proposal"]["plan"], "lines": [other["id"]]})
    assert done.status_code == 201, done.text
    chain = planned.get(f"/api/chains/{done.json()['approved'][0]['chain']}")
    assert (chain["facility"], sorted(chain["vehicles"])) == (other["facility"], sorted(other["vehicles"]))


def test_how_planning_stands_is_told_in_few_bytes(story: Story, planned: Door) -> None:
    (zap,) = story.alert().body.casualties
    plan_when(planned, lambda found: brings(zap)(found) and bool(found["frontier"]))
    before = planned.http.get("/api/plan/state")
    assert len(before.content) < 400
    state = before.json()
    assert (state["stale"], state["down"], bool(state["version"])) == (False, False, True)
    story.alert(many=2)
    plan_when(planned, lambda found: found["figures"]["casualties"] == 3)
    assert planned.get("/api/plan/state")["version"] != state["version"]
    packed = planned.http.get("/api/plan", headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.json()["proposal"]["lines"]
    assert packed.headers["cache-control"] == "no-store"


def test_nobody_is_sent_to_a_blurred_position(story: Story, planned: Door) -> None:
    """Neither to a phone's or a radio node's beside the casualties, nor to meet a vehicle known vaguely.

    A vehicle known to a kilometre may start from there, and the risk is told.
    """
    blurred = {"phone": (19.11, 5.74), "amb-2": (18.95, 5.5)}
    for device, (lon, lat) in blurred.items():
        story.move(device, lon, lat, flags=("blurred",))
    story.move("amb-1", 18.8123, 5.1234)
    aboard, waits = story.alert("blast").body, story.alert("fall").body
    story.load(aboard.casualties[0], "amb-2")
    legs = []
    for body in (aboard, waits):
        options = planned.post(f"/api/requests/{body.request}/options", {}).json()["options"]
        legs += [leg for option in options for leg in option["legs"]]
    told = plan_when(planned, brings(waits.casualties[0]))
    rides = [ride for line in told["proposal"]["lines"] for ride in line["rides"]]
    ends = [leg["to"] for leg in legs] + [stop for ride in rides for stop in (*ride["stops"], ride["end"])]
    assert ends
    for end in ends:
        assert all(abs(end["lon"] - lon) + abs(end["lat"] - lat) > 1e-4 for lon, lat in blurred.values()), end
