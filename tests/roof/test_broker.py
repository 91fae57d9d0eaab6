"""The private broker: who may publish and read what (deliveries, not SUBACKs), sizes, accounts, memory."""

import queue
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from casevac.roof.broker import WATCH, BadName, Broker, check_name, running
from casevac.roof.home import Home
from casevac.roof.knock import accepted, connect_packet
from casevac.roof.part import alone
from casevac.roof.process import wait_until
from tests.conftest import Account
from tests.ports import next_free
from tracker.wire import LARGEST_PAYLOAD

Accounts = Callable[[str], Account]
WAIT_S = 60.0


class Client:
    """A connected MQTT 5 client that records what is delivered and how each publish was answered."""

    def __init__(
        self, account: Account, *, protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv5, **connect: Any
    ) -> None:
        self.delivered: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._connected: queue.Queue[str] = queue.Queue()
        self._acks: queue.Queue[tuple[int, str]] = queue.Queue()
        self._granted: queue.Queue[int] = queue.Queue()
        self.mqtt = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="ignored", protocol=protocol)
        self.mqtt.username_pw_set(account.username, account.password)
        self.mqtt.on_message = lambda _c, _u, m: self.delivered.put((m.topic, bytes(m.payload)))
        self.mqtt.on_connect = lambda _c, _u, _f, reason, _p: self._connected.put(reason.getName())
        self.mqtt.on_publish = lambda _c, _u, mid, reason, _p: self._acks.put((mid, reason.getName()))
        self.mqtt.on_subscribe = lambda _c, _u, mid, _r, _p: self._granted.put(mid)
        self.mqtt.connect(account.host, account.port, **connect)
        self.mqtt.loop_start()
        self.answer = self._connected.get(timeout=WAIT_S)

    def subscribe(self, topic: str) -> None:
        self.mqtt.subscribe(topic, qos=1)
        self._granted.get(timeout=WAIT_S)

    def publish(self, topic: str, payload: bytes = b"x", *, retain: bool = False) -> str:
        sent = self.mqtt.publish(topic, payload, qos=1, retain=retain)
        mid, reason = self._acks.get(timeout=WAIT_S)
        assert mid == sent.mid
        return reason

    def next(self) -> tuple[str, bytes]:
        return self.delivered.get(timeout=WAIT_S)


@contextmanager
def connected(account: Account, **connect: Any) -> Iterator[Client]:
    client = Client(account, **connect)
    try:
        yield client
    finally:
        client.mqtt.disconnect()
        client.mqtt.loop_stop()


@pytest.mark.parametrize("leaf", ["report", "event", "status"])
def test_a_device_publishes_under_its_own_name(device: Accounts, house_user: Accounts, leaf: str) -> None:
    with connected(house_user("casevac-ingest")) as ingest, connected(device("amb-1")) as tracker:
        ingest.subscribe("casevac/v1/#")
        assert tracker.publish(f"casevac/v1/amb-1/{leaf}", b"mine") == "Success"
        assert ingest.next() == (f"casevac/v1/amb-1/{leaf}", b"mine")


@pytest.mark.parametrize(
    "topic",
    [
        "casevac/v1/amb-2/report",
        "casevac/v1/amb-2/event",
        "casevac/v1/amb-1/task",
        "casevac/v1/amb-1/notice",
        "casevac/v1/amb-1/receipt",
        "casevac/v1/amb-1/report/deeper",
        "casevac/v1/casevac-ingest/report",
        "casevac/v2/amb-1/report",
        "elsewhere",
    ],
)
@pytest.mark.parametrize("retain", [False, True])
def test_publishing_elsewhere_is_refused_and_not_delivered(
    device: Accounts, house_user: Accounts, topic: str, retain: bool
) -> None:
    device("amb-2")
    with connected(house_user("casevac-tool")) as tool, connected(device("amb-1")) as tracker:
        tool.subscribe("#")
        assert tracker.publish(topic, b"forged", retain=retain) == "Not authorized"
        # What is allowed and sent afterwards arrives first: the forged one was never on its way.
        assert tracker.publish("casevac/v1/amb-1/report", b"honest") == "Success"
        assert tool.next() == ("casevac/v1/amb-1/report", b"honest")


def test_a_will_under_anothers_name_is_not_delivered(device: Accounts, house_user: Accounts) -> None:
    account = device("amb-1")
    with connected(house_user("casevac-tool")) as tool:
        tool.subscribe("#")
        rogue = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        rogue.username_pw_set(account.username, account.password)
        rogue.will_set("casevac/v1/amb-2/status", b"forged", qos=1)
        rogue.connect(account.host, account.port)
        rogue.loop_start()
        assert wait_until(rogue.is_connected, WAIT_S)
        rogue.socket().close()
        rogue.loop_stop()
        with connected(account) as tracker:
            tracker.publish("casevac/v1/amb-1/status", b"honest")
            assert tool.next() == ("casevac/v1/amb-1/status", b"honest")


def test_a_device_reads_its_own_tasks_and_receipts_only(device: Accounts, house_user: Accounts) -> None:
    with connected(house_user("casevac-tasking")) as tasking, connected(device("amb-1")) as tracker:
        for topic in (
            "#",
            "casevac/v1/+/task",
            "casevac/v1/+/notice",
            "casevac/v1/amb-2/receipt",
            "$share/g/casevac/v1/#",
        ):
            tracker.subscribe(topic)
        for topic in (
            "amb-2/task",
            "amb-2/receipt",
            "amb-2/report",
            "amb-1/report",
            "amb-2/notice",
            "amb-1/notice",
        ):
            assert tasking.publish(f"casevac/v1/{topic}", topic.encode(), retain=True) == "Success"
        assert tracker.next() == ("casevac/v1/amb-1/notice", b"amb-1/notice")


def test_a_retained_task_awaits_the_device(device: Accounts, house_user: Accounts) -> None:
    with connected(house_user("casevac-tasking")) as tasking:
        tasking.publish("casevac/v1/amb-1/task", b"go", retain=True)
    with connected(device("amb-1")) as tracker:
        tracker.subscribe("casevac/v1/amb-1/task")
        assert tracker.next() == ("casevac/v1/amb-1/task", b"go")


def test_the_client_id_is_the_user_name(device: Accounts) -> None:
    """Two connections that both claim the client id 'ignored' stay apart, since their names differ."""
    with connected(device("amb-1")) as first, connected(device("amb-2")) as second:
        for client, name in ((first, "amb-1"), (second, "amb-2"), (first, "amb-1")):
            assert client.publish(f"casevac/v1/{name}/report") == "No matching subscribers"


@pytest.mark.parametrize(("user", "password"), [("amb-1", "wrong"), ("nobody", "x"), ("casevac-ingest", "")])
def test_wrong_credentials_are_refused(broker: Broker, user: str, password: str) -> None:
    broker.add_devices(["amb-1"])
    assert not accepted("127.0.0.1", broker.port, user, password)


def test_nobody_enters_without_credentials(broker: Broker) -> None:
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
    answers: queue.Queue[str] = queue.Queue()
    client.on_connect = lambda _c, _u, _f, reason, _p: answers.put(reason.getName())
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    assert answers.get(timeout=WAIT_S) == "Not authorized"
    client.loop_stop()


def test_one_mebibyte_passes_and_one_byte_more_does_not(device: Accounts, house_user: Accounts) -> None:
    """The broker acknowledges what is too large (so that the device goes on) and delivers nothing of it."""
    with (
        connected(house_user("casevac-ingest")) as ingest,
        connected(device("amb-1"), protocol=MQTTProtocolVersion.MQTTv311) as tracker,
    ):
        ingest.subscribe("casevac/v1/+/report")
        topic = "casevac/v1/amb-1/report"
        for payload in (b"a" * LARGEST_PAYLOAD, b"b" * (LARGEST_PAYLOAD + 1), b"after"):
            assert tracker.publish(topic, payload) == "Success"
        assert ingest.next() == (topic, b"a" * LARGEST_PAYLOAD)
        assert ingest.next() == (topic, b"after")


def test_a_packet_beyond_all_bounds_ends_the_connection(device: Accounts, house_user: Accounts) -> None:
    """It is never read into the broker's memory."""
    account = device("amb-1")
    with connected(house_user("casevac-ingest")) as ingest:
        ingest.subscribe("casevac/v1/+/report")
        with socket.create_connection((account.host, account.port), timeout=WAIT_S) as door:
            door.sendall(connect_packet(account.username, account.password))
            assert door.recv(4) == b"\x20\x02\x00\x00"
            door.sendall(b"\x30\xff\xff\xff\x7f")  # a PUBLISH of 256 MiB begins
            assert door.recv(1) == b""
        with connected(account) as tracker:
            assert tracker.publish("casevac/v1/amb-1/report", b"after") == "Success"
            assert ingest.next() == ("casevac/v1/amb-1/report", b"after")


@pytest.mark.parametrize("user", ["casevac-ingest", "casevac-tasking", "casevac-check", WATCH])
def test_the_brokers_own_figures_are_for_the_one_that_watches(house_user: Accounts, user: str) -> None:
    with connected(house_user(user)) as one, connected(house_user("casevac-tool")) as tool:
        one.subscribe("$SYS/broker/version")  # retained
        one.subscribe("casevac/v1/#")
        assert tool.publish("casevac/v1/amb-1/task", b"after") == "Success"
        if user == WATCH:
            assert one.next()[0] == "$SYS/broker/version"
        else:
            assert one.next() == ("casevac/v1/amb-1/task", b"after")


def test_a_device_is_valid_when_the_command_returns(broker: Broker, home: Home) -> None:
    for number in range(20):
        name = f"amb-{number}"
        password = running(home).add_devices([name])[name]
        assert accepted("127.0.0.1", broker.port, name, password)
        assert len(password) >= 22  # 128 bits in base 64


def test_a_batch_of_devices_is_valid_at_once(broker: Broker) -> None:
    issued = broker.add_devices([f"heli-{number}" for number in range(50)])
    assert all(accepted("127.0.0.1", broker.port, name, password) for name, password in issued.items())
    assert broker.devices() == set(issued)


def test_adding_a_device_disturbs_no_other(device: Accounts, house_user: Accounts) -> None:
    with connected(house_user("casevac-ingest")) as ingest, connected(device("amb-1")) as tracker:
        ingest.subscribe("casevac/v1/+/report")
        device("amb-2")
        assert tracker.publish("casevac/v1/amb-1/report", b"still here") == "Success"
        assert ingest.next() == ("casevac/v1/amb-1/report", b"still here")


def test_a_known_device_keeps_its_password_unless_renewed(broker: Broker, home: Home) -> None:
    old = running(home).add_devices(["amb-1"])["amb-1"]
    with pytest.raises(BadName, match="exists already"):
        running(home).add_devices(["amb-1"])["amb-1"]
    assert accepted("127.0.0.1", broker.port, "amb-1", old)
    new = running(home).add_devices(["amb-1"], renew=True)["amb-1"]
    assert accepted("127.0.0.1", broker.port, "amb-1", new)
    assert not accepted("127.0.0.1", broker.port, "amb-1", old)


def test_no_password_is_kept_in_clear(broker: Broker, home: Home) -> None:
    password = running(home).add_devices(["amb-1"])["amb-1"]
    for file in home.broker.iterdir():
        assert password.encode() not in file.read_bytes()


@pytest.mark.parametrize(
    "name",
    ["", "Casevac-Ingest", "casevac-ingest", "-a", "_a", "a" * 41, "a/b", "a+", "#", "a b", "é", "a\n"],
)
def test_bad_names_are_refused(name: str) -> None:
    with pytest.raises(BadName):
        check_name(name)


@given(st.text(max_size=45))
@example("a" * 40)
@example("0_-")
def test_an_accepted_name_is_one_plain_topic_segment(name: str) -> None:
    try:
        check_name(name)
    except BadName as refusal:
        assert "\n" not in str(refusal) or "\n" in name
    else:
        assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", name)
        assert not name.lower().startswith("casevac-")


def test_sessions_and_retained_tasks_outlive_a_restart(home: Home) -> None:
    server = Broker(home, next_free(21883))
    lasting = Properties(PacketTypes.CONNECT)
    lasting.SessionExpiryInterval = 3600
    with alone(server):
        ingest = Account("127.0.0.1", server.port, "casevac-ingest", home.secret("casevac-ingest"))
        tracker = Account("127.0.0.1", server.port, "amb-1", running(home).add_devices(["amb-1"])["amb-1"])
        with connected(ingest, clean_start=False, properties=lasting) as client:
            client.subscribe("casevac/v1/+/report")
        with connected(tracker) as client:
            client.publish("casevac/v1/amb-1/report", b"while you were out")
    with alone(server), connected(ingest, clean_start=False, properties=lasting) as client:
        assert client.next() == ("casevac/v1/amb-1/report", b"while you were out")
        assert accepted("127.0.0.1", server.port, tracker.username, tracker.password)


def test_a_broker_orphan_is_ended_by_the_next_start(home: Home) -> None:
    server = Broker(home, next_free(21883))
    orphan = server.spawn()
    assert wait_until(server.ready, WAIT_S)  # before, a signal ends it without its goodbye
    with alone(Broker(home, server.port)) as child:
        assert orphan.wait(WAIT_S) == 0
        assert child.pid != orphan.pid
    assert running(home).port == server.port
