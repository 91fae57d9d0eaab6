"""Alarms as events: whatever the order in which they are told, the watch stands the same."""

import json
import random
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casevac import brief, ringing
from casevac import events as e
from casevac.alarm import Alarm
from casevac.alarms import alarms
from casevac.errors import NotPossible, Unknown
from casevac.events import body_from, fields_of, stored_body
from casevac.events.shape import LONGEST_TEXT, MOST_COUNTED
from casevac.ids import Mint
from casevac.picture import Picture, empty, fold
from casevac.telling import tell
from casevac.terms import EntryFlag, Severity, Treatment
from casevac.view import View
from tests.casevac.scenes import NOW, A, after, alert, event, told

MINT = Mint(lambda: A, lambda letter: f"{letter}-000001")
AT = {"clock:A:surgery": "casualties", "silent:V": "vehicles"}


def alarm(key: str = "clock:A:surgery", severity: Severity = Severity.CRITICAL, kind: str = "will") -> Alarm:
    return Alarm(key, kind, severity, AT.get(key, "casualties"), "A", "will miss its limit")


def raised(key: str, number: int, severity: Severity = Severity.CRITICAL) -> e.AlarmRaised:
    return e.AlarmRaised(
        alarm=key,
        round=number,
        alarm_kind="will",
        severity=severity,
        group="casualties",
        subject="A",
        words="w",
    )


words = st.one_of(
    st.builds(raised, st.sampled_from(sorted(AT)), st.integers(1, 3)),
    st.builds(e.AlarmCleared, alarm=st.sampled_from(sorted(AT)), round=st.integers(1, 3)),
    st.builds(
        e.AlarmAcknowledged,
        alarm=st.sampled_from(sorted(AT)),
        round=st.integers(1, 3),
        by=st.sampled_from(["amina", "musa"]),
    ),
)


@given(st.lists(st.tuples(st.integers(0, 50), words), max_size=12), st.randoms(use_true_random=False))
def test_any_order_of_the_same_words_leaves_the_same_watch(
    said: list[tuple[int, e.AnyBody]], shuffled: random.Random
) -> None:
    events = [event(body, at=at) for at, body in said]
    whole = fold(empty("M"), events)
    other = list(events)
    shuffled.shuffle(other)
    assert fold(empty("M"), other).alarms == whole.alarms
    for bell in whole.alarms.values():
        last = [one for one in events if getattr(one.body, "alarm", "") == bell.id]
        assert bell.round == max(getattr(one.body, "round", 0) for one in last)
        acked = [
            one for one in last if isinstance(one.body, e.AlarmAcknowledged) and one.body.round == bell.round
        ]
        assert (bell.acknowledged is not None) == bool(acked), "only a word on this round counts"


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(1, 400)), max_size=60))
def test_what_the_watch_raises_and_clears_follows_the_condition(steps: list[tuple[bool, bool, int]]) -> None:
    """An alarm rings from the first look on, is cleared only once it is gone, and a person acks one round."""
    picture, gone, now = empty("M"), {}, NOW
    for holds, acks, seconds in steps:
        now += timedelta(seconds=seconds)
        found = ringing.due(picture, [alarm()] if holds else [], gone, now)
        gone = found.gone
        assert len(found.bodies) <= 1
        for body in found.bodies:
            picture = fold(picture, [event(body, at=now)])
        bell = picture.alarms.get(alarm().id)
        if holds:
            assert bell is not None and bell.rings and bell.raised is not None
        if acks and bell is not None and bell.rings:
            picture = fold(
                picture, [event(e.AlarmAcknowledged(alarm=bell.id, round=bell.round, by="amina"), at=now)]
            )
        again = ringing.due(picture, [alarm()] if holds else [], gone, now)
        assert again.bodies == (), "a second watchman finds it done"


def test_what_comes_back_rings_again_and_says_how_often() -> None:
    picture = fold(empty("M"), [event(raised("clock:A:surgery", 1))])
    picture = told(picture, (1, e.AlarmAcknowledged(alarm="clock:A:surgery", round=1, by="amina")))
    gone = ringing.due(picture, [], {}, after(10)).gone
    cleared = ringing.due(picture, [], gone, after(25)).bodies
    assert cleared == (e.AlarmCleared(alarm="clock:A:surgery", round=1),)
    picture = told(picture, (25, cleared[0]))
    (back,) = ringing.due(picture, [alarm()], {}, after(40)).bodies
    assert isinstance(back, e.AlarmRaised)
    assert (back.round, back.times) == (2, 2)
    picture = told(picture, (40, back))
    assert picture.alarms["clock:A:surgery"].acknowledged is None


def test_a_flapping_condition_makes_no_storm() -> None:
    picture, gone, lines = empty("M"), {}, 0
    for second in range(0, 3600, 5):
        standing = [alarm()] if (second // 20) % 2 == 0 else []  # 20 s on, 20 s off, for an hour
        found = ringing.due(picture, standing, gone, after(second))
        gone = found.gone
        lines += len(found.bodies)
        picture = fold(picture, [event(body, at=second) for body in found.bodies])
    assert lines <= 6, "90 comings, told as few"
    assert picture.alarms[alarm().id].times >= 2


def test_what_becomes_graver_rings_anew_and_what_becomes_lighter_does_not() -> None:
    warned = fold(empty("M"), [event(raised("clock:A:surgery", 1, Severity.WARNING))])
    (graver,) = ringing.due(warned, [alarm()], {}, after(5)).bodies
    assert isinstance(graver, e.AlarmRaised)
    assert (graver.round, graver.severity) == (2, Severity.CRITICAL)
    grave = told(warned, (5, graver))
    assert ringing.due(grave, [alarm(severity=Severity.WARNING)], {}, after(9)).bodies == ()
    (breached,) = ringing.due(grave, [alarm(kind=ringing.GRAVEST)], {}, after(9)).bodies
    assert breached.round == 3


def waiting() -> Picture:
    """An alert that nobody acknowledged for ten minutes, raised as an alarm."""
    picture = told(empty("M"), (0, alert("R-1", A)))
    view = View(picture, after(600))
    (key,) = (one.id for one in alarms(view) if one.kind == "alert_unacknowledged")
    found = ringing.due(picture, alarms(view), {}, after(600))
    picture = told(picture, *((600, body) for body in found.bodies))
    assert key in picture.alarms
    return picture


def test_one_person_acknowledges_a_round_and_the_next_is_told_who_was_faster() -> None:
    picture = waiting()
    key = "unacknowledged:R-1"
    (body,) = tell(View(picture, after(610)), "alarm_acknowledged", {"alarm": key, "by": "amina"}, MINT)
    picture = told(picture, (610, body))
    look = ringing.ringing(View(picture, after(620)))[key]
    assert (look["acknowledged_by"], look["round"]) == ("amina", 1)
    with pytest.raises(NotPossible, match="amina acknowledged it already"):
        tell(View(picture, after(620)), "alarm_acknowledged", {"alarm": key}, MINT)
    with pytest.raises(NotPossible, match="come back"):
        tell(View(waiting(), after(620)), "alarm_acknowledged", {"alarm": key, "round": 4}, MINT)
    with pytest.raises(Unknown, match="no alarm"):
        tell(View(picture, after(620)), "alarm_acknowledged", {"alarm": "nothing"}, MINT)


def test_a_grave_alarm_that_is_over_stays_until_somebody_looks() -> None:
    picture = told(
        empty("M"), (0, raised("clock:A:surgery", 1)), (30, e.AlarmCleared(alarm="clock:A:surgery", round=1))
    )
    look = ringing.ringing(View(picture, after(40)))["clock:A:surgery"]
    assert look["over"]
    (body,) = tell(
        View(picture, after(41)), "alarm_acknowledged", {"alarm": "clock:A:surgery", "by": "musa"}, MINT
    )
    assert ringing.ringing(View(told(picture, (41, body)), after(50))) == {}


def test_an_entry_is_corrected_by_a_later_one_and_never_twice() -> None:
    first = e.WatchEntryMade(entry="W-1", text="generator down", flag=EntryFlag.IMPORTANT, by="amina")
    picture = told(empty("M"), (0, first))
    (body,) = tell(
        View(picture, after(5)), "watch_entry_made", {"text": "it is the radio", "corrects": "W-1"}, MINT
    )
    picture = told(picture, (5, body))
    assert picture.entries["W-1"].corrected_by == "W-000001"
    assert picture.entries["W-1"].made is not None, "it stays to be seen"
    with pytest.raises(NotPossible, match="corrected already"):
        tell(View(picture, after(9)), "watch_entry_made", {"text": "no", "corrects": "W-1"}, MINT)
    with pytest.raises(Unknown):
        tell(View(picture, after(9)), "watch_entry_made", {"text": "no", "corrects": "W-9"}, MINT)


def test_the_brief_holds_what_the_next_watch_must_know_and_is_signed_by_both() -> None:
    entry = e.WatchEntryMade(entry="W-1", text="watch the ford", flag=EntryFlag.URGENT, by="amina")
    picture = told(waiting(), (620, entry))
    view = View(picture, after(700))
    told_as = brief.text(brief.made(view), "good luck")
    for words in ("nobody has acknowledged it", "R-1", A, "watch the ford", "good luck"):
        assert words in told_as
    (signed,) = tell(view, "shift_handed_over", {"outgoing": "Amina", "incoming": "Musa"}, MINT)
    assert isinstance(signed, e.ShiftHandedOver)
    assert "watch the ford" in signed.brief
    picture = told(picture, (700, signed))
    assert picture.shifts[signed.shift].taken is None
    assert brief.made(View(picture, after(900))).since == after(700), "the next period begins here"
    (taken,) = tell(
        View(picture, after(710)), "shift_taken_over", {"shift": signed.shift, "incoming": "Musa"}, MINT
    )
    picture = told(picture, (710, taken))
    with pytest.raises(NotPossible, match="Musa took this watch"):
        tell(View(picture, after(720)), "shift_taken_over", {"shift": signed.shift, "incoming": "X"}, MINT)


def test_an_alarm_of_any_length_can_be_kept_and_acknowledged() -> None:
    """A refusal may be explained in as many characters as an event keeps, and a site be named in as many."""
    most = "x" * LONGEST_TEXT
    picture = fold(empty("M"), [event(e.OrderSettled("E", done=False, why=most, request="R"))])
    treated = e.TreatmentGiven(casualty=A, treatment=Treatment.TOURNIQUET, site=most)
    picture = told(picture, (0, alert("R", A)), (0, treated))
    found = alarms(View(picture, after(7200)))
    assert {"order_failed", "tourniquet_long"} <= {one.kind for one in found}
    bodies = ringing.due(picture, found, {}, after(7200)).bodies
    for body in bodies:
        assert stored_body(str(body.__struct_config__.tag), json.dumps(fields_of(body))) == body
    picture = fold(picture, [event(body, at=after(7200)) for body in bodies])
    for one in found:
        body_from("alarm_acknowledged", {"alarm": one.id})
        tell(View(picture, after(7201)), "alarm_acknowledged", {"alarm": one.id, "by": "amina"}, MINT)


def test_an_alarm_that_came_ten_thousand_times_is_raised_no_more() -> None:
    over = fold(empty("M"), [event(raised("clock:A:surgery", MOST_COUNTED))])
    over = told(over, (1, e.AlarmCleared(alarm="clock:A:surgery", round=MOST_COUNTED)))
    assert ringing.due(over, [alarm()], {}, after(60)).bodies == ()


def test_what_came_back_while_nobody_watched_rings_again() -> None:
    """The part was away: the condition ended after somebody had looked, and came back."""
    picture = fold(empty("M"), [event(raised("silent:V", 1, Severity.WARNING))])
    picture = told(picture, (1, e.AlarmAcknowledged(alarm="silent:V", round=1, by="amina")))
    back = alarm("silent:V", Severity.WARNING)._replace(since=after(3000))
    assert ringing.due(picture, [back], {}, after(3600)).bodies == (), "it flaps: it was watched all the time"
    (again,) = ringing.due(picture, [back], None, after(3600)).bodies
    assert isinstance(again, e.AlarmRaised)
    assert again.round == 2
    picture = fold(picture, [event(again, at=after(3600))])
    assert ringing.due(picture, [back], None, after(3601)).bodies == ()
    same = fold(empty("M"), [event(raised("silent:V", 1, Severity.WARNING))])
    same = told(same, (10, e.AlarmAcknowledged(alarm="silent:V", round=1, by="amina")))
    assert ringing.due(same, [back._replace(since=after(5))], None, after(3600)).bodies == ()
