"""The broker's own figures, from a real Mosquitto: what it keeps, what it drops, and who may read them."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from casevac.roof import broker as embedded
from casevac.roof.broker import Broker
from tests.ports import next_free
from tests.tracker.listener import until
from tracker.figures import BrokerFigures

KEPT, SENT = 10, 60


@pytest.fixture
def small(tmp_path: Path) -> Iterator[int]:
    """A broker that keeps ten messages a reader, and tells its figures every second; its port."""
    port = next_free(21983)
    conf = tmp_path / "small.conf"
    conf.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages {KEPT}\nsys_interval 1\n"
    )
    child = subprocess.Popen([embedded.find_program(), "-c", str(conf)], stderr=subprocess.DEVNULL)
    yield port
    child.terminate()
    child.wait(60)


def client(port: int, name: str, *, clean: bool = True) -> paho.Client:
    made = paho.Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=clean)
    made.connect("127.0.0.1", port)
    made.loop_start()
    assert until(made.is_connected)
    return made


def confirmed(sent: paho.MQTTMessageInfo) -> None:
    """Wait until the broker has it."""
    sent.wait_for_publish(60)
    assert sent.is_published()


def quiet(told: dict[str, int]) -> bool:
    """The broker has told all, and nothing waits or was dropped."""
    return "dropped" in told and (told["queue"], told["dropped_lately"]) == (0, 0)


def test_what_waits_and_what_is_dropped_is_told(small: int) -> None:
    figures = BrokerFigures(f"mqtt://127.0.0.1:{small}")
    figures.open()
    assert until(lambda: quiet(figures.latest() or {}))
    absent = client(small, "absent", clean=False)
    done: list[int] = []
    absent.on_subscribe = lambda *_: done.append(1)
    absent.subscribe("t/#", qos=1)
    assert until(lambda: done)
    absent.disconnect()
    absent.loop_stop()
    sender = client(small, "sender")
    for n in range(SENT):
        confirmed(sender.publish("t/x", str(n), qos=1))
    assert until(lambda: figures.latest()["dropped_lately"] >= SENT - 3 * KEPT)
    assert until(lambda: figures.latest()["queue"] >= KEPT)
    assert until(lambda: figures.latest()["clients"] == 2)
    sender.disconnect()
    sender.loop_stop()
    figures.close()


def test_the_watcher_of_the_embedded_broker_reads_figures_and_no_messages(broker: Broker) -> None:
    figures = BrokerFigures(broker.url(embedded.WATCH))
    figures.open()
    assert until(lambda: "clients" in (figures.latest() or {}))
    figures.close()
    heard: list[str] = []
    watcher = paho.Client(CallbackAPIVersion.VERSION2)
    secret = broker.url(embedded.WATCH).split(":")[2].rpartition("@")[0]
    watcher.username_pw_set(embedded.WATCH, secret)
    watcher.on_message = lambda _client, _data, message: heard.append(message.topic)
    watcher.on_connect = lambda one, *_: one.subscribe([("casevac/#", 1), ("$SYS/broker/version", 0)])
    watcher.connect("127.0.0.1", broker.port)
    watcher.loop_start()
    assert until(lambda: heard)
    tool = paho.Client(CallbackAPIVersion.VERSION2)
    house = broker.url("casevac-tool").split(":")[2].rpartition("@")[0]
    tool.username_pw_set("casevac-tool", house)
    tool.connect("127.0.0.1", broker.port)
    tool.loop_start()
    confirmed(tool.publish("casevac/v1/x/report", b"{}", qos=1))
    confirmed(tool.publish("casevac/v1/x/task", b"{}", qos=1, retain=True))
    watcher.subscribe("$SYS/broker/uptime")
    assert until(lambda: "$SYS/broker/uptime" in heard)
    assert not [topic for topic in heard if topic.startswith("casevac")]
    for one in (watcher, tool):
        one.disconnect()
        one.loop_stop()
