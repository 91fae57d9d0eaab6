"""What a device does right and wrong, judged from its messages alone; pure.

`Watched` keeps what was seen of one device in the order it came; `findings` judges it line by line.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from casevac.mission import Enrolment
from tracker import wire
from tracker.downlink import Receipt
from tracker.wire import FieldEvent, Message, Report, Status, Unreadable, content, number

CLOCK_S = 5.0  # a good clock is no further off, link and broker included
PATIENCE_S = 15.0  # a good device sends again within so long after its receipt stayed out
MOST_EPOCHS = 2  # a restart that lost its memory may be one
TAKES_UP_S = 1.5  # ingest asks once a second whose receipts are held back
SETTLED_S = 3.0  # what was on its way when the receipt came may still arrive


_TAKES_UP = timedelta(seconds=TAKES_UP_S)


class Verdict(StrEnum):
    """What is said of one thing."""

    GOOD = "good"
    WRONG = "wrong"
    NOTE = "note"  # allowed, with a consequence
    UNSEEN = "unseen"  # nothing came by which it could be judged


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, how it is, and in words what was seen or what to do."""

    about: str
    verdict: Verdict
    words: str


@dataclass(frozen=True)
class _Sighting:
    """A message as it came: its quality of service, whether marked retained, and what it says."""

    at: datetime
    qos: int
    retained: bool
    reading: wire.Reading


@dataclass
class Watched:
    """What was seen of one device so far. Receipts count from our own side of the broker."""

    name: str
    enrolled: Mapping[str, Enrolment]
    sightings: list[_Sighting] = field(default_factory=list)
    receipted: dict[tuple[int, int], datetime] = field(default_factory=dict)
    refused: dict[tuple[int, int], str] = field(default_factory=dict)
    logins_refused: int = 0
    connected: bool = False
    came: bool = False  # logged in while we looked
    withheld: tuple[datetime, datetime] | None = None
    """From when until when no receipt was sent, on purpose."""

    @property
    def numbered(self) -> bool:
        """True once a numbered message came."""
        return any(_is_numbered(reading) for _, reading in _said(self))

    def message(self, message: Message, qos: int, *, retained: bool) -> None:
        """A message of the device arrived at the broker."""
        self.connected = True
        for one in wire.opened(message, self.enrolled):
            reading = wire.read(one, self.enrolled)
            self.sightings.append(_Sighting(message.received_at, qos, retained, reading))

    def receipt(self, told: Receipt, at: datetime) -> None:
        """A receipt went to the device."""
        for n in told.numbers():
            self.receipted.setdefault((told.epoch, n), at)
        self.refused.update({(told.epoch, one.n): one.reason for one in told.refused})


def findings(seen: Watched, now: datetime) -> list[Finding]:
    """What can be said by now, one line or more for each thing that is looked at."""
    found = []
    for about, judge in _JUDGES.items():
        lines = list(judge(seen, now)) or [(Verdict.UNSEEN, "nothing came by which it could be judged")]
        found += [Finding(about, verdict, words) for verdict, words in lines]
    return found


Lines = Iterator[tuple[Verdict, str]]


def _sent_at(said: Report | FieldEvent) -> datetime | None:
    return said.position.sent_at if isinstance(said, Report) else said.sent_at


def _said(seen: Watched) -> list[tuple[_Sighting, Report | FieldEvent]]:
    return [(one, one.reading) for one in seen.sightings if isinstance(one.reading, Report | FieldEvent)]


def _credentials(seen: Watched, _: datetime) -> Lines:
    known = seen.enrolled.get(seen.name)
    if known is None:
        yield Verdict.WRONG, f"{seen.name} is not enrolled: casevac device add {seen.name}"
    elif seen.connected:
        yield Verdict.GOOD, f"logged in; speaks for mission {known.mission} as {known.rights.role}"
    else:
        others = (
            f"; {seen.logins_refused} logins were refused, whoever they were" if seen.logins_refused else ""
        )
        yield (
            Verdict.WRONG,
            f"nobody is logged in as {seen.name}: is it on, are host, port and password right{others}"
            f" (a new password: casevac device add {seen.name} --renew)",
        )


def _topic(seen: Watched, _: datetime) -> Lines:
    if any(not isinstance(one.reading, Status) for one in seen.sightings):
        yield Verdict.GOOD, f"publishes under {wire.ROOT}/{seen.name}/"
    elif seen.connected:
        report = wire.topic(seen.name, "report")
        yield Verdict.WRONG, f"nothing came to {report} or /event: the broker drops every other topic"


def _payload(seen: Watched, _: datetime) -> Lines:
    faults = Counter(one.reading.reason for one in seen.sightings if isinstance(one.reading, Unreadable))
    for reason, times in faults.most_common(5):
        yield Verdict.WRONG, f"{reason} ({times} set aside)"
    if not faults and (said := _said(seen)):
        yield Verdict.GOOD, f"{len(said)} messages, all readable"


def _service(seen: Watched, _: datetime) -> Lines:
    said = _said(seen)
    if any(one.retained for one, _ in said):
        yield Verdict.WRONG, "marks its messages retained: the broker would keep and repeat them"
    elif said and all(one.qos for one, _ in said):
        yield Verdict.GOOD, "QoS 1"
    elif said:
        yield (
            Verdict.NOTE,
            "QoS 0: what the link drops is lost unless it is numbered and sent again; use QoS 1",
        )


def _numbering(seen: Watched, _: datetime) -> Lines:
    said = [reading for _, reading in _said(seen)]
    numbered = [one for one in said if _is_numbered(one)]
    if not numbered:
        if said:
            yield Verdict.NOTE, "no epoch and n: stored once, never receipted; nothing says when one is lost"
        return
    if len(numbered) < len(said):
        yield Verdict.WRONG, "some messages have epoch and n, others not: number all of them"
    contents: dict[tuple[str, int, int], object] = {}
    for one in numbered:
        if contents.setdefault(number(one), content(one)) != content(one):
            key = number(one)
            yield Verdict.WRONG, f"number {key[2]} of epoch {key[1]} was used for two messages: count on by 1"
            return
    yield _counted({(epoch, n) for _, epoch, n in contents})


def _counted(numbers: set[tuple[int, int]]) -> tuple[Verdict, str]:
    epochs = {epoch for epoch, _ in numbers}
    if len(epochs) > MOST_EPOCHS:
        return Verdict.WRONG, f"{len(epochs)} epochs in so short a time: keep epoch and counter on disk"
    (_, lowest), (_, highest) = min(numbers), max(numbers)
    gaps = highest - lowest + 1 - len(numbers) if len(epochs) == 1 else 0
    missing = f", {gaps} of them not seen (they may follow)" if gaps else ""
    return Verdict.GOOD, f"numbers {lowest} to {highest}{missing}"


def _clock(seen: Watched, _: datetime) -> Lines:
    said = _said(seen)
    ahead = [(sent - one.at).total_seconds() for one, it in said if (sent := _sent_at(it))]
    if said and not ahead:
        yield (
            Verdict.NOTE,
            "no `sent`: a wrong clock and an old fix cannot be told apart; add the time of sending",
        )
    elif said and median(ahead) > CLOCK_S:
        yield Verdict.WRONG, f"{_span(median(ahead))} ahead of ours: let it follow the network's time"
    elif said and max(ahead) < -CLOCK_S:  # the quickest of all was so old: no slow link explains it
        yield Verdict.WRONG, f"{_span(-max(ahead))} behind ours, or the link takes as long"
    elif said:
        yield Verdict.GOOD, f"within {max(1, round(abs(median(ahead))))} s of ours"


def _receipts(seen: Watched, now: datetime) -> Lines:
    for (epoch, n), reason in list(seen.refused.items())[:5]:
        yield Verdict.WRONG, f"number {n} of epoch {epoch} was refused: {reason}"
    due = {
        number(it)[1:]
        for one, it in _said(seen)
        if _is_numbered(it)
        and not _perhaps_withheld(seen, one.at)
        and (now - one.at).total_seconds() > PATIENCE_S
    }
    if missing := due - seen.receipted.keys() - seen.refused.keys():
        yield Verdict.WRONG, f"{len(missing)} numbers have no receipt of ours: see casevac status"
    elif seen.receipted:
        yield Verdict.GOOD, f"{len(seen.receipted)} numbers stored and receipted"


def _resend(seen: Watched, now: datetime) -> Lines:
    """Whether it sends again what got no receipt, and stops when it got one."""
    if (late := _after_receipt(seen)) > 1:
        receipt = wire.topic(seen.name, "receipt")
        yield Verdict.WRONG, f"goes on sending {late} receipted numbers: subscribe to {receipt}"
        return
    said = [(one.at, number(it)[1:]) for one, it in _said(seen) if _is_numbered(it)]
    held = {key: at for at, key in reversed(said) if _withheld(seen, at)}
    times = Counter(key for _, key in said)
    again = sum(times[key] > 1 for key in held)
    if again:
        yield Verdict.GOOD, f"sent {again} of {len(held)} numbers again while their receipts were held back"
    elif held and (now - min(held.values())).total_seconds() > PATIENCE_S:
        yield Verdict.WRONG, f"{len(held)} unreceipted numbers never came again: keep each until its receipt"


def _after_receipt(seen: Watched) -> int:
    """How many numbers came again well after their receipt."""
    return len(
        {
            number(it)
            for one, it in _said(seen)
            if (told := seen.receipted.get(number(it)[1:])) and (one.at - told).total_seconds() > SETTLED_S
        }
    )


def _status(seen: Watched, _: datetime) -> Lines:
    if any(isinstance(one.reading, Status) for one in seen.sightings):
        yield Verdict.GOOD, "says when it comes and goes"
    elif seen.came:
        yield Verdict.NOTE, f"nothing on {wire.topic(seen.name, 'status')}: set it, and as last will too"


def _withheld(seen: Watched, at: datetime) -> bool:
    """True when what came at that time surely got no receipt."""
    return seen.withheld is not None and seen.withheld[0] + _TAKES_UP <= at <= seen.withheld[1]


def _perhaps_withheld(seen: Watched, at: datetime) -> bool:
    return seen.withheld is not None and seen.withheld[0] <= at <= seen.withheld[1] + _TAKES_UP


def _is_numbered(said: Report | FieldEvent) -> bool:
    return number(said)[1] != wire.UNNUMBERED


def _span(seconds: float) -> str:
    for unit, size in (("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


_JUDGES: dict[str, Callable[[Watched, datetime], Lines]] = {
    "credentials": _credentials,
    "topic": _topic,
    "payload": _payload,
    "delivery": _service,
    "numbering": _numbering,
    "clock": _clock,
    "receipts": _receipts,
    "resend": _resend,
    "status": _status,
}
