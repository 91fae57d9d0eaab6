"""Beyond this machine a TAK client shows the certificate of a device, and speaks for that device alone."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from casevac.roof.ca import Authority
from casevac.roof.cot_tls import Certified
from casevac.roof.home import Home
from tests.tracker.takking import House, Plain, here, house, packet, until


@pytest.fixture
def authority(home: Home) -> Authority:
    return Authority(home)


@pytest.fixture
def open_house(database_url: str, home: Home) -> Iterator[House]:
    with house(database_url, Certified(home)) as made:
        with made.db, made.db.cursor() as cursor:
            cursor.execute(
                "UPDATE devices SET dialect = 'cot', topics = ARRAY['cot/PATROL-9/#'] WHERE name = 'PATROL-9'"
            )
            cursor.execute("DELETE FROM foreign_ids WHERE device = 'PATROL-9'")
        yield made


def shown(authority: Authority, name: str, place: Path) -> ssl.SSLContext:
    """A client's context with a certificate of this device."""
    issued = authority.issue(name)
    file = place / f"{name}-{issued.serial}.pem"
    file.write_text(issued.key + issued.certificate)
    context = ssl.create_default_context(cafile=str(authority.path))
    context.load_cert_chain(file)
    return context


def test_who_shows_a_certificate_speaks_for_its_device(
    open_house: House, authority: Authority, tmp_path: Path
) -> None:
    context = shown(authority, "PATROL-9", tmp_path)
    client = Plain(open_house.tls_port, context)
    client.send(here("ANDROID-whatever", "PATROL 9") + packet("nine_line"))
    assert until(lambda: len(open_house.positions("PATROL-9")) == 1)
    assert until(lambda: bool(open_house.picture().requests))
    [request] = open_house.picture().requests.values()
    assert {version.by for version in request.nine_lines} == {"PATROL-9"}
    assert until(lambda: bool(client.lines()))
    client.close()
    # a certificate that was replaced lets nobody in any more
    shown(authority, "PATROL-9", tmp_path)

    def refused() -> bool:
        try:
            other = Plain(open_house.tls_port, context)
            return other.closed.wait(5) and not other.events
        except (OSError, ssl.SSLError):
            return True

    assert until(refused)


def test_without_a_certificate_nobody_comes_in(open_house: House, authority: Authority) -> None:
    context = ssl.create_default_context(cafile=str(authority.path))
    try:
        client = Plain(open_house.tls_port, context)
        assert client.closed.wait(30)
        assert client.events == []
    except ssl.SSLError:
        pass


def test_a_device_that_is_revoked_is_hung_up_on(
    open_house: House, authority: Authority, tmp_path: Path
) -> None:
    client = Plain(open_house.tls_port, shown(authority, "PATROL-9", tmp_path))
    client.send(here("ANDROID-whatever", "PATROL 9"))
    assert until(lambda: bool(client.seen("a-f-G-I-X-H")))
    with open_house.db, open_house.db.cursor() as cursor:
        cursor.execute("UPDATE devices SET revoked_at = now() WHERE name = 'PATROL-9'")
    assert client.closed.wait(30)
