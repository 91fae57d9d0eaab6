"""Replay is live with another clock: the same fold, the same picture."""

import random
from datetime import datetime, timedelta
from functools import partial

from casevac.events import AnyBody, CasualtyTriaged
from casevac.picture import empty, fold
from casevac.store import fixes, log
from casevac.terms import Category
from casevac.told import log_line
from maps.frames import snapshot_json
from maps.past import EVERY, Past
from tests.maps.door import Door, wait_for
from tests.maps.mission import Story, soon


def test_a_past_instant_is_what_the_snapshot_told_then(door: Door, story: Story) -> None:
    taken = []
    for step in range(6):
        alert = story.alert(many=1 + step % 2)
        story.triage(alert.body.casualties[0])
        story.move("amb-1", 18.8 + step / 100, 5.1)
        if step == 3:
            story.load(alert.body.casualties[0])
        seq = story.count("SELECT max(seq) FROM events")
        wait_for(partial(_shows, door, seq, 18.8 + step / 100))
        taken.append(door.get("/api/live/snapshot"))
    for snapshot in reversed(taken):
        replayed = door.get("/api/replay/picture", at=snapshot["server_time"])
        for told in (snapshot, replayed):
            told["entities"].pop("alarms")  # live they are those last told, seconds before
        assert replayed == snapshot


def _shows(door: Door, seq: int, lon: float) -> bool:
    told = door.get("/api/live/snapshot")
    return told["seq"] == seq and [p["lon"] for p in told["positions"]] == [lon]


def test_every_instant_folds_the_same_with_and_without_checkpoints(story: Story) -> None:
    dice = random.Random(7)
    told: list[AnyBody] = []  # many in a transaction: each event has an instant of its own all the same
    for _ in range(EVERY // 2):
        alert = story.call(many=2)
        told += [alert, *(CasualtyTriaged(casualty=one, category=Category.T1) for one in alert.casualties)]
        if dice.random() < 0.1:
            story.happen(*told)
            told.clear()
            story.move("amb-1", 18 + dice.random(), 5)
    story.happen(*told)
    db = story.db()
    events = log.read(db, story.id)
    assert len(events) > EVERY
    assert len({one.recorded_at for one in events}) == len(events)
    past = Past()
    for event in [*dice.sample(events, 20), events[0], events[-1], events[EVERY - 1], events[EVERY]]:
        at = event.recorded_at
        assert at is not None
        known = [one for one in events if one.recorded_at <= at]
        picture = fold(empty(story.id), known)
        lines = [log_line(one) for one in known]
        found = past.at(db, story.id, at)
        positions = fixes.as_known_at(db, story.id, at)
        assert snapshot_json("e", found.picture, positions, found.lines, at) == snapshot_json(
            "e", picture, positions, lines, at
        )
    db.close()


def test_before_the_first_event_nothing_is_known(door: Door, story: Story) -> None:
    first = door.get("/api/replay/range")["from"]
    before = datetime.fromisoformat(first) - timedelta(seconds=1)
    told = door.get("/api/replay/picture", at=before.isoformat())
    assert (told["seq"], told["positions"], told["log"]) == (0, [], [])


def test_a_late_report_is_not_known_before_it_came(door: Door, story: Story) -> None:
    story.move("amb-1", 18.8, 5.1)
    between = soon(0).isoformat()
    story.move("amb-1", 18.7, 5.0, at=soon(-60))
    told = door.get("/api/replay/picture", at=between)
    assert [p["lon"] for p in told["positions"]] == [18.8]


def test_the_range_has_marks_to_jump_to(door: Door, story: Story) -> None:
    alert = story.alert()
    story.triage(alert.body.casualties[0])
    told = door.get("/api/replay/range")
    assert told["from"] < told["to"]
    assert [mark["kind"] for mark in told["marks"]] == ["alert_raised", "casualty_triaged"]
