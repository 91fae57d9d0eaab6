"""MIST as heard: read in its many forms, written so that it reads the same again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casevac.errors import BadMessage
from casevac.mist import Mist, fields, read, text
from casevac.terms import AgeGroup
from tests.casevac.scenes import NOW, A, after

BLAST = Mist(
    mechanism="blast", injuries="left leg, burns", signs="HR 120, BP 90/60", treatment="tourniquet 0803"
)


@pytest.mark.parametrize(
    ("heard", "mist"),
    [
        ("M: blast I: left leg, burns S: HR 120, BP 90/60 T: tourniquet 0803", BLAST),
        ("m: blast\ni: left leg, burns\ns: HR 120, BP 90/60\nt: tourniquet 0803", BLAST),
        ("M - blast\nI - left leg, burns\nS - HR 120, BP 90/60\nT - tourniquet 0803", BLAST),
        ("Mechanism: blast; Injuries: left leg, burns; Signs: HR 120, BP 90/60; Treatment: tourniquet 0803",
         BLAST),
        (f"Z: {A} S: unstable M: fall", Mist(zap=A, stable=False, mechanism="fall")),
        ("S: stable M: fall S: pale", Mist(stable=True, mechanism="fall", signs="pale")),
        ("A: 28 T: 0803Z M: fall",
         Mist(age_group=AgeGroup.ADULT, age_years=28, injury_at=after(-57 * 60), mechanism="fall")),
        ("A: child, 8 years M: fall", Mist(age_group=AgeGroup.CHILD, age_years=8, mechanism="fall")),
        ("A: 18 months M: fall", Mist(age_group=AgeGroup.CHILD, age_years=1.5, mechanism="fall")),
        ("A: adult T: 23:30 M: fall",
         Mist(age_group=AgeGroup.ADULT, injury_at=after(-9.5 * 3600), mechanism="fall")),
        ("T: 0803L M: fall", Mist(mechanism="fall")),  # local time of where?
        ("T: not known M: fall I: not known", Mist(mechanism="fall")),
        ("M: fall S: A: clear, B: 20", Mist(mechanism="fall", signs="A: clear, B: 20")),
        ("Z: John M: fall", Mist(mechanism="fall")),
    ],
)  # fmt: skip
def test_a_mist_is_read_as_it_was_heard(heard, mist):
    assert read(heard, NOW) == mist


@pytest.mark.parametrize(
    ("heard", "words"),
    [
        ("two hurt at the ford", "no MIST in this text; write M: mechanism"),
        ("", "no MIST in this text"),
        ("M: fall I: leg M: blast", "mechanism twice; send one casualty at a time"),
    ],
)
def test_what_is_no_mist_says_so(heard, words):
    with pytest.raises(BadMessage, match=words):
        read(heard, NOW)


words = st.none() | st.from_regex(r"[a-z]{3,9}( [a-z0-9/%]{1,5}[a-z0-9%]){0,3}", fullmatch=True).filter(
    lambda one: one not in ("unknown", "not known", "not told")
)
ages = st.sampled_from(
    (
        (None, None),
        (AgeGroup.ADULT, None),
        (AgeGroup.CHILD, None),
        (AgeGroup.ADULT, 40.0),
        (AgeGroup.CHILD, 7.0),
    )
)


@given(
    ages, st.none() | st.integers(0, 10**6), st.none() | st.booleans(), st.tuples(words, words, words, words)
)
def test_what_is_written_reads_the_same(age, seconds, stable, told):
    mechanism, injuries, signs, treatment = told
    hurt_at = None if seconds is None else datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    mist = Mist(A, *age, hurt_at, stable, mechanism, injuries, signs, treatment)
    assert read(text(mist), NOW) == mist
    assert read(text(mist).replace("\n", "  "), NOW) == mist


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(heard):
    try:
        found = read(heard, NOW)
    except BadMessage:
        return
    assert found != Mist() or heard


def test_how_much_of_it_is_known():
    assert BLAST.completeness == pytest.approx(4 / 6)
    assert BLAST.missing == ("age_group", "injury_at")
    assert fields(Mist(zap=A, stable=False)) == {"stable": False}
