"""Tasks to the vehicles: the log is the outbox, a retained message holds the present task of each.

What should be retained follows from the fold of the log alone, so a broker that lost everything, or a
restart of this part, is put right by publishing again.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import msgspec
import paho.mqtt.client as paho

from casevac.errors import PartFailed, StoreUnreachable
from casevac.events import Event, Leg
from casevac.merging import resolved
from casevac.picture import Picture, apply, empty
from casevac.store import snapshots
from casevac.store.connection import connect, faults
from casevac.store.tail import Tail
from casevac.task import Task
from tracker import wire
from tracker.downlink import Orders, Patient, Recall
from tracker.mqtt import Session
from tracker.reacting import Reactions

_log = logging.getLogger(__name__)


class Tasking:
    """Follows the log and keeps `casevac/v1/NAME/task` of every enrolled device as it says.

    Beside it what follows by itself is let happen in every mission, and the notices of devices are kept;
    `home` is the installation whose roads answer the orders of coordinators without a screen.
    """

    def __init__(self, database_url: str, mqtt_url: str, home: Path | None = None) -> None:
        self._dsn = database_url
        self._reactions = Reactions(database_url, home, self._notify)
        self._tail = Tail(database_url)
        self._session = Session(mqtt_url, client_id="casevac-tasking")
        self._session.client.on_connect = self._connected
        self._pictures: dict[str, Picture] = {}
        self._published: dict[str, bytes] = {}
        self._told = self._resumed = False
        self._again = threading.Event()
        self._stop = threading.Event()

    def run(self, ready: Callable[[], None]) -> None:
        """Publish until `stop`; calls `ready` again and again while store and broker answer."""
        self._session.open_later()
        self._reactions.start()
        while not self._stop.is_set():
            if not self._reactions.alive:  # it never ends by itself: the part is started again
                raise PartFailed("what follows by itself has stopped; see the lines before this one")
            try:
                self._resume()
                self._take(self._tail.wait())
                while more := self._tail.wait(0):  # a task may have ended on the next page
                    self._take(more)
            except StoreUnreachable as fault:
                _log.error("%s", fault)
                self._stop.wait(1.0)
                continue
            if self._session.client.is_connected():
                if self._again.is_set() or self._told:
                    self._publish()
                ready()
        self._reactions.stop()
        self._session.close()
        self._tail.close()

    def stop(self) -> None:
        """Return from `run`."""
        self._stop.set()

    def _connected(self, *_: object) -> None:
        self._again.set()  # the broker may have lost what it retained
        self._reactions.publish_again()

    def _notify(self, device: str, payload: bytes) -> bool:
        """Publish the notice of a device, on the thread of the reactions; False: it must be tried again."""
        if not self._session.client.is_connected():
            return False
        sent = self._session.client.publish(wire.topic(device, "notice"), payload, qos=1, retain=True)
        return sent.rc == paho.MQTT_ERR_SUCCESS

    def _resume(self) -> None:
        """Start from the pictures that were kept, where there are any: a long log is not folded again."""
        if self._resumed:
            return
        with closing(connect(self._dsn)) as db, faults():
            kept = snapshots.resume(db)
        self._pictures, self._tail.seq = dict(kept.pictures), kept.seq
        self._told = self._resumed = True

    def _take(self, events: Iterable[Event]) -> None:
        for event in events:
            self._told = True
            picture = self._pictures.get(event.mission) or empty(event.mission)
            self._pictures[event.mission] = apply(picture, event)

    def _publish(self) -> None:
        if self._again.is_set():
            self._again.clear()
            self._published.clear()
        self._told = False
        for device, payload in wanted(self._pictures.values()).items():
            if self._published.get(device) == payload:
                continue
            sent = self._session.client.publish(wire.topic(device, "task"), payload, qos=1, retain=True)
            if sent.rc == paho.MQTT_ERR_SUCCESS:
                self._published[device] = payload
            else:
                self._told = True  # try again


def wanted(pictures: Iterable[Picture]) -> dict[str, bytes]:
    """What each device's task topic holds: its present task, a recall it has not seen, or nothing."""
    topics: dict[str, bytes] = {}
    for picture in map(resolved, pictures):  # merged casualties go by the id that was kept
        topics.update(dict.fromkeys(picture.devices, b""))
        carried: defaultdict[str, set[str]] = defaultdict(set)
        for name, said in picture.devices.items():
            carried[said.value.vehicle or ""].add(name)
        for one in picture.vehicles.values():
            last = picture.tasks.get(one.task.value) if one.task is not None else None
            if last is not None and (told := recall(last)):
                topics.update(dict.fromkeys({one.device, *carried[one.id]}, told))
        for task in picture.tasks.values():
            vehicle = picture.vehicles.get(task.vehicle)
            if task.running and vehicle is not None:
                orders = payload(picture, task)
                topics.update(dict.fromkeys({vehicle.device, *carried[task.vehicle]}, orders))
        topics.update((name, b"") for name, said in picture.devices.items() if said.value.revoked)
    return topics


def recall(task: Task) -> bytes:
    """What a crew is told whose last task was taken back, until it says that it has seen so; else empty."""
    if (unseen := task.unseen_recall) is None:
        return b""
    at = unseen.stamp[0]
    return msgspec.json.encode(Recall(task.id, recalled=True, reason=unseen.value, at=at))


def payload(picture: Picture, task: Task) -> bytes:
    """The orders of one vehicle as its device gets them."""
    request = picture.requests.get(task.request)
    orders = Orders(
        task=task.id,
        mission=picture.mission.id,
        kind=picture.mission.kind,
        request=task.request,
        chain=task.chain,
        what=request.what if request is not None else "",
        casualties=tuple(
            Patient(zap, picture.casualties[zap].triage)
            for zap in task.casualties
            if zap in picture.casualties
        ),
        legs=_legs(picture, task),
    )
    return msgspec.json.encode(orders)


def _legs(picture: Picture, task: Task) -> tuple[Leg, ...]:
    """The legs of the orders on the roads as they are by now: a crew is told when its road changes."""
    chain = picture.chains.get(task.chain)
    if chain is None or not chain.roads:
        return task.legs
    return tuple(leg for leg in chain.plan.legs if leg.vehicle == task.vehicle)
