"""What is read as columns is stored, receipted and flagged as it is one by one."""

import itertools
import json
import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec
import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from casevac.mission import Enrolment, Mission, Profile
from casevac.position import Position
from casevac.store import asides, fixes, missions, packed, seen
from casevac.store.columns import Columns
from casevac.store.connection import Connection
from casevac.terms import MissionKind
from tracker import intake
from tracker.instants import UNREAD, microseconds
from tracker.judging import Judge
from tracker.ordinary import ordinary
from tracker.wire import Message

NONE: Mapping[str, object] = {}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
START = datetime(2026, 11, 22, 4, 59, tzinfo=UTC)
SENT = START + timedelta(seconds=99)  # all came over a line that was away for a while
DEVICES = 12
_story = itertools.count(1)


# --- times ---


def day(year: int, month: int = 1, which: int = 1) -> datetime:
    """A local time, as the texts are written without their zone."""
    return datetime(year, month, which, tzinfo=UTC).replace(tzinfo=None)


def us(instant: datetime) -> int:
    return (instant - EPOCH) // timedelta(microseconds=1)


@given(
    st.lists(
        st.tuples(
            st.datetimes(day(2000), day(2100) - timedelta(microseconds=1)),
            st.sampled_from(["seconds", "milliseconds", "microseconds"]),
            st.sampled_from(["Z", "+00:00"]),
        ),
        min_size=1,
    )
)
@example([(day(2000, 3, 1) - timedelta(seconds=1), "seconds", "Z")])
@example([(day(2096, 2, 29), "seconds", "Z"), (day(2099, 12, 31), "milliseconds", "+00:00")])
def test_a_time_in_utc_is_read(told: list[tuple[datetime, str, str]]) -> None:
    texts = [f"{instant.isoformat(timespec=spec)}{zone}" for instant, spec, zone in told]
    assert microseconds(texts).tolist() == [us(datetime.fromisoformat(text)) for text in texts]


PLACES = "0123456789:-TZ+. é\x00/²"


@settings(max_examples=300)
@given(
    st.datetimes(day(1990), day(2110)),
    st.sampled_from(["seconds", "milliseconds", "microseconds"]),
    st.sampled_from(["Z", "+00:00", "+03:00", "", "z"]),
    st.lists(st.tuples(st.integers(0, 31), st.sampled_from(PLACES)), max_size=2),
)
@example(day(2026, 2, 28), "seconds", "Z", [(8, "2"), (9, "9")])
@example(day(2026), "seconds", "Z", [(11, "2"), (12, "4")])
def test_a_text_is_read_as_the_decoder_reads_it_or_not_at_all(
    instant: datetime, spec: str, zone: str, spoilt: list[tuple[int, str]]
) -> None:
    text = list(instant.isoformat(timespec=spec) + zone)
    for place, sign in spoilt:
        text[place % len(text)] = sign
    found = microseconds(["".join(text)]).tolist()[0]
    if found != UNREAD:
        assert found == us(msgspec.convert("".join(text), datetime))


# --- rows and numbers ---

numbers = st.integers(0, 2**63 - 1)
measures = st.none() | st.floats(0, 100)


class Row(NamedTuple):
    device: int
    epoch: int
    n: int
    at: int
    values: tuple[float | None, ...]


rows = st.builds(Row, st.integers(0, 3), numbers, numbers, st.integers(0, 10**12), st.tuples(*[measures] * 5))
NAMES = ["A", "AMB-1", "AMB-2", "Bambari-7"]


def columns(told: Sequence[Row]) -> Columns:
    at = np.array([us(START) + one.at for one in told])
    return Columns(
        [("m", name) for name in NAMES],
        np.array([one.device for one in told]),
        np.array([one.epoch for one in told]),
        np.array([one.n for one in told]),
        at,
        at + 1,
        at + 2,
        np.linspace(18, 19, len(told)),
        np.linspace(4, 5, len(told)),
        np.array([one.values for one in told], dtype=float).T.reshape(5, len(told)),
    )


def cut(run: bytes) -> list[bytes]:
    """The rows of a run, by the lengths in them."""
    found, at = [], 0
    while at < len(run):
        begin, at = at, at + 2
        for _ in range(struct.unpack_from(">h", run, begin)[0]):
            at += 4 + max(0, struct.unpack_from(">i", run, at)[0])
        found.append(run[begin:at])
    return found


@given(st.lists(rows, min_size=1, max_size=30))
def test_columns_are_packed_as_positions_are(told: list[Row]) -> None:
    told = sorted(told, key=lambda one: one[:3])
    made = columns(told)
    step = timedelta(microseconds=1)
    positions = [
        Position(
            mission="m", device=NAMES[one.device], epoch=one.epoch, n=one.n,
            at=(at := START + one.at * step), corrected_at=at, sent_at=at + step, received_at=at + 2 * step,
            lon=made.lon[place], lat=made.lat[place],
            **dict(zip(("altitude", "accuracy", "speed", "course", "battery"), one.values, strict=True)),
        )
        for place, one in enumerate(told)
    ]  # fmt: skip
    plain, days = packed.rows(positions)
    assert sorted(itertools.chain(*map(cut, made.rows()))) == sorted(plain)
    assert made.days() == days
    assert made.blocks() == seen.blocks((NAMES[one.device], one.epoch, one.n) for one in told)


# --- the whole way ---


def report(
    device: int, n: int, at_s: float, other: Mapping[str, object] = NONE
) -> tuple[int, dict[str, object]]:
    instant = START + timedelta(seconds=at_s)
    said: dict[str, object] = {
        "epoch": 1, "n": n, "at": instant.isoformat(), "sent": SENT.isoformat(),
        "lon": 18.123457 + device + n * 1e-4, "lat": 4.123457, "speed": 11.1,
    }  # fmt: skip
    if n % 3:
        said |= {"alt": 400, "accuracy": 8}
    said |= other
    return device, {name: value for name, value in said.items() if value is not None}


AGAIN = "at again"  # is sent as a second `at`
FIRST = [report(device, n, n * 5.0) for n in (1, 2, 3) for device in range(DEVICES)]
ODD: list[dict[str, object]] = [
    {"accuracy": 2500},
    {"lon": 18.5, "lat": 4.5},
    {"lon": 44.123457},  # a jump
    {"sent": None},
    {"epoch": None, "n": None},
    {"epoch": 2},
    {"at": "2026-11-22T02:00:00Z"},  # stale
    {"at": "2026-11-22T06:00:00+01:00"},
    {"at": "2026-11-29T06:00:00Z"},  # in the future
    {"at": "yesterday", AGAIN: "2026-11-22T05:00:00Z"},
    {"lat": 91},
    {"battery": "full"},
    {"n": 3},  # used by another report
    {"speed": None, "course": 77},
]


@st.composite
def stories(draw: st.DrawFn) -> list[tuple[int, dict[str, object]]]:
    """Reports of all devices in turn, as a broker hands them on; some odd, some again, some late."""
    laps = draw(st.integers(12, 16))
    told = [report(device, n, n * 5.0) for n in range(4, 4 + laps) for device in range(DEVICES)]
    for place in draw(st.sets(st.integers(0, len(told) - 1), max_size=4)):
        device, fields = told[place]
        n = fields["n"]
        told[place] = report(device, n if isinstance(n, int) else 0, 5.0 * (4 + place // DEVICES),
                             draw(st.sampled_from(ODD)))  # fmt: skip
    again = draw(st.sets(st.integers(0, len(told) - 1), max_size=3))
    told += [told[place] for place in sorted(again)]
    if draw(st.booleans()):
        place = draw(st.integers(0, len(told) - 2))
        told[place], told[-1] = told[-1], told[place]
    return told


def messages(told: Sequence[tuple[int, dict[str, object]]], mission: str) -> list[Message]:
    """As they came, within seconds of their sending."""
    return [
        Message(
            f"casevac/v1/d{device}-{mission}/report",
            json.dumps(fields).replace(AGAIN, "at").encode(),
            START + timedelta(seconds=100 + place // 300),
            token=place + 1,
        )
        for place, (device, fields) in enumerate(told)
    ]


def stored(
    db: Connection, story: Sequence[tuple[int, dict[str, object]]], at_once: int
) -> tuple[list[object], int]:
    """What the store holds and the devices are told, by batches of so many; and how many were ordinary."""
    mission = f"o{next(_story)}"
    names = [f"d{device}-{mission}" for device in range(DEVICES)]
    enrolled = {name: Enrolment(mission) for name in names[:-1]}  # one is not enrolled
    with db:
        missions.open_mission(db, Mission(mission, "Test", MissionKind.EXERCISE, Profile()), START)
        for name in names[:-1]:
            missions.enrol(db, mission, name, None, START)
    judge, receipts, plain = Judge(), {}, 0
    for part in [FIRST, *_batches(story, at_once)]:
        batch = messages(part, mission)
        found = ordinary(batch, enrolled, judge)
        plain += 0 if found is None else len(found.places)
        for (device, epoch), told in intake.take(db, batch, enrolled, {}, judge=judge).items():
            kept = receipts.setdefault((names.index(device), epoch), (set(), {}))
            kept[0].update(told.stored)
            kept[1].update({n: reason.replace(mission, "") for n, reason in told.refused.items()})
    with db, db.cursor() as cursor:
        track = fixes.track(db, mission, START - timedelta(days=9), START + timedelta(days=9))
        latest = fixes.latest(db, mission)
        cursor.execute(
            "SELECT bits FROM seen WHERE device LIKE %s ORDER BY device, epoch, block", (f"%-{mission}",)
        )
        bits = cursor.fetchall()
        cursor.execute("SELECT reason, digest FROM set_aside WHERE topic LIKE %s", (f"%-{mission}/%",))
        aside = sorted((reason.replace(mission, ""), bytes(digest)) for reason, digest in cursor.fetchall())
    rows = sorted((_bare(one) for one in track), key=repr)
    marks = sorted((_bare(one) for one in latest.values()), key=repr)
    known = [judge.known(name) for name in names[:-1]]
    trust = [None if one is None else (one.clock, one.past) for one in known]  # how it is sent may change
    return [rows, marks, bits, aside, receipts, trust], plain


def _batches(
    story: Sequence[tuple[int, dict[str, object]]], many: int
) -> list[Sequence[tuple[int, dict[str, object]]]]:
    return [story[start : start + many] for start in range(0, len(story), many)]


def _bare(fix: Position) -> Position:
    return msgspec.structs.replace(fix, mission="", device=fix.device.partition("-")[0])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stories())
def test_at_once_and_one_by_one_are_the_same(
    db: Connection, story: list[tuple[int, dict[str, object]]]
) -> None:
    at_once, plain = stored(db, story, len(story))
    one_by_one, none = stored(db, story, 7)
    assert at_once == one_by_one
    assert plain >= 24 and none == 0  # a few are odd or come again, two devices at least are neither


def test_a_time_told_twice_is_not_ordinary_and_read_as_alone(db: Connection) -> None:
    """Readers differ in which of the two counts, and whether the other must be a time at all."""
    story = [report(device, n, n * 5.0) for n in range(4, 20) for device in range(DEVICES)]
    for device, other in enumerate(({"at": "yesterday"}, {})):
        place = next(k for k, (who, told) in enumerate(story) if who == device and told["n"] == 12)
        story[place] = report(device, 12, 60.0, {**other, AGAIN: "2026-11-22T05:00:00Z"})
    at_once, plain = stored(db, story, len(story))
    assert plain == 16 * (DEVICES - 3)  # two tell it, one is not enrolled
    assert at_once == stored(db, story, 7)[0]


def test_what_another_process_stored_meanwhile_is_receipted_again_and_not_stored(db: Connection) -> None:
    """So after it died amid its work: the broker gives its messages to us, who have not heard of them."""
    mission = f"o{next(_story)}"
    enrolled = {f"d{device}-{mission}": Enrolment(mission) for device in range(DEVICES)}
    with db:
        missions.open_mission(db, Mission(mission, "Test", MissionKind.EXERCISE, Profile()), START)
        for name in enrolled:
            missions.enrol(db, mission, name, None, START)
    ours, other = Judge(), Judge()
    for judge in (ours, other):
        intake.take(db, messages(FIRST, mission), enrolled, {}, judge=judge)
    story = [report(device, n, n * 5.0) for n in range(4, 20) for device in range(DEVICES)]
    theirs = [
        one if one[0] % 2 else report(one[0], 7, 35.0, {"speed": 3}) for one in story if one[1]["n"] == 7
    ]
    intake.take(db, messages(theirs, mission), enrolled, {}, judge=other)
    batch = messages(story, mission)
    found = ordinary(batch, enrolled, ours)
    assert found is not None and len(found.places) == len(story)
    told = intake.take(db, batch, enrolled, {}, judge=ours)
    for device in range(DEVICES):
        receipt = told[f"d{device}-{mission}", 1]
        refused = set() if device % 2 else {7}
        assert (receipt.stored, set(receipt.refused)) == (set(range(4, 20)) - refused, refused)
    with db:
        track = fixes.track(db, mission, START, START + timedelta(days=1))
    assert sorted((one.device, one.n) for one in track) == sorted(
        (device, n) for device in enrolled for n in range(1, 20)
    )


def test_what_the_store_refuses_is_found_among_ordinary_ones(db: Connection) -> None:
    """A row that is there though nobody claimed its number stands for whatever PostgreSQL may refuse."""
    story = [report(device, n, n * 5.0) for n in range(4, 20) for device in range(DEVICES)]
    mission = f"o{next(_story)}"
    names = [f"d{device}-{mission}" for device in range(DEVICES)]
    enrolled = {name: Enrolment(mission) for name in names}
    with db:
        missions.open_mission(db, Mission(mission, "Test", MissionKind.EXERCISE, Profile()), START)
        for name in names:
            missions.enrol(db, mission, name, None, START)
    judge = Judge()
    intake.take(
        db,
        messages([report(device, 1, 5.0) for device in range(DEVICES)], mission),
        enrolled,
        {},
        judge=judge,
    )
    with db:
        position = intake.wire.read(messages([report(3, 9, 45.0)], mission)[0], enrolled).position
        fixes.append(db, [position])
    told = intake.take(db, messages(story, mission), enrolled, {}, judge=judge)
    assert told[names[3], 1].refused.keys() == {9}
    assert sum(len(one.stored) for one in told.values()) == len(story) - 1
    with db:
        assert sum(asides.counts(db).values()) >= 1
