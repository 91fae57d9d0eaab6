"""The README's commands, run as they stand in the order in which they stand, on a system of their own."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import osmium
import pytest

from casevac.roof.outside import remembered
from tests.roof.installation import Installation
from tests.words.test_readme import BLOCKS

GPX = """<?xml version="1.0"?><gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>
<trkpt lat="4.36" lon="18.55"><time>2026-01-01T00:00:00Z</time></trkpt>
<trkpt lat="4.37" lon="18.56"><time>2026-01-01T00:00:10Z</time></trkpt></trkseg></trk></gpx>"""
NMEA = """$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A
$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47
"""
FACILITIES = """id,name,lon,lat,level,capabilities,beds_staffed,beds_free,tables
mtf-a,Field hospital,-8.6000,41.1600,2,RESUS DCS ICU,10,8,1
"""


def lines() -> list[str]:
    """Every line of the README's shell blocks but make's (tested by make -n), the system's end last."""
    told = [line.strip() for block in BLOCKS for line in block.splitlines() if line.strip()]
    ours = [line for line in told if not line.startswith("make ")]
    return [line for line in ours if not line.endswith(" down")] + [
        line for line in ours if line.endswith(" down")
    ]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    installation = Installation(tmp_path_factory.mktemp("readme") / "home")
    installation.up("--mission", "demo", "--lan")
    yield installation
    installation.run("down")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the README's commands name."""
    place = tmp_path_factory.mktemp("work")
    (place / "track.gpx").write_text(GPX)
    (place / "log.nmea").write_text(NMEA)
    (place / "facilities.csv").write_text(FACILITIES)
    (place / "villages.csv").write_text("name,lon,lat,kind\nBria,21.98633,6.54233,town\n")
    ends = [(-8.6291, 41.1579), (-8.6000, 41.1600), (-8.5831, 41.1621)]
    with osmium.SimpleWriter(str(place / "extract.osm.pbf")) as extract:
        for number, place_of in enumerate(ends, 1):
            extract.add_node(osmium.osm.mutable.Node(id=number, location=place_of, version=1))
        tags = {"highway": "secondary", "name": "Rua"}
        extract.add_way(osmium.osm.mutable.Way(id=1, nodes=[1, 2, 3], tags=tags, version=1))
    return place


def test_every_command_of_the_readme_runs(system: Installation, folder: Path) -> None:
    password = ""
    http = system.environment
    assert system.run("roads", "import", str(folder / "extract.osm.pbf"), "--name", "porto").returncode == 0
    hour = timedelta(hours=1)
    now = datetime.now(UTC)
    for line in lines():
        if line.startswith("export "):
            continue  # the password goes into the environment below
        said = line.replace("PASSWORD", password).replace("-p 1883", f"-p {http['CASEVAC_MQTT_PORT']}")
        doors = remembered(system.home)
        said = said.replace("-p 8883", f"-p {doors.mqtts}").replace("-p 8884", f"-p {doors.certificates}")
        said = said.replace("2026-11-22T05:00Z", f"{now - hour:%Y-%m-%dT%H:%MZ}")
        said = said.replace("2026-11-22T06:00Z", f"{now + hour:%Y-%m-%dT%H:%MZ}")
        said = re.sub(r"^\.venv/bin/casevac", f"{shlex.quote(sys.executable)} -m casevac", said)
        environment = {
            **http,
            "CASEVAC_DEVICE_PASSWORD": password,
            "PYTHONPATH": str(Path(__file__).parents[2]),
        }
        done = subprocess.run(
            ["bash", "-c", said],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        if line.endswith("device add TRK-1"):
            password = re.search(r"^  password\s+(\S+)", done.stdout, re.M)[1]
        if "nearest" in line and "--json" in line:
            assert json.loads(done.stdout)
    assert {path.name for path in folder.iterdir()} >= {"replay.html", "log.csv", "tracks.gpkg"}
