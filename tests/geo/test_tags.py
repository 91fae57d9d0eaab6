"""What OpenStreetMap tags mean for driving."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.tags import duration, maxspeed, oneway, read_way
from geo.terms import ACCESS, BACKWARD, BRIDGE, CLASSES, FORD, FORWARD, SURFACES

BOTH = FORWARD | BACKWARD


@pytest.mark.parametrize(
    ("text", "km_h"),
    [("50", 50), ("50 km/h", 50), ("30 mph", 48), ("30mph", 48), ("10 knots", 19), ("80;60", 80),
     ("", 0), ("signals", 0), ("RO:urban", 0), ("none", 0), ("0", 0), ("9999", 0), ("-50", 0), ("5O", 0)],
)  # fmt: skip
def test_maxspeed(text, km_h):
    assert maxspeed(text) == km_h


@given(st.text(max_size=20))
def test_no_speed_limit_or_duration_breaks_the_import(text):
    assert 0 <= maxspeed(text) <= 255
    assert duration(text) >= 0


@pytest.mark.parametrize(
    ("tags", "expected"),
    [({}, BOTH), ({"oneway": "yes"}, FORWARD), ({"oneway": "1"}, FORWARD), ({"oneway": "-1"}, BACKWARD),
     ({"oneway": "no"}, BOTH), ({"junction": "roundabout"}, FORWARD), ({"highway": "motorway"}, FORWARD),
     ({"highway": "motorway", "oneway": "no"}, BOTH), ({"junction": "roundabout", "oneway": "-1"}, BACKWARD)],
)  # fmt: skip
def test_oneway(tags, expected):
    assert oneway(tags) == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("00:15", 900), ("1:30:00", 5400), ("20", 1200), ("PT1H30M", 5400), ("soon", 0), ("", 0)],
)
def test_ferry_duration(text, seconds):
    assert duration(text) == seconds


@pytest.mark.parametrize(
    ("tags", "highway", "surface", "motor"),
    [
        ({"highway": "primary"}, "primary", "unknown", "yes"),
        ({"highway": "track"}, "track", "dirt", "yes"),
        ({"highway": "track", "tracktype": "grade1"}, "track", "paved", "yes"),
        ({"highway": "track", "tracktype": "grade1", "surface": "sand"}, "track", "soft", "yes"),
        ({"highway": "service", "access": "private"}, "service", "unknown", "private"),
        ({"highway": "service", "access": "no", "motor_vehicle": "yes"}, "service", "unknown", "yes"),
        ({"highway": "service", "access": "no", "emergency": "yes"}, "service", "unknown", "emergency"),
        ({"highway": "pedestrian", "motor_vehicle": "permissive"}, "service", "unknown", "yes"),
        ({"highway": "unclassified;tertiary"}, "unclassified", "unknown", "yes"),
        ({"route": "ferry", "duration": "00:20"}, "ferry", "water", "yes"),
    ],
)
def test_class_surface_access(tags, highway, surface, motor):
    way = read_way(tags)
    assert way is not None
    assert (CLASSES[way.highway], SURFACES[way.surface], ACCESS[way.motor]) == (highway, surface, motor)


@pytest.mark.parametrize("word", ["construction", "proposed", "raceway", "bus_stop", "ferry", ""])
def test_what_is_no_road(word):
    assert read_way({"highway": word}) is None


def test_squares_bridges_fords():
    assert read_way({"highway": "pedestrian", "area": "yes"}) is None
    way = read_way({"highway": "track", "bridge": "yes", "ford": "yes"})
    assert way is not None and way.flags & BRIDGE and way.flags & FORD
