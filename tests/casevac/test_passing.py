"""Which part of a path lies in an area, and whether it goes against a one-way route."""

import pytest

from casevac.passing import against, span
from geo.area import band, circle

WEST_EAST = [(20.0, 5.0), (20.1, 5.0), (20.2, 5.0)]


def test_the_share_of_a_path_inside_an_area():
    assert span(circle("C", 20.1, 5.0, 1000), WEST_EAST) == pytest.approx((0.455, 0.545), abs=0.001)
    assert span(circle("C", 21.0, 5.0, 1000), WEST_EAST) is None
    assert span(circle("C", 20.0, 5.0, 1000), WEST_EAST[:1]) is None


def test_only_who_drives_against_the_line_drives_against_it():
    line = band("EAST", [(20.05, 5.0), (20.15, 5.0)], 200)
    shares = span(line, WEST_EAST)
    assert shares is not None
    assert not against(line, WEST_EAST, shares)
    assert against(line, WEST_EAST[::-1], shares)
    crossing = [(20.1, 4.9), (20.1, 5.1)]
    across = span(line, crossing)
    assert across is not None
    assert not against(line, crossing, across)


def test_a_circle_has_no_direction():
    area = circle("C", 20.1, 5.0, 1000)
    assert not against(area, WEST_EAST, (0.4, 0.6))
