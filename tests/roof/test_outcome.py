"""What a command says of what it brought about, on small pictures."""

from casevac import orders
from casevac.roof import outcome
from tests.casevac import duty_scenes as d
from tests.casevac.scenes import NOW, event, told


def test_a_choice_says_whose_approval_it_waits_for() -> None:
    before = d.scene()
    ids = iter(("T-1", "T-2", "T-3"))
    bodies = orders.plan_task(before, d.decision(), "1", NOW, lambda: next(ids))
    after = told(before, *((0, body) for body in bodies))
    lines = outcome.lines(d.seen(after, 0), [event(body) for body in bodies])
    assert lines == [
        "chain T-1 waits for the approval of DMS or FMedO: no orders yet for HELI",
        "then: casevac plan approve T-1 --authority WHO",
    ]
