"""An installation seen from another machine: a network namespace of its own, behind a pair of interfaces."""

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from casevac.roof.ca import names_of
from casevac.roof.process import wait_until
from tests.ports import next_free
from tests.roof.installation import Installation

WAIT_S = 60.0
_NET = f"10.214.{os.getpid() % 256}"  # two test runs on one machine do not meet
HERE, THERE = f"{_NET}.1", f"{_NET}.2"
_ASK = """
import ssl, sys, urllib.request
context = ssl.create_default_context(cafile=sys.argv[2])
answer = urllib.request.urlopen(sys.argv[1], timeout=60, context=context)
print(answer.status, answer.headers["x-frame-options"])
"""
_KNOCK = """
import socket, sys
socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=60).close()
"""


class Elsewhere:
    """Another machine on the network: a namespace that reaches this one at HERE only."""

    def __init__(self, name: str) -> None:
        self.name = name

    def start(self, *words: str, **options: Any) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            ["ip", "netns", "exec", self.name, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        child = self.start(*words)
        out, err = child.communicate(timeout=WAIT_S)
        return subprocess.CompletedProcess(words, child.returncode, out, err)

    def reaches(self, port: object, address: str = HERE) -> bool:
        return self.run(sys.executable, "-c", _KNOCK, address, str(port)).returncode == 0

    def publish(self, port: object, device: str, message: str, *words: str) -> bool:
        topic = f"casevac/v1/{device}/report"
        done = self.run(
            "mosquitto_pub", "-h", HERE, "-p", str(port), "-q", "1", "-t", topic, "-m", message, *words
        )
        return done.returncode == 0


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("a network namespace needs root and iproute2")
    name, ours, theirs = f"casevac-{os.getpid()}", f"cva{os.getpid() % 100000}", f"cvb{os.getpid() % 100000}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.skip(f"this kernel lets nobody make a network namespace: {made.stderr.strip()}")
    try:
        for words in (
            f"link add {ours} type veth peer name {theirs} netns {name}",
            f"address add {HERE}/24 dev {ours}",
            f"link set {ours} up",
            f"-n {name} address add {THERE}/24 dev {theirs}",
            f"-n {name} link set {theirs} up",
        ):
            subprocess.run(["ip", *words.split()], check=True)
        yield Elsewhere(name)
    finally:
        subprocess.run(["ip", "netns", "delete", name], check=True)  # the interfaces go with it


@pytest.fixture(scope="module")
def house(elsewhere: Elsewhere, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation opened with --lan."""
    installation = Installation(tmp_path_factory.mktemp("lan") / "home")
    try:
        installation.up("--mission", "none", "--lan", "--name", "Field.example")
        yield installation
    finally:
        installation.remove()


@pytest.fixture(scope="module")
def opened(house: Installation) -> dict[str, int]:
    """The ports of the doors."""
    found = json.loads((house.home.run / "outside.json").read_text())
    parts = house.status()["parts"]
    plain = {
        name: int(parts[part]["address"].rpartition(":")[2])
        for name, part in (("http", "serve"), ("mqtt", "broker"))
    }
    return {**plain, **{name: found[name] for name in ("https", "mqtts", "certificates")}}


@pytest.fixture(scope="module")
def ca(house: Installation, tmp_path_factory: pytest.TempPathFactory) -> str:
    """What `casevac ca show` prints, in a file."""
    place = tmp_path_factory.mktemp("ca") / "ca.pem"
    shown = house.run("ca", "show", str(place))
    assert (shown.returncode, shown.stdout) == (0, "")
    assert place.read_text() == house.run("ca", "show").stdout
    return str(place)


def add(house: Installation, *words: str) -> dict[str, Any]:
    done = house.run("device", "add", *words, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert isinstance(told, dict)
    return told


def report(lon: float) -> str:
    now = subprocess.run(
        ["date", "-u", "+%FT%T.%NZ"], capture_output=True, text=True, check=True
    ).stdout.strip()
    return json.dumps({"at": f"{now[:26]}Z", "lon": lon, "lat": 4.36})


def stored(house: Installation, device: str) -> list[float]:
    """Longitudes of the reports of a device, sorted, as the API tells them."""
    url = f"{house.status()['url']}/api/devices/{device}/reports"
    with urllib.request.urlopen(url, timeout=WAIT_S) as answer:
        return sorted(one["lon"] for one in json.load(answer))


def by(house: Installation, ca: str, device: str, directory: Path | None = None) -> list[str]:
    """How mosquitto_pub logs in as a new device: by a password, or by a certificate in `directory`."""
    if directory is None:
        return ["--cafile", ca, "-u", device, "-P", str(add(house, device)["password"])]
    files = add(house, device, "--certificate", str(directory))["files"]
    return ["--cafile", files["ca"], "--cert", files["certificate"], "--key", files["key"]]


def test_a_report_over_tls_from_another_machine_is_seen(
    house: Installation, elsewhere: Elsewhere, opened: dict[str, int], ca: str, tmp_path: Path
) -> None:
    password, files = by(house, ca, "LAN-1"), by(house, ca, "LAN-2", tmp_path)
    assert elsewhere.publish(opened["mqtts"], "LAN-1", report(18.1), *password)
    assert elsewhere.publish(opened["certificates"], "LAN-2", report(18.2), *files)
    assert wait_until(lambda: stored(house, "LAN-1") == [18.1] and stored(house, "LAN-2") == [18.2], WAIT_S)
    assert (tmp_path / "LAN-2.key").stat().st_mode & 0o777 == 0o600


def test_only_the_doors_over_tls_are_open(
    house: Installation, elsewhere: Elsewhere, opened: dict[str, int], ca: str
) -> None:
    listening = {name: elsewhere.reaches(port) for name, port in opened.items()}
    assert listening == {"http": False, "mqtt": False, "https": True, "mqtts": True, "certificates": True}
    assert not elsewhere.reaches(house.status()["parts"]["database"]["address"].rpartition(":")[2])
    words = by(house, ca, "LAN-3")
    assert not elsewhere.publish(opened["mqtts"], "LAN-3", report(18.1), *words[2:])  # without TLS


def test_the_page_is_there_over_https_for_who_has_the_ca(
    house: Installation, elsewhere: Elsewhere, opened: dict[str, int], ca: str, tmp_path: Path
) -> None:
    def asked(*words: str) -> "subprocess.CompletedProcess[str]":
        return elsewhere.run(sys.executable, "-c", _ASK, *words)

    url = f"https://{HERE}:{opened['https']}/"
    assert asked(url, ca).stdout.strip() == "200 DENY"
    assert "CERTIFICATE_VERIFY_FAILED" in asked(url, _other_ca(tmp_path)).stderr
    done = house.run("ca", "show", "--json")
    told = json.loads(done.stdout)
    assert told["pem"] == Path(ca).read_text()
    assert told["fingerprint"] in house.home.log_file("up").read_text()


def test_the_addresses_of_the_page_are_told_as_the_certificate_has_them(
    house: Installation, elsewhere: Elsewhere, opened: dict[str, int], ca: str
) -> None:
    told = house.status()["https"]
    assert told[0] == f"https://field.example:{opened['https']}"
    reached = f"https://{HERE}:{opened['https']}"
    assert reached in told
    assert elsewhere.run(sys.executable, "-c", _ASK, f"{reached}/", ca).stdout.strip() == "200 DENY"
    assert not any("127.0.0.1" in page or "localhost" in page for page in told)
    hosts = {page.removeprefix("https://").rpartition(":")[0] for page in told}
    assert hosts <= names_of(house.home.path / "tls" / "server.pem")
    for words in (("status",), ("up", "--lan"), ("up", "--detach", "--lan")):
        shown = house.run(*words).stdout
        assert [page for page in told if page not in shown] == []


def _other_ca(tmp_path: Path) -> str:
    """The authority of another installation."""
    other = Installation(tmp_path / "other")
    (tmp_path / "other.pem").write_text(other.run("ca", "show").stdout)
    return str(tmp_path / "other.pem")


@pytest.mark.parametrize("how", ["password", "certificate"])
def test_a_device_is_revoked_while_connected(
    house: Installation, elsewhere: Elsewhere, opened: dict[str, int], ca: str, tmp_path: Path, how: str
) -> None:
    name, other = f"LOST-{how}", f"KEPT-{how}"
    words = by(house, ca, name, tmp_path if how == "certificate" else None)
    kept = by(house, ca, other)
    port = str(opened["certificates" if how == "certificate" else "mqtts"])
    topic = f"casevac/v1/{name}/report"
    lost = elsewhere.start("mosquitto_pub", "-h", HERE, "-p", port, "-q", "1", "-t", topic, "-l", *words)
    try:
        assert lost.stdin is not None
        print(report(18.1), file=lost.stdin, flush=True)
        assert wait_until(lambda: stored(house, name) == [18.1], WAIT_S)
        done = house.run("device", "revoke", name)
        assert done.returncode == 0, done.stderr
        with suppress(BrokenPipeError):  # it may have ended by itself
            print(report(18.2), file=lost.stdin, flush=True)
        assert not elsewhere.publish(port, name, report(18.3), *words)
        assert elsewhere.publish(opened["mqtts"], other, report(18.4), *kept)
        assert wait_until(lambda: stored(house, other) == [18.4], WAIT_S)
    finally:
        lost.kill()
        lost.communicate()
    assert stored(house, name) == [18.1]
    assert {
        one["name"] for one in json.loads(house.run("device", "list", "--json").stdout) if one["revoked_at"]
    } >= {name}
    again = house.run("device", "add", name)
    assert again.returncode == 1
    assert "--renew" in again.stderr
    password = str(add(house, name, "--renew")["password"])
    assert elsewhere.publish(opened["mqtts"], name, report(18.5), "--cafile", ca, "-u", name, "-P", password)
    assert wait_until(lambda: stored(house, name) == [18.1, 18.5], WAIT_S)


def test_the_reference_tracker_reports_over_tls(
    house: Installation, opened: dict[str, int], ca: str, tmp_path: Path
) -> None:
    """By certificate at the door of this machine, by password at a door that is named."""
    track = "".join(
        f'<trkpt lat="4.36" lon="18.5{n}"><time>2026-01-01T00:00:0{n}Z</time></trkpt>' for n in (1, 2)
    )
    (tmp_path / "track.gpx").write_text(
        '<gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>'
        f"{track}</trkseg></trk></gpx>"
    )
    files = add(house, "RUN-1", "--certificate", str(tmp_path))["files"]
    password = str(add(house, "RUN-2")["password"])
    way = ("--gpx", str(tmp_path / "track.gpx"), "--ca", ca, "--every", "0.5")
    by_certificate = ("--certificate", files["certificate"], "--key", files["key"])
    by_password = ("--broker", f"mqtts://localhost:{opened['mqtts']}", "--password", password)
    for name, words in (("RUN-1", by_certificate), ("RUN-2", by_password)):
        done = house.run("device", "run", name, *way, *words)
        assert done.returncode == 0, done.stderr
        assert wait_until(lambda name=name: len(stored(house, name)) >= 2, WAIT_S)


def started_again(house: Installation, before: dict[str, Any], *names: str) -> bool:
    parts = house.status()["parts"]
    return all(parts[name]["restarts"] > before[name]["restarts"] for name in names)


def test_parts_that_are_started_again_open_the_same_doors(
    house: Installation, elsewhere: Elsewhere, opened: dict[str, int]
) -> None:
    before = house.wait_ready()["parts"]
    for name in ("serve", "broker"):
        os.kill(before[name]["pid"], signal.SIGKILL)
    assert wait_until(lambda: started_again(house, before, "serve", "broker"), WAIT_S)
    assert wait_until(
        lambda: all(elsewhere.reaches(opened[name]) for name in ("https", "mqtts", "certificates")), WAIT_S
    )
    house.wait_ready()
    assert not elsewhere.reaches(opened["http"])
    assert not elsewhere.reaches(opened["mqtt"])


def test_plain_opens_what_is_named_and_warns(elsewhere: Elsewhere, tmp_path: Path) -> None:
    house = Installation(tmp_path / "home")
    try:
        port = next_free(28183)
        done = house.run("up", "--detach", "--mission", "none", "--plain", f"mqtt={HERE}:{port}")
        assert done.returncode == 0, done.stderr
        assert f"WARNING: plaintext mqtt is open at {HERE}:{port}" in done.stdout
        assert "targeting data" in done.stdout
        state = house.status()["parts"]
        shut = [int(state[part]["address"].rpartition(":")[2]) for part in ("serve", "broker")]
        shut += [int(house.environment[name]) for name in ("CASEVAC_HTTPS_PORT", "CASEVAC_MQTTS_PORT")]
        assert not any(elsewhere.reaches(each) for each in shut)
        password = str(add(house, "BARE-1")["password"])
        assert elsewhere.publish(port, "BARE-1", report(18.1), "-u", "BARE-1", "-P", password)
        assert wait_until(lambda: stored(house, "BARE-1") == [18.1], WAIT_S)
        again = house.run("up", "--plain", "http=10.213.99.99", "--plain", "http=10.213.99.98")
        assert again.returncode == 0
        assert "'casevac down'" in again.stdout  # it runs already
        house.run("down")
        done = house.run("up", "--plain", "http=10.213.99.99")
        assert done.returncode == 1
        assert "not an address of this machine" in done.stderr
    finally:
        house.remove()
