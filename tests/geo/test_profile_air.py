"""Vehicle profiles and flight legs."""

import dataclasses
import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.air import flight, usable_km
from geo.costs import costs
from geo.errors import BadPlace, BadProfile, UnknownProfile, Unreachable
from geo.lonlat import LonLat, distance_m
from geo.profile import load_profiles, with_speed_factor
from geo.routing import Router
from tests.geo.conftest import ROOT

BANGUI, BRIA, BIRAO = LonLat(18.55496, 4.36122), LonLat(21.98633, 6.54233), LonLat(22.78818, 10.28488)
TEXT = (ROOT / "data" / "profiles.json").read_text()


def test_shipped_profiles_say_what_is_estimated(profiles):
    assert {"ambulance", "ambulance-4x4", "truck", "motorbike", "litter-team", "helicopter"} <= set(profiles)
    assert {each.kind for each in profiles.values()} == {"ground", "air", "foot"}
    for each in profiles.values():
        assert each.estimated and each.status and each.label


def test_digest_is_of_what_changes_an_answer(profiles):
    again = load_profiles(json.loads(TEXT))
    assert {n: p.digest() for n, p in again.items()} == {n: p.digest() for n, p in profiles.items()}
    assert len({p.digest() for p in profiles.values()}) == len(profiles)
    one = profiles["ambulance"]
    assert dataclasses.replace(one, label="x").digest() == one.digest()
    assert dataclasses.replace(one, access_kmh=5).digest() != one.digest()
    assert with_speed_factor(profiles, 10)["ambulance"].digest() != one.digest()


def changed(**values: object) -> str:
    document = json.loads(TEXT)
    document["profiles"][0].update(values)
    return json.dumps(document)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("{", "not JSON"), ("[]", "not JSON"), ("{}", "profiles"),
        (changed(kind="boat"), "kind does not know 'boat'"),
        (changed(speeds={"autobahn": 200}), "speeds does not know 'autobahn'"),
        (changed(speeds={"primary": -5}), "primary is -5"),
        (changed(speeds={"primary": "fast"}), "primary"),
        (changed(surface={"spring": {}}), "surface does not know 'spring'"),
        (changed(spread={"dry": {"paved": 0.5}}), "paved is 0.5"),
        (changed(access=["everywhere"]), "access does not know 'everywhere'"),
        (changed(wheels=4), "wheels"),
    ],
)  # fmt: skip
def test_bad_profiles_are_named(text, word):
    with pytest.raises(BadProfile, match=word) as fault:
        load_profiles(text)
    assert "\n" not in str(fault.value)


def test_missing_profile_file():
    with pytest.raises(BadProfile, match="cannot read"):
        load_profiles(Path("/nowhere/profiles.json"))


@pytest.mark.parametrize("factor", [0, -1, math.nan, 1e9])
def test_senseless_speed_factors(profiles, factor):
    with pytest.raises(BadProfile):
        with_speed_factor(profiles, factor)


def test_ten_times_as_fast_takes_a_tenth(national, profiles):
    slow = Router(national, profiles).route(BANGUI, BRIA, "ambulance")
    fast = Router(national, with_speed_factor(profiles, 10)).route(BANGUI, BRIA, "ambulance")
    assert fast.seconds_p50 == pytest.approx(slow.seconds_p50 / 10)
    assert fast.seconds_p90 == pytest.approx(slow.seconds_p90 / 10)
    assert fast.metres == slow.metres and fast.path == slow.path
    helicopter, quick = profiles["helicopter"], with_speed_factor(profiles, 10)["helicopter"]
    assert flight(BANGUI, BRIA, quick).seconds_p50 == pytest.approx(
        flight(BANGUI, BRIA, helicopter).seconds_p50 / 10
    )


def test_a_speed_factor_keeps_signs_in_proportion(extract, profiles):
    roads = extract("andorra-2023")
    one = costs(roads, profiles["ambulance"], "dry")
    ten = costs(roads, with_speed_factor(profiles, 10)["ambulance"], "dry")
    assert (one.passable == ten.passable).all()
    long = (one.p50 > 1) & (one.p50 < math.inf)
    assert ten.p50[long] * 10 == pytest.approx(one.p50[long])


def test_great_circle_time(profiles):
    plain = dataclasses.replace(profiles["helicopter"], overhead_s=0.0)
    found = flight(BRIA, BANGUI, plain)
    assert found.seconds_p50 / 60 == pytest.approx(123, abs=2)  # 451 km at 220 km/h
    assert found.seconds_p90 == pytest.approx(found.seconds_p50 * plain.air_spread)
    assert found.path[0] == BRIA and found.path[-1] == BANGUI
    assert sum(distance_m(a, b) for a, b in zip(found.path, found.path[1:], strict=False)) == pytest.approx(
        found.metres
    )


def test_range_with_reserve(profiles):
    helicopter = profiles["helicopter"]
    assert usable_km(helicopter) == pytest.approx(550 * 0.85)
    with pytest.raises(Unreachable, match=r"80\d km is beyond the 468 km"):
        flight(BIRAO, BANGUI, helicopter)
    assert flight(BIRAO, BANGUI, profiles["fixed-wing"]).metres > 800_000


def test_night_is_for_crews_that_fly_by_night(profiles):
    with pytest.raises(Unreachable, match="night"):
        flight(BRIA, BANGUI, profiles["helicopter"], night=True)
    day = flight(BRIA, BANGUI, profiles["helicopter"])
    assert flight(BRIA, BANGUI, profiles["helicopter-night"], night=True) == day


def test_what_cannot_fly(profiles):
    with pytest.raises(UnknownProfile, match="does not fly"):
        flight(BRIA, BANGUI, profiles["ambulance"])
    with pytest.raises(BadPlace):
        flight(LonLat(18, 91), BANGUI, profiles["helicopter"])


@given(st.floats(-179, 179), st.floats(-80, 80), st.floats(0, 4), st.floats(0, 4))
def test_flight_path_is_whole_and_close(lon, lat, east, north):
    fast = dataclasses.replace(load_profiles(TEXT)["fixed-wing"], range_km=20000)
    start, end = LonLat(lon, lat), LonLat(min(lon + east, 180), lat + north)
    found = flight(start, end, fast)
    hops = [distance_m(a, b) for a, b in zip(found.path, found.path[1:], strict=False)]
    assert max(hops) <= 50_001
    assert sum(hops) == pytest.approx(found.metres, abs=1)
