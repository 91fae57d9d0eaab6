"""The demo mission as values, and the real router on its national roads."""

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from casevac import events as e
from casevac.mission import Mission
from casevac.picture import Picture, empty, fold
from casevac.script import Script, read_script
from casevac.store.placefile import read_places
from geo.national import read_geojson
from geo.profile import load_profiles, with_speed_factor
from geo.routing import Router
from tests.casevac.scenes import NOW, event

DATA = Path(__file__).parents[2] / "data"
DEMO = DATA / "demo"


@pytest.fixture(scope="session")
def mission() -> Mission:
    return msgspec.json.decode((DEMO / "mission.json").read_bytes(), type=Mission)


@pytest.fixture(scope="session")
def script() -> Script:
    return read_script((DEMO / "exercise.json").read_bytes())


@pytest.fixture(scope="session")
def router(mission: Mission) -> Router:
    profiles = with_speed_factor(load_profiles(DATA / "profiles.json"), mission.profile.speed_factor)
    return Router(read_geojson(DATA / "roads_car.geojson"), profiles, season=mission.profile.season)


@pytest.fixture(scope="session")
def demo_bodies(mission: Mission) -> tuple[e.AnyBody, ...]:
    opened = e.MissionOpened(name=mission.name, mission_kind=mission.kind, profile=mission.profile)
    files = ("facilities", "sites", "vehicles", "teams")
    return (opened, *(body for name in files for body in read_places(DEMO / f"{name}.geojson").bodies))


@pytest.fixture(scope="session")
def demo(mission: Mission, demo_bodies: tuple[e.AnyBody, ...]) -> Picture:
    """The demo mission before anything happens."""
    early = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    assert early < NOW
    events = [event(body, mission=mission.id, at=early, seq=i) for i, body in enumerate(demo_bodies, 1)]
    return fold(empty(mission.id), events)
