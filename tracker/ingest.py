"""The field door: messages from the broker to the store, receipt and acknowledgement after COMMIT.

Three outcomes and no fourth: stored and committed, then receipt and acknowledgement; unreadable, then
set aside raw and acknowledged; store unreachable, then neither receipt nor acknowledgement, so the
broker and the device keep it. Only what a runaway device sends beyond its bound is acknowledged without
being stored: it gets no receipt, so a device that numbers sends it again.
"""

import threading
from collections.abc import Callable

from tracker.judging import Judge
from tracker.lanes import Lane, lanes, listening, login
from tracker.pile import BOUND, Pile
from tracker.receiving import Receiver
from tracker.stages import Stages
from tracker.subscriber import Subscriber
from tracker.writer import Road, Writer

BATCH = 5_000  # what a device costs is paid once a batch; more at once costs memory and latency
BATCHES = 4  # of up to 5,000 reports each, taken at once: live positions wait for no more than these
_BATCHES_BOUND = 20  # of one device that may wait
_TELL_EVERY_S = 0.25

Making = Callable[[str, Lane], Receiver]
"""A class of receivers: made with the broker's URL and a lane."""


class Ingest:
    """Events, reports and batches on roads of their own: an alert waits behind no flood of positions, a live
    position behind no outbox of days.

    Each road has a receiver that fills a pile and a writer that empties it; that of the reports has a
    second writer for busy times. What speaks other dialects has a road that opens with its first device.
    With `of` processes, of which this is `number` (from 1), all share what comes.
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
        judge = Judge()

        def road(lane: Lane, batch: int, bound: int) -> Road:
            pile = Pile(lane.window, bound)
            return Road(receiver(login(mqtt_url, lane), lane), pile, batch, self.stages, judge)

        own, self._of, self._url = lanes(mqtt_url, number, of), of, mqtt_url
        events, reports = road(own.events, BATCH, BOUND), road(own.reports, BATCH, BOUND)
        batches = road(own.batches, BATCHES, _BATCHES_BOUND)
        others = road(own.others, BATCH, BOUND)
        self._lane = own.others
        self._roads = [events, reports, batches]
        self._foreign = Writer(database_url, others, self._stop, foreign=True)
        self._writers = [Writer(database_url, one, self._stop) for one in self._roads]
        self._writers.append(self._foreign)
        self._writers.append(Writer(database_url, reports, self._stop, helps=True))

    def run(self, ready: Callable[[], None]) -> None:
        """Take messages until `stop`; calls `ready` again and again while store and broker answer.

        A writer that dies ends it with the writer's fault.
        """
        for writer in self._writers:
            writer.start()
        for road in self._roads:
            road.receiver.open(road.pile)
        while not self._stop.wait(_TELL_EVERY_S):
            self._listen()
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

    def _listen(self) -> None:
        """Hear the topics of those who speak another dialect: they change as devices are enrolled."""
        wanted = listening(self._url, self._lane, self._of, self._foreign.filters())
        if not wanted.filters or wanted.filters == self._lane.filters:
            return
        others = self._foreign.road
        self._lane = wanted
        others.receiver.listen(wanted)
        if others not in self._roads:
            self._roads.append(others)
            others.receiver.open(others.pile)

    @property
    def others(self) -> tuple[str, ...]:
        """The filters of other dialects that we are subscribed to."""
        return self._lane.filters if self._foreign.road.receiver.connected else ()

    def _store_answers(self) -> bool:
        return all(writer.answered for writer in self._writers)

    def _tell_what_waits(self) -> None:
        held = [writer.held for writer in self._writers]
        oldest = [batch[0] for batch in held if batch]
        oldest += [one for road in self._roads if (one := road.pile.oldest())]
        waiting = sum(map(len, held)) + sum(len(road.pile) + road.pile.unanswered() for road in self._roads)
        self.stages.holds(waiting, min((one.received_at.timestamp() for one in oldest), default=None))
