"""Plans of small pictures on the demo's roads."""

from casevac.grid import Grid
from casevac.picture import Picture
from casevac.planning import Asked, enriched, proposal, quick, searched
from casevac.policies import chosen
from casevac.proposal import Proposal
from casevac.situation import Situation, situation
from casevac.view import View
from geo.routing import Router
from tests.casevac.scenes import after


def looked(picture: Picture, router: Router, at: float = 60.0) -> tuple[View, Situation]:
    """The picture so many seconds after NOW, and the planner's problem."""
    view = View(picture, after(at))
    return view, situation(view, router, Grid())


def planned(
    picture: Picture,
    router: Router,
    at: float = 60.0,
    *,
    plan: str = "P-1",
    whole: bool = False,
    before: Proposal | None = None,
    seconds: float = 0.02,
) -> Proposal:
    """The plan of the picture after an earlier one; with `whole` what would help and the frontier too."""
    view, found = looked(picture, router, at)
    policy, rule = chosen(picture)
    carried = searched(found, policy, quick(found, policy, before), seconds, lambda: False)
    asked = Asked(policy, rule, router.digest, plan)
    made = proposal(view, found, carried, asked, "searched")
    return (enriched(view, found, carried, made, policy) or made) if whole else made
