"""A closure over HTTP: running chains get other roads, or say that none is left, in the same command."""

from datetime import UTC, datetime, timedelta

from casevac import events as e
from casevac.desk import Desk, present
from casevac.rerouting import reroute
from casevac.store import log, networks
from casevac.terms import HazardKind, Source
from tests.maps.door import Door
from tests.maps.mission import Story

ALERT = {"who": "PATROL 3", "what": "mine strike", "how_many": 1, "place": "19.1,5.75"}
WORDS = ("chain_rerouted", "chains_confirmed")


def running(door: Door, story: Story) -> dict:
    """A chain by road whose vehicle has its orders."""
    story.move("amb-1", 18.8, 5.1)
    request = door.post("/api/requests", ALERT).json()["request"]["id"]
    found = door.post(f"/api/requests/{request}/options", {}).json()
    option = next(one for one in found["options"] if {leg["mode"] for leg in one["legs"]} == {"ground"})
    chosen = {"decision": found["decision"], "option": option["id"]}
    chain: dict = door.post(f"/api/requests/{request}/task", chosen).json()["chain"]
    return chain


def closure(chain: dict) -> dict:
    """Halfway on the last leg of the chain."""
    path = chain["legs"][-1]["path"]
    lon, lat = path[len(path) // 2]
    return {"hazard_kind": "closure", "name": "bridge down", "lon": lon, "lat": lat, "radius_m": 500}


def told(story: Story) -> list[e.Event]:
    db = story.db()
    with db:
        found = log.read(db, story.id, kinds=WORDS)
    db.close()
    return found


def test_a_chain_on_the_way_is_led_round_or_says_that_it_cannot(door: Door, story: Story) -> None:
    chain = running(door, story)
    found = door.post("/api/hazards", closure(chain), key="close")
    assert found.status_code == 201, found.text
    lines = [line["kind"] for line in found.json()["events"]]
    assert lines == ["hazard_reported", "chain_rerouted"]
    (stored,) = told(story)
    body = stored.body
    assert isinstance(body, e.ChainRerouted)
    assert (body.chain, stored.source.value) == (chain["id"], "system")
    last = next(road for road in body.roads if road.leg == len(chain["legs"]) - 1)
    assert len(body.due) == len(chain["legs"])
    assert {one.casualty for one in body.clocks} == set(chain["casualties"])
    look = found.json()["entities"]["chains"][chain["id"]]
    blocked = [one["leg"] for one in look["blocked"]]
    assert (last.leg in blocked) == bool(last.why)
    assert last.why or look["legs"][-1]["path"] != chain["legs"][-1]["path"]
    assert door.post("/api/hazards", closure(chain), key="close").status_code == 201
    assert len(told(story)) == 1


def test_lifted_it_goes_as_planned_again(door: Door, story: Story) -> None:
    chain = running(door, story)
    hazard = next(iter(door.post("/api/hazards", closure(chain)).json()["entities"]["hazards"]))
    found = door.post(f"/api/hazards/{hazard}/lift", {}).json()
    look = found["entities"]["chains"][chain["id"]]
    assert look["blocked"] == []
    assert look["legs"][-1]["path"] == chain["legs"][-1]["path"]
    assert [one.body.chain for one in told(story) if isinstance(one.body, e.ChainRerouted)] == [
        chain["id"]
    ] * 2


def test_a_closure_elsewhere_confirms_every_chain(door: Door, story: Story) -> None:
    chain = running(door, story)
    far = {"hazard_kind": "closure", "lon": 22.9, "lat": 8.0, "radius_m": 100}
    by_radio = {"kind": "hazard_reported", "speaker": "PATROL 3", **far}
    for path, body in (("/api/hazards", far), ("/api/voice", by_radio)):
        assert door.post(path, body).status_code == 201
    confirmed = [one.body.chains for one in told(story) if isinstance(one.body, e.ChainsConfirmed)]
    assert confirmed == [(chain["id"],)] * 2


def test_without_a_running_chain_nothing_is_told_of_any(door: Door, story: Story) -> None:
    found = door.post("/api/hazards", {"hazard_kind": "closure", "lon": 19.1, "lat": 5.7, "radius_m": 100})
    assert [line["kind"] for line in found.json()["events"]] == ["hazard_reported"]
    assert told(story) == []


def test_the_nearest_across_ground_and_air(door: Door) -> None:
    road = door.get("/api/nearest", at="19.1,5.75", need="DCS", modes="ground")
    both = door.get("/api/nearest", at="19.1,5.75", need="DCS")
    assert {one["mode"] for one in road if one["usable"]} == {"ground"}
    assert both[0]["seconds_p50"] <= road[0]["seconds_p50"]
    assert all(one["legs"] for one in both if one["usable"])
    come = door.get("/api/nearest", at="19.1,5.75", need="DCS", modes="ground", with_patient=False)
    assert {one["legs"][-1]["vehicle"] for one in come if one["usable"]} <= {"amb-1", "amb-2"}
    assert come[0]["seconds_p50"] > road[0]["seconds_p50"]
    refused = door.http.get("/api/nearest", params={"at": "19.1,5.75", "modes": "sea"})
    assert (refused.status_code, "no mode 'sea'" in refused.json()["message"]) == (422, True)


def test_where_the_clock_is_put_back_roads_are_told_once(door: Door, story: Story) -> None:
    chain = running(door, story)
    assert door.post("/api/hazards", closure(chain)).status_code == 201
    before = datetime.now(UTC) - timedelta(seconds=60)
    far = e.HazardReported(id="far", hazard_kind=HazardKind.CLOSURE, lon=22.9, lat=8.0, radius_m=100.0)
    story.happen(far, at=before)
    db = story.db()
    desk = Desk(db, story.id, before + timedelta(seconds=1), "casevac", Source.SYSTEM)
    router = networks.mission_router(story.home, present(desk))
    assert len(reroute(desk, router)) == 1
    assert reroute(desk, router) == []
    db.close()
