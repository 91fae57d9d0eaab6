"""A task taken back: told, seen, and an alarm while it is not."""

from datetime import timedelta

from casevac import events as e
from casevac.alarms import alarms
from casevac.entities import instant
from casevac.mission import Profile
from casevac.told import one_json
from casevac.view import View
from tests.casevac.scenes import after, told
from tests.casevac.test_orders import tasked

BACK = (20, e.TaskCancelled(task="N2", reason="the road is blocked"))
LATE = 21 + Profile().acceptance_s


def recall_alarms(picture, seconds):
    return [one for one in alarms(View(picture, after(seconds))) if one.kind == "recall_unseen"]


def test_a_recall_is_shown_with_the_task_until_its_crew_has_seen_it():
    picture = told(tasked("V"), BACK)
    assert one_json(View(told(tasked("V")), after(30)), "tasks", "N2")["recall"] is None
    shown = one_json(View(picture, after(30)), "tasks", "N2")["recall"]
    assert shown == {"reason": "the road is blocked", "told_at": instant(after(20)), "seen_at": None}
    assert picture.tasks["N2"].unseen_recall is not None
    seen = told(picture, (60, e.RecallAcknowledged(task="N2")), (50, e.RecallAcknowledged(task="N2")))
    assert one_json(View(seen, after(70)), "tasks", "N2")["recall"]["seen_at"] == instant(after(50))
    assert seen.tasks["N2"].unseen_recall is None


def test_a_recall_that_nobody_has_seen_is_an_alarm_after_the_time_to_answer():
    picture = told(tasked("V"), BACK)
    assert recall_alarms(picture, LATE - 2) == []
    (alarm,) = recall_alarms(picture, LATE)
    assert alarm.words == "V has not seen that its task was taken back"
    assert alarm.since == after(20) + timedelta(seconds=Profile().acceptance_s)
    assert recall_alarms(told(picture, (60, e.RecallAcknowledged(task="N2"))), LATE) == []


def test_a_newer_task_and_another_end_leave_nothing_to_see():
    orders = e.VehicleTasked(task="T9", chain="C9", request="R", vehicle="V", casualties=(), legs=())
    assert recall_alarms(told(tasked("V"), BACK, (30, orders)), LATE) == []
    finished = told(tasked("V"), (10, e.TaskFinished(task="N2")), BACK)
    assert recall_alarms(finished, LATE) == []
    assert one_json(View(finished, after(30)), "tasks", "N2")["recall"] is None
