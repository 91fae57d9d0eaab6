"""Places: longitude and latitude, geodesics, military grid references."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import BadPlace
from geo.lonlat import LonLat, bearing_deg, check, distance_m, distances_m, midway
from geo.mgrs import from_mgrs, read_place, to_mgrs

BANGUI, BIRAO = LonLat(18.55496, 4.36122), LonLat(22.78818, 10.28488)
lons = st.floats(-179.9, 179.9)
lats = st.floats(-79.9, 83.9)

GRIDS = [
    (18.5188, 4.39848, "34NBK2462686631"),
    (22.7169, 10.2364, "34PFS8805332050"),
    (29.2385, -1.67081, "35MQU4904715182"),
    (31.6011, 4.87201, "36NUL4488038677"),
    (32.4435, 0.04239, "36NVF3807404685"),
    (15.637, 5.958, "33NWG7050358602"),
    (26.48722, 5.40389, "35NMF4319197333"),
    (0.0, 0.0, "31NAA6602100000"),
]


@pytest.mark.parametrize(("lon", "lat", "grid"), GRIDS)
def test_grid_of_known_places(lon, lat, grid):
    assert to_mgrs(LonLat(lon, lat)) == grid
    assert distance_m(from_mgrs(grid), LonLat(lon, lat)) < 1.0


def test_fewer_digits_are_cut_off_and_read_as_the_centre():
    assert to_mgrs(LonLat(18.5188, 4.39848), 4) == "34NBK24628663"
    assert to_mgrs(LonLat(18.5188, 4.39848), 3) == "34NBK246866"
    corner, centre = from_mgrs("34NBK2460086600"), from_mgrs("34NBK246866")
    assert distance_m(corner, centre) == pytest.approx(math.hypot(50, 50), abs=1.5)


@given(lons, lats, st.integers(1, 5))
def test_grid_round_trip_stays_within_its_cell(lon, lat, digits):
    place = LonLat(lon, lat)
    assert distance_m(place, from_mgrs(to_mgrs(place, digits))) <= 10 ** (5 - digits) * math.sqrt(2) / 2 + 1.5


@pytest.mark.parametrize(
    "text", ["34nbk 24626 86631", "34N BK 2462686631", " 34NBK2462686631 ", "18.5188,4.39848"]
)
def test_places_as_people_write_them(text):
    assert distance_m(read_place(text), LonLat(18.5188, 4.39848)) < 1.0


BAD = [
    "",
    "hello",
    "34NBK246",
    "34NII2462",
    "99ZZZ",
    "34NZZ1234512345",
    "1,2,3",
    "3,91",
    "nan,1",
    "1,inf",
    "181,0",
]


@pytest.mark.parametrize("text", BAD)
def test_bad_places_are_named(text):
    with pytest.raises(BadPlace) as fault:
        read_place(text)
    assert "\n" not in str(fault.value)


@given(st.text(max_size=40))
def test_any_text_is_a_place_or_a_bad_place(text):
    try:
        place = read_place(text)
    except BadPlace:
        return
    assert check(*place) == place


@pytest.mark.parametrize(
    ("lon", "lat"), [(math.nan, 0), (0, math.nan), (math.inf, 0), (0, 91), (0, -90.01), (181, 0)]
)
def test_numbers_off_the_earth(lon, lat):
    with pytest.raises(BadPlace):
        check(lon, lat)


def test_geodesic_against_a_published_figure():
    assert distance_m(BIRAO, BANGUI) / 1000 == pytest.approx(803, abs=10)
    assert bearing_deg(LonLat(0, 0), LonLat(1, 0)) == pytest.approx(90)
    assert distances_m([BANGUI, BIRAO], BANGUI) == pytest.approx([0, distance_m(BIRAO, BANGUI)])


@given(lons, lats, lons, lats, st.floats(0, 1))
def test_midway_divides_the_distance(lon1, lat1, lon2, lat2, fraction):
    a, b = LonLat(lon1, lat1), LonLat(lon2, lat2)
    whole = distance_m(a, b)
    between = midway(a, b, fraction)
    assert distance_m(a, between) == pytest.approx(whole * fraction, abs=0.01)
    assert distance_m(between, b) == pytest.approx(whole * (1 - fraction), abs=0.01)
    assert np.isfinite(between).all()
