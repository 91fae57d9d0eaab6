"""How many processes of ingest may share the work: one bound at the own broker, another at any."""

from click.testing import CliRunner

from casevac.errors import BadSetting
from casevac.roof.cmd_ingest import ingest
from casevac.roof.home import Home
from casevac.settings import MOST_INGESTS, MOST_SHARING, Settings


def fault(home: Home, *words: str) -> BaseException | None:
    return CliRunner().invoke(ingest, words, obj=Settings(home=home.path)).exception


def test_the_brokers_of_installations_know_so_many_and_no_more(home: Home) -> None:
    beyond = str(MOST_INGESTS + 1)
    for words in (("--of", beyond), ("--number", beyond, "--leave")):
        found = fault(home, *words)
        assert isinstance(found, BadSetting), words
        assert "CASEVAC_MQTT_URL" in str(found)
    assert not isinstance(fault(home, "--of", str(MOST_INGESTS)), BadSetting)  # it needs a broker that runs


def test_nobody_may_be_beyond_all_bounds(home: Home) -> None:
    assert isinstance(fault(home, "--of", str(MOST_SHARING + 1)), SystemExit)
    assert isinstance(fault(home, "--number", "3", "--of", "2"), BadSetting)
