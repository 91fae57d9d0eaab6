"""Who of the people at the page may do what: four roles, one table over everything that can be commanded."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from casevac.duties import DUTIES
from casevac.errors import NotAllowed


class AccountRole(StrEnum):
    """What a person is here for; each may do all that those before it may."""

    VIEWER = "viewer"  # looks, and changes nothing
    MEDIC = "medic"
    WATCH_KEEPER = "watch-keeper"
    COORDINATOR = "coordinator"

    @classmethod
    def _missing_(cls, value: object) -> "AccountRole | None":
        """Written with `_`, as in stores and scripts of earlier days, it is the same role."""
        same = value.replace("_", "-") if isinstance(value, str) else value
        return next((one for one in cls if one.value == same), None)


class Person(NamedTuple):
    """Whoever is at the page: the name under which the log keeps what is done."""

    name: str
    role: AccountRole


class Right(NamedTuple):
    """The least role that may do a thing, and the thing in words after `may not`."""

    least: AccountRole
    words: str


_MEDIC, _WATCH, _ALL = AccountRole.MEDIC, AccountRole.WATCH_KEEPER, AccountRole.COORDINATOR

RIGHTS: Mapping[str, Right] = {
    # a medic: casualties, their care, requests, questions
    "casualty_reported": Right(_MEDIC, "report a casualty"),
    "casualty_triaged": Right(_MEDIC, "triage a casualty"),
    "precedence_decided": Right(_MEDIC, "decide a precedence"),
    "mist_reported": Right(_MEDIC, "tell a MIST"),
    "vitals_taken": Right(_MEDIC, "record vital signs"),
    "treatment_given": Right(_MEDIC, "record a treatment"),
    "record_withdrawn": Right(_MEDIC, "withdraw an entry of a record"),
    "bleeding_controlled": Right(_MEDIC, "tell that bleeding is controlled"),
    "advanced_care_started": Right(_MEDIC, "tell that advanced care began"),
    "surgery_started": Right(_MEDIC, "tell that surgery began"),
    "casualty_loaded": Right(_MEDIC, "tell that a casualty is aboard"),
    "casualty_handed_over": Right(_MEDIC, "hand a casualty over"),
    "outcome_decided": Right(_MEDIC, "decide an outcome"),
    "question_asked": Right(_MEDIC, "ask a specialist"),
    "question_answered": Right(_MEDIC, "answer a question"),
    "alert_raised": Right(_MEDIC, "raise an alert"),
    "nine_line_sent": Right(_MEDIC, "send a 9-line"),
    "methane_sent": Right(_MEDIC, "send a METHANE"),
    "read_back_confirmed": Right(_MEDIC, "confirm a read-back"),
    # a watch-keeper, beside that: what the radio says of means and hazards, order in the picture, options
    "alert_acknowledged": Right(_WATCH, "acknowledge an alert"),
    "requests_merged": Right(_WATCH, "merge requests"),
    "requests_split": Right(_WATCH, "split requests"),
    "casualties_merged": Right(_WATCH, "merge casualties"),
    "casualties_split": Right(_WATCH, "split casualties"),
    "asset_answered": Right(_WATCH, "tell what a warned asset answers"),
    "task_accepted": Right(_WATCH, "tell that a task is accepted"),
    "task_declined": Right(_WATCH, "tell that a task is declined"),
    "recall_acknowledged": Right(_WATCH, "tell that a recall is seen"),
    "task_finished": Right(_WATCH, "tell that a task is finished"),
    "vehicle_status_changed": Right(_WATCH, "tell the state of a vehicle"),
    "vehicle_condition_reported": Right(_WATCH, "tell the condition of a vehicle"),
    "team_status_changed": Right(_WATCH, "tell the state of a team"),
    "facility_status_reported": Right(_WATCH, "change the board of a facility"),
    "inbound_answered": Right(_WATCH, "answer for a facility"),
    "site_told": Right(_WATCH, "tell of a landing site"),
    "hazard_reported": Right(_WATCH, "report a hazard"),
    "hazard_lifted": Right(_WATCH, "lift a hazard"),
    "alarm_acknowledged": Right(_WATCH, "acknowledge an alarm"),
    "watch_entry_made": Right(_WATCH, "write in the watch log"),
    "shift_handed_over": Right(_WATCH, "hand the watch over"),
    "shift_taken_over": Right(_WATCH, "take the watch over"),
    "position": Right(_WATCH, "tell the position of a vehicle"),
    "options": Right(_WATCH, "ask for options"),
    "divert_options": Right(_WATCH, "ask where a chain could go instead"),
    # a coordinator, beside that: everything that sends, keeps or ends
    "asset_warned": Right(_ALL, "warn an asset"),
    "request_stood_down": Right(_ALL, "stand a request down"),
    "eligibility_decided": Right(_ALL, "decide who is evacuated"),
    "launch_approved": Right(_ALL, "approve a launch"),
    "launch_denied": Right(_ALL, "deny a launch"),
    "answer_ordered": Right(_ALL, "order a request answered"),
    "divert_ordered": Right(_ALL, "order a divert"),
    "cancel_ordered": Right(_ALL, "order a task cancelled"),
    "bed_reserved": Right(_ALL, "reserve a bed"),
    "bed_released": Right(_ALL, "release a bed"),
    "policy_chosen": Right(_ALL, "choose the policy of the plan"),
    "plan_locked": Right(_ALL, "lay down what a plan keeps to"),
    "plan_released": Right(_ALL, "let a plan choose again"),
    "approve_plan": Right(_ALL, "approve a line of the plan"),
    "task": Right(_ALL, "task a vehicle"),
    "divert": Right(_ALL, "divert a chain"),
    "cancel": Right(_ALL, "cancel a task"),
    "set_aside": Right(_ALL, "read what was set aside"),  # payloads may tell of a casualty
}
"""Kind of event, or command: who may. What is not here may nobody do."""

BY_KIND = ""  # the route of radio calls: what is told decides
_OWN_ROUTES = {
    "/api/requests": "alert_raised",
    "/api/requests/{request}/options": "options",
    "/api/requests/{request}/task": "task",
    "/api/chains/{chain}/divert-options": "divert_options",
    "/api/chains/{chain}/divert": "divert",
    "/api/tasks/{task_id}/cancel": "cancel",
    "/api/hazards/preview": "hazard_reported",  # nothing is stored, but whoever may not report need not ask
    "/api/plan/approve": "approve_plan",
    "/api/nine-line": "nine_line_sent",  # with MIST, vital signs and triage, which the same people may tell
    "/api/voice": BY_KIND,
}
ROUTES: Mapping[str, str] = {f"/api{path}": duty.kind for duty in DUTIES for path in duty.paths} | _OWN_ROUTES
"""Route of a command, as the OpenAPI document writes it: what of the table it does."""

_ORDER = tuple(AccountRole)


def may(role: AccountRole, what: str) -> bool:
    """True when the role may do `what`; False for what the table does not have."""
    right = RIGHTS.get(what)
    return right is not None and _ORDER.index(role) >= _ORDER.index(right.least)


def all_of(role: AccountRole) -> list[str]:
    """Everything of the table that the role may do, in its order."""
    return [what for what in RIGHTS if may(role, what)]


def check(role: AccountRole, what: str) -> None:
    """Raises NotAllowed in words, saying whom to ask."""
    if may(role, what):
        return
    right = RIGHTS.get(what)
    if right is None:
        raise NotAllowed(f"nobody may do this here: {what} is not in the table of rights")
    raise NotAllowed(f"a {role} may not {right.words}; ask a {right.least}")


def check_route(role: AccountRole, path: str) -> None:
    """Raises NotAllowed for the route of a command; that of radio calls is checked by what is told."""
    what = ROUTES.get(path, path)
    if what != BY_KIND:
        check(role, what)
