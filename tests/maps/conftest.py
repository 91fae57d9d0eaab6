"""A store with a small exercise in it, and the door to it."""

import itertools
from collections.abc import Iterator

import psycopg2
import pytest

from casevac.roof.home import Home
from casevac.roof.postgres import Cluster
from tests.maps.browser import Watched, browsing
from tests.maps.door import Door, serving
from tests.maps.mission import Story, begin

_counter = itertools.count(1)


@pytest.fixture
def story(database_url: str, home: Home) -> Story:
    """A small exercise in a store of its own."""
    return begin(database_url, home.path)


@pytest.fixture
def door(story: Story) -> Iterator[Door]:
    """The server of the exercise."""
    with serving(story) as opened:
        yield opened


@pytest.fixture
def watched() -> Iterator[Watched]:
    """A browser whose complaints and strange requests fail the test."""
    with browsing() as found:
        yield found
        assert found.complaints == []
        assert found.strangers() == []


@pytest.fixture(scope="module")
def still(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """An exercise that the tests of one module share because none of them changes it."""
    db = psycopg2.connect(cluster.url("postgres"))
    db.autocommit = True
    name = f"still{next(_counter)}"
    db.cursor().execute(f"CREATE DATABASE {name} TEMPLATE casevac_template")
    yield begin(cluster.url(name), tmp_path_factory.mktemp("still"))
    db.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")
    db.close()


@pytest.fixture(scope="module")
def still_door(still: Story) -> Iterator[Door]:
    """The server of the exercise that does not change."""
    with serving(still) as opened:
        yield opened
