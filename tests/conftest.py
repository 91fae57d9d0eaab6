"""The real PostGIS and Mosquitto of the product, started by the product's own code for the tests."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import psycopg2
import pytest

from casevac.errors import PartFailed
from casevac.roof.broker import Broker
from casevac.roof.home import Home
from casevac.roof.part import alone
from casevac.roof.postgres import Cluster
from casevac.settings import Settings
from casevac.store.migrate import upgrade
from tests.ports import next_free

_counter = itertools.count(1)
TEMPLATE = "casevac_template"
# Two noisy cores: how long an example takes says nothing about the code.
hypothesis.settings.register_profile(
    "casevac", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("casevac")


HOUSES = (
    "test_up.py",
    "test_lan.py",
    "test_disk_full.py",
    "test_shared_ingest.py",
    "test_device_check.py",
    "test_pause.py",
    "test_killed.py",
)  # start whole installations, which choose ports themselves


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of several workers, each runs whole files: what a file starts is started once."""
    for item in items:
        group = "houses" if item.path.name in HOUSES else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))


def _execute(url: str, statement: str) -> None:
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        connection.cursor().execute(statement)
    finally:
        connection.close()


def _migrated(cluster: Cluster) -> None:
    """The database every test copies: PostGIS and the product's tables."""
    _execute(cluster.url("postgres"), f"CREATE DATABASE {TEMPLATE}")
    _execute(cluster.url(TEMPLATE), "CREATE EXTENSION postgis")
    upgrade(cluster.url(TEMPLATE))


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One private PostgreSQL cluster for the whole test run (pytest's directory is mode 0700)."""
    home = Home(tmp_path_factory.mktemp("cluster"))
    home.prepare()
    server = Cluster(home, next_free(15432))
    with alone(server):
        _migrated(server)
        yield server


@pytest.fixture
def database_url(cluster: Cluster) -> Iterator[str]:
    """A fresh, migrated database of this test alone."""
    name = f"t{next(_counter)}"
    _execute(cluster.url("postgres"), f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield cluster.url(name)
    _execute(cluster.url("postgres"), f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty installation directory."""
    place = Home(tmp_path / "home")
    place.prepare()
    return place


@pytest.fixture
def broker(home: Home) -> Iterator[Broker]:
    """A private Mosquitto of this test alone: no session or retained message of another test."""
    server = Broker(home, next_free(21883))
    try:
        with alone(server):
            yield server
    except PartFailed as fault:  # its log is soon gone with the test's directory
        raise PartFailed(f"{fault} {home.log_file(server.name).read_text()[-2000:]}") from fault


@dataclass(frozen=True)
class Account:
    """What a device (or one of our own programs) logs in with."""

    host: str
    port: int
    username: str
    password: str


@pytest.fixture
def device(broker: Broker) -> Callable[[str], Account]:
    """A function that gives a device an account on the test's broker."""

    def add(name: str) -> Account:
        return Account("127.0.0.1", broker.port, name, broker.add_devices([name])[name])

    return add


@pytest.fixture
def house_user(broker: Broker, home: Home) -> Callable[[str], Account]:
    """A function that returns the account of casevac-ingest, casevac-tasking or casevac-tool."""
    return lambda name: Account("127.0.0.1", broker.port, name, home.secret(name))


@pytest.fixture
def settings(home: Home, database_url: str, broker: Broker) -> Settings:
    """Settings of an installation whose database and broker are the test's own."""
    return Settings(home=home.path, database_url=database_url, mqtt_url=broker.url("casevac-ingest"))
