"""Hazards over HTTP: what they do to a route, at which instant, what one would do, what is refused."""

from typing import Any

import pytest

from casevac.events import VehicleProfileAdded
from tests.maps.door import Door, wait_for
from tests.maps.mission import Story, soon

NORTH = {"from": "18.55,4.36", "to": "19.08,5.73"}  # Bangui to Sibut
DAMARA = {"lon": 18.7, "lat": 4.96, "radius_m": 3000.0}
SIBUT = {"lon": 19.08, "lat": 5.73}
ALERT = {"who": "PATROL 3", "what": "mine strike", "how_many": 1, "lon": 19.1, "lat": 5.75}


def way(door: Door, **more: Any) -> Any:
    return door.get("/api/route", **{**NORTH, **more})


def reported(door: Door, kind: str, **more: Any) -> str:
    body = {"hazard_kind": kind, "name": "ZULU", **DAMARA, **more}
    found = door.post("/api/hazards", body)
    assert found.status_code == 201, found.text
    (key,) = found.json()["entities"]["hazards"]
    assert isinstance(key, str)
    wait_for(lambda: key in {one["id"] for one in door.get("/api/hazards")})
    return key


def refused(door: Door, **more: Any) -> str:
    found = door.http.get("/api/route", params={**NORTH, **more})
    assert found.status_code >= 400, found.text
    message = found.json()["message"]
    assert isinstance(message, str)
    return message


def test_a_slow_road_takes_longer_and_says_why(door: Door) -> None:
    plain = way(door)
    assert (plain["exposure_s"], plain["risks"], plain["avoids"]) == (0.0, [], True)
    key = reported(door, "slow", speed_factor=0.25, source="drone")
    slow = way(door, compare="true")
    assert slow["seconds_p50"] > plain["seconds_p50"] + 60
    assert slow["metres"] == plain["metres"]
    assert slow["without_hazards"]["seconds_p50"] == plain["seconds_p50"]
    assert slow["without_hazards"]["later_s"] == pytest.approx(
        slow["seconds_p50"] - plain["seconds_p50"], abs=1
    )
    arcs = [arc for arc in slow["arcs"] if "slow" in arc]
    assert {tuple(arc["slow"]) for arc in arcs} == {("ZULU",)}
    assert all(arc["seconds"] > arc["base_s"] for arc in arcs)
    assert any("ZULU slows ambulance" in line for line in slow["risks"])
    assert way(door, avoid="false")["seconds_p50"] == plain["seconds_p50"]
    assert door.post(f"/api/hazards/{key}/lift", {"reason": "rain is over"}).status_code == 201
    wait_for(lambda: way(door)["seconds_p50"] == plain["seconds_p50"])


def test_a_threat_is_exposure_and_never_time(door: Door) -> None:
    plain = way(door)
    reported(door, "threat", severity=0.5, source="drone")
    found = way(door)
    assert (found["seconds_p50"], found["metres"]) == (plain["seconds_p50"], plain["metres"])
    assert found["exposure_s"] > 10
    assert found["danger_s"] == pytest.approx(0.5 * found["exposure_s"], rel=0.01)
    inside = [arc for arc in found["arcs"] if "threats" in arc]
    assert sum(arc["exposure_s"] for arc in inside) == pytest.approx(found["exposure_s"], abs=1)
    assert any("in ZULU (threat of severity 0.5, by drone)" in line for line in found["risks"])


@pytest.mark.parametrize("kind", ["closure", "threat"])
def test_a_closed_road_is_driven_round_and_where_none_is_left_the_fault_names_it(
    door: Door, kind: str
) -> None:
    plain = way(door)
    reported(door, kind)
    round_it = way(door, compare="true")
    assert round_it["without_hazards"]["farther_m"] > 100_000
    assert round_it["without_hazards"]["metres"] == plain["metres"] == way(door, avoid="false")["metres"]
    reported(door, kind, **SIBUT)
    assert "the way is closed by ZULU" in refused(door)


def test_a_grave_threat_is_driven_round_like_a_closed_road(door: Door) -> None:
    plain = way(door)
    reported(door, "threat", severity=100.0, radius_m=20_000.0)
    found = way(door)
    assert found["metres"] > plain["metres"] + 100_000
    assert found["exposure_s"] == 0


def test_what_holds_at_the_instant_counts_and_what_begins_on_the_way_is_a_risk(door: Door) -> None:
    begins, ends = soon(300), soon(7200)
    reported(door, "closure", **SIBUT, since=begins.isoformat(), until=ends.isoformat())
    now = way(door)
    assert any("ZULU (closure) begins at" in line for line in now["risks"])
    assert "ZULU" in refused(door, at=soon(400).isoformat())
    later = way(door, at=soon(7300).isoformat())
    assert later["risks"] == []
    assert later["depart_at"] > now["depart_at"]
    assert "is no time" in refused(door, at="noon")


def test_the_season_may_be_asked_for(door: Door) -> None:
    noon = "2026-11-22T11:00:00Z"
    dry, wet = way(door, season="dry", at=noon), way(door, season="wet", at=noon)
    assert (dry["season"], wet["season"]) == ("dry", "wet")
    assert wet["seconds_p50"] > dry["seconds_p50"]
    assert any("base_s" in arc for arc in wet["arcs"])
    assert not any("base_s" in arc for arc in dry["arcs"])
    assert way(door, at=noon)["seconds_p50"] == dry["seconds_p50"]
    assert way(door, at="2026-11-22T23:00:00Z")["seconds_p50"] > dry["seconds_p50"]
    assert door.http.get("/api/route", params={**NORTH, "season": "spring"}).status_code == 422


def test_a_route_is_explained_compared_and_beside_others(door: Door) -> None:
    key = reported(door, "closure")
    found = way(door, alternatives=2, explain="true", compare="true", why="true", at="2026-11-22T11:00:00Z")
    assert "later_s" in found["without_hazards"]
    explained = found["explained"]
    whole = sum(arc["base_s"] + arc["season_s"] + arc["night_s"] + arc["slow_s"] for arc in explained["arcs"])
    assert whole + explained["walk_s"] == pytest.approx(found["seconds_p50"], abs=2)
    assert explained["words"]
    assert len(found["alternatives"]) <= 2
    for other in found["alternatives"]:
        assert other["seconds_p50"] >= found["seconds_p50"] - 1
        assert other["shared"] < 1
    plain = way(door, why="true", compare="true", avoid="false")
    assert plain["without_hazards"]["later_s"] == 0
    assert door.post(f"/api/hazards/{key}/lift", {}).status_code == 201


def test_why_not_the_direct_road_is_answered_even_where_there_is_no_way(door: Door) -> None:
    reported(door, "closure", radius_m=800.0)
    found = way(door, why="true")
    assert any(
        one["now_s"] is None and one["closed"][0]["name"] == "ZULU" for one in found["why_not"]["others"]
    )
    assert "is closed by 'ZULU'" in found["why_not"]["words"]
    reported(door, "closure", **SIBUT)
    lost = way(door, why="true", compare="true")
    assert (lost["seconds_p50"], lost["path"], lost["arrive_p50_at"]) == (None, [], None)
    assert lost["without_hazards"]["later_s"] is None
    assert "ZULU" in lost["why_not"]["words"]


def test_who_says_so_is_shown(door: Door) -> None:
    reported(door, "threat", severity=3.0, source="drone", by="PATROL 3")
    (shown,) = door.get("/api/hazards")
    assert (shown["effect"], shown["severity"], shown["source"]) == ("weighed", 3.0, "drone")
    assert (shown["by"], shown["author"]) == ("PATROL 3", "watch-keeper")


def test_a_flight_keeps_out_of_it(door: Door) -> None:
    reported(door, "weather", affects=["air"], radius_m=30_000.0)
    free = way(door, profile="helicopter-night", avoid="false")
    assert (free["around"], free["longer_m"]) == ([], 0.0)
    flown = way(door, profile="helicopter-night")
    assert (flown["around"], flown["risks"]) == (["ZULU"], [])
    assert flown["metres"] == pytest.approx(free["metres"] + flown["longer_m"], abs=1)
    assert flown["longer_m"] > 1000
    assert way(door)["risks"] == []
    reported(door, "weather", affects=["air"], **SIBUT, radius_m=3000.0)
    assert "ZULU lies over the end" in refused(door, profile="helicopter-night")


def test_a_hazard_off_every_road_is_stored_with_a_warning(door: Door) -> None:
    bush = {"hazard_kind": "closure", "name": "bush", "lon": 22.0, "lat": 9.0, "radius_m": 50.0}
    told = door.post("/api/hazards", bush)
    assert told.status_code == 201
    assert told.json()["warnings"] == ["bush touches no road: is it where you meant?"]
    assert "warnings" not in door.post("/api/hazards", bush | {"affects": ["air"]}).json()
    assert "warnings" not in door.post("/api/hazards", {"hazard_kind": "closure", **DAMARA}).json()


def test_exchanged_numbers_of_a_hazard_are_refused_and_nothing_changes(door: Door, story: Story) -> None:
    before = story.count("SELECT count(*) FROM events")
    turned = {"hazard_kind": "closure", "name": "ford", "lon": DAMARA["lat"], "lat": DAMARA["lon"]}
    turned["radius_m"] = 50.0
    call = {"kind": "hazard_reported", "speaker": "PATROL 3", **turned}
    for address, body in (
        ("/api/hazards", turned), ("/api/hazards/preview", turned), ("/api/voice", call),
    ):  # fmt: skip
        refusal = door.post(address, body)
        assert refusal.status_code == 422, address
        assert refusal.json()["error"] == "OffNetwork"
        assert refusal.json()["message"] == (
            "hazard ford at 4.96,18.7 is off the road network; or is 18.7,4.96 meant? Longitude comes first"
        )
    assert story.count("SELECT count(*) FROM events") == before
    sea = door.post("/api/hazards", {**turned, "lon": 3.0, "lat": -5.0})
    assert (sea.status_code, "warnings" in sea.json()) == (201, True)


def test_vehicle_profiles_are_listed_with_what_they_rest_on(door: Door, story: Story) -> None:
    shipped = {one["name"]: one for one in door.get("/api/profiles")}
    assert shipped["ambulance"]["source"] == "shipped"
    assert shipped["ambulance"]["estimated"]
    assert "no measurement" in shipped["ambulance"]["status"]["night_factor"]
    assert shipped["litter-team"]["kind"] == "foot"
    values = {"name": "quad", "kind": "ground", "label": "Quad", "speeds": {"primary": 30}}
    story.happen(VehicleProfileAdded("quad", values))
    found = wait_for(lambda: [one for one in door.get("/api/profiles") if one["name"] == "quad"])
    assert (found[0]["label"], found[0]["source"]) == ("Quad", "mission")
    story.happen(VehicleProfileAdded("quad", {}))
    wait_for(lambda: "quad" not in {one["name"] for one in door.get("/api/profiles")})


# --- what one would do


def tasked(door: Door) -> str:
    """A chain under way from Damara to Sibut and back to Bangui."""
    told = door.post("/api/requests", ALERT).json()
    options = door.post(f"/api/requests/{told['request']['id']}/options", {}).json()
    ground = next(one for one in options["options"] if not any("heli" in key for key in one["vehicles"]))
    body = {"decision": options["decision"], "option": ground["id"]}
    done = door.post(f"/api/requests/{told['request']['id']}/task", body)
    assert done.status_code == 201, done.text
    (chain,) = wait_for(lambda: door.get("/api/chains"))
    assert isinstance(chain["id"], str)
    return chain["id"]


def preview(door: Door, kind: str, **more: Any) -> Any:
    found = door.post("/api/hazards/preview", {"hazard_kind": kind, "name": "ZULU", **more})
    assert found.status_code == 200, found.text
    return found.json()


BETWEEN = {"lon": 18.8, "lat": 5.2, "radius_m": 4000.0}


def test_what_a_hazard_would_do_is_told_and_nothing_is_stored(door: Door, story: Story) -> None:
    chain = tasked(door)
    before = story.count("SELECT count(*) FROM events")
    closed = preview(door, "closure", **DAMARA)
    assert all(len(leg["path"]) > 1 or leg["why_not"] for one in closed["changed"] for leg in one["legs"])
    (touched,) = closed["changed"]
    assert (touched["chain"], closed["unchanged"], closed["touches_roads"]) == (chain, [], True)
    assert touched["then_p50_at"] is None
    assert "no way left" in touched["words"][0]
    slow = preview(door, "slow", speed_factor=0.2, **DAMARA)
    (touched,) = slow["changed"]
    assert touched["later_s"] > 60
    assert touched["then_p50_at"] > touched["arrive_p50_at"]
    assert any("later" in line for line in touched["words"])
    threat = preview(door, "threat", severity=1.0, **DAMARA)
    assert threat["changed"][0]["later_s"] == 0
    assert any("in threat zones" in line for line in threat["changed"][0]["words"])
    away = preview(door, "closure", lon=22.0, lat=9.0, radius_m=50.0)
    assert (away["changed"], away["unchanged"], away["touches_roads"]) == ([], [chain], False)
    assert story.count("SELECT count(*) FROM events") == before
    assert door.get("/api/hazards") == []


def test_what_is_over_before_anybody_comes_there_changes_nothing(door: Door) -> None:
    tasked(door)
    far = {"since": soon(90_000).isoformat(), "until": soon(99_000).isoformat()}
    assert preview(door, "closure", **DAMARA, **far)["changed"] == []


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"hazard_kind": "slow", **DAMARA}, "BadMessage"),
        ({"hazard_kind": "threat", "severity": 101, **DAMARA}, "BadMessage"),
        ({"hazard_kind": "closure", "severity": 1, **DAMARA}, "BadMessage"),
        ({"hazard_kind": "oneway", **DAMARA}, "BadMessage"),
        ({"hazard_kind": "closure", "place": "Nowhere at all"}, "UnknownPlace"),
        (
            {"hazard_kind": "closure", **DAMARA, "polygon": [[179.0, 5.0], [-179.0, 5.0], [-179.0, 6.0]]},
            "BadArea",
        ),
        (
            {
                "hazard_kind": "closure",
                **DAMARA,
                "polygon": [[18.0, 5.0], [18.1, 5.1], [18.1, 5.0], [18.0, 5.1]],
            },
            "BadArea",
        ),
    ],
)
def test_what_is_wrong_is_named_and_changes_nothing(door: Door, story: Story, body: Any, error: str) -> None:
    before = story.count("SELECT count(*) FROM events")
    for path in ("/api/hazards", "/api/hazards/preview"):
        found = door.post(path, body)
        assert found.status_code in (404, 422), found.text
        assert found.json()["error"] == error
    assert story.count("SELECT count(*) FROM events") == before
    assert door.get("/api/hazards") == []


@pytest.mark.parametrize("year", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_a_year_that_no_clock_reckons_with_is_no_fault_of_the_server(door: Door, year: str) -> None:
    assert way(door, at=year)["metres"] > 0
    assert door.http.get("/api/reach", params={"from": "18.55,4.36", "at": year}).status_code in (200, 404)
    begins = {"since": year} if year.startswith("0") else {"until": year}
    body = {"hazard_kind": "closure", "name": "ZULU", **DAMARA, **begins}
    found = door.post("/api/hazards/preview", body)
    assert found.status_code == 200, found.text
    told = found.json()["hazard"]
    assert told["since"] == "1970-01-01T00:00:00Z" or told["until"] == "2200-01-01T00:00:00Z"


def test_slow_roads_shrink_what_is_within_reach(door: Door) -> None:
    def km2(**more: Any) -> float:
        told = door.get("/api/reach", **{"from": "18.55,4.36"}, minutes="10", **more)
        return max(float(one["properties"].get("km2", 0.0)) for one in told["features"])

    plain, walked = km2(), km2(profile="litter-team")
    here = {"lon": 18.55, "lat": 4.36, "radius_m": 20_000.0}
    threat = reported(door, "threat", severity=50.0, **here)
    assert km2() == plain  # the seconds in a threat are as long as elsewhere
    assert door.post(f"/api/hazards/{threat}/lift", {}).status_code == 201
    reported(door, "slow", speed_factor=0.25, **here)
    assert km2() < 0.7 * plain
    assert km2(profile="litter-team") == walked  # who walks is free on a slow road


def test_of_two_who_change_a_hazard_the_second_is_told_who_was_first(door: Door) -> None:
    key = reported(door, "closure")
    shown = wait_for(lambda: key in (now := door.get("/api/live/snapshot"))["entities"]["hazards"] and now)
    seq = shown["seq"]
    body = {"hazard_kind": "closure", **DAMARA, "id": key, "name": "ZULU"}
    first = door.post(f"/api/hazards?expected_seq={seq}", {**body, "radius_m": 50.0}, "first")
    assert first.status_code == 201, first.text
    late = door.post(f"/api/hazards?expected_seq={seq}", {**body, "radius_m": 90.0})
    assert late.status_code == 409
    assert f"{key} was changed since you looked" in late.json()["message"]
    assert "watch-keeper" in late.json()["message"]
    assert late.json()["changes"][-1]["seq"] == first.json()["events"][0]["seq"]
    assert door.post(f"/api/hazards/{key}/lift?expected_seq={seq}", {}).status_code == 409
    lifted = door.post(f"/api/hazards/{key}/lift?expected_seq={seq}&own=first", {})
    assert lifted.json()["entities"]["hazards"][key]["lifted_by"] == "watch-keeper"
    gone = door.post(f"/api/hazards?expected_seq={first.json()['events'][-1]['seq']}", body)
    assert [one["kind"] for one in gone.json()["changes"]] == ["hazard_lifted"]
    now = gone.json()["changes"][-1]["seq"]
    assert door.post(f"/api/hazards?expected_seq={now}", body).status_code == 201
    assert door.post("/api/hazards", {**body, "seen": "2026-11-22T04:59:00Z"}).status_code == 422
