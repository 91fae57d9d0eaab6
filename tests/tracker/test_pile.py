"""What waits for the writer: in order, bounded, each device its fair share."""

import itertools
import math
import tracemalloc
from collections import deque
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tracker.listener import until
from tracker.pile import BOUND, Pile
from tracker.wire import Message

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
WINDOW = 10_000
SURPLUS = WINDOW * 4 // 5


def message(device: str, token: int, payload: bytes = b'{"epoch":1,"n":1}') -> Message:
    return Message(f"casevac/v1/{device}/report", payload, NOW, token)


def test_a_runaway_device_is_limited_and_nobody_else() -> None:
    pile = Pile(WINDOW)
    pile.add([message("flood", n) for n in range(1, 8001)])
    pile.add([message("quiet", n) for n in range(8001, 8011)])
    taken = pile.take(5000)
    assert [one.token for one in taken.batch] == [*range(1, BOUND + 1), *range(8001, 8011)]
    assert [one.token for one in taken.limited] == list(range(BOUND + 1, 8001))
    assert len(pile) == 0


def test_batches_are_acknowledged_in_the_order_they_were_taken() -> None:
    """However their writers finish: a broker walks past all that is in flight to find one out of turn."""
    pile = Pile(WINDOW, patience_s=3600)
    pile.add([message(f"d{n}", n) for n in range(1, 10)])
    first, second, third = pile.take(3), pile.take(3), pile.take(3)
    assert pile.done(third) == [] and pile.done(first) == first.batch
    assert [one.token for one in pile.done(second)] == list(range(4, 10))
    pile.add([message("d1", 10)])
    last = pile.take(3)
    assert pile.done(last) == last.batch


def test_a_batch_whose_writer_does_not_end_holds_the_others_up_for_a_moment_only() -> None:
    pile = Pile(WINDOW, patience_s=0.2)
    pile.add([message(f"d{n}", n) for n in range(1, 10)])
    stuck, other = pile.take(3), pile.take(3)
    free = pile.done(other)  # nothing yet, unless this machine is slow
    assert until(lambda: free.extend(pile.overdue()) or free == other.batch)
    assert pile.unanswered() == 0
    third = pile.take(3)
    assert pile.done(third) == third.batch
    assert pile.done(stuck) == stuck.batch


def test_large_messages_are_bounded_by_their_bytes() -> None:
    pile = Pile(WINDOW)
    pile.add([message("big", n, bytes(1 << 20)) for n in range(1, 34)])
    assert not pile.has_room(0)
    pile.take(5000)
    assert pile.has_room(0)
    pile.add([message("big", n, bytes(1 << 20)) for n in range(1, 34)])
    pile.forget()
    assert pile.has_room(0)


WITHOUT = [
    b'{"lon":1}',
    b'{"epoch":null,"n":null,"lon":1}',
    b'{"sat":{"epoch":1,"n":9}}',
    b'{"what":"\\"n\\": 7"}',
]


@pytest.mark.parametrize("payload", WITHOUT)
def test_nothing_of_a_device_without_numbers_that_the_broker_kept_is_let_go(payload: bytes) -> None:
    """Nobody sends it again: it may fill the whole window."""
    pile, came, out = Pile(WINDOW), 0, 0
    while out < 50_000:
        room = min(WINDOW - len(pile), 50_000 - came)
        pile.add([message("old", came + n, payload) for n in range(1, room + 1)])
        came += room
        taken = pile.take(4000)
        assert (taken.limited, taken.let_go.total()) == ([], 0)
        assert [one.token for one in taken.batch] == list(range(out + 1, out + 1 + len(taken.batch)))
        out += len(taken.batch)


@pytest.mark.parametrize("payload", WITHOUT)
def test_without_acknowledgement_half_the_window_is_enough_for_one_device(payload: bytes) -> None:
    pile = Pile(WINDOW)
    pile.add([message("old", 0, payload) for _ in range(WINDOW)])
    taken = pile.take(5000)
    assert (len(taken.batch), len(taken.limited), len(pile)) == (WINDOW // 2, WINDOW // 2, 0)


@pytest.mark.parametrize("ahead", [0, 9_999, 100_000])
def test_behind_a_runaway_without_numbers_others_wait_for_a_known_number_of_batches(ahead: int) -> None:
    """The broker keeps its queue in order and sends what the window takes; the runaway never ends."""
    most, tokens = 4000, itertools.count(1)
    queue = deque(("mad", next(tokens)) for _ in range(ahead))
    queue.append(("other", next(tokens)))
    pile, batches = Pile(WINDOW), 0
    while True:
        queue.extend(("mad", next(tokens)) for _ in range(2 * most))
        coming = [queue.popleft() for _ in range(min(len(queue), WINDOW - len(pile)))]
        pile.add([message(device, token, b'{"lon":1}') for device, token in coming])
        batch = pile.take(most).batch
        batches += 1
        if any("/other/" in one.topic for one in batch):
            break
    # Once it is in the window it is in the next batch, whatever of the runaway waits there before it.
    assert batches == max(0, math.ceil((ahead + 1 - WINDOW) / most)) + 1


def test_when_more_waits_than_a_batch_every_device_has_its_share() -> None:
    pile = Pile(WINDOW)
    for device in range(10):
        pile.add([message(f"d{device}", device * 900 + n + 1) for n in range(900)])
    batch = pile.take(5000).batch
    assert {one.topic: 0 for one in batch}.keys() == {f"casevac/v1/d{device}/report" for device in range(10)}
    assert len(batch) == 5000
    assert len(pile) == 4000


def test_a_lost_connection_empties_it_of_what_comes_again() -> None:
    pile = Pile(WINDOW)
    pile.add([message("a", 1), message("a", 0), message("b", 2)])
    pile.forget()
    assert [one.token for one in pile.take(10).batch] == [0]


def test_without_acknowledgement_the_surplus_is_let_go_and_told() -> None:
    pile = Pile(WINDOW)
    pile.add([message(f"d{n % 100}", 0) for n in range(SURPLUS + 1)])
    pile.add([message("late", 0), message("late", 5)])
    taken = pile.take(5000)
    assert (taken.limited, taken.let_go) == ([], {"casevac/v1/late/report": 1})
    assert pile.take(5000).let_go.total() == 0


def test_what_is_let_go_is_counted_and_not_kept() -> None:
    """However many come and however long nobody takes: a number for each of some topics."""
    pile = Pile(WINDOW)
    pile.add([message(f"d{n % 100}", 0) for n in range(SURPLUS + 1)])
    tracemalloc.start()
    for n in range(3000):
        pile.add([message(f"flood-{n}", 0) for _ in range(50)])
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 1 << 20
    assert len(pile) == SURPLUS + 1
    let_go = pile.take(5000).let_go
    assert (let_go.total(), len(let_go), let_go["others"]) == (150_000, 1001, 2000 * 50)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=60), st.integers(1, 20))
def test_nothing_is_lost_or_doubled_and_each_device_keeps_its_order(
    came: list[tuple[str, bool]], most: int
) -> None:
    pile = Pile(WINDOW)
    pile.add([message(device, n) for n, (device, _) in enumerate(came, start=1)])
    out: list[Message] = []
    while len(pile):
        taken = pile.take(most)
        assert len(taken.batch) <= most
        assert taken.limited == []
        out += taken.batch
    assert sorted(one.token for one in out) == list(range(1, len(came) + 1))
    for device in "abc":
        tokens = [one.token for one in out if one.topic == f"casevac/v1/{device}/report"]
        assert tokens == sorted(tokens)
