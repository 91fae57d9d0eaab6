"""METHANE as people read it on the radio."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from casevac import methane
from casevac.errors import BadMessage
from casevac.events import MethaneSent
from casevac.terms import Category

GRID = "34NFN0939121654"
T1, T2, DEAD = Category.T1, Category.T2, Category.DEAD


def told(body: MethaneSent) -> dict:
    names = (
        "major",
        "standby",
        "location",
        "incident",
        "hazards",
        "access",
        "casualties",
        "number",
        "services",
    )
    return {name: value for name in names if (value := getattr(body, name)) is not None}


WHOLE = {
    "major": True, "standby": False, "location": GRID, "incident": "bus crash", "hazards": "fuel",
    "access": "RR5 from the south", "casualties": {T1: 3, T2: 2, DEAD: 1}, "number": 6,
    "services": "2 ambulances",
}  # fmt: skip
GOOD = [
    (
        f"METHANE\nM declared\nE {GRID}\nT bus crash\nH fuel\nA RR5 from the south\n"
        "N 6: 3 T1 2 T2 1 DEAD\nE 2 ambulances",
        WHOLE,
    ),
    (
        f"M: major incident declared, E: {GRID} T: bus crash H: fuel A: RR5 from the south "
        "N: 6 casualties of which 3 T1, 2 T2, 1 dead E: 2 ambulances".replace("declared,", "declared"),
        WHOLE,
    ),
    (
        f"Mike: yes\nEcho: {GRID}\nTango: bus crash\nHotel: fuel\nAlpha: RR5 from the south\n"
        "November: six total (T1 3, T2 2, dead 1)\nEcho: 2 ambulances",
        WHOLE,
    ),
    ("MAJOR INCIDENT: standby", {"major": False, "standby": True}),
    ("ETHANE N 3", {"major": False, "standby": False, "number": 3}),
    ("N 4 immediate 2 minor", {"casualties": {T1: 4, Category.T3: 2}}),
    ("LOCATION: the old bridge", {"location": "the old bridge"}),
    ("SERVICES: fire brigade", {"services": "fire brigade"}),
    ("T fire\nE two fire engines", {"incident": "fire", "services": "two fire engines"}),
    ("E the market\nT fire", {"location": "the market", "incident": "fire"}),
    ("M no\nE the market", {"major": False, "standby": False, "location": "the market"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), GOOD)
def test_what_is_read_on_the_radio_is_understood(text, wanted):
    body = methane.read(text)
    assert told(body) == wanted
    assert body.raw == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "tells nothing; begin each part with"),
        ("bus crash", "belongs to no part"),
        ("M perhaps", "major incident: 'perhaps' is not understood; it accepts declared, standby"),
        ("E somewhere", "exact location or the services"),
        ("T fire\nT flood", "type is told twice"),
        ("N 3 P9", "number of casualties: 'P'"),
        ("N 99999", "too many"),
        ("N T1 2 T1 3", "told twice"),
        ("T:", "type is empty"),
        ("LOCATION: FN0939121654", "exact location: .*no grid zone"),
        ("E\nT fire", "exact location is empty"),
    ],
)
def test_what_is_not_understood_names_the_part(text, words):
    with pytest.raises(BadMessage, match=words) as fault:
        methane.read(text)
    assert "\n" not in str(fault.value)


free = st.lists(st.text("abcxyz0123456789.äé", min_size=2, max_size=8), min_size=1, max_size=4).map(" ".join)
counts = st.integers(0, 10_000)
bodies = st.builds(
    lambda major, **fields: MethaneSent(major=major[0], standby=major[1], **fields),
    st.sampled_from(((None, None), (True, False), (False, True), (False, False))),
    location=st.none() | st.just(GRID), incident=st.none() | free, hazards=st.none() | free,
    access=st.none() | free, number=st.none() | counts, services=st.none() | free,
    casualties=st.none() | st.dictionaries(st.sampled_from(Category), counts, min_size=1),
).map(methane.placed)  # fmt: skip


@settings(max_examples=300)
@given(bodies)
def test_what_is_written_is_read_back_the_same(body):
    assume(methane.told_parts(body))
    assert replace(methane.read(methane.text(body)), raw="") == body


@settings(max_examples=300)
@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(("METHANE", "M:", "E", "T:", "N", "3", "T1", "A", ":", "x", "\n"))).map(
        " ".join
    )
)
def test_any_text_is_read_or_refused_in_one_line(text):
    try:
        body = methane.read(text)
    except BadMessage as fault:
        assert "\n" not in str(fault)
    else:
        assert methane.told_parts(body)
