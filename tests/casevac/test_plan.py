"""Options: deterministic, precedence first, truly different, with reasons; on the demo's real roads."""

import random
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from casevac import events as e
from casevac.drawn import drawn
from casevac.entities import entities
from casevac.fleet import choice
from casevac.nearest import nearest
from casevac.picture import Picture, empty
from casevac.plan import MOST_OPTIONS, options
from casevac.roadbook import travel
from casevac.terms import Capability, Category, Mode, SiteKind, VehicleKind, VehicleState
from casevac.travel import POI, TRANSFER, Hop, Travel, facility_key, site_key, vehicle_key
from casevac.view import View
from geo.lonlat import LonLat
from tests.casevac.scenes import NOW, A, B, C, D, after, alert, ambulance, seen, told

NEAR_BRIA = {"lon": 21.86721, "lat": 6.49951}


def weigh(picture: Picture, router, request="R", now=0.0, positions=None):
    view = View(picture, after(now), positions)
    wanted = choice(view, request)
    assert wanted is not None
    return options(view, wanted, travel(router, view, wanted))


def hurt(picture: Picture, *categories: Category, **where) -> Picture:
    zaps = (A, B, C, D)[: len(categories)]
    triage = [(1, e.CasualtyTriaged(casualty=z, category=c)) for z, c in zip(zaps, categories, strict=True)]
    return told(picture, (0, alert("R", *zaps, injury_at=after(-60), **(where or NEAR_BRIA))), *triage)


# --- hand-made tables: every number chosen


def small(*categories: Category, vehicles=("V1", "V2"), **profile) -> Picture:
    capable = e.FacilityRegistered(
        id="FAR", name="Far", lon=22, lat=6, beds_free=9, tables=1,
        capabilities=(Capability.RESUS, Capability.DCS),
    )  # fmt: skip
    near = replace(capable, id="NEAR", name="Near", capabilities=(Capability.RESUS,))
    picture = told(empty("M"), (0, capable), (0, near), *((0, ambulance(v, **profile)) for v in vehicles))
    return hurt(picture, *categories)


def table(come: dict[str, float], away: dict[str, float], more: dict | None = None) -> Travel:
    hops = {("ambulance", vehicle_key(v), POI): Hop(s, s * 1.5, s * 10) for v, s in come.items()}
    hops |= {("ambulance", POI, facility_key(f)): Hop(s, s * 1.5, s * 10) for f, s in away.items()}
    return Travel(hops | (more or {}))


def rank(picture: Picture, ways: Travel, now=0.0):
    view = View(picture, after(now))
    wanted = choice(view, "R")
    return options(view, wanted, ways)


def test_the_nearer_facility_without_the_capability_is_refused_in_words():
    made, refused = rank(small(Category.T1), table({"V1": 300}, {"NEAR": 60, "FAR": 600}))
    assert [one.facility for one in made] == ["FAR"]
    assert "to Far, not the nearer Near: Near has no DCS" in made[0].reasons
    assert e.Refusal("Near", "has no DCS") in refused


def test_a_walking_casualty_may_go_to_the_near_one():
    made, _ = rank(small(Category.T3), table({"V1": 300}, {"NEAR": 60, "FAR": 600}))
    assert made[0].facility == "NEAR"


def test_times_add_up_loading_counted():
    made, _ = rank(small(Category.T1), table({"V1": 300}, {"FAR": 600}))
    assert made[0].pickup_p50_at == after(300)
    assert made[0].arrive_p50_at == after(300 + 180 + 600)
    assert made[0].arrive_p90_at == after(450 + 180 + 900)


@pytest.mark.parametrize(("away", "verdict"), [(600, "within 2 h"), (4000, "at risk"), (9000, "breach")])
def test_the_verdict_is_on_the_surgery_limit(away, verdict):
    made, _ = rank(small(Category.T1), table({"V1": 300}, {"FAR": away}))
    assert made[0].verdict == verdict


def test_the_sooner_vehicle_leads_and_the_other_is_offered():
    made, _ = rank(small(Category.T1), table({"V1": 900, "V2": 300}, {"FAR": 600}))
    assert [one.vehicles for one in made] == [("V2",), ("V1",)]
    assert [one.rank for one in made] == [1, 2] == [int(one.id) for one in made]


def test_two_vehicles_go_when_one_has_no_place_most_urgent_first():
    picture = small(Category.T3, Category.T1, Category.T2, Category.T2, litters=2, seats=0)
    made, _ = rank(picture, table({"V1": 300, "V2": 500}, {"FAR": 600}))
    assert made[0].vehicles == ("V1", "V2")
    assert made[0].casualties == (B, C, D, A)
    first = next(leg for leg in made[0].legs if leg.casualties)
    assert (first.vehicle, first.casualties) == ("V1", (B, C))


def test_those_left_behind_are_named():
    picture = small(Category.T1, Category.T2, vehicles=("V1",), litters=1, seats=0)
    made, _ = rank(picture, table({"V1": 300}, {"FAR": 600}))
    assert made[0].casualties == (A,)
    assert f"leaves {B} waiting: ask again for them" in made[0].reasons


def test_the_untriaged_go_before_t2():
    picture = small(Category.T2, Category.UNKNOWN, vehicles=("V1",), litters=1, seats=0)
    assert rank(picture, table({"V1": 300}, {"FAR": 600}))[0][0].casualties == (B,)


def test_precedence_before_comfort():
    """Whoever keeps the T1's limit wins over an answer that is good for more, but less urgent, casualties."""
    picture = small(Category.T1, Category.T3, Category.T3, vehicles=("V1", "V2"), litters=1, seats=0)
    made, _ = rank(picture, table({"V1": 300, "V2": 5000}, {"FAR": 3000}))
    carrying = {leg.vehicle: leg.casualties for leg in made[0].legs if leg.casualties}
    assert carrying["V1"] == (A,)


def test_nobody_free_is_said():
    picture = small(Category.T1, vehicles=("V1",))
    picture = told(picture, (5, e.VehicleStatusChanged(state=VehicleState.OUT_OF_SERVICE, vehicle="V1")))
    made, refused = rank(picture, table({"V1": 300}, {"FAR": 600}), now=10)
    assert made == ()
    assert e.Refusal("V1", "is out of service") in refused
    assert any("no ground vehicle is free" in one.why for one in refused)


def test_a_full_hospital_is_refused_counting_those_on_the_way():
    picture = small(Category.T1, Category.T2)
    full = replace(picture.facilities["FAR"].card, beds_free=1)
    made, _ = rank(told(picture, (2, full)), table({"V1": 300}, {"FAR": 600}))
    assert made[0].casualties == (A,)


def test_the_dead_wait_for_the_living():
    picture = small(Category.DEAD, Category.T3)
    view = View(picture, NOW)
    assert [one.id for one in choice(view, "R").waiting] == [B]


def by_air(meet: float) -> tuple[Picture, Travel]:
    flies = e.VehicleRegistered(
        id="H", callsign="H", vehicle_kind=VehicleKind.AIR, profile="helicopter", litters=4, home_lon=22,
        home_lat=7,
    )  # fmt: skip
    sites = [
        e.SiteRegistered(id=s, name=s, site_kind=SiteKind.LANDING, lon=21 + i, lat=6)
        for i, s in enumerate(("S", "L"))
    ]
    picture = told(small(Category.T1, vehicles=("V1",)), (0, flies), *((0, site) for site in sites))
    more = {
        ("helicopter", vehicle_key("H"), site_key("S")): Hop(meet, meet, 9),
        ("helicopter", site_key("S"), site_key("L")): Hop(400, 500, 9),
        ("ambulance", POI, site_key("S")): Hop(200, 300, 9),
        (TRANSFER, site_key("L"), facility_key("FAR")): Hop(60, 90, 2000),
    }
    return picture, table({"V1": 300}, {"FAR": 6000}, more)


@pytest.mark.parametrize("meet", [100.0, 2000.0])
def test_ambulance_and_helicopter_meet_and_the_later_one_decides(meet):
    made, _ = rank(*by_air(meet))
    assert made[0].vehicles == ("V1", "H")
    there = max(300 + 180 + 200, meet)
    assert made[0].arrive_p50_at == after(there + 300 + 400 + 60)
    assert [leg.mode for leg in made[0].legs] == [Mode.GROUND, Mode.GROUND, Mode.AIR, Mode.AIR]
    assert any("H lands at L for Far, 2.0 km and 1 min from its door" in one for one in made[0].reasons)
    assert made[1].vehicles == ("V1",)


def test_a_landing_site_too_far_from_the_facility_does_not_serve_it():
    picture, ways = by_air(100)
    far = {**ways.hops, (TRANSFER, site_key("L"), facility_key("FAR")): Hop(900, 900, 15_000)}
    made, _ = rank(picture, Travel(far))
    assert [one.vehicles for one in made] == [("V1",)]


# --- the demo's roads


def test_the_first_incident_is_answered_from_bria(demo, router):
    made, _ = weigh(hurt(demo, Category.T1, Category.T2, Category.T3), router)
    assert (made[0].facility, made[0].vehicles, made[0].verdict) == ("mtf-bria", ("AMB-01",), "within 2 h")
    assert set(made[0].casualties) == {A, B, C}


def test_where_roads_are_long_the_helicopter_comes_first(demo, router, script):
    incident = next(one for one in script.incidents if one.id == "alindao-east")
    made, _ = weigh(hurt(demo, Category.T1, lon=incident.lon, lat=incident.lat), router)
    assert any(vehicle.startswith("HELI") for vehicle in made[0].vehicles)


def test_options_are_few_ranked_and_different(demo, router):
    made, refused = weigh(hurt(demo, Category.T1), router)
    assert 3 <= len(made) <= MOST_OPTIONS
    assert len({(one.facility, len(one.vehicles)) for one in made}) >= 3
    assert len({(one.facility, one.vehicles) for one in made}) == len(made)
    assert {"Bambari Level 1", "Birao Level 1"} <= {one.what for one in refused}


def test_the_same_inputs_give_the_same_options(demo, router):
    picture = hurt(demo, Category.T1, Category.T2)
    shuffled = picture
    for name in ("vehicles", "facilities", "sites", "casualties"):
        pairs = list(getattr(picture, name).items())
        random.Random(3).shuffle(pairs)
        shuffled = replace(shuffled, **{name: dict(pairs)})
    assert weigh(picture, router) == weigh(shuffled, router)


def test_a_moving_vehicle_is_planned_from_where_it_is(demo, router):
    picture = hurt(demo, Category.T1)
    made, _ = weigh(picture, router, positions={"AMB-02": seen(21.8772, 6.5031)})
    assert made[0].vehicles == ("AMB-02",)
    made, _ = weigh(picture, router, now=3600, positions={"AMB-02": seen(21.8772, 6.5031)})
    assert "AMB-02 last reported its position 60 min ago" in made[0].risks


def test_drawn_legs_follow_the_roads_and_keep_their_times(demo, router):
    picture = hurt(demo, Category.T1)
    view = View(picture, NOW)
    made, _ = weigh(picture, router)
    for option in made:
        done = drawn(router, view, option)
        for plain, leg in zip(option.legs, done.legs, strict=True):
            assert (leg.arrive_p50_at, leg.metres) == (plain.arrive_p50_at, plain.metres)
            first, last = leg.path[0], leg.path[-1]
            assert first == pytest.approx((leg.start.lon, leg.start.lat), abs=1e-4)
            assert last == pytest.approx((leg.end.lon, leg.end.lat), abs=1e-4)


def test_a_point_far_from_every_road_has_no_option_but_reasons(demo, router):
    made, refused = weigh(hurt(demo, Category.T1, lon=24.5, lat=8.5), router)
    assert made == ()
    assert any("km" in one.why and one.what.startswith("AMB") for one in refused)


def test_a_helicopter_without_night_crew_does_not_fly_by_night(demo, router):
    day = hurt(demo, Category.T1, lon=21.55761, lat=4.81889)
    blind = replace(demo.vehicles["HELI-2"].card, profile="helicopter")
    day = told(day, (2, blind), (2, replace(blind, id="HELI-1")))
    midnight = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)

    def flown(now):
        view = View(day, now)
        made, _ = options(view, choice(view, "R"), travel(router, view, choice(view, "R")))
        return any(vehicle.startswith("HELI") for one in made for vehicle in one.vehicles)

    assert flown(NOW)
    assert not flown(midnight)


def test_nothing_waits_nothing_is_planned(demo, router):
    picture = told(hurt(demo, Category.T1), (9, e.CasualtyHandedOver(casualty=A, facility="mtf-bria")))
    assert choice(View(picture, after(10)), "R") is None
    assert entities(picture, after(10))["requests"]["R"]["state"] == "closed"


# --- nearest


def test_nearest_gives_capable_ones_first_then_reasons(demo, router):
    found = nearest(View(demo, NOW), router, LonLat(20.67, 5.77), (Capability.DCS,), 2, "ambulance")
    names = [one.facility.id for one in found]
    assert names[0] == "mtf-bria"
    assert found[0].seconds_p50 < found[1].seconds_p50
    assert all(not one.reasons and one.route is not None for one in found[:2])
    assert all(one.reasons for one in found[2:])
    bambari = next(one for one in found if one.facility.id == "mtf-bambari")
    assert bambari.reasons == ("has no DCS",)
    assert bambari.metres < found[0].metres


def test_nearest_tells_why_a_facility_is_out_of_reach(demo, router):
    island = replace(demo.facilities["mtf-bria"].card, id="far", name="Far away", lon=30.0, lat=9.0)
    found = nearest(
        View(told(demo, (0, island)), NOW), router, LonLat(21.9, 6.5), (Capability.DCS,), 9, "ambulance"
    )
    far = found[-1] if found[-1].facility.id == "far" else next(o for o in found if o.facility.id == "far")
    assert far.seconds_p50 is None
    assert far.reasons
