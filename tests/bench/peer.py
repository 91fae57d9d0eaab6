"""The usual way, as a peer to measure against: paho, execute_values, the same guarantee.

Manual acknowledgement; INSERT .. ON CONFLICT DO NOTHING in batches; the latest position upserted; COMMIT;
then the receipt with the exact numbers and the PUBACK. Its tables have the layout and the indexes of the
product's. It leaves out what the product does besides: rights, clocks, quality, reuse of a number with
other content, setting aside, events.

CASEVAC_DATABASE_URL=.. CASEVAC_MQTT_URL=.. python -m tests.bench.peer     (prints "ready" when it is)
"""

import json
import os
import queue
import signal
import sys
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho
import psycopg2
from paho.mqtt.enums import CallbackAPIVersion
from psycopg2.extras import execute_values

BATCH = 2000
_TABLES = """
CREATE TABLE IF NOT EXISTS peer_positions (LIKE positions INCLUDING ALL);
CREATE TABLE IF NOT EXISTS peer_latest (LIKE latest_positions INCLUDING ALL);
"""
_COLUMNS = (
    "mission, device, epoch, n, at, corrected_at, sent_at, received_at, altitude, accuracy, speed, course,"
    " battery, source, flags, geom"
)
_SHAPE = "(" + ", ".join(["%s"] * 15) + ", ST_SetSRID(ST_MakePoint(%s, %s), 4326))"
_KEEP = [column.strip() for column in _COLUMNS.split(",")][2:]
_LATEST = (
    f"INSERT INTO peer_latest ({_COLUMNS}) VALUES %s ON CONFLICT (mission, device) DO UPDATE SET "
    + ", ".join(f"{column} = excluded.{column}" for column in _KEEP)
    + " WHERE excluded.corrected_at > peer_latest.corrected_at"
)
_APPEND = f"INSERT INTO peer_positions ({_COLUMNS}) VALUES %s ON CONFLICT DO NOTHING"


class Peer:
    """paho's thread fills a queue, the main thread stores what is in it."""

    def __init__(self, database_url: str, mqtt_url: str) -> None:
        self._db = psycopg2.connect(database_url, options="-c timezone=UTC")
        with self._db, self._db.cursor() as cursor:
            cursor.execute(_TABLES)
            cursor.execute(
                "SELECT table_name, column_name FROM information_schema.columns WHERE column_name = 'digest'"
                " AND table_name IN ('peer_positions', 'peer_latest')"
            )
            for table, column in cursor.fetchall():
                cursor.execute(f"ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL")
        parts = urlsplit(mqtt_url)
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=parts.username or "",
            protocol=paho.MQTTv311,
            clean_session=False,
            manual_ack=True,
        )
        self._client.username_pw_set(parts.username, unquote(parts.password or ""))
        self._client.on_connect = lambda client, *_: client.subscribe("casevac/v1/+/report", 1)
        self._client.on_subscribe = lambda *_: print("ready", flush=True)  # noqa: T201  whoever started it waits
        self._client.on_message = lambda _client, _userdata, message: self._waiting.put(message)
        self._waiting: queue.SimpleQueue[paho.MQTTMessage] = queue.SimpleQueue()
        self._client.connect(parts.hostname or "", parts.port or 1883)
        self._client.loop_start()

    def run(self) -> None:
        """Store for ever."""
        while True:
            batch = [self._waiting.get()]
            while len(batch) < BATCH and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            self._store(batch)

    def _store(self, batch: Sequence[paho.MQTTMessage]) -> None:
        now = datetime.now(UTC)
        told: dict[tuple[str, int], list[int]] = defaultdict(list)
        rows: list[tuple[Any, ...]] = []
        latest: dict[str, tuple[Any, ...]] = {}
        for message in batch:
            device = message.topic.split("/")[2]
            said = json.loads(message.payload)
            told[device, said["epoch"]].append(said["n"])
            row = _row(device, said, now)
            rows.append(row)
            if device not in latest or row[5] > latest[device][5]:
                latest[device] = row
        with self._db, self._db.cursor() as cursor:
            execute_values(cursor, _APPEND, rows, _SHAPE, page_size=1000)
            execute_values(cursor, _LATEST, [latest[key] for key in sorted(latest)], _SHAPE, page_size=1000)
        for (device, epoch), numbers in told.items():
            receipt = {"epoch": epoch, "stored": numbers, "refused": [], "server_time": now.isoformat()}
            self._client.publish(f"casevac/v1/{device}/receipt", json.dumps(receipt))
        for message in batch:
            self._client.ack(message.mid, message.qos)


def _row(device: str, said: dict[str, Any], now: datetime) -> tuple[Any, ...]:
    at, sent = datetime.fromisoformat(said["at"]), datetime.fromisoformat(said["sent"])
    return (
        "bench", device, said["epoch"], said["n"], at, at, sent, now, said.get("alt"), said.get("accuracy"),
        said.get("speed"), said.get("course"), said.get("battery"), "device", [], said["lon"], said["lat"],
    )  # fmt: skip


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    Peer(os.environ["CASEVAC_DATABASE_URL"], os.environ["CASEVAC_MQTT_URL"]).run()
