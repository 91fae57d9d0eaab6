"""What stands in the way: what it does to whom, when, who says so, and what the door refuses."""

import itertools

import msgspec
import pytest

from casevac import events as e
from casevac import hazard, telling
from casevac.entities import entities
from casevac.errors import BadMessage
from casevac.events import stored_body
from casevac.hazard import Effect
from casevac.ids import Mint
from casevac.mission import Profile
from casevac.passing import planned, risks
from casevac.picture import Picture, apply, empty
from casevac.replan import reasons
from casevac.terms import Category, HazardKind, MissionKind, Mode
from casevac.view import View
from casevac.zap import zap
from geo.errors import GeoError
from tests.casevac.scenes import NOW, after, event, told
from tests.casevac.test_divert import DRIVE, running
from tests.casevac.ways import table, world

K = HazardKind
HERE = {"lon": 21.0, "lat": 6.0}
LINE = ((21.2, 6.0), (21.8, 6.0))


def reported(kind=K.CLOSURE, **more) -> e.HazardReported:
    return e.HazardReported(**{"id": "H", "name": "ZULU", "hazard_kind": kind, **HERE, **more})


def picture_of(*bodies: tuple[float, e.AnyBody], **profile) -> Picture:
    opened = e.MissionOpened(name="m", mission_kind=MissionKind.EXERCISE, profile=Profile(**profile))
    return told(empty("M"), (0, opened), *bodies)


def tell(**fields):
    numbers = itertools.count(1)
    mint = Mint(lambda: zap(next(numbers)), lambda letter: f"{letter}-{next(numbers)}")
    view = View(picture_of(), after(60))
    return telling.tell(view, "hazard_reported", {**HERE, **fields}, mint)


# --- what is told, and what was told before there was more to tell


OLD = '{"kind":"hazard_reported","hazard_kind":"threat","lon":21.0,"lat":6.0,"id":"H","radius_m":300.0}'


def test_an_old_report_is_read_and_means_what_it_meant():
    body = stored_body("hazard_reported", OLD)
    picture = picture_of((0, body))
    assert hazard.effect(body, picture.mission.profile) == Effect.CLOSED
    assert [area.name for area in hazard.areas(picture, after(9), Mode.GROUND)] == ["H"]
    assert msgspec.json.decode(msgspec.json.encode(body)) == msgspec.json.decode(OLD)  # nothing is added


def test_it_is_shown_with_its_source_and_its_author():
    body = reported(K.THREAT, severity=20.0, source="drone", by="PATROL 3", since=after(30), until=after(90))
    picture = picture_of((5, body))
    shown = entities(picture, after(9))["hazards"]["H"]
    assert (shown["effect"], shown["severity"], shown["speed_factor"]) == ("weighed", 20.0, None)
    assert (shown["source"], shown["by"], shown["author"]) == ("drone", "PATROL 3", "test")
    assert (shown["since"], shown["until"]) == ("2026-11-22T09:00:30Z", "2026-11-22T09:01:30Z")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_author_is_who_told_it_last_whatever_came_in_first(order):
    words = [event(reported(), at=1, actor="amina"), event(reported(radius_m=9.0), at=2, actor="musa")]
    picture = picture_of()
    for at, index in enumerate(order):
        picture = apply(picture, msgspec.structs.replace(words[index], seq=9 + at))
    assert picture.hazards["H"].author == "musa"


# --- what it does, and to whom


@pytest.mark.parametrize(
    ("body", "profile", "does"),
    [
        (reported(K.CLOSURE), {}, Effect.CLOSED),
        (reported(K.BRIDGE), {}, Effect.BRIDGES),
        (reported(K.THREAT), {}, Effect.CLOSED),
        (reported(K.THREAT, severity=0.0), {}, Effect.WEIGHED),
        (reported(K.THREAT), {"threat_severity": 5.0}, Effect.WEIGHED),
        (reported(K.WEATHER), {}, Effect.SLOWED),
        (reported(K.SLOW, speed_factor=0.2), {}, Effect.SLOWED),
        (reported(K.ONEWAY, line=LINE), {}, Effect.ONE_WAY),
    ],
)
def test_what_it_does_by_road_and_that_nobody_flies_through(body, profile, does):
    assert hazard.effect(body, Profile(**profile)) == does
    assert hazard.effect(body, Profile(**profile), Mode.AIR) == Effect.CLOSED


def test_numbers_are_those_told_else_those_of_the_mission():
    mission = Profile(threat_severity=5.0, weather_speed_factor=0.25)
    assert hazard.severity(reported(K.THREAT), mission) == 5.0
    assert hazard.severity(reported(K.THREAT, severity=7.0), mission) == 7.0
    assert hazard.severity(reported(K.CLOSURE), mission) is None
    assert hazard.speed_factor(reported(K.WEATHER), mission) == 0.25
    assert hazard.speed_factor(reported(K.SLOW, speed_factor=0.9), mission) == 0.9
    assert hazard.speed_factor(reported(K.THREAT), mission) is None


@pytest.mark.parametrize(
    ("body", "drives", "walks"),
    [
        (reported(K.CLOSURE), True, True),
        (reported(K.THREAT), True, True),
        (reported(K.WEATHER), True, False),
        (reported(K.WEATHER, affects=(Mode.GROUND, Mode.FOOT)), True, True),
        (reported(K.CLOSURE, affects=(Mode.FOOT,)), False, True),
        (reported(K.CLOSURE, affects=(Mode.AIR,)), False, False),
    ],
)
def test_whom_it_binds(body, drives, walks):
    assert hazard.binds(body, hazard.DRIVING) is drives
    assert hazard.binds(body, hazard.WALKING) is walks


@pytest.mark.parametrize(
    ("at", "holds", "stands"), [(29, False, True), (30, True, True), (89, True, True), (90, False, False)]
)
def test_it_holds_from_its_beginning_to_its_end(at, holds, stands):
    picture = picture_of((0, reported(since=after(30), until=after(90))))
    assert bool(hazard.active(picture, after(at))) is holds
    assert bool(hazard.standing(picture, after(at))) is stands
    assert bool(hazard.areas(picture, after(at), Mode.GROUND)) is holds


# --- what the door refuses


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"hazard_kind": "threat", "severity": 101.0}, "severity"),
        ({"hazard_kind": "threat", "severity": -1.0}, "severity"),
        ({"hazard_kind": "threat", "severity": float("nan")}, "severity"),
        ({"hazard_kind": "threat", "severity": float("inf")}, "severity"),
        ({"hazard_kind": "closure", "severity": 3.0}, "a closure has no severity"),
        ({"hazard_kind": "slow", "speed_factor": 0.0}, "speed_factor"),
        ({"hazard_kind": "slow", "speed_factor": 1.5}, "speed_factor"),
        ({"hazard_kind": "slow", "speed_factor": float("nan")}, "speed_factor"),
        ({"hazard_kind": "slow"}, "which share of the speed is left"),
        ({"hazard_kind": "threat", "speed_factor": 0.5}, "a threat has no speed_factor"),
        ({"hazard_kind": "oneway"}, "told as a line"),
        ({"hazard_kind": "bridge", "affects": ["air"]}, "said of roads"),
        ({"hazard_kind": "storm"}, "hazard_kind"),
        (
            {"hazard_kind": "closure", "since": "2026-11-22T12:00:00Z", "until": "2026-11-22T11:00:00Z"},
            "until is not after since",
        ),
        ({"hazard_kind": "closure", "since": "noon"}, "since"),
    ],
)
def test_what_the_door_refuses(fields, words):
    with pytest.raises(BadMessage, match=words):
        tell(**fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"polygon": [[179.0, 6.0], [-179.0, 6.0], [179.0, 6.1]]},
        {"line": [[179.9, 6.0], [-179.9, 6.0]]},
        {"line": [[float("nan"), 6.0], [21.0, 6.1]]},
    ],
)
def test_an_outline_that_is_none_is_refused_by_its_own_name(fields):
    with pytest.raises((GeoError, BadMessage)):
        tell(hazard_kind="closure", **fields)


def test_what_is_sound_is_taken():
    (body,) = tell(hazard_kind="oneway", line=[[21.0, 6.0], [21.1, 6.0]], source="movement order 7")
    assert (body.hazard_kind, body.source) == (K.ONEWAY, "movement order 7")
    (body,) = tell(hazard_kind="threat", severity=20, since="2026-11-22T12:00:00Z")
    assert body.severity == 20.0


# --- a chain under way


@pytest.fixture
def sound():
    return running(world(Category.T1), table(DRIVE))


def why(picture, now=60.0, positions=None):
    return reasons(View(picture, after(now), positions), picture.chains["C1"])


ON_WAY = {"lon": 21.5, "lat": 6.0}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (reported(K.THREAT, severity=20.0, **ON_WAY), " (threat: weighed)"),
        (reported(K.SLOW, speed_factor=0.5, **ON_WAY), " (slow: slowed)"),
        (reported(K.BRIDGE, **ON_WAY), " (bridge: bridges closed)"),
        (reported(K.THREAT, **ON_WAY), ""),
        (reported(K.ONEWAY, line=LINE[::-1], **ON_WAY), " (oneway: one way)"),
    ],
)
def test_a_chain_is_told_of_what_was_not_known_when_it_was_planned(sound, body, words):
    assert f"ZULU{words} lies on the way of V1 to Field hospital" in why(told(sound, (30, body)))


def test_a_one_way_road_in_its_direction_stands_in_nobodys_way(sound):
    assert why(told(sound, (30, reported(K.ONEWAY, line=LINE, **ON_WAY)))) == []


def test_what_the_plan_has_weighed_already_is_no_reason_but_a_closure_is(sound):
    planned_at = sound.chains["C1"].planned.stamp[0]
    before = (planned_at - NOW).total_seconds() - 1
    assert why(told(sound, (before, reported(K.THREAT, severity=20.0, **ON_WAY)))) == []
    assert why(told(sound, (before, reported(**ON_WAY)))) != []


def test_a_zone_that_begins_before_the_vehicle_is_past_it_is_told(sound):
    legs = sound.chains["C1"].plan.legs
    last = next(leg for leg in legs if leg.casualties)
    arrive = (last.arrive_p90_at - NOW).total_seconds()
    soon = told(sound, (30, reported(since=after(arrive - 30), lon=21.99, lat=6.0, radius_m=900.0)))
    (line,) = why(soon)
    assert line.startswith("ZULU (closure) begins at ")
    assert "on the way of V1 to Field hospital, which may pass it until " in line
    assert why(told(sound, (30, reported(since=after(arrive + 60), **ON_WAY)))) == []
    brief = reported(since=after(70), until=after(80), lon=21.99, lat=6.0, radius_m=900.0)
    assert why(told(sound, (30, brief))) == []  # it is over before anybody comes there


def test_an_option_names_what_it_passes(sound):
    leg = next(leg for leg in sound.chains["C1"].plan.legs if leg.casualties)
    picture = told(
        sound, (1, reported(K.THREAT, severity=20.0, source="drone", radius_m=2_000.0, **ON_WAY)),
        (1, reported(K.SLOW, id="H2", name="DUST", speed_factor=0.5, **ON_WAY)),
        (1, reported(id="H3", name="CURFEW", since=after(20), **ON_WAY)),
        (1, reported(K.CLOSURE, id="H4", name="FAR", lon=21.5, lat=8.0)),
    )  # fmt: skip
    lines = list(risks(View(picture, after(10)), planned(leg)))
    assert lines[0].startswith("V1 is about 1 min in ZULU (threat of severity 20, by drone) on the way to")
    assert lines[1].startswith("DUST slows V1 on the way to Field hospital")
    assert lines[2].startswith("CURFEW (closure) begins at 09:00Z on the way of V1")
    assert len(lines) == 3


# --- on the roads


def test_as_the_roads_take_it():
    picture = picture_of(
        (0, reported(id="A")), (0, reported(K.BRIDGE, id="B")), (0, reported(K.THREAT, id="C", severity=9.0)),
        (0, reported(K.WEATHER, id="D")), (0, reported(K.ONEWAY, id="E", line=LINE)),
        (0, reported(id="F", since=after(99))), (0, reported(id="G", affects=(Mode.AIR,))),
        (0, reported(id="I", polygon=((21.0, 6.0), (21.0, 6.0)))), (0, reported(K.ONEWAY, id="J")),
    )  # fmt: skip
    driving = {one.id: one for one in hazard.laid(picture, after(9), *hazard.DRIVING)}
    assert {key: one.kind for key, one in driving.items()} == {
        "A": "closure", "B": "closure", "C": "threat", "D": "slow", "E": "oneway",
    }  # fmt: skip
    assert (driving["B"].bridges_only, driving["C"].severity, driving["D"].speed_factor) == (True, 9.0, 0.5)
    assert (driving["A"].author, driving["A"].name) == ("test", "ZULU")
    assert {one.id for one in hazard.laid(picture, after(9), *hazard.WALKING)} == {"A", "B", "C"}
    assert "F" in {one.id for one in hazard.laid(picture, after(99), *hazard.DRIVING)}


def test_a_decision_rests_on_every_hazard_and_on_what_the_mission_makes_of_it():
    seen_then = [
        hazard.digest(picture, after(9))
        for picture in (
            picture_of(),
            picture_of((0, reported(K.THREAT))),
            picture_of((0, reported(K.THREAT)), threat_severity=3.0),
            picture_of((0, reported(K.THREAT, severity=3.0))),
            picture_of((0, reported(K.SLOW, speed_factor=0.5))),
            picture_of((0, reported(K.SLOW, speed_factor=0.25))),
            picture_of((0, reported(since=after(99)))),
        )
    ]
    assert seen_then[0] == ""
    assert len(set(seen_then)) == len(seen_then)
    lifted = picture_of((0, reported()), (1, e.HazardLifted(id="H")))
    assert hazard.digest(lifted, after(9)) == ""
