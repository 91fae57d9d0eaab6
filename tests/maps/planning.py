"""The part that plans, in a thread of the test, on the story's real store."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from casevac.proposal import Proposal
from casevac.roof.planner import Planner
from casevac.store import plans
from casevac.store.plans import Standing
from casevac.terms import Category
from maps import examples_plan
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


def propose(story: Story, made: Proposal | None = None, *, for_s: float = 3600.0) -> Proposal:
    """Store a plan as the planner does; it counts as looked at until `for_s` from now."""
    made = made or example(story)
    db = story.db()
    with db:
        plans.keep(db, made)
        looked = datetime.now(UTC) + timedelta(seconds=for_s)
        plans.stand(db, story.id, Standing(made.plan, made.seq, looked))
    db.close()
    return made


def example(story: Story) -> Proposal:
    """The plan that the description of the interface shows, with every kind of line and of trouble."""
    made = replace(
        msgspec.convert(examples_plan.PROPOSAL, Proposal), mission=story.id, as_of=datetime.now(UTC)
    )
    line, (point,) = made.lines[0], made.frontier
    fate = line.fates[0]
    late = replace(
        fate, casualty="K7PX-3QMR", category=Category.T2, surgery_at=fate.arrive_at + timedelta(hours=4)
    )
    never = replace(
        fate, casualty="9QWF-22XY", category=Category.T3, care_at=None, needs_surgery=False, surgery_at=None
    )
    second = replace(line, id="L-8QW2KA", rank=2, fates=(late, never), casualties=("K7PX-3QMR", "9QWF-22XY"))
    later = replace(second, id="L-7HMR4T", rank=3, state="later", can_approve=False, why_not="AMB-01 is away")
    changed = replace(line, id="L-2WKN8C", rank=4, state="changed", replaces="T-8MZ31K")
    holds = replace(point, policy="p1_first", chosen=True, figures=made.figures, changes=())
    between = replace(
        point, policy="50% p1_first, 50% lives_saved", figures=replace(point.figures, deaths=3.0)
    )
    return replace(made, lines=(line, second, later, changed), frontier=(holds, point, between))


def held(story: Story) -> None:
    """The plan that holds goes on to be kept, as if it were planned again and stayed the same."""
    db = story.db()
    with db:
        now = plans.standing(db, story.id)
        assert now is not None
        plans.stand(db, story.id, now._replace(looked_at=datetime.now(UTC) + timedelta(hours=1)))
    db.close()
