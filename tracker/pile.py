"""What waits for the writer: bounded, shared fairly among the devices, a runaway one limited."""

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from tracker.wire import Message

BOUND = 1000  # messages of one device that may wait at once; the reference tracker sends fewer unreceipted
BYTES = 32 << 20  # of payloads that wait: few reports are so large, but some device may mean ill
PATIENCE_S = 2.0  # so long a stored batch waits to be acknowledged for one that was taken before it
MUCH = 500  # so many waiting are worth a second writer
_MOST_TOPICS = 1000  # of which is told what was let go; the rest is counted together
_REST = "others"


@dataclass
class Taken:
    """What the writer takes at once: to be stored, and of runaway devices only to be acknowledged."""

    batch: list[Message] = field(default_factory=list)
    limited: list[Message] = field(default_factory=list)
    let_go: Counter[str] = field(default_factory=Counter)  # by topic: never kept, nothing to acknowledge
    turn: int = 0  # of the batch, counted from 1 in the order taken


class Pile:
    """Messages in the order in which they came. A receiver's thread adds, writers take."""

    def __init__(self, window: int, bound: int = BOUND, patience_s: float = PATIENCE_S) -> None:
        self._window, self._bound, self._patience_s = window, bound, patience_s
        # With QoS 0 no broker holds anything back: what comes beyond this is let go, before reading stops.
        self._surplus = window * 4 // 5
        self._some, self._much, self._room = threading.Event(), threading.Event(), threading.Event()
        self._room.set()
        self._lock = threading.Lock()
        self._waiting: list[Message] = []
        self._let_go: Counter[str] = Counter()
        self._bytes = 0
        self._turn = 0
        self._open: dict[int, float] = {}  # turns that are not stored yet, and when they were taken
        self._done: dict[int, list[Message]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def oldest(self) -> Message | None:
        """The message that has waited longest."""
        with self._lock:
            return self._waiting[0] if self._waiting else None

    def add(self, messages: list[Message]) -> None:
        """Messages came; wakes the writer. Of those without acknowledgement, what is too much is let go."""
        with self._lock:
            if len(self._waiting) > self._surplus:
                for message in messages:
                    if not message.token:
                        self._count_let_go(message.topic)
                messages = [message for message in messages if message.token]
            self._waiting += messages
            self._bytes += _bytes(messages)
            much = len(self._waiting) > MUCH
            self._look_for_room()
        self._some.set()
        if much:
            self._much.set()

    def _count_let_go(self, topic: str) -> None:
        told = topic if topic in self._let_go or len(self._let_go) < _MOST_TOPICS else _REST
        self._let_go[told] += 1

    def has_room(self, seconds: float) -> bool:
        """Wait while more waits than the window: a broker may send more than it agreed to."""
        return self._room.wait(seconds)

    def _look_for_room(self) -> None:
        if len(self._waiting) > self._window or self._bytes > BYTES:
            self._room.clear()
        else:
            self._room.set()

    def wait(self, seconds: float, *, much: bool = False) -> bool:
        """Wait until something is there, or, with `much`, until a lot is; False when it is not."""
        bell = self._much if much else self._some
        if not bell.wait(seconds):
            return False
        bell.clear()
        return True

    def forget(self) -> None:
        """The connection is gone: what needs an acknowledgement comes again, so it need not wait here."""
        with self._lock:
            self._waiting = [message for message in self._waiting if not message.token]
            self._bytes = _bytes(self._waiting)
            self._look_for_room()

    def take(self, most: int) -> Taken:
        """At most that many messages, each device its fair share when more wait.

        A number given by the device makes it send again what was not receipted, so of numbered messages
        no more than the bound wait. What came without number and with QoS 1 nobody sends again: all of it
        waits, here within the window and else at the broker, and its share of each batch is fair. What needs
        no acknowledgement is let go beyond half of a full window.
        """
        with self._lock:
            waiting, self._waiting = self._waiting, []
            let_go, self._let_go = self._let_go, Counter()
            if len(waiting) <= min(most, self._bound):
                taken = Taken(waiting, [], let_go)
            else:
                full = self._window // 2 if len(waiting) >= self._window else None
                kept, limited = _bounded(waiting, self._bound, full)
                batch, self._waiting = _shared(kept, most)
                taken = Taken(batch, limited, let_go)
            if taken.batch:
                self._turn += 1
                taken.turn = self._turn
                self._open[self._turn] = time.monotonic()
            self._bytes = _bytes(self._waiting)
            if self._waiting:
                self._some.set()
                self._much.set()
            self._look_for_room()
            return taken

    def done(self, taken: Taken) -> list[Message]:
        """What may be acknowledged now that this batch is stored: batches in the order they were taken, but
        for one that takes longer than the patience.

        A broker looks an acknowledged message up from its oldest on: out of turn, each would cost it a walk
        past everything that is in flight.
        """
        with self._lock:
            del self._open[taken.turn]
            self._done[taken.turn] = taken.batch
            return self._free()

    def overdue(self) -> list[Message]:
        """What is stored and has waited long enough for a batch whose writer does not come to its end."""
        with self._lock:
            return self._free()

    def unanswered(self) -> int:
        """How many messages are stored and not acknowledged yet."""
        with self._lock:
            return sum(map(len, self._done.values()))

    def _free(self) -> list[Message]:
        oldest, since = next(iter(self._open.items()), (self._turn + 1, 0.0))
        late = oldest in self._open and time.monotonic() - since > self._patience_s
        turns = [turn for turn in sorted(self._done) if late or turn < oldest]
        return [message for turn in turns for message in self._done.pop(turn)]


def _bounded(
    waiting: Sequence[Message], bound: int, half: int | None
) -> tuple[Sequence[Message], list[Message]]:
    """What may wait, and what runaway devices sent beyond their bound; `half` the window when it is full."""
    many = {topic for topic, count in Counter(one.topic for one in waiting).items() if count > bound}
    if not many:
        return waiting, []
    kept: list[Message] = []
    limited: list[Message] = []
    counts: Counter[str] = Counter()
    for message in waiting:
        if message.topic in many:
            counts[message.topic] += 1
            above = counts[message.topic]
            surplus = not message.token and half is not None and above > half
            if above > bound and (surplus or _numbered(message)):
                limited.append(message)
                continue
        kept.append(message)
    return kept, limited


class _Numbers(msgspec.Struct, gc=False):
    epoch: int
    n: int


_read_numbers = msgspec.json.Decoder(_Numbers).decode


def _numbered(message: Message) -> bool:
    """True for what its device sends again: it has a number of its own, whatever else is in it."""
    if message.topic.endswith("/batch"):
        return True
    try:
        _read_numbers(message.payload)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return False
    return True


def _bytes(messages: Sequence[Message]) -> int:
    return sum([len(one.payload) for one in messages])


def _shared(waiting: Sequence[Message], most: int) -> tuple[list[Message], list[Message]]:
    """A batch in which each device has its fair share, and what waits on, both in the order they came."""
    if len(waiting) <= most:
        return list(waiting), []
    share = max(1, most // len({one.topic for one in waiting}))
    first: list[Message] = []
    later: list[Message] = []
    counts: Counter[str] = Counter()
    for message in waiting:
        counts[message.topic] += 1
        (first if counts[message.topic] <= share else later).append(message)
    room = most - len(first)
    if room < 0:
        return first[:most], first[most:] + later
    return first + later[:room], later[room:]
