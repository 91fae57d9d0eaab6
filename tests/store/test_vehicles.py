"""Vehicle profiles of a mission's own: told in the file that opens it, driven by its router."""

import json
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from casevac.events import MissionOpened, RoadsChosen
from casevac.mission import Mission
from casevac.picture import empty, fold
from casevac.roof.cli import main
from casevac.shipped import shipped
from casevac.store import log, missions, networks
from casevac.store.connection import connect
from geo.lonlat import LonLat

BANGUI, BRIA = LonLat(18.55496, 4.36122), LonLat(21.98633, 6.54233)
OWN = [
    {
        "name": "tractor",
        "label": "Tractor with a trailer",
        "like": "truck",
        "speeds": {"primary": 20, "secondary": 15},
    },
    {"name": "ambulance", "like": "ambulance", "weight_t": 5.2},
    {"name": "cart", "kind": "ground", "speeds": {"primary": 6}, "vehicle": "motorcycle"},
]


def opened(database_url: str, folder: Path, vehicles: object) -> Result:
    (folder / "ours.json").write_text(json.dumps({"vehicles": vehicles}), encoding="utf-8")
    environment = {"CASEVAC_DATABASE_URL": database_url, "CASEVAC_HOME": str(folder)}
    return CliRunner().invoke(
        main, ["mission", "open", "m", "--profile", str(folder / "ours.json")], env=environment
    )


def test_a_mission_brings_its_own_vehicles(database_url: str, tmp_path: Path) -> None:
    said = opened(database_url, tmp_path, OWN)
    assert said.exit_code == 0, said.output
    db = connect(database_url)
    mission: Mission = missions.mission(db, "m")
    events = log.read(db, "m")
    db.close()
    assert isinstance(events[0].body, MissionOpened)
    assert events[0].body.profile.vehicles == tuple(OWN) == mission.profile.vehicles
    profiles = networks.vehicle_profiles(mission.profile)
    assert {"tractor", "cart", "ambulance", "litter-team"} <= set(profiles)
    assert (profiles["ambulance"].weight_t, profiles["ambulance"].height_m) == (5.2, 2.7)
    assert (profiles["tractor"].vehicle, profiles["tractor"].weight_t) == ("hgv", 15)
    roads = networks.import_network(tmp_path, "car", shipped("roads_car.geojson"))
    picture = fold(empty("m"), events)
    chosen = msgspec.structs.replace(
        events[0], body=RoadsChosen(name="car", digest=roads.digest), seq=events[0].seq + 1
    )
    router = networks.mission_router(tmp_path, fold(picture, [chosen]))
    slow, usual = (router.route(BANGUI, BRIA, name) for name in ("tractor", "truck"))
    assert slow.seconds_p50 > 1.5 * usual.seconds_p50


@pytest.mark.parametrize(
    ("vehicles", "word"),
    [
        ([{"name": "sledge", "like": "reindeer"}], "profile sledge: like is 'reindeer'; use ambulance"),
        ([{"name": "sledge", "like": "truck", "speeds": {"ice": 3}}], "speeds does not know 'ice'"),
        ([{"like": "truck"}], "needs name and kind"),
        ([{"name": "sledge", "kind": "ground", "vehicle": "sledge"}], "vehicle does not know 'sledge'"),
        ([{"name": "sledge", "kind": "ground", "weight_t": -1}], "weight_t is -1"),
        ([{"name": "sledge", "kind": "ground", "night_factor": {"": 0}}], "night_factor"),
        (["sledge"], "mission profile cannot be used"),
    ],
)
def test_vehicles_that_make_no_sense_open_no_mission(
    database_url: str, tmp_path: Path, vehicles: object, word: str
) -> None:
    said = opened(database_url, tmp_path, vehicles)
    assert said.exit_code != 0
    assert word in said.output
    assert "Traceback" not in said.output
    db = connect(database_url)
    assert missions.missions(db) == []
    db.close()
