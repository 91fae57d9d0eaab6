"""What the fault tests share: a field of its own for a test, or for a whole file."""

from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from casevac.roof.postgres import Cluster
from tests.conftest import TEMPLATE
from tests.faults.field import Field, field


@pytest.fixture
def ground(tmp_path: Path, database_url: str) -> Iterator[Field]:
    """A broker, a store and a field door of this test alone."""
    with field(tmp_path / "field", database_url) as there:
        yield there


@pytest.fixture(scope="module")
def common_ground(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """The same for all tests of a file: they use devices of their own."""
    name = "common_ground"
    for statement in (f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}"):
        connection = psycopg2.connect(cluster.url("postgres"))
        connection.autocommit = True
        connection.cursor().execute(statement)
        connection.close()
    with field(tmp_path_factory.mktemp("field"), cluster.url(name)) as there:
        yield there
