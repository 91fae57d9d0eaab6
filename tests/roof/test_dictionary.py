"""`casevac dialect dictionary` on a real store: what the mission supplies is what the door unpacks by."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from casevac.roof.cli import main
from casevac.roof.home import Home
from casevac.store import missions
from casevac.store.connection import connect
from tests.maps.mission import Story, begin


@pytest.fixture
def story(database_url: str, home: Home) -> Story:
    return begin(database_url, home.path)


def supplied(story: Story, *words: str) -> Result:
    environment = {"CASEVAC_HOME": str(story.home), "CASEVAC_DATABASE_URL": story.url}
    return CliRunner().invoke(main, ["dialect", "dictionary", *words], env=environment)


def test_a_dictionary_is_the_missions_and_the_last_one_counts(story: Story, tmp_path: Path) -> None:
    file = tmp_path / "0.dict"
    for raw in (b"first dictionary", b"second dictionary"):
        file.write_bytes(raw)
        done = supplied(story, "0", str(file))
        assert done.exit_code == 0, done.output
        assert "casevac ingest --replay-rejects" in done.output
        db = connect(story.url)
        with db:
            known = missions.enrolments(db).dictionaries
            (mission,) = {mission for mission, _ in known}
            assert known == {(mission, 0): raw}
            assert missions.mission(db).id == mission
        db.close()


def test_what_is_no_dictionary_is_refused(story: Story, tmp_path: Path) -> None:
    file = tmp_path / "none"
    for raw in (b"", bytes((1 << 20) + 1)):
        file.write_bytes(raw)
        done = supplied(story, "1", str(file))
        assert done.exit_code == 1
        assert "is no dictionary" in done.stderr
    assert supplied(story, "63", str(file)).exit_code == 2
