"""Questions over HTTP: entities, routes, the nearest facilities, places, devices."""

import pytest

from tests.maps.door import Door, wait_for
from tests.maps.mission import Story


def test_entities_are_bare_lists(door: Door, story: Story) -> None:
    alert = story.alert(many=2)
    wait_for(lambda: len(door.get("/api/casualties")) == 2)
    assert {one["request"] for one in door.get("/api/casualties")} == {alert.body.request}
    assert [one["id"] for one in door.get("/api/requests")] == [alert.body.request]
    assert [one["id"] for one in door.get("/api/facilities")] == ["bangui", "bria", "sibut"]
    assert [one["callsign"] for one in door.get("/api/vehicles")] == ["AMB 1", "AMB 2", "UNO 1"]
    assert [one["kind"] for one in door.get("/api/sites")] == ["landing"]
    assert door.get("/api/missions")[0]["id"] == "ex"
    assert door.get("/api/chains") == []


def test_a_route_has_a_path_and_an_arrival(door: Door) -> None:
    told = door.get("/api/route", **{"from": "18.55,4.36", "to": "Sibut"})
    assert told["profile"] == "ambulance"
    assert told["metres"] > 150_000
    assert told["seconds_p90"] >= told["seconds_p50"] > 0
    assert told["path"][0] == [18.55, 4.36]
    driven = sum(arc["metres"] for arc in told["arcs"])
    assert driven == pytest.approx(told["metres"] - told["access_m"], abs=5)
    flight = door.get("/api/route", **{"from": "18.55,4.36", "to": "Sibut", "profile": "helicopter-night"})
    assert flight["metres"] < told["metres"]
    assert flight["arcs"] == []


def test_the_nearest_capable_come_first_then_the_others_with_reasons(door: Door) -> None:
    told = door.get("/api/nearest", at="19.1,5.75", need="DCS", k=1)
    assert told[0]["id"] == "bangui"
    assert told[0]["route"]["path"]
    refused = {one["id"]: one["reasons"] for one in told if not one["usable"]}
    assert refused["sibut"] == ["has no DCS"]


def test_roads_say_what_is_estimated(door: Door) -> None:
    found = door.get("/api/roads")
    assert {one["geometry"]["type"] for one in found["features"]} == {"LineString"}
    assert {one["properties"]["estimated"] for one in found["features"]} == {True, False}


@pytest.mark.parametrize("text", ["20.67565,5.76795", "34NDM6408937563", "bambari", " BAMBARI "])
def test_a_place_is_found_by_coordinates_grid_or_name(door: Door, text: str) -> None:
    told = door.get("/api/place", text=text)
    assert (round(told["lon"], 3), round(told["lat"], 3)) == (20.676, 5.768)
    assert told["mgrs"].startswith("34NDM640")


def test_facilities_come_before_towns(door: Door) -> None:
    assert door.get("/api/place", text="sibut clinic")["name"] == "Sibut clinic"


def test_stored_reports_can_be_counted_from_outside(door: Door, story: Story) -> None:
    for step in range(5):
        story.move("phone", 19 + step, 5)
    told = door.get("/api/devices/phone/reports", limit=3)
    assert [row["lon"] for row in told] == [23, 22, 21]
    assert len(door.get("/api/devices/phone/reports", limit=100)) == 5
    assert door.get("/api/devices/heli-1/reports") == []
    devices = {one["name"]: one["vehicle"] for one in door.get("/api/devices")}
    assert devices == {"amb-1": "amb-1", "amb-2": "amb-2", "heli-1": "heli-1", "phone": None}


def test_how_far_devices_are_trusted_is_told_whole_only_when_it_changed(door: Door, story: Story) -> None:
    """A page asks every half minute, maybe over a satellite."""
    story.move("phone", 18.9, 5.4)
    db = story.db()
    with db, db.cursor() as cursor:
        cursor.execute("UPDATE devices SET guarantee = 'B' WHERE name = 'phone'")
    first = door.http.get("/api/devices/trust")
    assert {name: one["guarantee"] for name, one in first.json().items()} == {"phone": "B"}
    known = {"if-none-match": first.headers["etag"]}
    story.move("phone", 18.95, 5.45)
    again = door.http.get("/api/devices/trust", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    with db, db.cursor() as cursor:
        cursor.execute("UPDATE devices SET guarantee = 'A' WHERE name = 'phone'")
    db.close()
    changed = door.http.get("/api/devices/trust", headers=known)
    assert changed.json()["phone"]["guarantee"] == "A"
