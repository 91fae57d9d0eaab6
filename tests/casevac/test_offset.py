"""The offset of a device's clock: found, bounded, told from a slow way, given up when refuted."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casevac.offset import BOUND, RIGHT, STEP, TOLERANCE, Clock, judged

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
DAY_S = 86_400.0
Sample = tuple[datetime, datetime]

far_out = st.floats(90, 3.4 * DAY_S) | st.floats(-3.4 * DAY_S, -90)
jitters = st.lists(st.floats(0, 20), min_size=30, max_size=40)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def heard(clock: Clock, samples: Iterable[Sample]) -> Clock:
    for sent, received in samples:
        clock = clock.observe(sent, received)
    return clock


def live(ahead_s: float, way_s: Iterable[float], every_s: float = 10.0, start_s: float = 0.0) -> list[Sample]:
    """Messages every so often of a clock so far ahead, each so long on the way."""
    true = [start_s + every_s * k for k, _ in enumerate(way_s)]
    return [(after(at + ahead_s), after(at + way)) for at, way in zip(true, way_s, strict=True)]


def queued(held_s: float, every_s: float, rate: float, ahead_s: float = 0.0) -> list[Sample]:
    """What was sent while nothing came through, then delivered in order at this multiple of its pace."""
    count = int(held_s / every_s)
    return [
        (after(k * every_s + ahead_s), after(max(held_s + k * every_s / rate, k * every_s)))
        for k in range(int(count * rate / (rate - 1)) if rate < 100 else count)
    ]


@given(far_out, jitters, st.randoms(use_true_random=False))
def test_a_constant_offset_is_found_in_any_order_with_anything_told_twice(
    ahead_s: float, way_s: list[float], chance: random.Random
) -> None:
    samples = live(ahead_s, way_s)
    in_order = heard(RIGHT, samples)
    shuffled = [*samples, *chance.choices(samples, k=20)]
    chance.shuffle(shuffled)
    mixed = heard(RIGHT, shuffled)
    for clock in (in_order, mixed):
        assert -20 <= clock.offset.total_seconds() - ahead_s <= 1e-3
        assert clock.judged_at is not None and clock.messages >= 3
    assert abs(in_order.offset - mixed.offset) <= timedelta(seconds=20)


@given(far_out, jitters)
def test_the_same_message_again_later_moves_nothing(ahead_s: float, way_s: list[float]) -> None:
    """Resends that kept their times of sending look like a long way; they come as fast as the link takes."""
    clock = heard(RIGHT, live(ahead_s, way_s))
    again = [(sent, after(800 + k / 10)) for k, (sent, _) in enumerate(live(ahead_s, way_s))]
    assert heard(clock, again).offset == clock.offset


@given(
    st.sampled_from([1.5, 2.0, 5.0, 60.0, 1e3, 1e5]), st.sampled_from([1.0, 5.0, 10.0, 60.0]),
    st.floats(120, 3600), st.randoms(use_true_random=False),
)  # fmt: skip
def test_a_queue_after_an_outage_is_not_taken_for_a_slow_clock(
    rate: float, every_s: float, held_s: float, chance: random.Random
) -> None:
    samples = queued(held_s, every_s, rate)
    assert heard(RIGHT, samples).offset == timedelta(0)
    chance.shuffle(samples)
    assert heard(RIGHT, samples).offset == timedelta(0)


def test_half_an_hour_cut_moves_no_time() -> None:
    clock = heard(RIGHT, live(0, [0.3] * 50, every_s=5))
    for sent, received in queued(1800, 5, 1e4):
        clock = clock.observe(sent, received)
        at = sent - timedelta(seconds=1)
        late = received - sent > TOLERANCE
        assert clock.corrected(at, sent, received) == (at, ("delayed",) if late else ())
    assert heard(clock, live(0, [0.3] * 50, every_s=5, start_s=2000)) == RIGHT


@given(
    st.lists(st.tuples(st.floats(-20 * DAY_S, 20 * DAY_S), st.floats(0, 1e4)), max_size=60),
    st.floats(-20 * DAY_S, 20 * DAY_S), st.none() | st.floats(-20 * DAY_S, 20 * DAY_S),
)  # fmt: skip
def test_whatever_is_heard_no_time_moves_beyond_the_bound_nor_into_our_future(
    samples: list[tuple[float, float]], at_s: float, sent_s: float | None
) -> None:
    clock = heard(RIGHT, [(after(sent), after(received)) for sent, received in samples])
    assert abs(clock.applied) <= BOUND
    at, received = after(at_s), after(1e4)
    found, flags = clock.corrected(at, None if sent_s is None else after(sent_s), received)
    assert found <= received
    assert found == received or abs(found - at) <= BOUND
    assert flags or found == at or (found == received and at <= received + TOLERANCE)
    assert at <= received + TOLERANCE or flags  # a time in our future is flagged, never taken as it is


@given(far_out, st.lists(st.floats(0, 20), min_size=3, max_size=40))
def test_a_judged_clock_keeps_the_order_of_what_happened(ahead_s: float, way_s: list[float]) -> None:
    clock = heard(RIGHT, live(ahead_s, [1.0] * 40))
    happened = [clock.corrected(sent, sent, received)[0] for sent, received in live(ahead_s, way_s)]
    assert happened == sorted(happened)
    true = [after(10.0 * k) for k in range(len(way_s))]
    assert all(abs(found - real) <= STEP for found, real in zip(happened, true, strict=True))


def test_one_message_of_a_clock_ahead_is_corrected_by_itself_and_judges_nothing() -> None:
    sent = after(2 * DAY_S)
    clock = RIGHT.observe(sent, NOW)
    assert clock.offset == timedelta(0)
    found = clock.corrected(sent - timedelta(minutes=2), sent, NOW)
    assert found == (NOW - timedelta(minutes=2), ("clock",))
    assert clock.observe(after(10), after(11)) == RIGHT


def test_a_slow_clock_is_told_from_a_full_link_by_a_longer_look_when_it_is_slow_by_less_than_an_hour() -> (
    None
):
    hours, minutes = -3 * DAY_S, -300.0
    assert heard(RIGHT, live(hours, [0.2] * 30, every_s=1)).offset == timedelta(seconds=hours - 0.2)
    assert heard(RIGHT, live(minutes, [0.2] * 30, every_s=1)).offset == timedelta(0)
    assert heard(RIGHT, live(minutes, [0.2] * 170, every_s=1)).offset == timedelta(seconds=minutes - 0.2)


def test_while_nobody_knows_the_times_are_kept_and_flagged() -> None:
    sent = after(-3 * DAY_S)
    clock = heard(RIGHT, live(-3 * DAY_S, [0.2] * 3))
    assert clock.corrected(sent, sent, NOW) == (sent, ("delayed",))


def test_a_clock_set_right_is_believed_at_once_and_its_offset_given_up_soon() -> None:
    clock = heard(RIGHT, live(3 * DAY_S, [0.2] * 40))
    assert clock.offset > timedelta(days=2.9)
    sent, received = after(600), after(601)
    assert clock.corrected(sent, sent, received) == (sent, ())
    again = heard(clock, live(0, [0.2] * 10, every_s=5, start_s=600))
    assert (again.offset, again.judged_at) == (timedelta(0), after(620.2))


def test_a_clock_that_jumps_back_is_judged_anew() -> None:
    clock = heard(RIGHT, live(0, [0.2] * 20))
    jumped = live(-2 * 3600, [0.2] * 20, every_s=5, start_s=300)
    at, (sent, received) = after(290), jumped[0]
    early = clock.observe(sent, received)
    assert early.corrected(at, sent, received) == (at, ("delayed",))
    later = heard(early, jumped)
    assert abs(later.offset + timedelta(hours=2)) < timedelta(seconds=1)
    assert later.corrected(sent, sent, received)[0] == received - timedelta(seconds=0)
    assert later.corrected(at, sent, received) == (at, ("clock",))  # made before the jump, sent after it


def test_late_messages_of_a_judged_clock_are_corrected_and_flagged_as_late() -> None:
    clock = judged(timedelta(days=3), NOW)
    sent, received = after(3 * DAY_S), after(1800)
    assert clock.corrected(sent, sent, received) == (NOW, ("clock", "delayed"))


@pytest.mark.parametrize("years", [-20, 10])
def test_a_clock_beyond_the_bound_is_named_and_never_corrected(years: int) -> None:
    off_s = years * 365 * DAY_S
    clock = heard(RIGHT, live(off_s, [0.2] * 40))
    assert abs(clock.offset.total_seconds() - off_s) < 1
    assert clock.applied == timedelta(0)
    at, received = after(off_s), after(1)
    assert clock.corrected(at, at, received) == (min(at, received), ("beyond",))
    good_fix = after(-60)  # made before the clock went wrong
    assert clock.corrected(good_fix, at, received)[0] == good_fix


def test_without_a_time_of_sending_only_what_cannot_be_is_corrected() -> None:
    fast, slow = judged(timedelta(days=3), NOW), judged(timedelta(days=-3), NOW)
    assert RIGHT.corrected(after(60), None, NOW) == (NOW, ())
    assert RIGHT.corrected(after(600), None, NOW) == (NOW, ("clock",))
    assert fast.corrected(after(3 * DAY_S - 20), None, NOW) == (after(-20), ("clock",))
    assert fast.corrected(after(-20), None, NOW) == (after(-20), ())
    assert slow.corrected(after(-3 * DAY_S - 20), None, NOW) == (after(-20), ("clock",))
    assert slow.corrected(after(-20), None, NOW) == (after(-20), ())


@settings(max_examples=300)
@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0, 1e6)), max_size=80))
def test_memory_is_bounded_and_nothing_raises(samples: list[tuple[float, float]]) -> None:
    clock = RIGHT
    for sent, received in samples:
        clock = clock.observe(after(sent), after(received))
        assert len(clock.doubts) <= 16
