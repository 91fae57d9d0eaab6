"""Every rule of the road on a small map that is drawn here, imported as any extract."""

import dataclasses
import math

import pytest

from geo.errors import Unreachable
from geo.lonlat import LonLat, distance_m
from tests.roads.drawn import Drawn, routed, seconds, way

# A quick way from A to C by B, where the rule stands, and a way round by D and E.
ROUND = """
A---B---C
|       |
D-------E
A-D-E-C highway=residential
"""


def on_the_direct_way(tags: str, node: str = "") -> Drawn:
    ways = "A-B highway=primary\nB-C highway=primary " + tags
    return Drawn(f"{ROUND}{ways}\n{node}")


DIRECT, AROUND, NONE = "A-B-C", "A-D-E-C", "none"
ALL = "ambulance", "ambulance-4x4", "truck", "armoured", "motorbike", "litter-team"


def expect(drawn: Drawn, profiles, season="dry", **others: str) -> None:
    """The way from A to C for each vehicle, all that are not named by the direct one."""
    told = {name.replace("_", "-"): each for name, each in others.items()}
    found = {name: way(drawn, "A", "C", profiles[name], season) for name in ALL}
    assert found == {**dict.fromkeys(ALL, DIRECT), **told}


def everybody(expected: str, *, but: dict[str, str]) -> dict[str, str]:
    return {**{name.replace("-", "_"): expected for name in ALL}, **but}


def test_the_direct_way_is_the_quicker_one(profiles):
    expect(on_the_direct_way(""), profiles)
    expect(on_the_direct_way(""), profiles, season="wet")


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("oneway=yes", {}),
        ("oneway=-1", everybody(AROUND, but={"litter_team": DIRECT})),
        ("oneway=reversible", everybody(AROUND, but={"litter_team": DIRECT})),
        ("oneway=-1 oneway:emergency=no", {"truck": AROUND, "motorbike": AROUND}),
        ("vehicle:forward=no", everybody(AROUND, but={"litter_team": DIRECT})),
        ("vehicle:backward=no", {}),
        ("access=no", everybody(AROUND, but={})),
        ("access=private", {}),
        ("access=agricultural", {"ambulance": AROUND, "truck": AROUND}),
        ("access=military", {"ambulance": AROUND, "truck": AROUND}),
        ("access=no emergency=yes", {"motorbike": AROUND, "litter_team": AROUND}),
        ("access=no foot=yes", everybody(AROUND, but={"litter_team": DIRECT})),
        ("motor_vehicle=no", everybody(AROUND, but={"litter_team": DIRECT})),
        (
            "motor_vehicle=no motorcycle=yes",
            everybody(AROUND, but={"litter_team": DIRECT, "motorbike": DIRECT}),
        ),
        ("hgv=no", {"truck": AROUND, "armoured": AROUND}),
        ("access=hgv", {"ambulance": AROUND, "armoured": DIRECT}),
        ("motorcar=no", {"ambulance": AROUND, "ambulance_4x4": AROUND}),
        ("motorcycle=no", {"motorbike": AROUND}),
        ("maxweight=3.5", {"truck": AROUND, "armoured": AROUND}),
        ("bridge=yes maxweight=3_elephants", {}),
        ("bridge=yes maxweight=t_3", {}),
        ("bridge=yes maxweight=3_t", everybody(AROUND, but={"litter_team": DIRECT, "motorbike": DIRECT})),
        (
            "bridge=yes maxweight=6000_lbs",
            everybody(AROUND, but={"litter_team": DIRECT, "motorbike": DIRECT}),
        ),
        ("bridge=yes maxweight=3t", everybody(AROUND, but={"litter_team": DIRECT, "motorbike": DIRECT})),
        ("bridge=yes maxweight=3400kg", everybody(AROUND, but={"litter_team": DIRECT, "motorbike": DIRECT})),
        ("bridge=yes maxweight=3400", everybody(AROUND, but={"litter_team": DIRECT, "motorbike": DIRECT})),
        ("bridge=yes maxweight=3.5st", everybody(AROUND, but={"litter_team": DIRECT, "motorbike": DIRECT})),
        ("bridge=yes maxweight=16", {"armoured": AROUND}),
        ("maxheight=3", {"truck": AROUND}),
        ("maxheight=9'0\"", {"truck": AROUND, "armoured": AROUND}),
        ("maxwidth=2.2", {"truck": AROUND, "armoured": AROUND}),
        ("smoothness=very_horrible", everybody(AROUND, but={"armoured": DIRECT, "litter_team": DIRECT})),
        ("smoothness=impassable", everybody(AROUND, but={"litter_team": DIRECT})),
        ("smoothness=bad", {}),
    ],
)
def test_tags_of_a_way(profiles, tags, expected):
    expect(on_the_direct_way(tags), profiles, **expected)


WHEELED = everybody(AROUND, but={"litter_team": DIRECT})


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("barrier=gate", {}),
        ("barrier=lift_gate", {}),
        ("barrier=bollard", {**WHEELED, "motorbike": DIRECT}),
        ("barrier=block", WHEELED),
        ("barrier=chain", WHEELED),
        ("barrier=chain motor_vehicle=yes", {}),
        ("barrier=gate access=private", {}),
        ("barrier=gate access=no", everybody(AROUND, but={})),
        ("barrier=gate access=no emergency=yes", {"motorbike": AROUND, "litter_team": AROUND}),
        ("barrier=gate locked=yes", everybody(AROUND, but={})),
        ("barrier=gate hgv=no", {"truck": AROUND, "armoured": AROUND}),
        ("barrier=something_new", WHEELED),
        (
            "barrier=height_restrictor maxheight=2.6",
            {"ambulance": AROUND, "truck": AROUND, "armoured": AROUND},
        ),
        ("ford=stepping_stones", WHEELED),
        ("highway=ford", {}),
    ],
)
def test_tags_of_a_node(profiles, tags, expected):
    drawn = on_the_direct_way("", f"B: {tags}")
    expect(drawn, profiles, **expected)
    assert drawn.roads.about["unread"].get("barrier", 0) == ("new" in tags)


def test_a_ford_of_a_road_and_one_at_a_node(profiles):
    for drawn in (on_the_direct_way("ford=yes"), on_the_direct_way("", "B: ford=yes")):
        expect(drawn, profiles)
        expect(drawn, profiles, season="wet", ambulance=AROUND, motorbike=AROUND)


def test_a_barrier_at_a_junction_parts_all_that_meet_there(profiles):
    drawn = Drawn(
        """
A---B---C
    |
    D
A-B highway=primary
B-C highway=primary
B-D highway=primary
B: barrier=block
"""
    )
    for a, b in ("AC", "AD", "CD"):
        assert way(drawn, a, b, profiles["ambulance"]) == NONE
        assert way(drawn, a, b, profiles["litter-team"]) == f"{a}-B-{b}"
    assert way(drawn, "A", "B", profiles["ambulance"]) == "A-B"


def test_a_barrier_in_the_middle_of_a_way_is_met_from_both_sides(profiles):
    drawn = Drawn("A---B---C\nA-B-C highway=primary\nB: barrier=bollard")
    assert way(drawn, "A", "C", profiles["truck"]) == NONE
    assert way(drawn, "C", "B", profiles["truck"]) == "C-B"
    assert way(drawn, "A", "C", profiles["motorbike"]) == DIRECT
    assert drawn.roads.stretches == 3


def test_a_roundabout_is_driven_one_way_round(profiles):
    drawn = Drawn(
        r"""
    B
   / \
A-C   D-E
   \ /
    F
A-C highway=primary
D-E highway=primary
C-F-D-B-C highway=primary junction=roundabout
"""
    )
    assert way(drawn, "A", "E", profiles["ambulance"]) == "A-C-F-D-E"
    assert way(drawn, "E", "A", profiles["ambulance"]) == "E-D-B-C-A"


def test_the_slower_sign_counts(profiles):
    slow, fast = on_the_direct_way("maxspeed=5"), on_the_direct_way("maxspeed=50")
    expect(slow, profiles, **WHEELED)
    expect(fast, profiles)
    assert seconds(fast, "B", "C", profiles["ambulance"]) == pytest.approx(1335.8 / 50 * 3.6, rel=0.01)
    in_miles = on_the_direct_way("maxspeed=5_mph")
    expect(in_miles, profiles, ambulance=AROUND, ambulance_4x4=AROUND, motorbike=AROUND)
    assert seconds(in_miles, "B", "C", profiles["ambulance"]) == pytest.approx(1335.8 / 8 * 3.6, rel=0.01)
    assert in_miles.roads.about["unread"] == {}
    garbage = on_the_direct_way("maxspeed=5_furlongs")
    expect(garbage, profiles)  # nobody can read that; it is counted
    assert garbage.roads.about["unread"] == {"maxspeed": 1}


def test_a_ferry_takes_the_time_that_it_tells(profiles):
    drawn = Drawn("A---B---C\nA-B highway=primary\nB-C route=ferry duration=00:30")
    for name in ("ambulance", "litter-team"):
        assert seconds(drawn, "B", "C", profiles[name]) == 1800
    shut = Drawn(
        """
A---B---C---D
A-B highway=primary
C-D highway=primary
B-C route=ferry duration=00:30 motor_vehicle=no
"""
    )
    assert way(shut, "A", "D", profiles["ambulance"]) == NONE
    assert way(shut, "A", "D", profiles["litter-team"]) == "A-B-C-D"


@pytest.mark.parametrize(
    ("tags", "dry", "wet"),
    [
        ("surface=asphalt", 1.0, 0.9),
        ("surface=laterite", 0.75, 0.5),
        ("surface=sand", 0.25, 0.0),
        ("tracktype=grade1", 1.0, 0.9),
        ("tracktype=grade3", 0.6, 0.3),
        ("tracktype=grade5", 0.25, 0.0),
        ("tracktype=grade5 surface=asphalt", 1.0, 0.9),
        ("surface=asphalt seasonal=dry_season", 1.0, 0.0),
        ("surface=asphalt intermittent=yes", 1.0, 0.0),
        ("surface=asphalt seasonal=wet_season", 1.0, 0.9),
    ],
)
def test_surfaces_and_seasons(profiles, tags, dry, wet):
    drawn = Drawn(f"A---B\nA-B highway=track {tags}")
    plain = 1335.8 * 3.6 / profiles["ambulance"].speeds["track"]
    for season, factor in (("dry", dry), ("wet", wet)):
        expected = plain / factor if factor else math.inf
        assert seconds(drawn, "A", "B", profiles["ambulance"], season) == pytest.approx(expected, rel=0.01)


def test_a_winter_road_is_none_in_the_tropics(profiles):
    expect(on_the_direct_way("ice_road=yes"), profiles, **WHEELED)


def test_the_night_slows_but_a_slower_sign_still_counts(profiles):
    drawn, signed = on_the_direct_way(""), on_the_direct_way("maxspeed=30")
    one = profiles["ambulance"]
    assert seconds(drawn, "A", "C", one, night=True) == pytest.approx(seconds(drawn, "A", "C", one) / 0.85)
    assert seconds(signed, "B", "C", one, night=True) == seconds(signed, "B", "C", one)


# --- turns

CROSS = """
    N
    |
W---X---E
|   |   |
|   S   |
|       |
P-------Q
N-X highway=primary
X-S highway=primary
W-X highway=primary
X-E highway=primary
W-P-Q-E highway=primary
"""


def crossing(*signs: str) -> Drawn:
    return Drawn(CROSS + "\n".join(signs))


def test_a_forbidden_turn_and_who_it_binds(profiles):
    drawn = crossing("no_left_turn X-S X W-X")
    for name in ("ambulance", "truck", "armoured", "motorbike"):
        assert way(drawn, "S", "W", profiles[name]) in ("S-X-N-X-W", "S-X-E-X-W")
        assert way(drawn, "W", "S", profiles[name]) == "W-X-S"
        assert way(drawn, "S", "E", profiles[name]) == "S-X-E"
    assert way(drawn, "S", "W", profiles["litter-team"]) == "S-X-W"
    assert drawn.graph.nodes == drawn.roads.nodes + 1


def test_only_straight_on(profiles):
    drawn = crossing("only_straight_on X-S X N-X")
    assert way(drawn, "S", "N", profiles["truck"]) == "S-X-N"
    assert way(drawn, "S", "E", profiles["truck"]) == "S-X-N-X-E"
    assert way(drawn, "S", "E", profiles["litter-team"]) == "S-X-E"
    assert way(drawn, "W", "E", profiles["truck"]) == "W-X-E"


def test_no_u_turn_and_a_dead_end(profiles):
    street = """
    Q
    |
P---A---B---C
P-A highway=primary
A-Q highway=primary
A-B highway=primary
B-C highway=primary
no_left_turn P-A A A-Q
"""
    assert way(Drawn(street), "P", "Q", profiles["truck"]) == "P-A-B-A-Q"
    drawn = Drawn(street + "no_u_turn A-B B A-B")
    assert way(drawn, "P", "Q", profiles["truck"]) == "P-A-B-C-B-A-Q"
    assert way(drawn, "P", "Q", profiles["litter-team"]) == "P-A-Q"
    short = Drawn("A---B\nA-B highway=primary\nno_u_turn A-B B A-B")  # nobody could ever leave B
    assert short.roads.about["restrictions"]["no_exit"] == 1


@pytest.mark.parametrize(
    ("words", "free"),
    [
        ("except=emergency", {"ambulance", "ambulance-4x4", "armoured"}),
        ("except=motorcycle;psv", {"motorbike"}),
        ("except=hgv", {"truck", "armoured"}),
        ("except=motor_vehicle", {"ambulance", "ambulance-4x4", "truck", "armoured", "motorbike"}),
        ("except=bicycle", set()),
        ("restriction:hgv=no_left_turn restriction=", {"ambulance", "ambulance-4x4", "motorbike"}),
        ("restriction:bus=no_left_turn restriction=", set(ALL)),
        ("restriction:conditional=no_left_turn@(07:00-09:00) restriction=", set(ALL)),
        ("hour_on=07:00 hour_off=09:00", set(ALL)),
    ],
)
def test_exceptions(profiles, words, free):
    drawn = crossing(f"no_left_turn X-S X W-X {words}")
    found = {name for name in ALL if way(drawn, "S", "W", profiles[name]) == "S-X-W"}
    assert found == free | {"litter-team"}


def test_two_signs_with_different_exceptions_both_count(profiles):
    drawn = crossing(
        "no_left_turn X-S X W-X except=emergency",
        "no_left_turn X-S X W-X restriction:hgv=no_left_turn restriction=",
    )
    found = {name for name in ALL if way(drawn, "S", "W", profiles[name]) == "S-X-W"}
    assert found == {"ambulance", "ambulance-4x4", "litter-team"}


DUAL = """
A---B---C
    |
D---E---F
A-B highway=primary oneway=yes
B-C highway=primary oneway=yes
F-E highway=primary oneway=yes
E-D highway=primary oneway=yes
B-E highway=service
"""


def test_a_way_in_between(profiles):
    assert way(Drawn(DUAL), "A", "D", profiles["truck"]) == "A-B-E-D"
    drawn = Drawn(DUAL + "no_u_turn A-B B-E E-D")
    assert way(drawn, "A", "D", profiles["truck"]) == NONE
    assert way(drawn, "A", "E", profiles["truck"]) == "A-B-E"
    assert way(drawn, "B", "D", profiles["truck"]) == "B-E-D"
    assert way(drawn, "F", "C", profiles["truck"]) == "F-E-B-C"
    assert way(drawn, "A", "D", dataclasses.replace(profiles["truck"], obeys_turns=False)) == "A-B-E-D"


def test_only_one_way_on_by_a_way_in_between(profiles):
    drawn = Drawn(
        DUAL.replace("E-D highway=primary oneway=yes", "E-D highway=primary") + "only_left_turn A-B B-E E-D"
    )
    assert way(drawn, "A", "D", profiles["truck"]) == "A-B-E-D"
    assert way(drawn, "A", "C", profiles["truck"]) == "A-B-E-D-E-B-C"
    assert way(drawn, "B", "C", profiles["truck"]) == "B-C"


def test_several_ways_in_between_and_a_turn_inside_them(profiles):
    text = """
A---B---C---D---E
    |   |   |
    |   |   |
    P---Q---R
A-B highway=primary
B-C highway=primary
C-D highway=primary
D-E highway=primary
B-P highway=residential oneway=yes
P-Q highway=residential
Q-R highway=residential
R-D highway=residential oneway=yes
C-Q highway=residential oneway=yes
"""
    assert way(Drawn(text), "A", "E", profiles["truck"]) == "A-B-C-D-E"
    drawn = Drawn(text + "no_straight_on A-B B-C C-D D-E")
    assert way(drawn, "A", "E", profiles["truck"]) == "A-B-C-Q-R-D-E"
    assert way(drawn, "B", "E", profiles["truck"]) == "B-C-D-E"
    both = Drawn(text + "no_straight_on A-B B-C C-D D-E\nno_right_turn B-C C C-Q")
    assert way(both, "A", "E", profiles["truck"]) == "A-B-P-Q-R-D-E"


def test_entries_and_exits(profiles):
    drawn = crossing("no_entry X-S X W-X")
    assert way(drawn, "S", "W", profiles["truck"]) != "S-X-W"
    drawn = crossing("no_exit X-S X W-X")
    assert way(drawn, "S", "W", profiles["truck"]) != "S-X-W"


@pytest.mark.parametrize(
    ("signs", "reason"),
    [
        (["no_left_turn X-S X Z-Z"], "incomplete"),
        (["no_left_turn X-S X W-P-Q-E"], "unclear"),
        (["no_left_turn X-S N W-X"], "unclear"),
        (["left_turn X-S X W-X"], "unread"),
        (["no_left_turn X-S X W-X except=vehicle"], "binds_others"),
        (["no_left_turn X-S X W-X day_on=Monday"], "at_some_hours"),
        (
            [
                "no_left_turn X-S X W-X",
                "no_straight_on X-S X N-X",
                "no_right_turn X-S X X-E",
                "no_u_turn X-S X X-S",
            ],
            "no_exit",
        ),
        (["only_left_turn X-S X W-X", "no_left_turn X-S X W-X"], "no_exit"),
    ],
)
def test_signs_that_say_nothing_are_counted_and_left_out(profiles, signs, reason):
    drawn = crossing(*signs)
    assert drawn.roads.about["restrictions"][reason] >= 1
    assert len(drawn.roads.ban_binds) == 0
    assert way(drawn, "S", "W", profiles["truck"]) == "S-X-W"


def test_values_that_nobody_can_read_are_counted(profiles):
    drawn = on_the_direct_way(
        "maxweight=3_elephants maxheight=? maxwidth=two_carts maxspeed=slow smoothness=soso "
        "access:conditional=no@wet"
    )
    expect(drawn, profiles)
    keys = ("access:conditional", "maxheight", "maxspeed", "maxweight", "maxwidth", "smoothness")
    assert drawn.roads.about["unread"] == dict.fromkeys(keys, 1)


# --- from and to places between the letters


def test_places_in_the_middle_of_stretches(profiles):
    drawn, one = on_the_direct_way(""), profiles["ambulance"]
    assert way(drawn, "A-B@0.5", "B-C@0.25", one) == "@-B-@"
    whole = seconds(drawn, "A", "B", one)
    assert seconds(drawn, "A-B@0.5", "B-C@0.25", one) == pytest.approx(0.75 * whole, rel=1e-3)
    assert way(drawn, "A-B@0.75", "A-B@0.25", one) == "@-@"
    assert seconds(drawn, "A-B@0.75", "A-B@0.25", one) == pytest.approx(0.5 * whole, rel=1e-3)
    assert drawn.place("B-A@0.75") == drawn.place("A-B@0.25")


def test_both_sides_of_a_stretch_lead_away_from_it(profiles):
    one = profiles["ambulance"]
    drawn = Drawn(
        ROUND.replace("A-D-E-C highway=residential", "A-D highway=residential")
        + "D-E highway=residential\nE-C highway=residential\nA-B highway=primary\nB-C highway=primary"
    )
    assert way(drawn, "D-E@0.2", "A", one) == "@-D-A"
    assert way(drawn, "D-E@0.8", "C", one) == "@-E-C"
    assert way(drawn, "A", "D-E@0.2", one) == "A-D-@"
    assert way(drawn, "C", "D-E@0.8", one) == "C-E-@"
    assert way(drawn, "B", "D-E@0.3", one) == "B-A-D-@"
    assert way(drawn, "B", "D-E@0.7", one) == "B-C-E-@"


def test_what_lies_behind_on_a_one_way_road_is_reached_all_the_way_round(profiles):
    drawn = Drawn(f"{ROUND}A-B highway=primary oneway=yes\nB-C highway=primary")
    assert way(drawn, "A-B@0.25", "A-B@0.75", profiles["truck"]) == "@-@"
    assert way(drawn, "A-B@0.75", "A-B@0.25", profiles["truck"]) == "@-B-C-E-D-A-@"
    assert way(drawn, "A-B@0.75", "A", profiles["truck"]) == "@-B-C-E-D-A"
    assert way(drawn, "B", "A-B@0.5", profiles["truck"]) == "B-C-E-D-A-@"
    assert way(drawn, "A-B@0.75", "A-B@0.25", profiles["litter-team"]) == "@-@"


def test_a_turn_counts_from_the_middle_of_a_stretch_too(profiles):
    drawn = crossing("no_left_turn X-S X W-X")
    for end in ("W", "W-X@0.5"):
        tail = "-X-W" if end == "W" else "-X-@"
        assert way(drawn, "X-S@0.5", end, profiles["truck"]) in (f"@-X-N{tail}", f"@-X-E{tail}")
        assert way(drawn, "X-S@0.5", end, profiles["litter-team"]) == f"@{tail}"
    assert way(drawn, "X-S@0.5", "E", profiles["truck"]) == "@-X-E"
    assert way(drawn, "W-X@0.5", "X-S@0.5", profiles["truck"]) == "@-X-@"
    assert way(drawn, "X", "W", profiles["truck"]) == "X-W"


ISLAND = """
A-------B-------C

    D---E
A-B-C highway=primary
D-E highway=primary
"""


def test_beside_an_island_the_road_around_stands_in(profiles):
    near = Drawn(ISLAND.replace("\n\n    D", "\n    D"))
    one = profiles["ambulance"]
    assert way(near, "D-E@0.5", "E", one) == "@-E"
    for start, end, passed in (("D-E@0.5", "C", "@-?-B-C"), ("C", "D-E@0.5", "C-B-?-@")):
        assert way(near, start, end, one) == passed
        found = routed(near, start, end, one)
        assert found.access_m == pytest.approx(332, abs=2)
        assert found.metres - found.access_m == pytest.approx(10 * 333.9, rel=0.01)


def test_what_no_road_leads_to_says_why_and_how_near_one_comes(profiles):
    drawn = Drawn(ISLAND)
    with pytest.raises(Unreachable, match="the nearest point you can drive to is") as told:
        routed(drawn, "A", "D-E@0.5", profiles["ambulance"])
    near, wanted = LonLat(*told.value.closest), drawn.lonlat("A-B@0.75")
    assert distance_m(near, wanted) < 2.0
    assert told.value.short_m == pytest.approx(distance_m(near, drawn.lonlat("D-E@0.5")), abs=1.0)
    assert told.value.short_m == pytest.approx(2 * 331.7, abs=2.0)
    assert routed(drawn, "A", "A-B@0.75", profiles["ambulance"]).path[-1] == wanted


def test_a_drawing_must_show_its_ways():
    with pytest.raises(ValueError, match="no straight line is drawn from A to C"):
        _ = Drawn("A---B   C\nA-C highway=primary").ways
