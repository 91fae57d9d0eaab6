"""The door of TAK clients: TCP on this machine, TLS beyond it; what comes is stored as from any device.

Guarantee class C: CoT knows no receipts. What was read waits in memory while the store is away; when that is
full nobody is read any more, so that it waits at the sender. A 9-line is answered by its status as soon as
it is committed, and that is all the receipt there is.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from casevac.enrolled import Enrolled
from casevac.store.dialects import dialects as letters
from tracker.cot.client import Client, Tls
from tracker.cot.episodes import Episodes, Memory
from tracker.cot.feed import Feed, Look
from tracker.cot.frames import Piece
from tracker.cot.shown import symbols
from tracker.cot.status import chat
from tracker.dialects import atak
from tracker.dialects.cot import Cot
from tracker.judging import Judge
from tracker.lanes import WINDOW, Lane
from tracker.pile import BOUND, Pile
from tracker.receiving import Told
from tracker.stages import Stages
from tracker.wire import Message
from tracker.writer import Road, Writer

LOOPBACK = "127.0.0.1"
MOST_CLIENTS = 500
NAMED_S = 600.0  # what comes again and again and is not taken is set aside once in so long
_MOST_NAMED = 1000
_TOKEN = 1  # nothing may be let go: nobody sends it again
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Doors:
    """Where it listens: a port of this machine, and one over TLS on `address`, 0: not."""

    port: int
    tls_port: int = 0
    address: str = "0.0.0.0"  # noqa: S104  beyond the machine: who comes shows a certificate
    tls: Tls | None = None


class _Sockets:
    """What the writer has for a receiver: there is nobody to acknowledge to."""

    address = "TAK clients"
    connected = True

    def open(self, pile: Pile) -> None:
        """It is open."""

    def listen(self, lane: Lane) -> None:
        """Everybody who is enrolled is heard."""

    def answer(self, taken: Sequence[Message], told: Sequence[Told]) -> None:
        """CoT knows no receipts."""

    def close(self) -> None:
        """It closes with the door."""


class Door:
    """Takes what TAK clients send and shows them the mission; `run` until `stop`."""

    def __init__(
        self, database_url: str, doors: Doors, stages: Stages | None = None, memory: Memory | None = None
    ) -> None:
        self.stages = stages or Stages()
        self._doors = doors
        self._halt = threading.Event()
        judge = Judge()
        roads = [Road(_Sockets(), Pile(WINDOW, BOUND), 1000, self.stages, judge) for _ in range(2)]
        self._urgent, self._usual = (road.pile for road in roads)  # an alert waits behind no position
        self._writers = [Writer(database_url, road, self._halt) for road in roads]
        self._feed = Feed(database_url, symbols(), self._connected, self._looked)
        self._clients: set[Client] = set()
        self._enrolled, self._known = Enrolled(), False
        self._owner: dict[str, str] = {}  # enrolment by uid
        self._named_at: dict[str, float] = {}
        self._episodes = Episodes(memory or Memory())
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = asyncio.Event()
        atak.LETTERS |= {name: dict(one.precedence) for name, one in letters().items()}

    def run(self, ready: Callable[[], None]) -> None:
        """Serve until `stop`; calls `ready` again and again while the store answers."""
        for writer in self._writers:
            writer.start()
        self._feed.start()
        try:
            asyncio.run(self._serve(ready))
        finally:
            self._halt.set()
            self._feed.stop()
            for writer in self._writers:
                writer.join()
        for fault in (*(writer.fault for writer in self._writers), self._feed.fault):
            if fault is not None:
                raise fault

    def stop(self) -> None:
        """Return from `run`; safe from any thread and from a signal."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stopped.set)

    async def _serve(self, ready: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        await self._somebody_known()
        opened = [
            await self._loop.create_server(lambda: Client(self, secure=False), LOOPBACK, self._doors.port)
        ]
        if self._doors.tls_port and self._doors.tls is not None:
            opened.append(
                await self._loop.create_server(
                    lambda: Client(self, secure=True),
                    self._doors.address,
                    self._doors.tls_port,
                    ssl=self._doors.tls(),
                    ssl_handshake_timeout=10.0,
                )
            )
        _log.info(
            "TAK clients: tcp://%s:%d, over TLS %s", LOOPBACK, self._doors.port, self._doors.tls_port or "not"
        )
        try:
            while not self._stopped.is_set() and not self._halt.is_set() and self._feed.fault is None:
                self._watch()
                if all(writer.answered for writer in self._writers):
                    ready()
                try:
                    await asyncio.wait_for(self._stopped.wait(), 0.25)
                except TimeoutError:
                    continue
        finally:
            for server in opened:
                server.close()
            for client in list(self._clients):
                client.hang_up("")

    async def _somebody_known(self) -> None:
        """Before it is known who is enrolled everybody would be a stranger: until then nobody is let in."""
        while not (self._known or self._stopped.is_set() or self._halt.is_set() or self._feed.fault):
            await asyncio.sleep(0.05)

    # --- what connections tell, in the loop

    def came(self, client: Client) -> bool:
        """A client is there; False when there is no room for one more."""
        if len(self._clients) >= MOST_CLIENTS:
            _log.error("%d TAK clients are connected; one more was sent away", MOST_CLIENTS)
            return False
        self._clients.add(client)
        return True

    def left(self, client: Client) -> None:
        """It is gone."""
        self._clients.discard(client)

    def take(self, client: Client, one: Cot, payload: bytes) -> None:
        """Put an event where it is stored from; whoever is a stranger is named, and not over and over."""
        author = atak.author(one) or client.uid
        gateway = client.login or self._owner.get(author, "")
        known = self._enrolled.get(gateway)
        alone = known is not None and not known.speaks_for  # it means itself by any uid
        device = gateway if alone else known.speaks_for.get(author, "") if known is not None else ""
        topic = atak.topic(gateway, author) if gateway else f"{atak.ROOT}/{quote(author or one.uid, safe='')}"
        if not device or self._barred(device) or (one.type.startswith("a-") and not one.placed):
            self._named(f"{author or one.uid} {one.type}", Message(topic, payload, datetime.now(UTC), _TOKEN))
            return
        if one.type.startswith("a-") and atak.own(one):
            client.is_of(device, one.uid, one.callsign)
        usual = one.type.startswith("a-")
        episode = "" if usual or one.type == atak.NINE_LINE else self._episode(author or one.uid, one)
        self._put(usual, Message(atak.topic(gateway, author, episode), payload, datetime.now(UTC), _TOKEN))

    def unreadable(self, client: Client, payload: bytes) -> None:
        """Set it aside raw, under whoever sent it."""
        gateway = client.login or self._owner.get(client.uid, atak.NOBODY)
        self._put(True, Message(atak.topic(gateway, client.uid), payload, datetime.now(UTC), _TOKEN))

    def _put(self, usual: bool, message: Message) -> None:
        pile = self._usual if usual else self._urgent
        pile.add([message])
        if not pile.has_room(0):
            self._watch()

    def _barred(self, device: str) -> bool:
        known = self._enrolled.get(device)
        return known is None or known.revoked

    def _named(self, what: str, message: Message) -> None:
        """Set aside what is not taken: of what a client tells every few seconds (a stranger, one that was cut
        off, one without a fix) one in a while and the rest only counted; of 9-lines each."""
        now = time.monotonic()
        self.stages.count("not_taken")
        seldom = not what.endswith(atak.NINE_LINE)
        if seldom and now - self._named_at.get(what, -NAMED_S) < NAMED_S:
            return
        if len(self._named_at) >= _MOST_NAMED:
            self._named_at.clear()
        self._named_at[what] = now
        self._put(True, message)

    def _episode(self, author: str, one: Cot) -> str:
        """Since when the emergency lasts that a client tells again and again."""
        if one.type == atak.CANCELLED:
            return self._episodes.over(author)
        return self._episodes.since(author, int(one.time.timestamp()))

    def _watch(self) -> None:
        """While too much waits for the store, nobody is read."""
        full = not (self._urgent.has_room(0) and self._usual.has_room(0))
        for client in self._clients:
            client.pause(full)
        waiting = len(self._urgent) + len(self._usual)
        oldest = [one for pile in (self._urgent, self._usual) if (one := pile.oldest())]
        self.stages.holds(waiting, min((one.received_at.timestamp() for one in oldest), default=None))

    # --- what clients are shown

    def _connected(self) -> dict[str, str]:
        """The devices that are connected, each with its uid; asked by the feed from its own thread."""
        return {
            device: uid for client in tuple(self._clients) for device, uid in tuple(client.devices.items())
        }

    def _looked(self, look: Look) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._show, look)

    def _show(self, look: Look) -> None:
        self._enrolled, self._known = look.enrolled, True
        if self._doors.tls is not None:
            self._doors.tls()  # whose certificate was taken away since is let in no more
        self._owner = owners(look.enrolled)
        for client in tuple(self._clients):
            known = look.enrolled.get(client.login)
            if client.login and (known is None or known.revoked):
                client.hang_up("its device is revoked, or was never enrolled")
            elif client.devices and client.keeps_up():
                self._show_one(client, look)

    def _show_one(self, client: Client, look: Look) -> None:
        device = next(iter(client.devices))
        known = look.enrolled.get(device)
        mission = "" if known is None else known.mission
        turn, may = look.turns.get(mission), frozenset[str]()
        for one in client.devices:
            may |= look.may.get(one, frozenset())
        if turn is None or not may:
            return
        view, sight = look.views[mission], client.sight
        client.send(sight.public(turn).form(client.protobuf))
        pieces = sight.private(turn, may, view.now)
        told = {
            (one, key): text for one in client.devices for key, text in look.statuses.get(one, {}).items()
        }
        for (one, _), text in sight.news(told).items():
            uid = client.devices[one]
            pieces.append(Piece(chat(view, uid, client.callsign or uid, text)))
        client.send(b"".join(piece.form(client.protobuf) for piece in pieces))


def owners(enrolled: Enrolled) -> dict[str, str]:
    """By the uid of a client: the enrolment under which it speaks."""
    found: dict[str, str] = {}
    for name, known in sorted(enrolled.items()):
        if known.dialect == atak.NAME:
            found |= dict.fromkeys(known.speaks_for, name)
            found.setdefault(name, name)
    return found
