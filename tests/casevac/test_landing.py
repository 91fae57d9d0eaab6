"""Landing sites: what is told of them, whether an aircraft can land, and that a chain goes by it."""

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from casevac import events as e
from casevac import replan, site, telling
from casevac.drawn import drawn, thinned
from casevac.entities import entities, touched
from casevac.errors import BadMessage, Unknown
from casevac.fleet import choice
from casevac.landing import suits
from casevac.picture import empty
from casevac.plan import answer
from casevac.roadbook import travel
from casevac.stamp import Said
from casevac.store.placefile import read_places
from casevac.terms import Category, HazardKind, Mode, SiteKind, Surface
from casevac.travel import site_key
from casevac.view import View
from geo.profile import load_profiles
from tests.casevac.scenes import NOW, after, told
from tests.casevac.test_divert import tasked
from tests.casevac.test_orders import mint
from tests.casevac.test_plan import hurt
from tests.geo.conftest import ROOT

PROFILES = load_profiles(ROOT / "data" / "profiles.json")
HELI, PLANE = PROFILES["helicopter"], PROFILES["fixed-wing"]
BARE = e.SiteRegistered(id="S", name="Strip", site_kind=SiteKind.LANDING, lon=21.0, lat=6.0)
GOOD = replace(
    BARE, radius_m=40.0, surface=Surface.GRASS, slope_deg=2.0, obstacles=(), wires=False, marking="white H",
    by_day=True, by_night=True, strip_m=1500.0, checked_at=NOW, checked_by="PATROL 3",
)  # fmt: skip
MAST = e.Obstacle(bearing_deg=90, distance_m=18, height_m=12, what="mast")


@pytest.mark.parametrize("profile", [HELI, PLANE])
@pytest.mark.parametrize("night", [False, True])
def test_a_known_good_site_has_nothing_against_it_and_no_risk(profile, night):
    assert suits(GOOD, profile, night, after(60)) == ((), ())


def test_what_nobody_told_is_one_risk_and_never_a_refusal():
    against, risks = suits(BARE, HELI, True, NOW)
    assert against == ()
    assert risks == (
        "is not known to suit: nobody told its radius, its surface, its slope, obstacles, wires, "
        "its marking, whether it may be used by night and when it was last looked at",
    )
    assert "the length of its strip" in suits(BARE, PLANE, False, NOW).risks[0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"radius_m": 15.0}, "is clear for 15 m round its centre, Medium helicopter needs 25 m"),
        (
            {"slope_deg": 16.0, "slope_toward_deg": 20.0},
            "slopes 16° down towards 020, .* 15° at most: hover only",
        ),
        ({"obstacles": (MAST,)}, r"mast \(12 m high, 18 m off, bearing 090\) is within the 25 m"),
        ({"by_day": False}, "is not to be used by day"),
        ({"surface": Surface.WATER}, "is water"),
    ],
)
def test_what_forbids_a_landing(change, words):
    against, _ = suits(replace(GOOD, **change), HELI, False, NOW)
    assert len(against) == 1
    assert re.search(words, against[0])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"slope_deg": 10.0}, "slopes 10°: land up the slope if wheeled, hover if on skids"),
        ({"wires": True}, "has wires across or beside it"),
        ({"surface": Surface.SAND}, "is of sand: what the rotor blows up may hide the ground"),
        ({"checked_at": NOW - timedelta(days=45)}, "was last looked at 45 days ago by PATROL 3"),
        ({"obstacles": (replace(MAST, distance_m=80),), "approaches_deg": (85.0,)},
         "has mast (12 m high, 80 m off, bearing 090) on the approach 085"),
        ({"obstacles": (replace(MAST, distance_m=80),), "approaches_deg": (270.0, 180.0)},
         "has mast (12 m high, 80 m off, bearing 090) on the approach 270"),
        ({"obstacles": (replace(MAST, distance_m=80),), "approaches_deg": (0.0,)},
         "has mast (12 m high, 80 m off, bearing 090)"),
    ],
)  # fmt: skip
def test_what_may_go_wrong(change, words):
    assert suits(replace(GOOD, **change), HELI, False, NOW) == ((), (words,))


def test_night_is_judged_by_night_only():
    day_only = replace(GOOD, by_night=False)
    assert suits(day_only, HELI, False, NOW).against == ()
    assert suits(day_only, HELI, True, NOW).against == ("is not to be used by night",)
    assert suits(replace(GOOD, marking=""), HELI, True, NOW).risks == (
        "is not marked: by night its corners need lights",
    )


def test_an_aeroplane_needs_a_strip():
    short, none = replace(GOOD, strip_m=400.0), replace(GOOD, strip_m=0.0)
    assert "a strip of 400 m" in suits(short, PLANE, False, NOW).against[0]
    assert "has no strip" in suits(none, PLANE, False, NOW).against[0]
    assert suits(none, HELI, False, NOW).against == ()
    assert suits(replace(GOOD, surface=Surface.SAND), PLANE, False, NOW).against


@given(
    st.builds(
        e.SiteRegistered, id=st.just("S"), name=st.just("S"), site_kind=st.just(SiteKind.LANDING),
        lon=st.just(1.0), lat=st.just(2.0), radius_m=st.none() | st.floats(0, 200),
        surface=st.none() | st.sampled_from(Surface), slope_deg=st.none() | st.floats(0, 90),
        wires=st.none() | st.booleans(), by_night=st.none() | st.booleans(), by_day=st.none() | st.booleans(),
        strip_m=st.none() | st.floats(0, 3000),
        obstacles=st.none() | st.lists(st.builds(
            e.Obstacle, st.floats(0, 360), st.floats(0, 200), st.floats(0, 50)), max_size=3).map(tuple),
    ),
    st.sampled_from([HELI, PLANE]), st.booleans(),
)  # fmt: skip
def test_forgetting_anything_never_forbids_more(known, profile, night):
    before = set(suits(known, profile, night, NOW).against)
    for field in ("radius_m", "surface", "slope_deg", "obstacles", "wires", "by_day", "by_night", "strip_m"):
        assert set(suits(replace(known, **{field: None}), profile, night, NOW).against) <= before


# --- what is told of sites


def found(at: float, **fields):
    return (at, e.SiteTold(site="S", **fields))


def drawn_site(picture, key="S"):
    return entities(picture, after(99))["sites"][key]


def test_what_is_found_at_a_site_is_told_field_by_field():
    picture = told(
        empty("M"), (0, BARE), found(10, radius_m=30.0, wires=True, by="A"), found(20, wires=False)
    )
    shown = drawn_site(picture)
    assert (shown["landing"]["radius_m"], shown["landing"]["wires"]) == (30.0, False)
    assert shown["landing"]["slope_deg"] is None and shown["checked_at"].startswith("2026-")
    late = told(picture, found(15, wires=True, slope_deg=5.0))
    assert drawn_site(late)["landing"]["wires"] is False and drawn_site(late)["landing"]["slope_deg"] == 5.0
    assert "S" in touched(picture, late)["sites"]


def test_a_later_import_has_the_last_word_where_it_says_something():
    picture = told(empty("M"), (0, BARE), found(10, radius_m=30.0, wires=True))
    again = told(picture, (20, replace(BARE, radius_m=50.0)))
    assert drawn_site(again)["landing"]["radius_m"] == 50.0
    assert drawn_site(again)["landing"]["wires"] is True


def test_a_new_site_is_added_and_may_be_landed_at():
    view = View(told(empty("M"), (0, BARE)), after(60))
    fields = {"name": "School field", "lon": 21.2, "lat": 6.1, "radius_m": 30.0}
    (body,) = telling.tell(view, "site_told", fields, mint())
    assert body.site.startswith("S-")
    picture = told(view.picture, (30, body))
    assert drawn_site(picture, body.site)["name"] == "School field"
    assert drawn_site(picture, body.site)["kind"] == "landing"


@pytest.mark.parametrize(
    ("fields", "fault", "words"),
    [
        ({"site": "NOWHERE", "wires": True}, Unknown, "a new one needs name, lon and lat"),
        ({"wires": True}, BadMessage, "say which site"),
        ({"site": "S"}, BadMessage, "nothing is told"),
        ({"site": "S", "lon": 21.0}, BadMessage, "lon and lat, or neither"),
        ({"site": "S", "radius_m": -1.0}, BadMessage, "radius_m"),
        ({"site": "S", "slope_deg": 91.0}, BadMessage, "slope_deg"),
        ({"site": "S", "surface": "jelly"}, BadMessage, "surface"),
    ],
)
def test_what_cannot_be_told_of_a_site(fields, fault, words):
    view = View(told(empty("M"), (0, BARE)), after(60))
    with pytest.raises(fault, match=words):
        telling.tell(view, "site_told", fields, mint())


words = st.builds(
    e.SiteTold, site=st.just("S"), name=st.sampled_from(("", "N")), wires=st.none() | st.booleans(),
    radius_m=st.none() | st.floats(0, 99), lon=st.none() | st.floats(0, 9), lat=st.none() | st.floats(0, 9),
)  # fmt: skip


@given(st.lists(words, max_size=8), st.randoms())
def test_words_of_a_site_are_the_same_in_whatever_order_they_come(bodies, random):
    said = [Said(body, (after(i), 0, 0, i, "")) for i, body in enumerate(bodies)]
    kept: site.Words = ()
    shuffled = random.sample(said, len(said))
    for one in shuffled:
        kept = site.kept(kept, one)
    straight: site.Words = ()
    for one in said:
        straight = site.kept(straight, one)
    assert kept == straight and len(kept) <= 5
    shown = site.card(None, kept)
    whole = site.card(None, tuple(said))
    assert shown == whole


# --- chains go by it


def flown_to(options):
    return {leg.end.id for one in options for leg in one.legs if leg.mode == Mode.AIR and not leg.casualties}


def test_nobody_lands_where_it_does_not_suit_and_the_reason_is_shown(demo, router, script):
    incident = next(one for one in script.incidents if one.id == "alindao-east")
    scene = hurt(demo, Category.T1, lon=incident.lon, lat=incident.lat)
    view = View(scene, after(10))
    before = answer(view, choice(view, "R"), travel(router, view, choice(view, "R")))
    used = flown_to(before.options)
    assert used
    key = sorted(used)[0]
    shut = told(scene, (5, e.SiteTold(site=key, radius_m=10.0, by="PATROL 3")))
    view = View(shut, after(10))
    wanted = choice(view, "R")
    ways = travel(router, view, wanted)
    after_it = answer(view, wanted, ways)
    assert key not in flown_to(after_it.options)
    unsuited = [why for (_, stop), why in ways.unsuited.items() if stop == site_key(key)]
    assert unsuited and all("is clear for 10 m" in why for why in unsuited)
    name = next(one.name for one in wanted.sites if one.id == key)
    shown = [one.why for one in after_it.refused if one.what == name]
    shown += [why for one in after_it.options for why in one.reasons if name in why]
    assert any("is clear for 10 m" in why for why in shown)
    for option in after_it.options:
        drawn(router, view, option)


def test_what_nobody_knows_of_a_landing_is_a_risk_of_the_option(demo, router, script):
    incident = next(one for one in script.incidents if one.id == "alindao-east")
    view = View(hurt(demo, Category.T1, lon=incident.lon, lat=incident.lat), after(10))
    found = answer(view, choice(view, "R"), travel(router, view, choice(view, "R")))
    flying = [one for one in found.options if any(leg.mode == Mode.AIR for leg in one.legs)]
    assert flying
    for one in flying:
        assert any("when it was last looked at" in risk for risk in one.risks)


def test_a_chain_that_flies_round_a_storm_is_sound_until_one_lies_on_its_way(demo, router, script):
    incident = next(one for one in script.incidents if one.id == "alindao-east")
    scene = hurt(demo, Category.T1, lon=incident.lon, lat=incident.lat)

    def storm(key, lon, lat, radius_m):
        return e.HazardReported(
            id=key, hazard_kind=HazardKind.WEATHER, name=key, affects=(Mode.AIR,), lon=lon, lat=lat,
            radius_m=radius_m,
        )  # fmt: skip

    scene = told(scene, (2, storm("STORM", 21.6, 5.8, 60_000.0)))
    view = View(scene, after(5))
    best = answer(view, choice(view, "R"), travel(router, view, choice(view, "R")))
    kept = best._replace(options=tuple(thinned(drawn(router, view, one)) for one in best.options))
    flying = next(one for one in kept.options if any("flies round STORM" in why for why in one.reasons))
    running = tasked(scene, kept, 5, option=flying.id)
    (chain,) = running.chains.values()
    words = replan.reasons(View(running, after(6)), chain)
    assert not any("STORM" in why for why in words)
    legs = [leg for leg in chain.plan.legs if leg.mode == Mode.AIR and len(leg.path) > 4]
    lon, lat = legs[0].path[len(legs[0].path) // 2]
    met = told(running, (6, storm("SQUALL", lon, lat, 2_000.0)))
    assert any("SQUALL" in why for why in replan.reasons(View(met, after(7)), met.chains[chain.id]))


def test_a_file_of_places_tells_of_landing_there(tmp_path, demo):
    path = tmp_path / "sites.csv"
    path.write_text(
        "id;name;site_kind;lon;lat;radius_m;surface;slope_deg;wires;obstacles;approaches_deg;by_night;elevation_m\n"
        "a;Field;landing;21.0;6.0;30;Grass;3,5;no;none;20 200;yes;-12\n"
        'b;Yard;exchange;21.1;6.0;;;;;[{"bearing_deg":90,"distance_m":60,"height_m":12}];;;\n'
        "c;Bog;landing;21.2;6.0;30;jelly;;;;;;\n"
        "d;Hill;landing;21.3;6.0;30;;;;nothing;;;\n"
    )
    bodies, faults = read_places(path)
    field, yard = bodies
    assert (field.radius_m, field.surface, field.slope_deg, field.wires) == (30.0, Surface.GRASS, 3.5, False)
    assert (field.obstacles, field.approaches_deg, field.by_night, field.elevation_m) == (
        (), (20.0, 200.0), True, -12.0,
    )  # fmt: skip
    assert yard.obstacles == (e.Obstacle(90, 60, 12),) and yard.radius_m is None and yard.wires is None
    assert "unknown surface 'jelly'" in faults[0] and "obstacles are no JSON list" in faults[1]
    known = [said.value for said in demo.sites.values()]
    assert all(one.demonstration and one.radius_m and one.obstacles is not None for one in known)
