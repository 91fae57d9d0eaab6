"""Where words meet: hands with acknowledgement and 9-line, notices with MIST, places told in words."""

import pytest
from msgspec.structs import replace

from casevac import events as e
from casevac import telling
from casevac.errors import AmbiguousPlace, BadMessage, UnknownPlace
from casevac.hands import hands
from casevac.ids import Mint
from casevac.notices import notices
from casevac.terms import AssetKind, Category, Role
from casevac.view import View
from tests.casevac.duty_scenes import hospital, planned, scene, seen
from tests.casevac.scenes import A, B, after, told


def held(view: View) -> list[tuple[str, str, float | None]]:
    return [(one.who, one.what, one.seconds) for one in hands(view, "R")]


# --- hands


def test_the_acknowledgement_is_a_wait_of_its_own():
    assert held(seen(scene(), 50))[0] == ("coordinator", "acknowledge", None)
    heard = scene((40, e.AlertAcknowledged(request="R")))
    assert held(seen(heard, 50))[:2] == [
        ("coordinator", "acknowledge", 40.0),
        ("coordinator", "options", None),
    ]
    options = next(one for one in hands(seen(heard, 50), "R") if one.what == "options")
    assert options.since == after(40)


def test_who_plans_without_a_word_has_heard_it():
    found = held(seen(planned(), 110))
    assert ("coordinator", "acknowledge", 100.0) in found
    late = held(seen(told(planned(), (300, e.AlertAcknowledged(request="R"))), 310))
    assert ("coordinator", "acknowledge", 300.0) in late and ("coordinator", "options", 100.0) in late


def test_the_caller_has_it_until_the_nine_line_can_be_launched_on():
    first = e.NineLineSent(request="R", pickup="21.0,6.0", lon=21.0, lat=6.0, frequency="45.5", callsign="P1")
    begun = scene((30, first))
    assert not any(what == "9-line to launch" for _, what, _ in held(seen(scene(), 40)))
    assert ("patrol", "9-line to launch", None) in held(seen(begun, 40))
    rest = e.NineLineSent(request="R", precedences={"urgent": 2}, equipment=(), litter=2, ambulatory=0)
    done = told(begun, (90, rest))
    assert ("patrol", "9-line to launch", 90.0) in held(seen(done, 100))


# --- notices


def test_a_facility_is_told_who_comes_with_mist_needs_and_when():
    enrolled = e.DeviceEnrolled(name="MTF", role=Role.FACILITY, facility="F")
    mist = e.MistReported(casualty=A, mechanism="mine", injuries="left leg", signs="pale", treatment="TQ")
    picture = told(
        planned(), (1, enrolled), (5, e.CasualtyTriaged(casualty=A, category=Category.T1)), (6, mist)
    )
    first, second = notices(seen(picture, 110))["MTF"]["casualties"]
    assert (first["casualty"], first["category"], first["needs"]) == (A, "T1", ["DCS"])
    assert first["precedence"] == "urgent_surgical"
    assert first["arrive_p50_at"] and first["arrive_p90_at"] >= first["arrive_p50_at"]
    assert (first["mist"]["mechanism"], first["mist"]["treatment"]) == ("mine", "TQ")
    assert "I: left leg" in first["mist"]["text"] and first["mist"]["missing"] == ["age_group", "injury_at"]
    assert second["casualty"] == B and "mechanism" in second["mist"]["missing"]


def test_a_warned_vehicle_is_told_what_where_and_how_many_from_a_nine_line_too():
    picture = scene()
    nine = e.NineLineSent(
        request="Q", pickup="21.1,6.1", lon=21.1, lat=6.1, precedences={"urgent": 3}, wounds="blast"
    )
    warned = e.AssetWarned(request="Q", asset="V", asset_kind=AssetKind.VEHICLE)
    picture = told(picture, (1, nine), (2, warned))
    (word,) = notices(seen(picture, 10)).get("V", {"warned": []})["warned"]
    assert (word["what"], word["where"], word["how_many"]) == ("blast", "21.1,6.1", 3)
    unnamed = told(picture, (3, e.AssetWarned(request="R", asset="V", asset_kind=AssetKind.VEHICLE)))
    by_request = {one["request"]: one for one in notices(seen(unnamed, 10))["V"]["warned"]}
    assert by_request["R"]["where"].startswith("34N") and by_request["R"]["how_many"] == 2
    assert by_request["R"]["what"] == "mine"


# --- places told in words


mint = Mint(lambda: "0000-0999", lambda letter: f"{letter}-1")


def tell(kind: str, **fields):
    return telling.tell(seen(scene(), 60), kind, fields, mint)[0]


def test_a_place_in_words_is_found_for_everything_that_has_one():
    found = tell("casualty_reported", place="F", request="R", what="hit")
    assert (found.lon, found.lat, found.uncertainty_m) == (22.0, 6.0, None)
    spoken = tell("casualty_reported", place="21.5,6.1", request="R", speaker="P 3")
    assert (spoken.lon, spoken.lat, spoken.uncertainty_m) == (21.5, 6.1, 1000.0)
    vague = tell("alert_raised", who="P", what="mine", how_many=1, place="5 km N of F")
    assert vague.lat > 6.04 and vague.place == "5 km N of F" and vague.uncertainty_m >= 500.0
    closed = tell("hazard_reported", hazard_kind="closure", place="G", radius_m=50.0)
    assert (closed.lon, closed.name, closed.radius_m) == (25.0, "G", 50.0)
    exact = tell("casualty_reported", place="F", lon=21.0, lat=5.0, request="R")
    assert (exact.lon, exact.lat) == (21.0, 5.0)


def test_a_place_that_nobody_knows_is_told_with_what_to_do():
    with pytest.raises(UnknownPlace, match=r"no place 'Nowhere' is known.*give LON,LAT"):
        tell("casualty_reported", place="Nowhere", request="R")
    twins = [(70, replace(hospital(f"T{n}", 20.0 + n), name="Twin")) for n in (1, 2)]
    hazard, view = {"hazard_kind": "threat", "place": "Twin"}, seen(scene(*twins), 80)
    with pytest.raises(AmbiguousPlace, match="say which"):
        telling.tell(view, "hazard_reported", hazard, mint)
    with pytest.raises(BadMessage, match="lon"):
        tell("casualty_reported", request="R")
