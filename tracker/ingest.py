"""The field door: messages from the broker to the store, receipt and acknowledgement after COMMIT.

Three outcomes and no fourth: stored and committed, then receipt and acknowledgement; unreadable, then
set aside raw and acknowledged; store unreachable, then neither receipt nor acknowledgement, so the
broker and the device keep it. Only what a runaway device sends beyond its bound is acknowledged without
being stored: it gets no receipt, so a device that numbers sends it again.
"""

import threading
from collections.abc import Callable, Sequence

from tracker import wire
from tracker.address import address_of
from tracker.judging import Judge
from tracker.mqtt import with_login
from tracker.pile import Pile
from tracker.receiving import Lane, Receiver
from tracker.stages import Stages
from tracker.subscriber import Subscriber
from tracker.writer import Road, Writer

HOUSE_USER = "casevac-ingest"
WINDOW = 10_000  # unacknowledged messages: bounds our memory, the broker keeps the rest
_TELL_EVERY_S = 0.25

Making = Callable[[str, Lane], Receiver]
"""A class of receivers: made with the broker's URL and a lane."""


class Ingest:
    """Events and reports on roads of their own: an alert waits behind no flood of positions.

    Each road has a receiver that fills a pile and a writer that empties it; that of the reports has a
    second writer for busy times. With `of` processes, of which this is `number` (from 1), all share what
    comes.
    """

    def __init__(
        self,
        database_url: str,
        mqtt_url: str,
        *,
        number: int = 1,
        of: int = 1,
        receiver: Making = Subscriber,
        stages: Stages | None = None,
    ) -> None:
        self.stages = stages or Stages()
        self._stop = threading.Event()
        lanes = (events_lane(number, of), reports_lane(number, of))
        judge = Judge()
        self._roads = [
            Road(receiver(_login(mqtt_url, lane), lane), Pile(lane.window), self.stages, judge)
            for lane in lanes
        ]
        events, reports = self._roads
        self._writers = [
            Writer(database_url, events, self._stop),
            Writer(database_url, reports, self._stop),
            Writer(database_url, reports, self._stop, helps=True),
        ]

    def run(self, ready: Callable[[], None]) -> None:
        """Take messages until `stop`; calls `ready` again and again while store and broker answer.

        A writer that dies ends it with the writer's fault.
        """
        for writer in self._writers:
            writer.start()
        for road in self._roads:
            road.receiver.open(road.pile)
        while not self._stop.wait(_TELL_EVERY_S):
            if all(road.receiver.connected for road in self._roads) and self._store_answers():
                ready()
            self._tell_what_waits()
        for writer in self._writers:
            writer.join()
        for road in self._roads:
            road.receiver.close()
        for writer in self._writers:
            if writer.fault is not None:
                raise writer.fault

    def stop(self) -> None:
        """Finish the batches at hand and return from `run`."""
        self._stop.set()

    def _store_answers(self) -> bool:
        return all(writer.answered for writer in self._writers)

    def _tell_what_waits(self) -> None:
        held = [writer.held for writer in self._writers]
        oldest = [batch[0] for batch in held if batch]
        oldest += [one for road in self._roads if (one := road.pile.oldest())]
        waiting = sum(map(len, held)) + sum(len(road.pile) for road in self._roads)
        self.stages.holds(waiting, min((one.received_at.timestamp() for one in oldest), default=None))


def reports_lane(number: int, of: int) -> Lane:
    """The session for positions."""
    return _lane(HOUSE_USER, number, of, ("report",))


def events_lane(number: int, of: int) -> Lane:
    """The session for events and for who comes and goes."""
    return _lane(f"{HOUSE_USER}-events", number, of, ("event", "status"))


def _lane(client_id: str, number: int, of: int, channels: Sequence[str]) -> Lane:
    alone = tuple(f"{wire.ROOT}/+/{channel}" for channel in channels)
    shared = tuple(f"$share/ingest/{topic}" for topic in alone)
    name = client_id if number == 1 else f"{client_id}-{number}"
    wanted, unwanted = (alone, shared) if of == 1 else (shared, alone)
    return Lane(name, wanted, unwanted, WINDOW)


def _login(url: str, lane: Lane) -> str:
    """The house's broker makes the user name the client id, so each session there is a user of its own."""
    at = address_of(url)
    return with_login(url, lane.client_id, at.password or "") if at.user == HOUSE_USER else url
