"""The 9-line as people read it on the radio: what is understood, what is refused and in which words."""

import json
import re

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from casevac import nineline
from casevac.dialect import Dialect, Form
from casevac.errors import BadMessage
from casevac.events import NineLineSent
from casevac.radio import NUMBERS, PHONETIC
from casevac.terms import Affiliation, Contamination, Equipment, Marking, Precedence, Security
from geo.lonlat import LonLat
from geo.mgrs import to_mgrs
from tests.casevac.dialects import UN, US

GRID = "34NFN0939121654"
P, S, M = Precedence, Security, Marking
LAUNCHABLE = {
    "pickup": GRID,
    "frequency": "38.65",
    "callsign": "PATROL 3",
    "precedences": {P.URGENT: 2, P.PRIORITY: 1},
    "equipment": (),
    "litter": 2,
    "ambulatory": 1,
}


def told(body: NineLineSent) -> dict:
    """What was told, without what follows from it."""
    names = (name for names in nineline.FIELDS.values() for name in names)
    each = {name: getattr(body, name) for name in names}
    degrees = ("lon", "lat", "uncertainty_m")
    return {name: value for name, value in each.items() if value not in (None, "") and name not in degrees}


GOOD = [
    (f"LINE 1 {GRID} LINE 2 38.65 PATROL 3 LINE 3 A2 C1 LINE 4 A LINE 5 L2 A1", LAUNCHABLE),
    (f"1. {GRID} 2. 38.65 PATROL 3 3. A2 C1 4. A 5. L2 A1", LAUNCHABLE),
    (f"1) {GRID}\n2) 38.65 PATROL 3\n3) A2 C1\n4) NONE\n5) L2 A1\n", LAUNCHABLE),
    (f"1 {GRID}\n2 38.65 PATROL 3\n3 2 URGENT 1 PRIORITY\n4 none\n5 2 litter, 1 ambulatory", LAUNCHABLE),
    (f"Line 5: L2 A1\nLine 4: A\nLine 3: A2, C1\nLine 2: 38.65 PATROL 3\nLine 1: {GRID}", LAUNCHABLE),
    (
        f"MEDEVAC REQUEST FOLLOWS. LINE ONE {GRID} BREAK LINE TWO 38.65 PATROL 3 LINE THREE ALPHA TWO"
        " CHARLIE ONE BREAK LINE FOUR ALPHA LINE FIVE LIMA TWO ALPHA ONE BREAK OVER",
        LAUNCHABLE,
    ),
    ("3 URGENT x2", {"precedences": {P.URGENT: 2}}),
    ("LINE 3 2 x URGENT SURGICAL", {"precedences": {P.URGENT_SURGICAL: 2}}),
    ("line 3 alpha two, bravo one", {"precedences": {P.URGENT: 2, P.URGENT_SURGICAL: 1}}),
    ("LINE 3 E twelve", {"precedences": {P.CONVENIENCE: 12}}),
    ("LINE 3 A2B1C3D4E5", {"precedences": dict(zip(P, (2, 1, 3, 4, 5), strict=False))}),
    ("LINE 3 urgent-surgical: 1; routine: 2", {"precedences": {P.URGENT_SURGICAL: 1, P.ROUTINE: 2}}),
    ("LINE 3 none", {"precedences": {}}),
    ("LINE 4 B AND D", {"equipment": (Equipment.HOIST, Equipment.VENTILATOR)}),
    ("LINE 4 blood, hoist", {"equipment": (Equipment.BLOOD, Equipment.HOIST)}),
    ("LINE 5 three litter patients", {"litter": 3}),
    ("LINE 5 L0 A4", {"litter": 0, "ambulatory": 4}),
    ("LINE 6 NOVEMBER", {"security": S.NONE}),
    ("LINE 6 X-RAY", {"security": S.ESCORT_REQUIRED}),
    ("LINE 6 possible enemy", {"security": S.POSSIBLE}),
    ("LINE 6 P, WOUNDS: two gunshot, one burn", {"security": S.POSSIBLE, "wounds": "two gunshot, one burn"}),
    ("LINE 6 wounds blast", {"wounds": "blast"}),
    ("LINE 6 N - no enemy troops in area", {"security": S.NONE}),
    ("LINE 3: 2A, 1-C; LINE 5: L-2", {"precedences": {P.URGENT: 2, P.PRIORITY: 1}, "litter": 2}),
    ("LINE 7 CHARLIE, green", {"marking": M.SMOKE, "marking_detail": "green"}),
    ("LINE 7 smoke green", {"marking": M.SMOKE, "marking_detail": "green"}),
    ("LINE 7 D", {"marking": M.NONE}),
    ("LINE 8 C", {"patients": {"non_us_military": None}}),
    ("LINE 8 A1 D2", {"patients": {"us_military": 1, "non_us_civilian": 2}}),
    ("LINE 9 NONE", {"contamination": Contamination.NONE}),
    ("LINE 9 CHEMICAL, TERRAIN: dust", {"contamination": Contamination.CHEMICAL, "terrain": "dust"}),
    ("LINE 1 the old bridge", {"pickup": "the old bridge"}),
    ("LINE 2 CH 5 MEDIC 1", {"frequency": "CH 5", "callsign": "MEDIC 1"}),
    ("LINE 2 PATROL 3", {"callsign": "PATROL 3"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), GOOD)
def test_what_is_read_on_the_radio_is_understood(text, wanted):
    body = nineline.read(text, US)
    assert told(body) == wanted
    assert (body.raw, body.dialect) == (text, "us-atp")


BAD = [
    ("", "say which line"),
    ("two urgent at the bridge", "say which line"),
    ("LINE 3 F1", "line 3: 'F' means nothing in us-atp; it accepts A urgent, B urgent surgical, C priority"),
    ("LINE 3 ZULU 1", "line 3: 'ZULU'"),
    ("LINE 3 A", "line 3: urgent has no number"),
    ("LINE 3 2", "line 3: after 2 a number and a word must follow in turn"),
    ("LINE 3 2 3 A", "line 3: after 2"),
    ("LINE 3 A2 A1", "line 3: urgent is told twice"),
    ("LINE 3 ::", "line 3: it tells nothing"),
    ("LINE 3 A2 4", "line 3: the number 4 belongs to no word"),
    ("LINE 3 A99999", "line 3: 99999 is too many"),
    ("LINE 3 A2.5", "line 3: '.'"),
    ("LINE 3 Ä2", "line 3: 'Ä'"),
    ("LINE 4 A B", "line 4: it tells equipment and that none is needed"),
    ("LINE 4 2 B", "line 4: the number 2 has no meaning here"),
    ("LINE 5 W2", "line 5: 'W' means nothing in us-atp; it accepts L litter, A ambulatory"),
    ("LINE 5", "line 5 .*is empty"),
    ("LINE 6 N P", "line 6: one word is wanted, not 2"),
    ("LINE 6 zebra", "line 6: 'ZEBRA'"),
    ("LINE 7 Q", "line 7: 'Q'"),
    ("LINE 8 H", "line 8: 'H' means nothing in us-atp"),
    ("LINE 9 Z", "line 9: 'Z'"),
    ("LINE 10 A2", "there is no line 10"),
    ("LINE 3 A2 LINE 3 A1", "line 3 .*told twice"),
    ("two litter cases LINE 3 A2", "stands before the first line"),
    ("LINE 1 FN0939121654", "line 1: .*no grid zone.*many places"),
    ("LINE 1 09391 21654", "line 1: .*no grid zone"),
    ("LINE 1 34NFN093912165", "line 1: .*9 digits"),
    ("LINE 1 34XX12345678", "line 1: .*not a military grid"),
    ("LINE 1 34NFN", "line 1: .*100 km"),
    ("LINE 1 21.9, 96.5", "line 1: latitude 96.5 is outside"),
    ("9-LINE un-2020\nLINE 3 A2", "dialect un-2020, not us-atp"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), BAD)
def test_what_is_not_understood_names_the_line_and_what_it_accepts(text, words):
    with pytest.raises(BadMessage, match=words) as fault:
        nineline.read(text, US)
    assert "\n" not in str(fault.value)


# --- dialects


@pytest.mark.parametrize("number", [3, 4, 5, 6, 7, 9])
def test_a_letter_without_a_dialect_is_never_guessed(number):
    text = f"LINE {number} B1" if number in (3, 5) else f"LINE {number} BRAVO"
    with pytest.raises(
        BadMessage, match=rf"line {number}: letter B .* declare the dialect \(us-atp, un-2020"
    ):
        nineline.read(text, None)


def test_words_need_no_dialect():
    body = nineline.read("LINE 3 two urgent LINE 5 2 litter LINE 6 no enemy LINE 7 panels", None)
    assert (body.precedences, body.litter, body.security, body.marking) == (
        {P.URGENT: 2},
        2,
        S.NONE,
        M.PANELS,
    )
    assert nineline.text(body, None).splitlines()[0] == "LINE 3: URGENT 2"


def test_one_letter_means_two_things_in_two_dialects():
    assert nineline.read("LINE 3 B1", US).precedences == {P.URGENT_SURGICAL: 1}
    assert nineline.read("LINE 3 B1", UN).precedences == {P.PRIORITY: 1}


@pytest.mark.parametrize(
    ("text", "wrong", "right"), [("LINE 8 H2", US, UN), ("LINE 3 E1", UN, US), ("LINE 3 D1", UN, US)]
)
def test_letters_of_another_profile_are_refused(text, wrong, right):
    with pytest.raises(BadMessage, match=f"means nothing in {wrong.name}; it accepts A "):
        nineline.read(text, wrong)
    assert nineline.told_lines(nineline.read(text, right)) == (int(text[5]),)


def test_an_unverified_dialect_says_so_on_every_text():
    body = nineline.read("LINE 3 A2", UN)
    assert nineline.text(body, UN).splitlines()[0] == "9-LINE un-2020 (unverified against DOS/2020.7)"
    assert (UN.verified, US.verified) == (False, True)
    assert "ATP" in US.source


def test_the_precedence_limits_are_those_of_the_published_table():
    assert US.limits_s == {P.URGENT: 3600, P.URGENT_SURGICAL: 3600, P.PRIORITY: 14400, P.ROUTINE: 86400}


def test_line_9_in_peace_tells_terrain_and_a_lone_letter_is_not_guessed():
    assert (
        nineline.read("LINE 9 open field, wires to the north", UN).terrain == "open field, wires to the north"
    )
    assert nineline.read("LINE 9 CONTAMINATION: N", UN).contamination == Contamination.NUCLEAR
    with pytest.raises(BadMessage, match="line 9: 'N' alone tells no terrain"):
        nineline.read("LINE 9 N", UN)


def test_line_8_knows_whose_a_casualty_is():
    assert UN.affiliation("un_police") == Affiliation.UN_POLICE
    assert US.affiliation("prisoner") == Affiliation.DETAINEE
    assert US.affiliation("un_police") == Affiliation.UNKNOWN


@pytest.mark.parametrize(
    ("field", "value"), [("precedence", {"AB": "urgent"}), ("marking", {"a": "smoke"}), ("name", "U S")]
)
def test_a_dialect_with_a_letter_that_is_none_is_refused(field, value):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({**msgspec.to_builtins(US), field: value}, Dialect)


# --- places


@pytest.mark.parametrize(("digits", "metres"), [(5, 0.7), (4, 7.1), (3, 70.7), (2, 707.1), (1, 7071.1)])
def test_fewer_digits_are_a_larger_circle(digits, metres):
    grid = to_mgrs(LonLat(21.98942, 6.52778), digits)
    body = nineline.read(f"LINE 1 {grid}", US)
    assert body.uncertainty_m == metres
    assert body.lon == pytest.approx(21.99, abs=0.1)


def test_a_grid_may_be_spelled_letter_by_letter():
    spelled = " ".join(
        ({v: k for k, v in [*PHONETIC.items(), *((w, str(n)) for w, n in NUMBERS.items())]})[c] for c in GRID
    )
    one, other = nineline.read(f"LINE 1 {spelled}", US), nineline.read(f"LINE 1 GRID {GRID}", US)
    assert (one.lon, one.lat) == (other.lon, other.lat)
    assert one.pickup == spelled


# --- there and back

_PROCEDURE = re.compile(
    r"LINE\s*\w|\b(OVER|BREAK|HOW COPY)\b|WOUNDS|TERRAIN|SECURITY|CONTAMINATION|[;]", re.I
)
_words = st.text(st.sampled_from("abcxyzABCDE0123456789.,'-()äé:"), min_size=1, max_size=8)
free = (
    st.lists(_words, min_size=1, max_size=4)
    .map(" ".join)
    .filter(lambda text: not _PROCEDURE.search(text) and re.match(r"[^\W_]", text) is not None)
)
counts = st.integers(0, 10_000)
grids = st.builds(
    lambda lon, lat, digits: to_mgrs(LonLat(lon, lat), digits),
    st.floats(-170, 170),
    st.floats(-70, 70),
    st.integers(1, 5),
)


def bodies(dialect: Dialect) -> st.SearchStrategy[NineLineSent]:
    words = [one.word for one in dialect.patients.values()]
    return st.builds(
        NineLineSent,
        dialect=st.just(dialect.name),
        pickup=st.none() | grids,
        frequency=st.none() | free,
        callsign=st.none() | free,
        precedences=st.none() | st.dictionaries(st.sampled_from(Precedence), counts),
        equipment=st.none() | st.lists(st.sampled_from(Equipment), unique=True).map(tuple),
        litter=st.none() | counts,
        ambulatory=st.none() | counts,
        security=st.none() | st.sampled_from(Security),
        wounds=st.none() | free,
        marking=st.none() | st.sampled_from(Marking),
        patients=st.none() | st.dictionaries(st.sampled_from(words), st.none() | counts),
        contamination=st.none() | st.sampled_from(Contamination),
        terrain=st.none() | free,
    ).map(nineline.placed)


@pytest.mark.parametrize("dialect", [US, UN], ids=lambda one: one.name)
@pytest.mark.parametrize("form", list(Form))
def test_what_is_written_is_read_back_the_same(dialect, form):
    spoken = replace(dialect, line_6=form, line_9=form)

    @settings(max_examples=300, deadline=None)
    @given(bodies(spoken), free | st.just(""))
    def there_and_back(body, detail):
        if body.marking is not None:
            body = replace(body, marking_detail=detail)
        assume(nineline.told_lines(body))
        written = nineline.text(body, spoken)
        assert replace(nineline.read(written, spoken), raw="") == body

    there_and_back()


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=80)
    | st.lists(
        st.sampled_from(
            ("LINE", "1", "2", "3", "9", "A", "B2", "x", "URGENT", ",", ":", "\n", "34N", ".", "ONE")
        )
    ).map(" ".join)
)
def test_any_text_is_read_or_refused_in_one_line(text):
    for dialect in (US, None):
        try:
            body = nineline.read(text, dialect)
        except BadMessage as fault:
            assert "\n" not in str(fault)
        else:
            assert body.raw == text
            assert nineline.told_lines(body)
            json.loads(msgspec.json.encode(body))
