"""The door over HTTPS beside the loopback: one picture, two doors, each answering to its own names only."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest

from casevac.errors import PartFailed
from casevac.roof.home import Home
from maps.condition import UNSEEN
from maps.listeners import Beyond
from maps.server import Server
from maps.terse import HEAD_S
from tests.maps.door import PATIENCE_S, Reader, wait_for
from tests.maps.doors import Doors
from tests.maps.mission import Story
from tests.ports import next_free


@pytest.fixture
def doors(story: Story, home: Home) -> Iterator[Doors]:
    doors = Doors(story, home)
    with doors.open():
        yield doors


def _plain(doors: Doors) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{doors.port}", timeout=PATIENCE_S)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_page_comes_over_https(doors: Doors, host: str) -> None:
    with doors.client(host) as http:
        answer = http.get("/")
        assert "content-security-policy" in answer.headers
        assert (
            "strict-transport-security" not in answer.headers
        )  # it would shut the plain door of the same name
        assert answer.headers["x-frame-options"] == "DENY"


def test_each_door_answers_to_its_own_names(doors: Doors) -> None:
    mine = next(iter(doors.https.hosts - {"localhost", "127.0.0.1", "[::1]"}))
    with (
        doors.client() as http,
        httpx.Client(base_url=f"http://127.0.0.1:{doors.port}", timeout=PATIENCE_S) as plain,
    ):
        assert http.get("/api/health", headers={"Host": f"{mine}:{doors.secure_port}"}).status_code != 421
        assert http.get("/api/health", headers={"Host": "evil.example"}).status_code == 421
        assert plain.get("/api/health", headers={"Host": mine}).status_code == 421
        assert plain.get("/api/health").status_code == 200


def test_a_header_does_not_make_the_plain_door_another(doors: Doors) -> None:
    """Which door it was, the connection tells: not what a client claims to be forwarding."""
    mine = next(iter(doors.https.hosts - {"localhost", "127.0.0.1", "[::1]"}))
    claims = {"Host": mine, "X-Forwarded-Proto": "https", "X-Forwarded-For": "10.0.0.1"}
    with _plain(doors) as plain:
        assert plain.get("/api/health", headers=claims).status_code == 421


def test_plaintext_gets_nothing_from_the_secure_port(doors: Doors) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://localhost:{doors.secure_port}/", timeout=PATIENCE_S)
    old = ssl.create_default_context(cafile=str(doors.authority.path))
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    assert (
        httpx.get(
            f"https://localhost:{doors.secure_port}/api/health", verify=old, timeout=PATIENCE_S
        ).http_version
        == "HTTP/1.1"
    )


def _stranger(doors: Doors) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=str(doors.authority.path))
    said = socket.create_connection(("localhost", doors.secure_port), PATIENCE_S)
    return context.wrap_socket(said, server_hostname="localhost")


@pytest.mark.parametrize(
    ("begun", "told"),
    [
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", b"HTTP/1.1 400"),
        (b"GET /", b"HTTP/1.1 400"),
        (
            b"POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ",
            b"",
        ),
    ],
    ids=["header", "address", "trailer"],
)
def test_a_head_without_end_is_cut_short(doors: Doors, begun: bytes, told: bytes) -> None:
    """The parser would keep all of it; the page would stand still for everybody meanwhile."""
    with _stranger(doors) as said:
        said.settimeout(PATIENCE_S)
        said.sendall(begun)
        with suppress(OSError):  # it hears nobody out
            for _ in range(8):
                said.sendall(b"a" * 32_768)
        assert said.recv(12) == told
    with doors.client() as http:
        assert http.get("/").headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nHost: "], ids=["silent", "half a request"])
def test_who_never_ends_a_request_is_shown_out(doors: Doors, begun: bytes) -> None:
    with _stranger(doors) as said:
        said.settimeout(4 * HEAD_S)
        said.sendall(begun)
        assert said.recv(1) == b""


def test_a_large_body_is_no_head(doors: Doors) -> None:
    """In pieces, so that what is counted is what is no body."""
    with doors.client() as http:
        pieces = (b" " * 8192 for _ in range(64))
        answer = http.post("/api/requests", content=pieces, headers={"Content-Type": "application/json"})
        assert answer.status_code != 400
        assert answer.json()["error"]


def test_a_renewed_certificate_is_taken_up_without_a_restart(doors: Doors) -> None:
    before = doors.https.hosts
    doors.names.append("renewed.example")
    doors.https.refresh()
    assert doors.https.hosts - before == {"renewed.example"}
    with doors.client() as http:
        answer = http.get("/api/health", headers={"Host": "renewed.example"})
        assert answer.status_code != 421
        stream = answer.extensions["network_stream"].get_extra_info("ssl_object")
        assert ("DNS", "renewed.example") in stream.getpeercert()["subjectAltName"]


def test_a_taken_port_is_told_in_one_line(story: Story, home: Home) -> None:
    doors = Doors(story, home)
    with doors.open():
        twin = Server(story.url, story.home, next_free(8700), UNSEEN, Beyond(https=doors.https))
        with pytest.raises(PartFailed, match=f"port {doors.secure_port}"):
            twin.run(lambda: None)


def test_an_open_stream_on_the_plain_door_ends_with_the_server(story: Story, home: Home) -> None:
    doors = Doors(story, home)
    with doors.open():
        reader = Reader(f"http://127.0.0.1:{doors.port}").start()
        wait_for(lambda: reader.frames)
    assert reader.ended.wait(PATIENCE_S)
