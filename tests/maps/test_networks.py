"""The road network of a mission: the one it chose, and no other that happens to have its name."""

import json
import time
import weakref
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace

from casevac.errors import NotPossible
from casevac.events import RoadsChosen
from casevac.picture import Picture, empty, fold
from casevac.roof.cli import main
from casevac.shipped import shipped
from casevac.store import log, networks
from maps.routers import Routers
from maps.server import WARM_EVERY_S, _settle
from tests.maps.door import serving
from tests.maps.mission import Story


@pytest.fixture
def fewer(tmp_path: Path) -> Path:
    """The demo's roads without one of them."""
    roads = json.loads(shipped("roads_car.geojson").read_text(encoding="utf-8"))
    roads["features"].pop()
    place = tmp_path / "car.geojson"
    place.write_text(json.dumps(roads), encoding="utf-8")
    return place


def picture_of(story: Story) -> Picture:
    db = story.db()
    try:
        return fold(empty(story.id), log.read(db, story.id))
    finally:
        db.close()


def casevac(story: Story, *words: str) -> Result:
    environment = {"CASEVAC_DATABASE_URL": story.url, "CASEVAC_HOME": str(story.home)}
    return CliRunner().invoke(main, list(words), env=environment)


def test_a_network_imported_anew_is_not_driven_on_until_it_is_chosen(story: Story, fewer: Path) -> None:
    before = networks.mission_router(story.home, picture_of(story)).digest
    said = casevac(story, "roads", "import", str(fewer), "--name", "car")
    assert said.exit_code == 0, said.output
    assert "casevac roads use car" in said.stderr
    with pytest.raises(NotPossible, match=r"imported anew since .*; run: casevac roads use car"):
        networks.mission_router(story.home, picture_of(story))
    assert casevac(story, "roads", "use", "car").exit_code == 0
    assert networks.mission_router(story.home, picture_of(story)).digest != before


def test_an_import_that_changes_nothing_for_the_mission_says_nothing_of_it(story: Story, fewer: Path) -> None:
    same = casevac(story, "roads", "import", str(shipped("roads_car.geojson")), "--name", "car")
    other = casevac(story, "roads", "import", str(fewer), "--name", "other")
    used = casevac(story, "roads", "import", str(fewer), "--name", "car", "--use")
    assert [one.exit_code for one in (same, other, used)] == [0, 0, 0]
    assert not any("drove on" in one.output for one in (same, other, used))


def test_the_page_drives_on_another_network_as_soon_as_it_is_chosen(story: Story, fewer: Path) -> None:
    routers = Routers(story.home)
    first = routers.of(picture_of(story))
    assert routers.of(picture_of(story)) is first
    roads = networks.import_network(story.home, "fewer", fewer)
    story.happen(RoadsChosen(name="fewer", digest=roads.digest))
    second = routers.of(picture_of(story))
    assert (second.digest, second.digest != first.digest) == (roads.digest, True)
    again = networks.import_network(story.home, "fewer", shipped("roads_car.geojson"))
    story.happen(RoadsChosen(name="fewer", digest=again.digest))
    assert routers.of(picture_of(story)).digest == again.digest


def test_times_on_the_command_line_are_called_estimates(story: Story) -> None:
    for words in (["route", "18.55,4.36", "19.08,5.73"], ["nearest", "19.08,5.73"]):
        found = casevac(story, *words)
        assert found.exit_code == 0, found.output
        assert found.output.splitlines()[-1] == "Times are planning estimates until learned from tracks."
        told = casevac(story, *words, "--json")
        assert json.loads(told.output)


def test_roads_under_profiles_that_were_replaced_are_let_go(story: Story) -> None:
    picture = picture_of(story)
    routers = Routers(story.home)
    assert routers.warm(picture)
    _settle()
    former = routers.of(picture)
    gone, profile = weakref.ref(former), picture.mission.profile
    other = replace(profile, vehicles=({"name": "quad", "like": "motorbike"},))
    changed = replace(picture, mission=replace(picture.mission, profile=other))
    assert routers.of(changed).roads is former.roads
    assert routers.warm(changed)
    del former
    _settle()
    assert gone() is None


def test_a_damaged_road_file_is_told_and_the_live_map_goes_on(story: Story) -> None:
    (file,) = (story.home / "roads").glob("*.roads")
    good = file.read_bytes()
    file.unlink()  # what another test has mapped stays whole
    file.write_bytes(good.replace(b'"<i4", [', b'"  O", [', 1))
    with serving(story) as door:
        for _ in range(3):
            found = door.http.get("/api/reach", params={"from": "19.08,5.72"})
            assert "import the extract again" in found.json()["message"], found.text
            time.sleep(WARM_EVERY_S)  # a round of the warming lies between
        assert door.http.get("/api/health").status_code == 200
    file.unlink()
    file.write_bytes(good)
