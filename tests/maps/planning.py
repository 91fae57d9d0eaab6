"""The part that plans, in a thread of the test, on the story's real store."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from casevac.roof.planner import Planner
from tests.maps.door import PATIENCE_S, Door, wait_for
from tests.maps.mission import Story


@contextmanager
def planning(story: Story) -> Iterator[Planner]:
    """Let it plan for the length of a block."""
    planner, ready = Planner(story.url, story.home), threading.Event()
    thread = threading.Thread(target=planner.run, args=(ready.set,))
    thread.start()
    try:
        assert ready.wait(PATIENCE_S)
        yield planner
    finally:
        planner.stop()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def plan_when(door: Door, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """What /api/plan tells as soon as its plan is as asked."""

    def found() -> dict[str, Any] | None:
        told: dict[str, Any] = door.get("/api/plan")
        return told if told["proposal"] is not None and true(told["proposal"]) else None

    kept: dict[str, Any] = wait_for(found)
    return kept


def lines_for(told: dict[str, Any], casualty: str) -> list[dict[str, Any]]:
    """The lines that bring this casualty in."""
    return [one for one in told["proposal"]["lines"] if casualty in one["casualties"]]
