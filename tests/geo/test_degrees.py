"""Coordinates with hemisphere letters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.degrees import read_degrees
from geo.errors import BadPlace
from geo.mgrs import grid_radius_m, read_place


@pytest.mark.parametrize(
    "text",
    [
        "6°32'32\"N 21°59'11\"E",
        "21°59'11\"E 6°32'32\"N",
        "6°32′32″ N, 21°59′11″ E",
        "N6°32'32\" E21°59'11\"",
        "n 6 32 32 e 21 59 11",
        "6 32 32 N 21 59 11 E",
        "063232N 0215911E",
        "6d32m32sN 21d59m11sE",
        "6d 32m 32s N 21d 59m 11s E",
        "6.54222 N, 21.98639 E",
        "6,54222N 21,98639E",
        "6º32'32\" N ; 21º59'11\" E",
        "N06 32.533 E021 59.183",
        "0632.533N 02159.183E",
    ],
)
def test_ways_to_write_one_place(text):
    lon, lat = read_place(text)
    assert (lon, lat) == pytest.approx((21.98639, 6.54222), abs=2e-5)


def test_south_and_west_are_negative():
    assert read_place("6 32 32 S 21 59 11 W") == pytest.approx((-21.98639, -6.54222), abs=1e-5)
    assert read_place("N06 32.5 E021 59.2") == pytest.approx((21.986667, 6.541667), abs=1e-6)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("6°72'N 21°E", "minutes or seconds"),
        ("6°32'61\"N 21°E", "minutes or seconds"),
        ("6.5°32'N 21°E", "minutes or seconds"),
        ("6°32'N", "only half a place"),
        ("N6 N7", "two of the same kind"),
        ("91N 20E", "latitude 91"),
        ("6N 181E", "longitude 181"),
        ("6.5.3N 20E", "not a military grid"),
        ("N E", "not a military grid"),
    ],
)
def test_what_is_no_place_says_so(text, fault):
    with pytest.raises(BadPlace, match=fault) as told:
        read_place(text)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "text", ["", "Bria", "34NDM6408937563", "20.6,5.7", "N2", "E 5", "Nord 5", "12 km N"]
)
def test_other_texts_are_left_alone(text):
    assert read_degrees(text) is None


@given(st.floats(-89.99, 89.99), st.floats(-179.99, 179.99))
def test_written_and_read_again(lat, lon):
    text = f"{abs(lat):.6f} {'N' if lat >= 0 else 'S'} {abs(lon):.6f} {'E' if lon >= 0 else 'W'}"
    assert read_place(text) == pytest.approx((lon, lat), abs=1e-6)


@given(st.text(max_size=30))
def test_any_text_is_a_place_nothing_or_a_fault_in_words(text):
    try:
        read_degrees(text)
    except BadPlace as fault:
        assert str(fault)


def test_a_short_grid_is_a_wide_cell():
    assert grid_radius_m("34NDM6408937563") == pytest.approx(0.7, abs=0.01)
    assert grid_radius_m("34N DM 64 37") == pytest.approx(707, abs=1)
    assert grid_radius_m("20.6,5.7") == 0.0
