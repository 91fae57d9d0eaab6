"""What waits for the writer: in order, bounded, each device its fair share."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.pile import BOUND, Pile
from tracker.wire import Message

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
WINDOW = 10_000


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


@pytest.mark.parametrize(
    "payload", [b'{"lon":1}', b'{"epoch":null,"n":null,"lon":1}', b'{"what":"\\"n\\": 7"}']
)
def test_a_device_without_numbers_keeps_what_the_broker_kept_for_it(payload: bytes) -> None:
    """Nobody sends it again; only one that fills the whole window is limited, to half of it."""
    pile = Pile(WINDOW)
    pile.add([message("old", n, payload) for n in range(1, 8001)])
    first = pile.take(5000)
    assert (len(first.batch), len(first.limited), len(pile)) == (5000, 0, 3000)
    pile.add([message("old", n, payload) for n in range(8001, 15_001)])
    assert len(pile.take(5000).limited) == WINDOW // 2


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
    pile.add([message(f"d{n % 100}", 0) for n in range(20_001)])
    pile.add([message("late", 0), message("late", 5)])
    taken = pile.take(5000)
    assert [one.topic for one in taken.limited if "late" in one.topic] == ["casevac/v1/late/report"]


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
