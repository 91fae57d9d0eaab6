"""An independent MQTT client of one device: it publishes what it is told and keeps what it hears."""

import json
import time
from collections.abc import Callable

import paho.mqtt.client as paho
import psutil
from paho.mqtt.enums import CallbackAPIVersion

PATIENCE_S = 60.0  # of a busy machine: only a test that fails takes so long


def until(condition: Callable[[], object], seconds: float = PATIENCE_S) -> bool:
    """Waits for a condition."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())


def pid_listening_on(port: int) -> int:
    return next(
        one.pid for one in psutil.net_connections("tcp4")
        if one.status == psutil.CONN_LISTEN and one.laddr.port == port and one.pid
    )  # fmt: skip


def kill_listening_on(port: int) -> None:
    """kill -9 of the server of a port; returns when it is gone and the port free again."""
    server = psutil.Process(pid_listening_on(port))
    server.kill()
    server.wait(PATIENCE_S)


class Listener:
    def __init__(self, name: str, password: str, port: int, patience_s: float = 0) -> None:
        self.name, self.password, self.port = name, password, port
        self.receipts: list[dict] = []
        self.heard: list[tuple[str, bytes]] = []
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=name)
        self._client.username_pw_set(name, password)
        self._client.on_message = self._message
        self._subscribed = False
        self._client.on_subscribe = lambda *_: setattr(self, "_subscribed", True)
        self._client.on_connect = lambda client, *_: client.subscribe(
            [(f"casevac/v1/{name}/{leaf}", 1) for leaf in ("receipt", "task", "notice")]
        )
        self._client.max_inflight_messages_set(1000)
        assert until(lambda: self._connects(port), patience_s)
        self._client.loop_start()
        assert until(lambda: self._subscribed)

    def _connects(self, port: int) -> bool:
        try:
            self._client.connect("127.0.0.1", port)
        except ConnectionRefusedError:
            return False
        return True

    def _message(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        self.heard.append((message.topic, bytes(message.payload)))
        if message.topic.endswith("/receipt"):
            self.receipts.append(json.loads(message.payload))

    def send(self, channel: str, payload: bytes | dict) -> None:
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self._last = self._client.publish(f"casevac/v1/{self.name}/{channel}", raw, qos=1)

    def sent_all(self) -> bool:
        """True when the broker has acknowledged what was sent last."""
        return self._last.is_published()

    def is_connected(self) -> bool:
        return self._client.is_connected()

    def stored(self) -> set[int]:
        return {n for receipt in self.receipts for n in receipt["stored"]}

    def refused(self) -> dict[int, str]:
        return {one["n"]: one["reason"] for receipt in self.receipts for one in receipt["refused"]}

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
