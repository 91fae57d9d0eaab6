"""What is on its way: a window of bytes about a second of the link wide, and what is sent again."""

import pytest

from tracker.underway import LEAST, MOST, START, Underway


def test_the_window_opens_while_receipts_come_quickly_and_closes_when_they_do_not() -> None:
    way, now = Underway(), 0.0
    for mid in range(12):
        way.sent(mid, (2 * mid, 2 * mid + 1), way.window, now, event=False)
        now += 0.1
        assert [one.size for one in way.answered((), [(2 * mid, 2 * mid + 1)], now)] == [
            min(MOST, START << mid)
        ]
    assert way.window == MOST
    sizes = []
    for n in range(100, 140):  # the link is slow now: everything takes three seconds
        way.sent(n, (n,), way.window, now, event=False)
        now += 3.0
        way.answered((n,), (), now)
        sizes.append(way.window)
    assert min(sizes) == LEAST
    assert way.quickest == pytest.approx(3.0)  # that is the link's own time, not a queue of ours
    assert way.bytes == way.event_bytes == 0


def test_a_few_small_messages_do_not_open_the_window() -> None:
    way = Underway()
    for n in range(1, 50):
        way.sent(n, (n,), 100, float(n), event=False)
        way.answered((n,), (), n + 0.1)
    assert way.window == START


def test_nothing_on_the_link_is_sent_again_and_what_the_broker_kept_too_long_is() -> None:
    way = Underway()
    way.sent(1, (1,), 100, 0.0, event=True)
    way.sent(2, (2, 3), 100, 0.0, event=False)
    way.at_broker(2, 1.0)
    assert way.overdue(3.9, 1.0) == 0
    assert way.overdue(100.0, 1.0) == 2  # 2 and 3; 1 is still on the link
    assert set(way.numbers) == {1}
    way.sent(3, (2, 3), 80, 100.0, event=False)
    assert way.resent_bytes == 80
    way.at_broker(3, 100.0)
    assert way.overdue(105.0, 1.0) == 0  # it waits longer each time
    assert way.overdue(107.0, 1.0) == 2
    way.answered((1,), (), 108.0)
    assert way.numbers == {}
    assert way.bytes == 0


@pytest.mark.parametrize(("remembered", "left"), [(True, {1, 2}), (False, {1})])
def test_a_new_connection_sends_at_once_only_what_is_lost(remembered: bool, left: set[int]) -> None:
    """The client itself repeats what was on the link; what the broker had is lost only with its memory."""
    way = Underway()
    way.sent(1, (1,), 100, 0.0, event=False)
    way.sent(2, (2,), 100, 0.0, event=False)
    way.at_broker(2, 0.5)
    way.connected(50.0, remembered=remembered)
    assert set(way.numbers) == left
    assert way.window == START
    assert way.overdue(51.0, 1.0) == 0


def test_batches_that_stay_unanswered_give_way_to_single_reports() -> None:
    way, now = Underway(), 0.0
    for mid in range(3):
        assert way.batching
        way.sent(mid, (1, 2), 100, now, event=False)
        way.at_broker(mid, now)
        now += 100.0
        way.overdue(now, 1.0)
    assert not way.batching
    way.sent(9, (1, 2), 100, now, event=False)
    way.answered((1,), [(2, 2)], now + 1)
    assert way.batching
