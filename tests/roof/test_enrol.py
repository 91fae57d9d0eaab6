"""`casevac device add` on a real store: whom a device may speak for; logins are tested with the broker."""

import json

import pytest
from click.testing import CliRunner, Result

from casevac.roof.cli import main
from casevac.roof.home import Home
from tests.maps.mission import Story, begin


@pytest.fixture
def story(database_url: str, home: Home) -> Story:
    return begin(database_url, home.path)


def enrolled(story: Story, *words: str) -> Result:
    """At a broker of the user's own, where no account is made by us."""
    environment = {
        "CASEVAC_HOME": str(story.home),
        "CASEVAC_DATABASE_URL": story.url,
        "CASEVAC_MQTT_URL": "mqtt://127.0.0.1:1883",
    }
    return CliRunner().invoke(main, ["device", "add", *words], env=environment)


def test_a_device_rides_in_a_vehicle_that_there_is(story: Story) -> None:
    assert enrolled(story, "TAB-1", "--vehicle", "amb-1", "--json").exit_code == 0
    done = enrolled(story, "TAB-2", "--vehicle", "AMB-O1")
    assert done.exit_code == 1
    assert "no vehicle 'AMB-O1' in mission" in done.stderr
    assert "known: amb-1, " in done.stderr
    assert done.stderr.count("\n") == 1
    listed = CliRunner().invoke(
        main,
        ["device", "list", "--json"],
        env={"CASEVAC_HOME": str(story.home), "CASEVAC_DATABASE_URL": story.url},
    )
    names = {one["name"] for one in json.loads(listed.stdout)}
    assert "TAB-1" in names
    assert "TAB-2" not in names


def test_a_mission_without_vehicles_says_how_to_get_them(story: Story) -> None:
    environment = {"CASEVAC_HOME": str(story.home), "CASEVAC_DATABASE_URL": story.url}
    opened = CliRunner().invoke(main, ["mission", "open", "north", "--title", "North"], env=environment)
    assert opened.exit_code == 0, opened.output
    done = enrolled(story, "TAB-3", "--vehicle", "AMB-01", "--mission", "north")
    assert done.exit_code == 1
    assert "casevac places import FILE" in done.stderr
