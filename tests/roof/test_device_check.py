"""`casevac device check` on a good device and on bad ones, all real clients of a running installation."""

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from tests.roof.installation import Installation
from tracker.device import Device
from tracker.spool import Spool

EVERY_S = 0.5
BAD = ("locked-out", "off-topic", "forgetful", "reuser", "deaf", "slow-clock")


class Client(threading.Thread):
    """A device written by somebody else: what it sends each half second is told by `says`."""

    def __init__(
        self, account: dict[str, Any], says: Callable[[int], list[dict[str, object]]], leaf: str = "report"
    ) -> None:
        super().__init__(daemon=True)
        self.says, self.topic = says, f"casevac/v1/{account['username']}/{leaf}"
        self.stopped = threading.Event()
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id=account["username"])
        self.client.username_pw_set(account["username"], account["password"])
        self.client.connect_async("127.0.0.1", account["port"])
        self.client.loop_start()

    def run(self) -> None:
        for turn in itertools.count(1):
            if self.stopped.wait(EVERY_S):
                break
            for told in self.says(turn):
                self.client.publish(self.topic, json.dumps(told), qos=1)
        self.client.disconnect()
        self.client.loop_stop()


def report(n: int, *, ago: timedelta = timedelta(0), at: datetime | None = None) -> dict[str, object]:
    now = datetime.now(UTC) - ago
    told = {"at": (at or now).isoformat(), "sent": now.isoformat(), "lon": 18.55 + n / 1e5, "lat": 4.36}
    return {"epoch": 7, "n": n, **told}


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    one = Installation(tmp_path_factory.mktemp("check") / "home")
    one.up()
    yield one
    one.remove()


@pytest.fixture
def clients(system: Installation, tmp_path: Path) -> Iterator[None]:
    def account(name: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(system.run("device", "add", name, "--json").stdout)
        return told

    begun = datetime.now(UTC)
    running = [
        Client(account("locked-out") | {"password": "wrong"}, lambda n: [report(n)]),
        Client(account("off-topic"), lambda n: [report(n)], leaf="reports"),
        Client(account("forgetful"), lambda n: [report(n)]),
        Client(account("reuser"), lambda n: [report(1) | {"lon": 18.0 + n / 1000}]),
        Client(account("deaf"), lambda n: [report(one, at=begun) for one in range(1, min(n, 20) + 1)]),
        Client(account("slow-clock"), lambda n: [report(n, ago=timedelta(days=3))]),
        Client(account("plain"), lambda n: [{"at": datetime.now(UTC).isoformat(), "lon": 18.0, "lat": 4.0}]),
    ]
    good = account("good")
    url = f"mqtt://good:{good['password']}@127.0.0.1:{good['port']}"
    device, stop = Device("good", url, Spool(tmp_path / "spool")), threading.Event()

    def drive() -> None:
        while not stop.wait(EVERY_S):
            device.report(datetime.now(UTC), 18.5, 4.4)

    driver = threading.Thread(target=drive, daemon=True)
    device.start()
    for one in (*running, driver):
        one.start()
    yield
    stop.set()
    for client in running:
        client.stopped.set()
    for one in (*running, driver):
        one.join(60)
    device.close()


def test_a_good_device_and_six_bad_ones_are_told_apart(system: Installation, clients: None) -> None:
    done = system.run("device", "check", "good", "plain", *BAD, "--seconds", "90", "--json")
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)["devices"]

    def wrong(name: str) -> dict[str, str]:
        return {one["about"]: one["words"] for one in found[name] if one["verdict"] == "wrong"}

    def verdicts(name: str) -> dict[str, str]:
        return {one["about"]: one["verdict"] for one in found[name]}

    judged = {about: verdict for about, verdict in verdicts("good").items() if about != "status"}
    assert set(judged.values()) == {"good"}, found["good"]  # it said that it came before we looked
    assert wrong("plain") == {}
    assert verdicts("plain")["numbering"] == "note"
    assert "nobody is logged in" in wrong("locked-out")["credentials"]
    assert "casevac/v1/off-topic/report" in wrong("off-topic")["topic"]
    assert set(wrong("forgetful")) == {"resend"}
    assert "number 1 of epoch 7 was used for two messages" in wrong("reuser")["numbering"]
    assert "subscribe to casevac/v1/deaf/receipt" in wrong("deaf")["resend"]
    assert "3.0 days behind" in wrong("slow-clock")["clock"]


def test_it_reads_as_lines_and_a_stranger_is_told_what_to_do(system: Installation) -> None:
    done = system.run("device", "check", "nobody", "--seconds", "1")
    assert done.returncode == 1
    assert "WRONG credentials nobody is not enrolled: casevac device add nobody" in done.stdout


def test_what_is_good_and_wrong_at_once_is_told_once_each(system: Installation) -> None:
    account = json.loads(system.run("device", "add", "both", "--json").stdout)
    client = Client(account, lambda n: [report(2 * n), report(2 * n + 1) | {"lat": 91}])
    client.start()
    try:
        done = system.run("device", "check", "both", "--seconds", "60")
    finally:
        client.stopped.set()
        client.join(60)
    told = [tuple(line.split()[1:3]) for line in done.stderr.splitlines() if line.startswith("both ")]
    assert {("WRONG", "receipts"), ("ok", "receipts")} <= set(told)
    assert len(told) == len(set(told))
