"""A device that has an account and ill will: what the broker delivers, not what it says it granted.

Every attack ends with something allowed over the same connection, and the test waits for that to arrive:
by then the forbidden would have arrived too.
"""

import json
import socket
from collections.abc import Callable, Iterator

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from casevac.roof.broker import BadName, Broker
from casevac.roof.knock import accepted
from tests.conftest import Account
from tests.tracker.listener import until
from tracker.lanes import lanes

ROOT = "casevac/v1"
POISON = b'{"poison":true}'
V3, V5 = MQTTProtocolVersion.MQTTv311, MQTTProtocolVersion.MQTTv5


class Client:
    """A raw client: any id, any subscription, any will; keeps what it is delivered."""

    def __init__(
        self,
        account: Account,
        *filters: str,
        client_id: str = "",
        will: str = "",
        version: MQTTProtocolVersion = V3,
    ) -> None:
        self.name = account.username
        self.heard: list[tuple[str, bytes]] = []
        self.refused: list[str] = []
        self.lost = 0
        self._granted = 0
        more = {} if version is V5 else {"clean_session": not client_id}
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id or account.username, protocol=version, **more
        )
        self._client.username_pw_set(account.username, account.password)
        self._client.on_message = lambda _c, _u, one: self.heard.append((one.topic, bytes(one.payload)))
        self._client.on_subscribe = self._subscribed
        self._client.on_connect = self._connected
        self._client.on_disconnect = self._gone
        self._filters = filters
        if will:
            self._client.will_set(will, POISON, qos=1, retain=True)
        self._client.connect(account.host, account.port)
        self._client.loop_start()
        assert until(lambda: self.refused or self._granted == max(len(filters), 1))

    def _connected(
        self, client: paho.Client, _data: object, _flags: object, why: object, _more: object
    ) -> None:
        if getattr(why, "is_failure", False):
            self.refused.append(str(why))
            return
        for one in self._filters:
            client.subscribe(one, 1)
        if not self._filters:
            self._granted = 1

    def _subscribed(self, *_: object) -> None:
        self._granted += 1

    def _gone(self, *_: object) -> None:
        self.lost += 1

    def say(self, topic: str, payload: bytes = POISON, *, retain: bool = False, qos: int = 1) -> None:
        self._client.publish(f"{ROOT}/{topic}", payload, qos=qos, retain=retain)

    def die(self) -> None:
        """Vanish without DISCONNECT, so that the will is due."""
        self._client.loop_stop()
        wire = self._client.socket()
        assert isinstance(wire, socket.socket)
        wire.close()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def topics(self) -> list[str]:
        return [topic.removeprefix(f"{ROOT}/") for topic, _ in self.heard]

    def heard_from(self, topic: str) -> bool:
        return until(lambda: topic in self.topics())


Dial = Callable[..., Client]


@pytest.fixture
def dial(
    device: Callable[[str], Account], house_user: Callable[[str], Account]
) -> Iterator[Callable[..., Client]]:
    """Makes clients: of devices, each with an account made at first use, and of the house."""
    accounts: dict[str, Account] = {}
    clients: list[Client] = []

    def call(name: str, *filters: str, **options: str | MQTTProtocolVersion) -> Client:
        if name not in accounts:
            accounts[name] = house_user(name) if name.startswith("casevac-") else device(name)
        clients.append(Client(accounts[name], *filters, **options))
        return clients[-1]

    yield call
    for client in clients:
        client.close()


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_publishing_on_anothers_topics_reaches_nobody(dial: Dial, qos: int) -> None:
    house, victim = dial("casevac-ingest", f"{ROOT}/#"), dial("victim", f"{ROOT}/victim/#")
    mallory = dial("mallory")
    for leaf in ("report", "event", "status", "batch", "task", "receipt", "notice", "new"):
        mallory.say(f"victim/{leaf}", qos=qos)
    mallory.say("mallory/task", qos=qos)  # nor does a device give itself orders
    mallory.say("mallory/receipt", qos=qos)
    mallory.say("mallory/report", b"mine", qos=qos)
    assert house.heard_from("mallory/report")
    house.say("victim/task", b"orders")
    assert victim.heard_from("victim/task")
    assert house.heard_from("victim/task")
    assert house.topics() == ["mallory/report", "victim/task"]
    assert victim.heard == [(f"{ROOT}/victim/task", b"orders")]


def test_a_will_on_anothers_topic_is_never_executed(dial: Dial) -> None:
    house = dial("casevac-ingest", f"{ROOT}/#")
    attack = dial("mallory", will=f"{ROOT}/victim/status")
    if not attack.refused:
        attack.die()
    other = dial("trudy", will=f"{ROOT}/trudy/status")
    other.die()
    assert house.heard_from("trudy/status")
    assert house.topics() == ["trudy/status"]


def test_nothing_poisonous_stays_retained(dial: Dial) -> None:
    mallory = dial("mallory")
    for topic in ("victim/task", "victim/notice", "victim/report", "mallory/task"):
        mallory.say(topic, retain=True)
    mallory.say("mallory/status", b"mine", retain=True)
    house = dial("casevac-tool", f"{ROOT}/#")  # whoever comes now gets what is retained, first of all
    assert house.heard_from("mallory/status")
    victim = dial("victim", f"{ROOT}/victim/#")
    house.say("victim/notice", b"true")
    assert victim.heard_from("victim/notice")
    assert house.heard_from("victim/notice")
    assert house.topics() == ["mallory/status", "victim/notice"]
    assert victim.heard == [(f"{ROOT}/victim/notice", b"true")]


GREEDY = (
    "#", "+/+/+/report", f"{ROOT}/#", f"{ROOT}/+/task", f"{ROOT}/victim/task", f"{ROOT}/victim/receipt",
    f"{ROOT}/victim/notice", f"{ROOT}/victim/report", "$SYS/#", "$SYS/broker/clients/connected",
)  # fmt: skip
SHARED = (f"$share/x/{ROOT}/#", "$share/x/#", f"$share/x/{ROOT}/victim/receipt", "$share/x/$SYS/#")


@pytest.mark.parametrize(("version", "filters"), [(V3, GREEDY), (V5, GREEDY), (V3, SHARED), (V5, SHARED)])
def test_a_greedy_subscription_is_delivered_nothing(
    dial: Dial, version: MQTTProtocolVersion, filters: tuple[str, ...]
) -> None:
    house = dial("casevac-ingest", f"{ROOT}/+/report")
    victim = dial("victim", f"{ROOT}/victim/receipt")
    house.say("victim/task", b"retained orders", retain=True)
    mallory = dial("mallory", *filters, f"{ROOT}/mallory/notice", version=version)
    victim.say("victim/report", b"where I am")
    assert house.heard_from("victim/report")
    for leaf in ("task", "receipt", "notice"):
        house.say(f"victim/{leaf}", b"for the victim")
    house.say("mallory/notice", b"for mallory")
    assert mallory.heard_from("mallory/notice")
    assert victim.heard_from("victim/receipt")
    assert set(mallory.heard) == {(f"{ROOT}/mallory/notice", b"for mallory")}
    assert house.topics() == ["victim/report"]


def test_the_client_id_of_another_takes_nothing_over(dial: Dial) -> None:
    """Neither the connection nor what waits in the session."""
    victim = dial("victim", f"{ROOT}/victim/task", client_id="victim")
    thief = dial("mallory", f"{ROOT}/mallory/task", client_id="victim")
    house = dial("casevac-tool")
    second = dial("trudy", f"{ROOT}/trudy/task", client_id="casevac-tool")
    house.say("victim/task", b"orders")
    house.say("mallory/task", b"own")
    house.say("trudy/task", b"own")
    assert victim.heard_from("victim/task")
    assert thief.heard_from("mallory/task")
    assert second.heard_from("trudy/task")
    assert (victim.lost, house.lost) == (0, 0)
    assert thief.heard == [(f"{ROOT}/mallory/task", b"own")]
    assert second.heard == [(f"{ROOT}/trudy/task", b"own")]


@pytest.mark.parametrize(
    "name", ["+", "#", "a/b", "victim/report", "../x", "a:b", "", "casevac-ingest", "a\nb"]
)
def test_a_name_that_is_more_than_a_name_gets_no_account(broker: Broker, name: str) -> None:
    with pytest.raises(BadName):
        broker.add_devices([name])


@pytest.mark.parametrize("name", ["+", "#", "a/b", "", "casevac-ingest", "casevac-probe"])
def test_a_name_without_its_password_is_not_let_in(broker: Broker, name: str) -> None:
    broker.add_devices(["honest"])
    for password in ("", "x", name):
        assert not accepted("127.0.0.1", broker.port, name, password)


def test_a_device_cannot_join_the_group_of_ingest_and_swallow_a_share(dial: Dial, broker: Broker) -> None:
    """A broker lets anyone join a group it can name, and counts what it then denies as delivered."""
    (shared,) = lanes(broker.url("casevac-ingest"), 1, 2).reports.filters
    house = dial("casevac-ingest", shared, version=V5)
    mallory = dial("mallory", f"$share/ingest/{ROOT}/+/report", f"{ROOT}/mallory/notice", version=V5)
    victim = dial("victim")
    for n in range(20):
        victim.say("victim/report", json.dumps(n).encode())
    assert until(lambda: len(house.heard) == 20)
    assert mallory.heard == []
