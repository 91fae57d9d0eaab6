"""What a device has on its way to a receipt, and how many bytes may be: about a second of the link; pure.

A full buffer in front of a thin link would delay a casualty by minutes, so what is sent and not receipted yet
is bounded in bytes: few at first, more while receipts come quickly, fewer when they take a second longer
than the link itself does.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

START = 2048
LEAST = 1024
MOST = 128 * 1024
_RESEND_S = 3.0
_LONGEST_RESEND_S = 30.0
_QUICK_S, _SLOW_S = 0.5, 1.0  # over the quickest receipt: what is ahead of it in the link's queue
_UNANSWERED = 3  # batches in a row, then single reports until the next receipt


@dataclass
class Sent:
    """One message on its way; `at_broker` is when the broker had it (s), None while it is on the link."""

    numbers: tuple[int, ...]
    size: int
    sent_at: float
    event: bool
    filled: bool
    at_broker: float | None = None
    open: set[int] = field(default_factory=set)


class Underway:
    """Messages sent and not receipted, and the window they must fit in; times are monotonic seconds.

    A message on the link is never sent again: the connection delivers it, or ends and the client sends it
    again at the next. What the broker has is sent again when its receipt does not come in time.
    """

    def __init__(self) -> None:
        self.window = START
        self.bytes = 0
        self.event_bytes = 0
        self.resent_bytes = 0
        self.numbers: dict[int, int] = {}  # each number on its way -> the message it is in
        self._sent: dict[int, Sent] = {}
        self._on_link: dict[int, int] = {}  # the client's id of a message -> ours, which are never used twice
        self._last = 0
        self._quickest: float | None = None
        self._usual = 0.0
        self._late = 0  # times in a row that a receipt did not come
        self._late_batches = 0
        self._shrunk_at = 0.0
        self._again: set[int] = set()

    @property
    def quickest(self) -> float | None:
        """The least time to a receipt on this connection (s); None before the first."""
        return self._quickest

    @property
    def batching(self) -> bool:
        """False when batches stay unanswered: the reader may not know them."""
        return self._late_batches < _UNANSWERED

    def sent(self, mid: int, numbers: tuple[int, ...], size: int, now: float, *, event: bool) -> None:
        """A message with these numbers was given to the client, which calls it `mid` for now."""
        self._last += 1
        one = Sent(numbers, size, now, event, filled=self.bytes + size > self.window // 2, open=set(numbers))
        self._sent[self._last] = one
        self._on_link[mid] = self._last
        self.numbers.update(dict.fromkeys(numbers, self._last))
        self.bytes += size
        self.event_bytes += size if event else 0
        if not self._again.isdisjoint(numbers):
            self.resent_bytes += size
            self._again.difference_update(numbers)

    def at_broker(self, mid: int, now: float) -> None:
        """The broker has it."""
        one = self._sent.get(self._on_link.pop(mid, 0))
        if one is not None:
            one.at_broker = now

    def connected(self, now: float, *, remembered: bool) -> None:
        """A new connection. A broker that does not remember us has lost what it had: that is due at once."""
        self._quickest, self.window, self._late, self._shrunk_at = None, START, 0, now
        for message, one in list(self._sent.items()):
            one.sent_at = now  # what was on the link is sent again by the client
            if one.at_broker is not None:
                one.at_broker = now
                if not remembered:
                    self._drop(message, again=True)

    def answered(self, numbers: Iterable[int], runs: Iterable[tuple[int, int]], now: float) -> list[Sent]:
        """A receipt names these; returns the messages that are whole by it, after the window was adapted."""
        done = []
        for n in self._named(numbers, runs):
            message = self.numbers.pop(n)
            one = self._sent[message]
            one.open.discard(n)
            if not one.open:
                self._drop(message, again=False)
                self._learn(one, now)
                done.append(one)
        return done

    def _named(self, numbers: Iterable[int], runs: Iterable[tuple[int, int]]) -> list[int]:
        found = {n for n in numbers if n in self.numbers}
        for first, last in runs:
            if last - first < len(self.numbers):
                found.update(n for n in range(first, last + 1) if n in self.numbers)
            else:
                found.update(n for n in self.numbers if first <= n <= last)
        return sorted(found)

    def _learn(self, one: Sent, now: float) -> None:
        took = now - one.sent_at
        self._late = 0
        self._usual = took if not self._usual else 0.8 * self._usual + 0.2 * took
        if len(one.numbers) > 1:
            self._late_batches = 0
        if self._quickest is None or took < self._quickest:
            self._quickest = took
        over = took - self._quickest
        if over < _QUICK_S and one.filled:
            self.window = min(MOST, self.window + int(one.size * (1 - over / _QUICK_S)))
        elif over > _SLOW_S and one.sent_at > self._shrunk_at:
            if self.window == LEAST:  # nothing of ours is ahead of it: the link itself became slower
                self._quickest = took
            self._shrink(max(0.5, (self._quickest + _SLOW_S) / took), now)

    def _shrink(self, share: float, now: float) -> None:
        self.window, self._shrunk_at = max(LEAST, int(self.window * share)), now

    def overdue(self, now: float, jitter: float) -> int:
        """Let go of what the broker has had for too long, to be sent again; returns how many numbers."""
        wait = min(_LONGEST_RESEND_S, max(_RESEND_S, 3 * self._usual) * 2 ** min(self._late, 4)) * jitter
        late = [
            message
            for message, one in self._sent.items()
            if one.at_broker is not None and now - one.at_broker > wait
        ]
        count = 0
        for message in late:
            self._late_batches += len(self._sent[message].numbers) > 1
            count += len(self._sent[message].open)
            self._drop(message, again=True)
        if late:
            self._late += 1
            self._shrink(0.5, now)
        return count

    def _drop(self, message: int, *, again: bool) -> None:
        one = self._sent.pop(message)
        self.bytes -= one.size
        self.event_bytes -= one.size if one.event else 0
        for n in one.open:
            self.numbers.pop(n, None)
        if again:
            self._again |= one.open
