"""Lines of the plan that a person approves become ordinary decisions, chains and orders; one append each."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from msgspec import structs

from casevac import launch, orders
from casevac.coordination import decided
from casevac.desk import Desk, asked, held, looked_at, stored_under
from casevac.errors import CasevacError, NotPossible, PlanChanged
from casevac.events import AnyBody, ChainPlanned, Event, Option, OptionsComputed, Refusal, Stop
from casevac.fleet import Choice, vehicles_for, with_sites
from casevac.ids import Mint
from casevac.picture import Picture
from casevac.proposal import Alternative, Line, Proposal
from casevac.store import plans
from casevac.view import View
from casevac.weigh import Weighed, in_full, weighed
from geo.errors import GeoError
from geo.routing import Router


class Approved(NamedTuple):
    """A line that was approved, and what was stored for it."""

    line: str
    events: tuple[Event, ...]

    @property
    def chain(self) -> ChainPlanned:
        """The chain that it became."""
        return next(one.body for one in self.events if isinstance(one.body, ChainPlanned))

    @property
    def requests(self) -> tuple[str, ...]:
        """Whose casualties it brings in."""
        return (self.chain.request,)


class Declined(NamedTuple):
    """A line that could not be approved, and why."""

    line: str
    fault: CasevacError | GeoError


def approve(
    desk: Desk, router: Router, plan: str, lines: Sequence[str]
) -> tuple[list[Approved], list[Declined]]:
    """Task the vehicles of these lines of a plan, in their order; what one forbids does not stop the others.

    A line, or an alternative by its own id, holds as long as the latest plan has it, whichever plan it was
    read from. Raises what forbids the first when nothing could be approved: PlanChanged, AlreadyTasked,
    NotPossible, Unknown.
    """
    done: list[Approved] = []
    not_done: list[Declined] = []
    for line in dict.fromkeys(lines):
        try:
            done.append(_approve(desk, router, plan, line))
        except (CasevacError, GeoError) as fault:
            not_done.append(Declined(line, fault))
    if not_done and not done:
        raise not_done[0].fault
    return done, not_done


def _approve(desk: Desk, router: Router, plan: str, line: str) -> Approved:
    desk = desk if desk.key is None else replace(desk, key=f"{desk.key}/{line}")
    command = asked("approve", line)
    if (stored := stored_under(desk, command)) is not None:
        return Approved(line, tuple(stored))
    latest, wanted = _line(desk, plan, line)
    if not wanted.can_approve:
        raise NotPossible(f"line {line} cannot be approved: {wanted.why_not}")
    view = looked_at(desk)
    decision = decision_of(view, router, latest, wanted)
    full = in_full(view, router, decision, "1")

    def decide(picture: Picture, mint: Mint) -> Sequence[AnyBody]:
        made = orders.plan_task(picture, full, "1", desk.now, lambda: mint.short("T"))
        if not wanted.replaces:
            return (decision, *made)
        ended = launch.taken_back(View(picture, desk.now), wanted.replaces, f"changed by plan {latest.plan}")
        return (decision, made[0], *ended, *made[1:])

    return Approved(line, tuple(held(desk, command, decide)))


def _line(desk: Desk, plan: str, line: str) -> tuple[Proposal, Line]:
    """The line in the latest plan; raises PlanChanged, saying what is proposed for its casualties now."""
    with desk.db:
        latest = plans.latest(desk.db, desk.mission)
        read = plans.named(desk.db, desk.mission, plan)
    if latest is None:
        raise NotPossible("there is no plan of this mission yet; ask for options of a request")
    found = latest.find(line)
    if found is not None:
        return latest, found
    before = None if read is None else read.find(line)
    if before is None:
        latest.line(line)  # raises: nobody ever proposed it
    now = _proposed_now(latest, () if before is None else before.casualties)
    raise PlanChanged(
        f"line {line} of plan {plan} holds no more: {'; '.join(words for _, words in now)}; look at plan"
        f" {latest.plan} and approve that, or ask for options",
        [{"line": key, "text": words} for key, words in now],
    )


def _proposed_now(latest: Proposal, casualties: Sequence[str]) -> list[tuple[str, str]]:
    lines = [one for one in latest.lines if not set(one.casualties).isdisjoint(casualties)]
    now = [(one.id, f"now {one.summary}") for one in lines]
    out = [one for one in latest.left if one.casualty in casualties]
    now += [("", f"nobody brings {one.casualty} in now: {one.why}") for one in out]
    return now or [("", "those casualties wait no more")]


# --- the line as an ordinary decision


def decision_of(view: View, router: Router, plan: Proposal, line: Line) -> OptionsComputed:
    """The line as option 1, its alternatives as those after it. Raises NotPossible: it cannot be done."""
    for request in line.requests:
        known = view.requests.get(request)
        if known is not None and known.stood_down is not None:
            raise NotPossible(f"request {request} was stood down: {known.stood_down.value.reason}")
    wanted = _choice(view, line, line.vehicles, line.facility)
    found = weighed(view, router, wanted)
    mine = _matching(found.options, line.vehicles, line.facility, line.casualties)
    if mine is None:
        raise NotPossible(f"line {line.id} cannot be carried out: {_why(found)}; ask for options instead")
    mine = structs.replace(mine, reasons=tuple(dict.fromkeys((*line.reasons, *mine.reasons))))
    options = [mine, *_others(view, router, line)]
    ranked = [structs.replace(one, id=str(n), rank=n) for n, one in enumerate(options, start=1)]
    made = decided(view, router, line.requests[0], found._replace(options=tuple(ranked)), line.replaces)
    return structs.replace(made, plan=plan.plan, line=line.id)


def _others(view: View, router: Router, line: Line) -> Iterator[Option]:
    """The alternatives that were shown, as options; one that cannot be said so is left out."""
    for other in line.alternatives:
        try:
            found = weighed(view, router, _choice(view, line, other.vehicles, other.facility))
        except (CasevacError, GeoError):  # it was only another answer
            continue
        option = _matching(found.options, other.vehicles, other.facility, line.casualties)
        if option is not None:
            yield structs.replace(option, reasons=(*_shown(other), *option.reasons))


def _shown(other: Alternative) -> tuple[str, ...]:
    return tuple(f"against the plan: {word}" for word in other.words)


def _choice(view: View, line: Line, vehicles: Sequence[str], facility: str) -> Choice:
    """What an answer may be made of when just these vehicles bring just these casualties there."""
    ones = tuple(one for zap in line.casualties if (one := view.casualty(zap)) is not None)
    place = view.picture.facilities.get(facility)
    if place is None or len(ones) < len(line.casualties):
        raise NotPossible(f"line {line.id} names what this mission does not have any more")
    poi = _scene(line)
    free, starts, refused = vehicles_for(view, ones, poi, line.replaces)
    going = [one for one in free if one.id in vehicles]
    if len(going) < len(set(vehicles)):
        gone = set(vehicles) - {one.id for one in going}
        calls = {view.picture.vehicles[key].card.callsign for key in gone if key in view.picture.vehicles}
        whys = [f"{one.what} {one.why}" for one in refused if one.what in calls]
        raise NotPossible("; ".join(whys) or f"{', '.join(sorted(gone))} cannot be sent any more")
    anything = Choice(line.requests[0], poi, ones, (), (), (place,), (), starts, ())
    return with_sites(view, anything, going)


def _scene(line: Line) -> Stop:
    return line.rides[0].stops[0]


def _matching(
    options: Sequence[Option], vehicles: Sequence[str], facility: str, casualties: Sequence[str]
) -> Option | None:
    """The first option that says just that."""
    for one in options:
        same = set(one.vehicles) == set(vehicles) and set(one.casualties) == set(casualties)
        if same and one.facility == facility and not one.via:
            return one
    return None


def _why(found: Weighed) -> str:
    whys: list[Refusal] = list(found.refused)
    return "; ".join(f"{one.what} {one.why}" for one in whys) or "these vehicles cannot do it together"
