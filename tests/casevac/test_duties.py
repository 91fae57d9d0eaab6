"""The table of duties: every kind once at least, every way once only, every example taken."""

import pytest

from casevac.duties import DUTIES, PLURALS, Duty
from casevac.errors import BadMessage
from casevac.events import FIELD_KINDS, KINDS, body_from
from casevac.texts import check_kept

WAYS = [pytest.param(duty, id=f"{duty.noun} {duty.verb}") for duty in DUTIES]


def test_every_kind_that_can_be_told_has_a_way_and_every_way_is_one():
    assert {duty.kind for duty in DUTIES} == FIELD_KINDS
    assert len({(duty.noun, duty.verb) for duty in DUTIES}) == len(DUTIES)
    assert len({path for duty in DUTIES for path in duty.paths}) == sum(len(duty.paths) for duty in DUTIES)


def test_a_kind_has_more_ways_only_by_what_they_say():
    """The same kind again differs in its noun or in what its verb says by itself."""
    ways = [(duty.kind, duty.noun, *sorted(duty.preset.items())) for duty in DUTIES]
    assert len(set(ways)) == len(ways)


@pytest.mark.parametrize("duty", WAYS)
def test_the_example_is_taken_as_it_stands(duty: Duty):
    body = body_from(duty.kind, duty.shown_example)
    assert type(body) is KINDS[duty.kind]
    assert duty.noun in PLURALS
    given = {*duty.preset, "speaker"} | (set() if duty.opens else {duty.field})
    assert not set(duty.example) & given


def test_a_place_by_name_stands_for_its_coordinates():
    alert = next(duty for duty in DUTIES if duty.kind == "alert_raised")
    found = alert.with_place({"who": "P", "place": "Bria"}, lambda text: (21.9, 6.5, 0.0))
    assert found == {"who": "P", "place": "Bria", "lon": 21.9, "lat": 6.5}
    hazard = next(duty for duty in DUTIES if duty.kind == "hazard_reported")
    assert hazard.with_place({"place": "Bria"}, lambda text: (21.9, 6.5, 0.0)) == {"lon": 21.9, "lat": 6.5}
    vague = alert.with_place({"place": "near Bria"}, lambda text: (21.9, 6.5, 2000.0))
    assert vague["uncertainty_m"] == 2000.0
    loaded = next(duty for duty in DUTIES if duty.kind == "casualty_loaded")
    assert loaded.with_place({"place": "Bria"}, lambda text: (0, 0, 0)) == {"place": "Bria"}


@pytest.mark.parametrize("told", ["a\x00b", {"a": {"b\x00": 1}}, [["\ud800"]], {"x": ["ok", "\x00"]}])
def test_what_the_store_cannot_keep_is_refused(told):
    with pytest.raises(BadMessage, match="no text may hold"):
        check_kept(told)


def test_what_is_nested_without_end_is_refused():
    told: list = []
    for _ in range(5000):
        told = [told]
    with pytest.raises(BadMessage, match="nested too deeply"):
        check_kept(told)
    check_kept({"polygon": [[1.0, 2.0], [3.0, 4.0]], "inputs": {"walks": True}})
