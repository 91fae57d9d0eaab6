"""Requests: versions of the 9-line and METHANE, launchable or not, stood down, told twice."""

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from casevac import duplicates, fleet, nineline, telling
from casevac import events as e
from casevac.entities import entities
from casevac.errors import BadMessage, NotPossible, Unknown
from casevac.ids import MOST_OPENED, Mint, named
from casevac.mission import Profile
from casevac.picture import empty, fold
from casevac.request import RequestState
from casevac.terms import Category, Equipment, Marking, MissionKind, Precedence, Security, Source
from casevac.view import View
from casevac.zap import is_zap, zap
from tests.casevac.dialects import UN, US
from tests.casevac.scenes import A, B, after, alert, event, told
from tests.casevac.stories import any_report

GRID = "34NFN0939121654"
NINE = {"request": "R", "dialect": "us-atp"}
FIRST = e.NineLineSent(**NINE, precedences={Precedence.URGENT: 2}, litter=2)
REST = e.NineLineSent(**NINE, pickup=GRID, callsign="PATROL 3", equipment=())


def mint() -> Mint:
    zaps, numbers = itertools.count(500), itertools.count(1)
    return Mint(lambda: zap(next(zaps)), lambda letter: f"{letter}-{next(numbers)}")


def opened(profile: Profile | None = None):
    known = profile or Profile(dialects={"us-atp": US, "un-2020": UN})
    return told(empty("M"), (0, e.MissionOpened(name="m", mission_kind=MissionKind.LIVE, profile=known)))


def scene(*more):
    return told(opened(), (0, alert("R", A, B)), *more)


def tell(picture, kind, at=60.0, **fields):
    return telling.tell(View(picture, after(at)), kind, fields, mint())


def drawn(picture, request="R", at=600.0):
    return entities(picture, after(at))["requests"][request]


# --- versions


def test_a_9_line_in_two_halves_is_launchable_when_line_5_is_told():
    half = drawn(scene((60, FIRST)))["nine_line"]
    assert not half["launchable"]
    assert half["missing"] == [
        "line 1 (pickup location)",
        "line 2 (frequency and call sign)",
        "line 4 (special equipment)",
    ]
    whole = drawn(scene((60, FIRST), (90, nineline.placed(REST))))
    assert (whole["nine_line"]["launchable"], whole["nine_line"]["missing"]) == (True, [])
    assert whole["alert_to_request_s"] == 90
    assert [one["lines"] for one in whole["nine_line"]["versions"]] == [[3, 5], [1, 2, 4]]
    assert [one["line"] for one in whole["nine_line"]["lines"]] == [1, 2, 3, 4, 5]


def test_lines_6_to_9_may_follow_and_change_what_they_tell_alone():
    later = e.NineLineSent(**NINE, security=Security.POSSIBLE, marking=Marking.SMOKE, marking_detail="green")
    again = e.NineLineSent(**NINE, marking=Marking.PANELS, wounds="two blast")
    nine = scene((60, FIRST), (90, later), (95, again)).requests["R"].nine_line
    assert (nine.security, nine.wounds) == (Security.POSSIBLE, "two blast")
    assert (nine.marking, nine.marking_detail) == (Marking.PANELS, "")
    assert nine.precedences == {Precedence.URGENT: 2}


def test_none_was_not_told_and_zero_was():
    corrected = e.NineLineSent(**NINE, litter=0, precedences={}, equipment=())
    begun = e.NineLineSent(**NINE, litter=2, ambulatory=1, equipment=(Equipment.HOIST,))
    nine = scene((60, begun), (70, corrected)).requests["R"].nine_line
    assert (nine.litter, nine.ambulatory, nine.precedences, nine.equipment) == (0, 1, {}, ())


def test_a_new_pickup_has_no_old_degrees():
    moved = e.NineLineSent(**NINE, pickup="the old bridge")
    picture = scene((60, nineline.placed(REST)), (90, moved))
    assert picture.requests["R"].nine_line.lon is None
    assert "line 1: 'the old bridge' could not be placed" in drawn(picture)["warnings"][0]


@given(st.permutations(range(5)))
def test_versions_are_the_same_whatever_order_they_arrive_in(order):
    bodies = (
        FIRST,
        nineline.placed(REST),
        e.NineLineSent(**NINE, litter=3),
        e.MethaneSent(request="R", number=4),
        e.RequestStoodDown(request="R", reason="x"),
    )
    events = [event(body, at=10.0 * n) for n, body in enumerate(bodies)]
    picture = fold(empty("M"), [events[n] for n in order])
    assert picture == fold(empty("M"), [*events, *events])
    assert picture.requests["R"].nine_line.litter == 3


def test_who_told_a_line_and_when_is_kept():
    spoken = replace(FIRST, speaker="PATROL 3")
    line = drawn(scene((60, spoken)))["nine_line"]["lines"][0]
    assert line == {
        "line": 3,
        "title": "patients by precedence",
        "text": "A2",
        "told_at": "2026-11-22T09:01:00Z",
        "by": "PATROL 3",
    }


# --- opening an incident


def test_a_9_line_opens_a_request_with_as_many_casualties_as_it_tells():
    (body,) = tell(opened(), "nine_line_sent", raw=f"LINE 1 {GRID} LINE 3 A2 C1 LINE 5 L1 A3")
    assert (body.request, body.dialect, len(body.casualties)) == ("R-1", "us-atp", 4)
    assert all(is_zap(one) for one in body.casualties)
    picture = told(opened(), (60, body))
    request = drawn(picture, "R-1")
    assert (request["how_many"], request["lon"]) == (4, pytest.approx(21.9894, abs=1e-4))
    assert {one.triage for one in picture.casualties.values()} == {Category.UNKNOWN}
    assert request["nine_line"]["suggestion"] == "9-line says 2 urgent, 1 priority"
    assert "line 3 3, line 5 4" in request["warnings"][0]
    assert entities(picture, after(90))["casualties"][body.casualties[0]]["lon"] == request["lon"]


@pytest.mark.parametrize(
    ("fields", "many"),
    [
        ({"pickup": GRID}, 1),
        ({"precedences": {"urgent": 2, "routine": 1}}, 3),
        ({"precedences": {"urgent": 2}, "ambulatory": 5}, 5),
        ({"litter": 0, "ambulatory": 0}, 1),
        ({"litter": 9000}, MOST_OPENED),
    ],
)
def test_a_9_line_from_a_device_opens_as_many_casualties(fields, many):
    body = named(e.body_from("nine_line_sent", fields), mint())
    assert len(body.casualties) == many
    assert body.request == "R-1"
    assert (body.lon is not None) == ("pickup" in fields)


def test_a_9_line_to_a_known_request_opens_nobody():
    (body,) = tell(scene(), "nine_line_sent", request="R", litter=5)
    assert body.casualties == ()


def test_a_methane_opens_a_request_and_is_versioned():
    (body,) = tell(opened(), "methane_sent", raw=f"METHANE\nM declared\nE {GRID}\nN 620")
    assert len(body.zaps) == MOST_OPENED
    more = e.MethaneSent(request="R-1", hazards="fuel", location="gate 2")
    request = drawn(told(opened(), (60, body), (90, more)), "R-1")
    assert (request["methane"]["total"], request["methane"]["major"]) == (620, True)
    assert request["methane"]["missing"] == ["type", "access", "emergency services"]
    assert [one["parts"] for one in request["methane"]["versions"]] == [
        ["major", "location", "number"],
        ["location", "hazards"],
    ]
    assert "at most 500" in request["warnings"][0]
    assert request["place"] == "gate 2"


def test_a_place_by_name_is_found_at_the_door_and_an_unknown_one_is_kept():
    hospital = e.FacilityRegistered(id="F", name="Bria hospital", lon=22, lat=6)
    (body,) = tell(told(opened(), (0, hospital)), "nine_line_sent", speaker="p", pickup="Bria hospital")
    assert (body.lon, body.lat, body.uncertainty_m) == (22, 6, Profile().spoken_place_m)
    (body,) = tell(opened(), "nine_line_sent", pickup="the old bridge")
    assert (body.pickup, body.lon) == ("the old bridge", None)


@pytest.mark.parametrize(
    ("kind", "fields", "fault", "words"),
    [
        ("nine_line_sent", {"raw": "LINE 3 F2"}, BadMessage, "line 3: 'F'"),
        ("nine_line_sent", {"raw": "LINE 3 E1", "dialect": "un-2020"}, BadMessage, "in un-2020"),
        ("nine_line_sent", {"raw": "LINE 3 A1", "dialect": "nato"}, BadMessage, "one of: un-2020, us-atp"),
        ("nine_line_sent", {}, BadMessage, "tells no line"),
        ("nine_line_sent", {"lon": 20.0}, BadMessage, "lon and lat belong together"),
        ("nine_line_sent", {"pickup": "FN0939121654"}, BadMessage, "no grid zone"),
        ("nine_line_sent", {"patients": {"martian": 1}}, BadMessage, "line 8: martian .* prisoner"),
        ("nine_line_sent", {"precedences": {"A": 1}}, BadMessage, "Invalid enum value 'A'"),
        ("nine_line_sent", {"request": "R-9", "litter": 1}, Unknown, "no request 'R-9'"),
        ("nine_line_sent", {"litter": -1}, BadMessage, "litter"),
        ("methane_sent", {}, BadMessage, "tells nothing"),
        ("methane_sent", {"raw": "E here"}, BadMessage, "LOCATION: or SERVICES:"),
        ("methane_sent", {"location": "FN0939121654"}, BadMessage, "exact location: .*no grid zone"),
        ("alert_acknowledged", {"request": "R-9"}, Unknown, "no request"),
        ("request_stood_down", {"request": "R", "reason": ""}, BadMessage, "reason"),
    ],
)
def test_what_cannot_be_told_says_why(kind, fields, fault, words):
    with pytest.raises(fault, match=words):
        tell(scene(), kind, **fields)


def test_a_mission_without_dialects_reads_words_and_refuses_letters():
    bare = opened(Profile())
    with pytest.raises(BadMessage, match="declare the dialect"):
        tell(bare, "nine_line_sent", raw="LINE 3 A2")
    (body,) = tell(bare, "nine_line_sent", raw="LINE 3 two urgent")
    nine = drawn(told(bare, (60, body)), body.request)["nine_line"]
    assert (nine["lines"][0]["text"], nine["verified"]) == ("URGENT 2", False)


def test_a_mission_may_have_a_dialect_of_its_own():
    own = replace(US, name="ours", precedence={"A": Precedence.URGENT, "B": Precedence.PRIORITY})
    (body,) = tell(
        opened(Profile(dialects={"ours": own}, nine_line="ours")), "nine_line_sent", raw="LINE 3 B2"
    )
    assert (body.precedences, body.dialect) == ({Precedence.PRIORITY: 2}, "ours")


def test_an_unverified_dialect_is_marked_wherever_it_is_used():
    (body,) = tell(opened(), "nine_line_sent", raw="LINE 3 A2", dialect="un-2020")
    nine = drawn(told(opened(), (60, body)), body.request)["nine_line"]
    assert (nine["dialect"], nine["verified"], nine["note"]) == (
        "un-2020",
        False,
        "unverified against DOS/2020.7",
    )
    assert "unverified against DOS/2020.7" in nine["text"]


def test_text_that_a_device_sent_unread_is_not_lost_from_sight():
    body = named(e.NineLineSent(raw="LINE 3 A2"), mint())
    request = drawn(told(opened(), (60, body)), "R-1")
    assert request["nine_line"]["versions"][0]["raw"] == "LINE 3 A2"
    assert "version 1 came as text" in request["warnings"][0]


# --- answered, stood down


def test_the_first_acknowledgement_counts():
    twice = [(at, e.AlertAcknowledged(request="R", by=by)) for at, by in ((40, "second"), (25, "first"))]
    request = drawn(scene(*twice))
    assert (request["acknowledged_by"], request["alert_to_ack_s"]) == ("first", 25)
    assert drawn(scene())["alert_to_ack_s"] is None


def test_a_request_that_was_stood_down_is_closed_and_has_no_options():
    picture = scene((60, e.RequestStoodDown(request="R", reason="false alarm")))
    view = View(picture, after(90))
    assert view.request_state("R") == RequestState.CLOSED
    assert fleet.waiting_of(view, "R") == ()
    assert drawn(picture)["stood_down"] == {
        "at": "2026-11-22T09:01:00Z",
        "reason": "false alarm",
        "by": "",
    }
    with pytest.raises(NotPossible, match="stood down at 09:01Z: false alarm"):
        tell(picture, "request_stood_down", request="R", reason="again")


def test_whoever_asks_again_opens_it_again():
    picture = scene((60, e.RequestStoodDown(request="R", reason="false alarm")), (300, FIRST))
    assert drawn(picture)["stood_down"] is None
    assert drawn(picture)["state"] == "open"


# --- told twice


@pytest.mark.parametrize(
    ("other", "at", "found"),
    [
        (alert("Q", zap(7), zap(8), lon=21.905), 300, True),
        (alert("Q", zap(7), lon=21.905), 1799, True),
        (alert("Q", zap(7), zap(8), lon=21.905), 1860, False),  # more than half an hour later
        (alert("Q", zap(7), zap(8), lon=21.95), 300, False),  # 5.5 km away
        (alert("Q", zap(7), zap(8), lon=21.95, uncertainty_m=9000.0), 300, True),  # a vague place
        (alert("Q", zap(7), how_many=12), 300, False),
    ],
)
def test_the_later_of_two_requests_of_one_incident_names_the_earlier(other, at, found):
    picture = scene((at, other))
    one, two = drawn(picture, "R"), drawn(picture, "Q")
    assert one["possible_duplicates"] == []
    assert [row["request"] for row in two["possible_duplicates"]] == (["R"] if found else [])
    if found:
        assert "R is " in two["possible_duplicates"][0]["words"]
        assert "m away" in two["possible_duplicates"][0]["words"]


def test_a_closed_request_is_nobodys_duplicate():
    picture = scene((60, alert("Q", zap(7), zap(8))), (90, e.RequestStoodDown(request="R", reason="same")))
    assert drawn(picture, "Q")["possible_duplicates"] == drawn(picture, "R")["possible_duplicates"] == []


def test_duplicates_are_found_before_anything_is_stored():
    view = View(scene(), after(60))
    ((key, words),) = duplicates.duplicates(view, 21.9, 6.501, after(60), 2)
    assert key == "R"
    assert words == "R is 111 m away, opened 1 min before, 2 casualties: mine"
    assert duplicates.duplicates(view, 21.9, 6.501, after(60), 40) == []


@given(st.lists(any_report, max_size=12))
def test_a_picture_of_requests_survives_its_snapshot(events):
    picture = fold(empty("M"), events)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(picture), type=type(picture)) == picture


def test_the_source_of_the_first_word_is_kept():
    first = event(FIRST, at=5, source=Source.VOICE)
    picture = fold(empty("M"), [event(alert("R", A), at=10, source=Source.DEVICE), first])
    assert picture.requests["R"].source.value == Source.VOICE
    assert picture.requests["R"].opened_at == after(5)
