"""Golden-hour coverage: what was measured goes before guesses, and every loss shows in the shares."""

from pathlib import Path

import numpy as np
import pytest
import shapely
from msgspec.structs import replace

from casevac import events as e
from casevac.coverage import (
    CARE,
    FINEST_M,
    SURGERY,
    WHEN,
    Coverage,
    Patrol,
    Place,
    Question,
    _Board,
    coverage,
)
from casevac.covered import coverage_json, guesses, label, rows
from casevac.errors import BadMessage, NotPossible
from casevac.latency import ACCEPTANCE, ALERT, APPROVAL, DECISION, LAUNCH, STEPS, latencies, measured
from casevac.posture import landings, posture
from casevac.reachable import Asked, minutes_of, needs_of, reach_json, reachable, starts_of
from casevac.terms import Accepting, Capability, HazardKind, Mode, VehicleState
from casevac.view import View
from geo.errors import BadArea, GeoError
from geo.land import driven
from geo.lonlat import LonLat
from geo.profile import load_profiles
from geo.reach import Wanted
from geo.routing import Router
from geo.samples import samples
from tests.casevac.duty_scenes import planned
from tests.casevac.scenes import A, after, told

DATA = Path(__file__).parents[2] / "data"
GUESSED = dict.fromkeys(STEPS, (60.0, 120.0))
DCS = (Capability.DCS,)
BOX = shapely.box(17.5, 3.8, 22.8, 7.4)
HELIS = ("HELI-1", "HELI-2")
TOWNS = (
    Place("Bria", LonLat(21.98633, 6.54233)),
    Place("Sibut", LonLat(19.07389, 5.71801)),
    Place("nowhere", LonLat(22.7, 4.0)),
)
PATROL = Patrol("out of Bria", (LonLat(21.98, 6.54), LonLat(21.2, 6.25)))


@pytest.fixture(scope="module")
def real(demo):
    """The demo's means at the speed of real vehicles."""
    opened = demo.opened.value
    profile = replace(opened.profile, speed_factor=1.0, latencies={}, loading_s=180.0)
    return told(demo, (-1, replace(opened, profile=profile)))


@pytest.fixture(scope="module")
def seasons(router, profiles):
    return {
        (season, night): Router(router.roads, profiles, season=season, night=night, max_snap_m=20_000)
        for season, night in WHEN
    }


@pytest.fixture(scope="module")
def profiles():
    return load_profiles(DATA / "profiles.json")


def asked(picture, seasons, guessed=None, **more) -> Coverage:
    view = View(picture, after(10))
    wanted = Question(**{"area": BOX, "access_m": 2000.0, "places": TOWNS, "patrols": (PATROL,), **more})
    return coverage(view, seasons, wanted, latencies(view, guessed or GUESSED))


def of(found: Coverage, step: str, season: str = "dry", *, night: bool = False, p90: bool = False):
    key = (step, season, night, p90)
    return next(one for one in found.covers if (one.step, one.season, one.night, one.p90) == key)


@pytest.fixture(scope="module")
def whole(real, seasons) -> Coverage:
    return asked(real, seasons)


# --- latencies


def test_without_a_single_request_every_latency_is_an_estimate(real):
    found = latencies(View(real, after(0)), guesses())
    assert list(found) == list(STEPS)
    assert all(one.estimated and 0 <= one.p50_s <= one.p90_s for one in found.values())


def test_the_guesses_of_a_mission_go_before_the_shipped_ones(demo):
    found = latencies(View(demo, after(0)), guesses())
    assert found[ALERT].p50_s == demo.mission.profile.latencies[ALERT][0] != guesses()[ALERT][0]


def test_latencies_are_taken_from_what_happened():
    hurt = e.CasualtyReported(lon=21.0, lat=6.0, casualty=A, request="R", injury_at=after(-240))
    done = planned(
        (50, hurt),
        (160, e.LaunchApproved(authority="DMS", chain="C")),
        (130, e.TaskAccepted(task="T1")),
        (190, e.VehicleStatusChanged(state=VehicleState.TO_PICKUP, vehicle="V")),
    )
    view = View(done, after(300))
    assert measured(view) == {
        ALERT: [240.0],
        DECISION: [100.0],
        APPROVAL: [60.0],
        ACCEPTANCE: [30.0],
        LAUNCH: [60.0],
    }
    found = latencies(view, GUESSED)
    assert [(one.p50_s, one.times) for one in found.values()] == [
        (240, 1),
        (100, 1),
        (60, 1),
        (30, 1),
        (60, 1),
    ]
    assert not any(one.estimated for one in found.values())


def test_the_bound_is_what_nine_in_ten_kept():
    from casevac.latency import _latency  # noqa: PLC0415

    found = _latency(ALERT, [float(one) for one in (9, 1, 2, 3, 4, 5, 6, 7, 8, 100)], (0.0, 0.0))
    assert (found.p50_s, found.p90_s, found.times) == (5.5, 9.0, 10)


def test_what_passes_before_a_vehicle_moves_is_its_own(real):
    steps = latencies(View(real, after(0)), {**GUESSED, APPROVAL: (600.0, 900.0)})
    counts = posture(View(real, after(0)), steps, DCS)
    stands = {one.id: one for one in counts.stands}
    assert stands["AMB-01"].p50_s == 240.0  # alert, decision, acceptance, launch
    assert stands["HELI-1"].p50_s == 840.0  # and the word of who may launch it
    ready = replace(real.vehicles["AMB-01"].card, readiness_s=500.0)
    slow = posture(View(told(real, (1, ready)), after(5)), steps, DCS)
    assert {one.id: one.p50_s for one in slow.stands}["AMB-01"] == 680.0


# --- who counts


def test_only_what_is_able_and_open_counts_and_the_rest_says_why(real):
    closed = told(
        real,
        (1, e.FacilityStatusReported(facility="mtf-bria", accepting=Accepting.CLOSED, reason="no power")),
        (1, e.VehicleStatusChanged(vehicle="AMB-02", state=VehicleState.OUT_OF_SERVICE)),
    )
    view = View(closed, after(5))
    counts = posture(view, latencies(view, GUESSED), DCS)
    surgical = {one.id for one in counts.doors if one.surgery}
    assert "mtf-bria" not in {one.id for one in counts.doors}
    assert surgical == {"mtf-bangui", "mtf-bouar", "mtf-kaga-bandoro"}
    assert counts.left_out["mtf-bria"] == "is closed: no power"
    assert counts.left_out["AMB-02"] == "is out of service"
    assert "has no DCS" in counts.left_out["mtf-birao"]
    assert set(landings(view, counts.doors, 1.0, p90=False)) <= {one.id for one in counts.doors}


# --- shares


def test_every_case_is_told_and_every_share_is_one(whole):
    assert len(whole.covers) == 2 * 2 * 2 * 2
    for one in whole.covers:
        assert all(0.0 <= share <= 1.0 for share in one.share)
        assert one.area.is_valid
        assert BOX.buffer(0.05).contains(one.area)
        assert one.share.places == pytest.approx(1 - sum(p.name in one.missed for p in TOWNS) / 3)
    assert whole.km2 == pytest.approx(234_000, rel=0.02)


def test_worse_conditions_never_cover_more(whole):
    for step in (CARE, SURGERY):
        for night in (False, True):
            for p90 in (False, True):
                dry, wet = (of(whole, step, season, night=night, p90=p90) for season in ("dry", "wet"))
                _no_more(wet, dry)
        for season in ("dry", "wet"):
            for p90 in (False, True):
                _no_more(of(whole, step, season, night=True, p90=p90), of(whole, step, season, p90=p90))
            _no_more(of(whole, step, season, p90=True), of(whole, step, season))


def _no_more(worse, better):
    assert all(a <= b + 1e-12 for a, b in zip(worse.share, better.share, strict=True))


def test_a_place_is_covered_when_the_ways_there_and_on_are_quick_enough(real, seasons, whole):
    """Bria by the tables of the router: ambulances stand there, and so does a surgical hospital."""
    assert set(of(whole, CARE).missed) == {"nowhere"}
    assert "Bria" not in of(whole, SURGERY).missed
    late = asked(real, seasons, {**GUESSED, ALERT: (3600.0, 7200.0)})
    assert set(of(late, CARE).missed) == {"Bria", "Sibut", "nowhere", "out of Bria"}
    assert "Bria" not in of(late, SURGERY).missed
    assert of(late, CARE).share.area == 0.0


def test_the_time_of_a_place_is_the_sum_of_its_legs(real, seasons):
    """A village has surgery in time exactly when the waits, the way there and the way on fit in."""
    away = (e.VehicleStatusChanged(vehicle=one, state=VehicleState.OUT_OF_SERVICE) for one in HELIS)
    grounded = told(real, *((1, one) for one in away))
    view = View(grounded, after(5))
    counts = posture(view, latencies(view, GUESSED), DCS)
    doors = [one.place for one in counts.doors if one.surgery]
    stands = [one.place for one in counts.stands if one.profile == "ambulance"]
    router = seasons["dry", False]
    village = router.road_point(LonLat(21.8, 6.48), "ambulance")[0]
    there = router.table(stands, [village], "ambulance").seconds_p50.min()
    on = router.table([village], doors, "ambulance").seconds_p50.min()
    spare = 7200.0 - there - on - grounded.mission.profile.loading_s
    assert there > 300
    assert spare > 300
    for slack, missed in ((-1.0, ()), (1.0, ("mine",))):
        guessed = dict.fromkeys(STEPS, (0.0, 0.0)) | {ALERT: (spare + slack, 1e6)}
        found = asked(
            grounded, seasons, guessed, places=(Place("mine", village),), patrols=(), access_m=5000.0
        )
        assert of(found, SURGERY).missed == missed


def test_losing_a_hospital_or_a_road_shows(real, seasons, whole):
    closed = told(real, (1, e.FacilityStatusReported(facility="mtf-bria", accepting=Accepting.CLOSED)))
    less = of(asked(closed, seasons), SURGERY)
    assert less.share.area < of(whole, SURGERY).share.area
    slide = e.HazardReported(
        id="H", hazard_kind=HazardKind.CLOSURE, name="slide", lon=21.2, lat=6.27, radius_m=9000.0,
        affects=(Mode.GROUND,),
    )  # fmt: skip
    cut = of(asked(told(real, (1, slide)), seasons), SURGERY)
    assert cut.share.road <= of(whole, SURGERY).share.road
    assert not cut.area.is_empty


def test_a_slow_road_and_a_storm_cost_coverage(real, seasons, whole):
    slow = e.HazardReported(
        id="H", hazard_kind=HazardKind.SLOW, name="mud", lon=20.7, lat=5.8, radius_m=200_000.0,
        speed_factor=0.2, affects=(Mode.GROUND,),
    )  # fmt: skip
    muddy, dry = (of(one, SURGERY) for one in (asked(told(real, (1, slow)), seasons), whole))
    _no_more(muddy, dry)
    heli = next(one for one in real.vehicles.values() if one.id in HELIS).card
    storm = e.HazardReported(
        id="H", hazard_kind=HazardKind.WEATHER, name="storm", affects=(Mode.AIR,), radius_m=40_000.0,
        lon=heli.home_lon + 0.8, lat=heli.home_lat,
    )  # fmt: skip
    stormy = of(asked(told(real, (1, storm)), seasons), CARE)
    _no_more(stormy, of(whole, CARE))
    assert stormy.share.area < of(whole, CARE).share.area
    ring = shapely.Point(storm.lon, storm.lat)
    assert not stormy.area.buffer(-0.05).contains(ring)


def test_without_vehicles_nothing_is_covered_and_it_says_so(demo, seasons):
    bare = replace(demo, vehicles={})
    found = asked(bare, seasons)
    assert all(one.share.area == 0.0 and one.area.is_empty for one in found.covers)
    assert any("no vehicle counts" in note for note in found.notes)


def test_progress_is_told_to_its_end(real, seasons):
    heard: list[tuple[str, int, int]] = []
    view = View(real, after(1))
    coverage(view, seasons, Question(BOX, 2000.0), latencies(view, GUESSED), lambda *one: heard.append(one))
    assert [done for _, done, _ in heard] == sorted(done for _, done, _ in heard)
    assert heard[-1][1] == heard[-1][2]


@pytest.mark.parametrize(
    "area",
    [
        shapely.Polygon(),
        shapely.Polygon([(10, 5), (11, 6), (11, 5), (10, 6)]),
        shapely.box(-179, -80, 179, 80),
        shapely.Polygon([(10, 5), (np.nan, 6), (11, 5)]),
    ],
)
def test_land_that_is_none_is_refused_in_one_line(real, seasons, area):
    view = View(real, after(1))
    with pytest.raises(BadArea) as fault:
        coverage(view, seasons, Question(area, 2000.0), latencies(view, GUESSED))
    assert "\n" not in str(fault.value)


def test_rows_and_json_tell_the_same(whole):
    told_rows = list(rows(whole))
    assert all(len(row) == 3 + len(WHEN) for row in told_rows)
    first = of(whole, CARE)
    assert told_rows[0][3] == f"{first.share.area:.1%}"
    found = coverage_json(whole)
    shares = [one["properties"] for one in found["features"] if one["properties"]["kind"] == "coverage"]
    assert len(shares) == len(whole.covers)
    assert shares[0]["share_area"] == pytest.approx(first.share.area, abs=1e-5)
    assert found["about"]["missed"][label(first)] == ["nowhere"]
    assert found["about"]["latencies"][0]["estimated"] is True


# --- reach of facilities


def test_without_names_every_able_facility_counts(real):
    view = View(real, after(1))
    starts, left_out = starts_of(view, "", DCS, _nobody)
    assert [one.id for one in starts] == ["mtf-bangui", "mtf-bouar", "mtf-bria", "mtf-kaga-bandoro"]
    assert "has no DCS" in left_out["mtf-birao"]


def test_named_facilities_and_places_may_be_mixed(real):
    view = View(real, after(1))
    found = starts_of(view, "mtf-bria,mtf-birao; 19.07,5.72", (), lambda _: LonLat(19.07, 5.72))
    assert [one.id for one in found.starts] == ["mtf-bria", "mtf-birao", ""]
    with pytest.raises(NotPossible, match="mtf-birao has no"):
        starts_of(view, "mtf-birao", DCS, _nobody)


def _nobody(text: str) -> LonLat:
    raise AssertionError(text)


def test_by_air_alone_and_by_both(real, seasons):
    view = View(real, after(1))
    starts = starts_of(view, "mtf-bria", DCS, _nobody).starts
    wanted = Wanted("ambulance", (1800.0, 3600.0), inward=True, access_m=2000.0)
    road, _ = reachable(view, seasons["dry", False], starts, Asked(wanted))
    both, _ = reachable(view, seasons["dry", False], starts, Asked(wanted, "helicopter-night"))
    air, _ = reachable(
        view, seasons["dry", False], starts, Asked(wanted._replace(profile="helicopter-night"))
    )
    for one, two, three in zip(road, air, both, strict=True):
        assert three.area.area == pytest.approx(one.area.union(two.area).area)
    with pytest.raises(GeoError, match="does not fly"):
        reachable(view, seasons["dry", False], starts, Asked(wanted, "ambulance"))
    shown = reach_json(both, starts, {})
    assert [one["properties"].get("minutes") for one in shown["features"]] == [60.0, 30.0, None]


@pytest.mark.parametrize("text", ["", "a", "1,,x", "-5", "nan", "0", ",".join(map(str, range(1, 20)))])
def test_minutes_that_are_none_are_refused(text):
    with pytest.raises((BadMessage, GeoError)):
        minutes_of(text)


def test_minutes_and_needs_are_read():
    assert minutes_of("60,30, 60") == (1800.0, 3600.0)
    assert needs_of("dcs, ICU") == [Capability.DCS, Capability.ICU]
    with pytest.raises(BadMessage, match="no capability 'MAGIC'"):
        needs_of("magic")


# --- what a question may cost


def test_a_small_area_and_a_short_walk_are_looked_at_no_finer_than_what_is_told_apart(real, seasons):
    small = Question(shapely.box(21.98, 6.53, 21.99, 6.55), 0.01)
    board = _Board(small, seasons)
    assert board.over.step_m == FINEST_M
    assert 0 < len(np.unique(board.road.stretch)) < 5  # roads beside it, not of the whole country
    assert board.on_road.any()
    with pytest.raises(BadArea, match="widen it"):
        _Board(Question(shapely.box(21.98, 6.53, 21.98001, 6.53001), 0.01), seasons)


def test_roads_too_far_to_be_walked_from_change_nothing(real, seasons, whole):
    """The share of road in a box is that of the box alone."""
    box = shapely.box(21.8, 6.4, 22.1, 6.7)
    router = seasons["dry", False]
    every = samples(router.roads, np.flatnonzero(driven(router)), 12.5)
    inside = shapely.contains_xy(box, every.lon, every.lat)
    found = asked(real, seasons, area=box, access_m=100.0)
    assert found.road_km == pytest.approx(every.metres[inside].sum() / 1000.0, rel=0.02)
    assert of(found, CARE).share.road > 0.0


def test_patrols_longer_than_can_be_looked_at_are_refused_in_words(real, seasons):
    far = Patrol("pole to pole", (LonLat(0.0, -89.0), LonLat(0.0, 89.0)))
    with pytest.raises(BadMessage, match="patrol routes are"):
        asked(real, seasons, patrols=(far,))
