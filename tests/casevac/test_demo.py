"""The demo mission's data: complete, public, marked as an exercise, and playable on its roads."""

import re
from pathlib import Path

import msgspec
import pytest

from casevac.errors import BadFile
from casevac.events import FacilityRegistered, SiteRegistered, TeamRegistered, VehicleRegistered
from casevac.script import Script, cues, read_script
from casevac.terms import Capability, Category, Equipment, MissionKind, SiteKind, Step, TeamKind, VehicleKind
from geo.lonlat import LonLat, distance_m

DATA = Path(__file__).parents[2] / "data"


def of(kind, bodies):
    return [one for one in bodies if isinstance(one, kind)]


def test_the_mission_is_an_exercise_ten_times_as_fast(mission):
    assert mission.kind == MissionKind.EXERCISE
    assert mission.profile.speed_factor == 10
    assert mission.profile.auto_answer_s == 30
    assert "EXERCISE" in mission.profile.note


def test_every_place_is_a_demonstration_with_source_and_date(demo_bodies):
    places = of((FacilityRegistered, SiteRegistered), demo_bodies)
    assert all(one.demonstration and one.source and one.source_date for one in places)
    assert all(one.demonstration for one in of(VehicleRegistered, demo_bodies))


def test_there_is_enough_to_run_a_chain(demo_bodies):
    facilities, sites = of(FacilityRegistered, demo_bodies), of(SiteRegistered, demo_bodies)
    vehicles = of(VehicleRegistered, demo_bodies)
    assert sum(Capability.DCS in one.capabilities and one.tables > 0 for one in facilities) >= 3
    assert {one.site_kind for one in sites} == {SiteKind.LANDING, SiteKind.EXCHANGE}
    assert sum(one.vehicle_kind == VehicleKind.GROUND for one in vehicles) == 12
    assert sum(one.vehicle_kind == VehicleKind.AIR for one in vehicles) == 2


def test_a_team_goes_with_a_helicopter_and_equipment_is_told(demo_bodies):
    vehicles = {one.id: one for one in of(VehicleRegistered, demo_bodies)}
    teams = {one.team_kind: one for one in of(TeamRegistered, demo_bodies)}
    assert set(teams) == {TeamKind.AMET, TeamKind.ESCORT}
    assert all(one.demonstration for one in teams.values())
    assert vehicles[teams[TeamKind.AMET].vehicle].vehicle_kind == VehicleKind.AIR
    assert any(Equipment.HOIST in (one.equipment or ()) for one in vehicles.values())


def test_profiles_of_vehicles_exist_and_fit_their_kind(demo_bodies, router):
    for one in of(VehicleRegistered, demo_bodies):
        assert router.profiles[one.profile].kind == one.vehicle_kind.value


def test_the_first_incident_happens_within_a_minute_near_a_surgical_town(script, demo_bodies):
    first = min(script.incidents, key=lambda one: one.at_s)
    assert first.at_s <= 60
    assert [one.category for one in first.casualties] == [Category.T1, Category.T2, Category.T3]
    surgical = [f for f in of(FacilityRegistered, demo_bodies) if Capability.DCS in f.capabilities]
    here = LonLat(first.lon, first.lat)
    assert min(distance_m(here, LonLat(f.lon, f.lat)) for f in surgical) < 30_000


def test_incidents_and_rounds_lie_on_the_roads(script, router, demo_bodies):
    bria = LonLat(21.98633, 6.54233)
    for incident in script.incidents:
        route = router.route(bria, LonLat(incident.lon, incident.lat), "ambulance")
        assert route.access_m < 500, incident.id
    vehicles = {one.id: one for one in of(VehicleRegistered, demo_bodies)}
    for one in script.rounds:
        assert vehicles[one.vehicle].vehicle_kind == VehicleKind.GROUND
        for start, end in zip(one.points, one.points[1:], strict=False):
            assert router.route(LonLat(*start), LonLat(*end), vehicles[one.vehicle].profile).access_m < 500


def test_most_ambulances_move_from_the_start(script):
    assert len({one.vehicle for one in script.rounds}) >= 10


def test_sources_are_public_ones():
    told = (DATA / "README.md").read_text()
    for path in (DATA / "demo").iterdir():
        assert path.name in told
    for text in [told, *(path.read_text() for path in (DATA / "demo").iterdir())]:
        assert not re.search(r"reference\.md|shared/|\[K\]|\[S:", text)


# --- the script itself


def test_cues_come_in_order_once_and_again_each_run(script: Script):
    whole = cues(script, -1, 2 * script.repeat_s)
    assert list(whole) == sorted(whole, key=lambda cue: cue.at_s)
    parts = [cue for begin in range(-1, 7200, 7) for cue in cues(script, begin, min(begin + 7, 7200))]
    assert parts == list(whole)
    first = [cue for cue in whole if cue.run == 0]
    assert len(whole) == 2 * len(first)
    assert sum(cue.casualty is None for cue in first) == len(script.incidents)
    assert {cue.step for cue in first} == {None, Step.BLEEDING_CONTROL}


def test_a_script_that_plays_once(script: Script):
    once = Script(about="x", incidents=script.incidents)
    assert cues(once, 0, 1e6) == tuple(cue for cue in cues(script, 0, 3599))


@pytest.mark.parametrize("text", [b"", b"[]", b'{"about": "x"}', b'{"about":"x","incidents":[],"more":1}'])
def test_a_bad_script_is_named(text):
    with pytest.raises(BadFile, match="the exercise script cannot be used"):
        read_script(text)


def test_a_script_that_repeats_too_soon_is_named(script: Script):
    with pytest.raises(BadFile, match="longer repeat_s"):
        read_script(msgspec.json.encode(Script(about="x", incidents=script.incidents, repeat_s=60)))
