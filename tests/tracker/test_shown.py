"""What a crew reads of a task, a recall and a notice; and what a device knows of its own clock."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tracker.ownclock import OwnClock
from tracker.shown import notice_lines, task_lines

README = (Path(__file__).parents[2] / "README.md").read_text()
NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)


def examples(channel: str) -> list[dict]:
    return [
        json.loads(one)
        for one in re.findall(rf"^\| `casevac/v1/NAME/{channel}` .*\| `(.*)` \|$", README, re.M)
    ]


def test_a_task_and_a_notice_as_in_the_readme_are_lines_to_read() -> None:
    (task,) = (one for one in examples("task") if "legs" in one)
    assert task_lines(task) == [
        "TASK T-5GFGQ3 of demo (exercise)",
        "  mine, two hurt",
        "  ZGDF-7KWT (T1)",
        "  1. to pickup: Bria to point of injury (21.87000,6.50000), 14.0 km, due 05:25Z,"
        " at the latest likely 05:33Z",
    ]
    (notice,) = examples("notice")
    assert notice_lines(notice) == [
        "MAKE READY for R-7K2QXM: mine, two hurt, 2 casualties (answer if ready)",
        "ANSWER to Q-trk-QXVS-67 on ZGDF-7KWT: second dose? - no (Dr 4)",
        "COMING ZGDF-7KWT (T1) by AMB-01, due 06:10Z",
    ]


def test_a_recall_and_nothing_at_all_are_one_line() -> None:
    recall = {"task": "T-1", "recalled": True, "reason": "the road is blocked"}
    assert task_lines(recall) == ["TASK T-1 IS TAKEN BACK: the road is blocked"]
    assert task_lines(None) == ["No task."]
    assert notice_lines(None) == ["No notice."]


def test_a_device_knows_its_clock_by_the_median_of_its_receipts() -> None:
    clock = OwnClock()
    assert clock.behind_s is None
    for trip, off in ((0.2, 300), (2.0, 300), (600.0, 9000), (0.4, 300), (1.0, -5000)):
        clock.heard(trip, NOW, NOW - timedelta(seconds=trip / 2) + timedelta(seconds=off))
    assert clock.behind_s == 300
    assert "300 s behind" in clock.warning
    for _ in range(9):
        clock.heard(1.0, NOW, NOW - timedelta(seconds=60.4))
    assert clock.behind_s == -59.9
    assert clock.warning == ""
    for _ in range(9):
        clock.heard(0.0, NOW, NOW - timedelta(days=2))
    assert "172800 s ahead" in clock.warning
