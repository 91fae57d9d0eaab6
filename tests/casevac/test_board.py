"""The board of a facility: figures with their times, beds, blood, theatre, and whom it may take."""

from datetime import timedelta
from itertools import permutations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casevac import events as e
from casevac.beds import Keeping, over_capacity
from casevac.board import usable
from casevac.entities import entities, touched
from casevac.fleet import against, risks
from casevac.mission import Profile
from casevac.mtf import theatre_free
from casevac.picture import Picture, apply, empty, fold
from casevac.terms import Accepting, Bed, Capability, Category, Source, Stock
from casevac.view import View
from tests.casevac.scenes import NOW, A, B, C, D, after, alert, event, leg, told
from tests.casevac.stories import any_report, events_of, means, registrations, reports
from tests.casevac.test_picture import numbered

H = 3600.0
SURGICAL = (Capability.RESUS, Capability.DCS, Capability.ICU, Capability.VENT, Capability.BLOOD)


def hospital(**more) -> e.FacilityRegistered:
    fields = {"beds_staffed": 20, "beds_free": 3, "tables": 1, "capabilities": SURGICAL, **more}
    return e.FacilityRegistered(id="F", name="Field hospital", lon=22, lat=6, **fields)


def board(**fields) -> e.FacilityStatusReported:
    return e.FacilityStatusReported(facility="F", **fields)


def ward(**counts) -> tuple[e.BedCount, ...]:
    return (e.BedCount(bed=Bed.WARD, **counts),)


def needing(*needs: Capability, **profile) -> e.MissionOpened:
    """A mission in which everybody needs this."""
    profile = Profile(needs=dict.fromkeys(Category, needs), **profile)
    return e.MissionOpened(name="m", mission_kind="exercise", profile=profile)


def scene(*more, needs=(Capability.DCS,), **card) -> Picture:
    return told(empty("M"), (0, needing(*needs)), (0, hospital(**card)), (0, alert("R", A, B, C, D)), *more)


def speaks(picture: Picture, at: float, *zaps: str, arrive: float | None = None):
    """What speaks against bringing these casualties at an instant, and the risks on arrival."""
    view = View(picture, after(at))
    facility, all_of_them = (
        view.picture.facilities["F"],
        [view.picture.casualties[zap] for zap in zaps or (A,)],
    )
    there = after(at if arrive is None else arrive)
    return against(view, facility, all_of_them), risks(view, facility, all_of_them, there)


# --- figures


def test_each_figure_has_its_own_time_source_and_teller():
    picture = apply(
        scene(), event(board(beds=ward(free=5), by="Sister Ama"), at=60, seq=9, source=Source.VOICE)
    )
    picture = told(picture, (120, board(tables=2, queue=1)))
    found = {one["what"]: one for one in entities(picture, after(130))["facilities"]["F"]["board"]}
    free, tables = found["beds.ward.free"], found["tables"]
    assert (free["value"], free["as_of"], free["source"], free["by"]) == (
        5, "2026-11-22T09:01:00Z", "voice", "Sister Ama",
    )  # fmt: skip
    assert (tables["value"], tables["as_of"]) == (2, "2026-11-22T09:02:00Z")
    assert tables["stale_after"] == "2026-11-22T11:02:00Z"
    assert found["beds.ward.staffed"]["value"] == 20  # as registered
    assert "blood" not in found  # never told is neither zero nor full


def test_a_registration_counts_from_the_date_of_its_source():
    picture = scene((60, hospital(source_date="2015-10", beds_free=20)), (30, board(beds=ward(free=2))))
    assert entities(picture, after(99))["facilities"]["F"]["beds"] == {"staffed": 20, "free": 2}


def test_the_device_of_a_facility_need_not_name_it():
    picture = told(scene(), (1, e.DeviceEnrolled(name="pad", facility="F", role="facility")))
    picture = told(picture, (5, e.FacilityStatusReported(queue=3)), device="pad")
    assert View(picture, after(9)).picture.facilities["F"].told["queue"].value == 3
    odd = told(scene(), (5, e.FacilityStatusReported(queue=3)), device="stranger")
    assert "no facility is named" in odd.oddities[-1]


def test_capabilities_and_the_door_are_as_told_last():
    picture = scene((9, board(capabilities=(Capability.RESUS,))))
    assert speaks(picture, 10)[0] == ["has no DCS"]
    shut = told(picture, (20, board(accepting=Accepting.CLOSED, reason="no power", capabilities=SURGICAL)))
    assert speaks(shut, 30)[0] == ["is closed: no power"]
    assert not entities(shut, after(30))["facilities"]["F"]["open"]
    assert speaks(told(shut, (40, board(accepting=Accepting.DIVERTING, reason="full"))), 50)[0] == [
        "is diverting: full"
    ]
    again = told(shut, (60, board(accepting=Accepting.OPEN)))
    assert speaks(again, 70)[0] == []
    assert entities(again, after(70))["facilities"]["F"]["reason"] == ""


def test_places_imported_again_reopen_no_house_that_its_board_closed():
    shut = scene((9, board(accepting=Accepting.CLOSED, reason="fire")), (20, hospital()))
    assert speaks(shut, 30)[0] == ["is closed: fire"]
    assert speaks(scene((9, board(accepting=Accepting.OPEN)), (20, hospital(open=False))), 30)[0] == [
        "is closed"
    ]


# --- beds


def came(at: float, zap: str, facility: str = "F"):
    return (at, e.CasualtyHandedOver(casualty=zap, facility=facility))


def free(picture: Picture, at: float = 999):
    return View(picture, after(at)).free_beds(picture.facilities["F"])


def test_free_beds_move_with_those_who_come_and_leave():
    picture = scene((10, board(beds=ward(free=3))))
    assert free(picture) == 3
    picture = told(picture, came(20, A), came(30, B))
    assert free(picture) == 1
    picture = told(picture, (40, e.CasualtyLoaded(casualty=A, vehicle="V")))
    assert free(picture) == 2
    picture = told(picture, (50, board(beds=ward(free=7))))  # counted anew: B is inside
    assert free(picture) == 7
    picture = told(picture, (60, e.CasualtyLoaded(casualty=B, vehicle="V")))
    assert free(picture) == 8


def test_nobody_counted_the_beds():
    picture = scene(beds_free=None, beds_staffed=None)
    assert free(picture) is None
    why, risky = speaks(picture, 10)
    assert why == []
    assert risky[0].startswith("nobody told how many beds are free")


def test_a_bed_of_the_kind_that_is_needed():
    picture = scene((9, board(beds=(e.BedCount(bed=Bed.ICU, staffed=2, free=1),))), needs=(Capability.ICU,))
    assert speaks(picture, 10, A)[0] == []
    assert speaks(picture, 10, A, B)[0] == ["has 1 free ICU beds beyond those on the way, 2 needed"]
    rooms = {
        one["bed"]: one for one in entities(told(picture, came(12, A)), after(20))["facilities"]["F"]["rooms"]
    }
    assert (rooms["icu"]["free"], rooms["ward"]["free"]) == (0, 3)


def test_icu_beds_that_nobody_told_of_are_a_risk_and_ward_beds_count():
    why, risky = speaks(scene(needs=(Capability.ICU,)), 10, A)
    assert why == []
    assert risky == ["nobody told how many ICU beds are free"]
    assert speaks(scene(needs=(Capability.ICU,), beds_free=0), 10, A)[0] != []


def test_an_overcrowded_house_is_shown_and_refuses():
    picture = scene((9, board(beds=ward(staffed=20, occupied=24))))
    found = entities(picture, after(10))["facilities"]["F"]
    assert (found["over_capacity"], found["beds"]["free"]) == ("24 of 20 beds", 0)
    assert speaks(picture, 10)[0][0] == "is over capacity: 24 of 20 beds"
    crowded = scene((9, board(beds=ward(free=1))), came(10, A), came(11, B))
    assert (
        over_capacity(View(crowded, after(20)).wards.rooms(crowded.facilities["F"]).values())
        == "21 of 20 beds"
    )


def test_more_free_than_staffed_from_a_device_is_a_risk_and_counts_as_all_free():
    picture = scene((9, board(beds=ward(staffed=4, free=9))))
    assert free(picture) == 4
    assert "told 9 free of 4 staffed beds, which cannot be" in speaks(picture, 10)[1]


# --- reservations


def reserve(at: float, zap: str, key: str, **more):
    return (at, e.BedReserved(facility="F", casualty=zap, reservation=key, **more))


def kept(picture: Picture, at: float = 99):
    return {one["id"]: one for one in entities(picture, after(at))["facilities"]["F"]["reservations"]}


def state(picture: Picture, key: str, at: float = 99):
    return View(picture, after(at)).wards.keeping[key]


def test_a_kept_bed_is_taken_for_others_and_free_for_its_own_casualty():
    picture = scene((5, board(beds=ward(free=1))), reserve(9, A, "B1"))
    assert speaks(picture, 10, A)[0] == []
    assert speaks(picture, 10, B)[0] == ["has 0 free beds beyond those reserved or on the way, 1 needed"]
    assert kept(picture)["B1"]["casualty"] == A


@pytest.mark.parametrize(
    ("more", "at", "wanted"),
    [
        ([], 99, Keeping.KEPT),
        ([came(20, A)], 99, Keeping.USED),
        ([came(20, A, "G")], 99, Keeping.VOID),
        ([(20, e.CasualtyLoaded(casualty=A, vehicle="V"))], 99, Keeping.KEPT),
        ([(20, e.BedReleased(reservation="B1"))], 99, Keeping.RELEASED),
        ([], 301, Keeping.EXPIRED),
        ([came(20, A), came(30, A, "G")], 99, Keeping.USED),
    ],
)
def test_what_becomes_of_a_reservation(more, at, wanted):
    assert state(scene(reserve(9, A, "B1", until=after(300)), *more), "B1", at) == wanted


def test_two_devices_that_keep_the_last_bed_the_earlier_holds_it():
    words = [(5, board(beds=ward(free=1))), reserve(9, A, "B1"), reserve(10, B, "B2"), reserve(11, C, "B3")]
    for order in permutations(words[1:]):
        found = kept(scene(words[0], *order))
        assert [found[key]["overbooked"] for key in ("B1", "B2", "B3")] == [False, True, True]
    picture = scene(*words, (20, e.BedReleased(reservation="B1")))
    assert {key: one["overbooked"] for key, one in kept(picture).items()} == {"B2": False, "B3": True}


def test_a_reservation_of_beds_that_nobody_counted_is_unconfirmed():
    assert kept(scene(reserve(9, A, "B1", bed=Bed.HDU)))["B1"]["unconfirmed"]


def test_somebody_on_the_way_without_a_reservation_is_counted_once():
    stop = e.Stop("F", 22, 6, "F")
    chain = e.ChainPlanned(
        chain="C", request="R", decision="D", option="1", facility="F", vehicles=("V",), casualties=(A,),
        legs=(leg("V", "to_facility", (stop, stop), casualties=(A,)),),
    )  # fmt: skip
    task = e.VehicleTasked(task="T", chain="C", request="R", vehicle="V", casualties=(A,), legs=chain.legs)
    picture = scene((1, board(beds=ward(free=2))), (2, chain), (2, task))
    room = View(picture, after(9)).wards.rooms(picture.facilities["F"])[Bed.WARD]
    assert (room.free, room.reserved, room.inbound, room.left) == (2, 0, 1, 1)
    room = View(told(picture, reserve(5, A, "B1")), after(9)).wards.rooms(picture.facilities["F"])[Bed.WARD]
    assert (room.reserved, room.inbound, room.left) == (1, 0, 1)


# --- stale, stocks, blood


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (5 * H, ["operating tables last told 5 h ago"]),
        (7 * H, ["beds, operating tables last told 7 h ago"]),
        (100 * H, ["beds, operating tables last told on 2026-11-22"]),
        (200 * H, ["what it can do, beds, operating tables last told on 2026-11-22"]),
    ],
)
def test_what_was_told_long_ago_is_a_risk_with_its_age(at, words):
    picture = scene()
    why, risky = speaks(picture, at)
    assert why == []
    assert risky == ["nobody told what blood it has", *words]


def test_a_mission_says_how_long_each_figure_holds():
    picture = scene((9, board(beds=ward(free=1), tables=1)))
    quick = told(picture, (10, needing(Capability.RESUS, stale_s={"beds": 60.0, "capabilities": 1e9})))
    assert speaks(quick, 120)[1] == ["beds last told 2 min ago"]


@pytest.mark.parametrize(
    ("needs", "fields", "why", "risk"),
    [
        ((Capability.VENT,), {"stocks": {Stock.VENTILATORS: 0}}, "has no free ventilator", ""),
        ((Capability.VENT,), {}, "", "nobody told how many ventilators are free"),
        ((Capability.DCS,), {"tables": 0}, "has no staffed operating table", ""),
        ((Capability.BLOOD,), {"blood": ()}, "has no blood that is in date on arrival", ""),
        ((Capability.DCS,), {"blood": ()}, "", "has no blood that is in date on arrival"),
        ((), {"stocks": {Stock.OXYGEN_HOURS: 1}}, "", "its oxygen was told to last 1 h from 09:00Z"),
        ((), {"stocks": {Stock.FUEL_HOURS: 0.5}}, "", "its fuel of the generator was told to last 0.5 h"),
        ((), {"stocks": {Stock.MEDICAL_STAFF: 0}}, "", "told that no medical staff is on duty"),
    ],
)
def test_what_is_missing_speaks_against_or_is_a_risk(needs, fields, why, risk):
    found, risky = speaks(scene((9, board(**fields)), needs=needs), 10, arrive=1.5 * H)
    assert (found == [why]) if why else (found == [])
    assert not risk or any(line.startswith(risk) for line in risky)


def test_blood_that_expires_before_arrival_does_not_count():
    stock = (
        e.BloodStock(group="O-", units=4, expires_at=after(H)),
        e.BloodStock(group="A+", units=2),
        e.BloodStock(group="O-", units=1, expires_at=after(9 * H)),
    )
    assert usable(stock, after(0)) == {"A+": 2, "O-": 5}
    assert usable(stock, after(H)) == {"A+": 2, "O-": 1}
    picture = scene((9, board(blood=stock[:1])), needs=(Capability.BLOOD,))
    assert speaks(picture, 10, arrive=0.5 * H)[0] == []
    view = View(picture, after(10))
    assert view.picture.facilities["F"].told["blood"].value == stock[:1]


# --- the theatre


@pytest.mark.parametrize(
    ("fields", "at", "ahead", "wanted"),
    [
        ({"tables": 1}, 600, 0, 600),
        ({"tables": 1}, 600, 1, 600 + 5400),
        ({"tables": 2}, 600, 1, 600),
        ({"tables": 2, "tables_busy_until": (after(3600),)}, 600, 1, 3600),
        ({"tables": 1, "tables_busy_until": (after(3600),), "queue": 2}, 600, 0, 3600 + 2 * 5400),
        ({"tables": 1, "queue": 1}, 20_000, 0, 20_000),  # the queue was served by then
        ({"tables": 0}, 600, 0, None),
    ],
)
def test_when_a_table_is_free(fields, at, ahead, wanted):
    picture = scene((0.5, board(**fields)), needs=())
    found = View(picture, after(1)).theatre_free_at("F", after(at), ahead)
    assert found == (None if wanted is None else pytest.approx(after(wanted), abs=timedelta(seconds=1)))
    assert theatre_free({}, NOW, 0, Profile()) is None


# --- properties


@settings(max_examples=200)
@given(st.lists(any_report, max_size=15))
def test_a_kept_picture_reads_back_as_it_was(events):
    picture = fold(empty("M"), numbered(events))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(picture), type=Picture) == picture


@settings(max_examples=300)
@given(st.lists(events_of(means | reports | registrations), max_size=15), events_of(means | reports))
def test_means_that_are_not_touched_look_the_same(events, last):
    before = fold(empty("M"), numbered(events))
    now = fold(before, numbered([*events, last])[-1:])
    told_apart, late = touched(before, now), after(3600)
    old, new = entities(before, late), entities(now, late)
    for group, ones in new.items():
        for key, one in ones.items() if group != "alarms" else ():  # those are compared whole, each time
            assert key in told_apart.get(group, ()) or old[group].get(key) == one, (group, key)


@settings(max_examples=200)
@given(st.lists(events_of(means | reports | registrations), max_size=20))
def test_no_words_of_a_board_stop_the_verdict(events):
    picture = fold(empty("M"), numbered(events))
    view = View(picture, after(3600))
    for facility in picture.facilities.values():
        for room in view.wards.rooms(facility).values():
            assert room.reserved >= 0
            assert room.staffed is None or room.free is None or room.free <= room.staffed
        assert all(against(view, facility, [one]) is not None for one in picture.casualties.values())
        risks(view, facility, list(picture.casualties.values()), after(9999))
        view.theatre_free_at(facility.id, after(5000), 3)
