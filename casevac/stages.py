"""How far a casualty has come along the rescue chain: derived from events alone, never told."""

from collections.abc import Iterable

from casevac import chain as chains
from casevac.casualty import Casualty
from casevac.chain import Chain
from casevac.course import request_of
from casevac.events import LaunchApproved, LaunchDenied, SurgeryStarted
from casevac.request import Request
from casevac.stamp import Said
from casevac.terms import CasualtyState, Outcome, VehicleState
from casevac.vehicle import Vehicle
from casevac.view import View

State = CasualtyState
RANK = {state: rank for rank, state in enumerate(State)}
WAITING = (State.REPORTED, State.ACKNOWLEDGED, State.ASSESSED, State.REQUESTED, State.ASSET_WARNED)
COMING = (State.PLANNED, State.DENIED, State.APPROVED, State.LAUNCHED, State.ON_SCENE)
CARRIED = (State.LOADED, State.EN_ROUTE, State.ARRIVED)
CARED_FOR = (State.HANDED_OVER, State.IN_SURGERY, State.STABILISED)
ENDED = (State.RETURNED_TO_DUTY, State.EVACUATED_OUT, State.DECEASED, State.CANCELLED)
ENDS = {
    Outcome.RETURNED_TO_DUTY: State.RETURNED_TO_DUTY,
    Outcome.EVACUATED_OUT: State.EVACUATED_OUT,
    Outcome.DECEASED: State.DECEASED,
    Outcome.CANCELLED: State.CANCELLED,
}
FOLLOWS: dict[State, frozenset[State]] = {
    **{one: frozenset((*WAITING, *COMING, *CARRIED, *CARED_FOR, *ENDED)) for one in (*WAITING, *COMING)},
    **{one: frozenset((*CARRIED, *CARED_FOR, *ENDED)) for one in (*CARRIED, *CARED_FOR)},
    **{one: frozenset((*ENDED, State.STABILISED)) for one in ENDED},
}
"""Which state may follow which, as events happen one after another.

One who waits may have any word left out: nobody need tell every step. A plan that ends leaves one who
waits where it was without. One who was taken waits no more; from a facility another leg may begin.
What has ended stays so until another outcome is told. A correction (an entry withdrawn, a merge, a
split, a word told late) may lead from any state to any other.
"""
LOWERS: dict[str, str] = {
    "task_cancelled": "the plan was taken back",
    "task_declined": "a crew declined, so the plan is broken",
    "task_finished": "the plan ended before the casualty was taken",
    "chain_planned": "another plan took its place",
    "vehicle_tasked": "another crew was tasked",
    "launch_denied": "the launch was denied",
    "launch_approved": "the denial of a plan that has ended stands no more",
    "request_stood_down": "nobody need come any more",
    "casualty_loaded": "another vehicle took over, or another leg began",
    "casualty_handed_over": "another vehicle or facility took over",
    "vehicle_status_changed": "the vehicle left the facility with the casualty aboard",
    "surgery_started": "surgery began again",
    "outcome_decided": "another outcome was told",
    "record_withdrawn": "an entry was corrected",
    "casualties_merged": "two ids are one person",
    "casualties_split": "two ids are two persons",
    "requests_merged": "two requests are one incident",
    "requests_split": "two requests are two incidents",
}
"""Kind of event -> why a casualty's state may be a lower one afterwards; no other kind lowers it."""


def state_of(view: View, one: Casualty) -> CasualtyState:
    """How far the casualty (of the view's own picture) has come."""
    if one.outcome is not None and one.outcome.value.outcome in ENDS:
        return ENDS[one.outcome.value.outcome]
    cared_for = _cared_for(one)
    if cared_for is not None:
        return cared_for
    if one.vehicle:
        return _carried(view.picture.vehicles.get(one.vehicle, Vehicle(one.vehicle)), one)
    running = view.chain_of(one)
    if running is not None:
        return _coming(view, one, running)
    word = None if one.chain is None else _last_word(view, one.chain.value, "")
    if word is not None and isinstance(word.value, LaunchDenied):
        return State.DENIED
    return _waiting(view, one)


def _cared_for(one: Casualty) -> CasualtyState | None:
    """Stabilised or in surgery where it is now, or in a facility; None when it is in no care."""
    moves = one.moves
    surgeries = [step.stamp for step in one.counting(one.steps) if isinstance(step.value, SurgeryStarted)]
    last = max((*(move.stamp for move in moves[-1:]), *surgeries[-1:]), default=None)
    if one.outcome is not None and (last is None or one.outcome.stamp > last):
        return State.STABILISED
    before = moves[:-1] if one.facility else moves  # of surgery told before the hand-over, the same facility
    if surgeries and (not before or surgeries[-1] > before[-1].stamp):
        return State.IN_SURGERY
    return State.HANDED_OVER if one.facility else None


def _carried(vehicle: Vehicle, one: Casualty) -> CasualtyState:
    """Aboard: loaded, on the way, or at the facility's door, by what the vehicle said since."""
    since = one.moves[-1].at
    said = [state for at, state in vehicle.said if at >= since]
    under_way = [s for s in said if s in (VehicleState.TO_FACILITY, VehicleState.AT_FACILITY)]
    if not under_way:
        return State.LOADED
    return State.ARRIVED if under_way[-1] == VehicleState.AT_FACILITY else State.EN_ROUTE


def _coming(view: View, one: Casualty, running: Chain) -> CasualtyState:
    """A plan runs: approved or denied, its first vehicle under way or there."""
    carrier = next((leg.vehicle for leg in running.plan.legs if one.id in leg.casualties), "")
    within = chains.window(running, view.tasks_of.get(running.id, {}).get(carrier))
    vehicle = view.picture.vehicles.get(carrier, Vehicle(carrier))
    said = [(at, state) for at, state in vehicle.said if within.holds(at)]
    there = [at for at, state in said if state in (VehicleState.ON_SCENE, VehicleState.TO_FACILITY)]
    gone = [at for at, state in said if state == VehicleState.TO_PICKUP]
    word = _last_word(view, running.id, carrier)
    denied = word is not None and isinstance(word.value, LaunchDenied)
    if word is not None and denied and not any(at > word.stamp[0] for at in (*there, *gone)):
        return State.DENIED
    if there:
        return State.ON_SCENE
    if gone:
        return State.LAUNCHED
    return State.PLANNED if word is None or denied else State.APPROVED


def _last_word(view: View, chain: str, vehicle: str) -> Said[LaunchApproved | LaunchDenied] | None:
    """The last word of an authority on the chain, or on this vehicle of it."""
    launch = view.picture.launches.get(chain)
    words: Iterable[Said[LaunchApproved | LaunchDenied]] = () if launch is None else reversed(launch.words)
    return next((word for word in words if not vehicle or word.value.vehicle in ("", vehicle)), None)


def _waiting(view: View, one: Casualty) -> CasualtyState:
    """No plan runs: warned, requested, assessed, acknowledged or only reported."""
    named = request_of(one)
    request = view.requests.get(named, Request(named))
    if request.stood_down is None:
        if named in view.warned:
            return State.ASSET_WARNED
        if request.launchable_at is not None:
            return State.REQUESTED
    if one.triaged is not None:
        return State.ASSESSED
    return State.ACKNOWLEDGED if request.acknowledged is not None else State.REPORTED
