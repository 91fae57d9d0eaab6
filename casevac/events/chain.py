"""The rescue chain: options, plans, tasks, and the words of those who warn, approve and receive."""

from typing import ClassVar

import msgspec

from casevac.events.shape import Body, Lat, Lon, Name, Reason, Text, Time, Told
from casevac.terms import AssetKind, Category, ClockStatus, Mode, Purpose, Role, Step


class Stop(msgspec.Struct, frozen=True, omit_defaults=True):
    """One end of a leg; `id` names the facility, site or request it is."""

    name: str
    lon: Lon
    lat: Lat
    id: str = ""


class Leg(msgspec.Struct, frozen=True, omit_defaults=True, rename={"start": "from", "end": "to"}):
    """One vehicle's way between two stops, as planned; times in seconds of travel, then as instants.

    On foot there is no vehicle: its name is `on foot`. A leg with casualties that starts at its own vehicle
    (`start.id`) begins with them aboard. exposure_s: seconds of it in threat zones, no part of which is time
    more; danger_s: those times the severity.
    """

    mode: Mode
    vehicle: str
    purpose: Purpose
    start: Stop
    end: Stop
    path: tuple[tuple[float, float], ...]
    metres: float
    seconds_p50: float
    seconds_p90: float
    depart_at: Time
    arrive_p50_at: Time
    arrive_p90_at: Time
    estimated: bool = False
    casualties: tuple[str, ...] = ()
    exposure_s: float = 0.0
    danger_s: float = 0.0


class Promise(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an option promises one casualty; None where it promises nothing or nothing is needed."""

    casualty: str
    category: Category
    arrive_p50_at: Time
    arrive_p90_at: Time
    care_p50_at: Time | None = None  # medical personnel have it
    care_p90_at: Time | None = None
    surgery_p50_at: Time | None = None  # surgery begins, the theatre's queue counted in
    surgery_p90_at: Time | None = None
    surgery_limit_at: Time | None = None


class Option(msgspec.Struct, frozen=True, omit_defaults=True):
    """One ranked answer to a request, with its reasons and risks.

    `beds_free_on_arrival` are left when those on the way and these have come. `table_free_at`: when an
    operating table is free for the most urgent of them, behind `ahead_in_queue` others.
    """

    id: str
    rank: int
    summary: str
    vehicles: tuple[str, ...]
    facility: str
    casualties: tuple[str, ...]
    pickup_p50_at: Time
    arrive_p50_at: Time
    arrive_p90_at: Time
    verdict: str
    estimated: bool
    legs: tuple[Leg, ...]
    reasons: tuple[str, ...] = ()
    risks: tuple[str, ...] = ()
    capability: tuple[str, ...] = ()  # each need and who meets it
    promises: tuple[Promise, ...] = ()
    via: tuple[str, ...] = ()  # facilities stopped at on the way
    beds_free_on_arrival: int | None = None
    ahead_in_queue: int = 0
    table_free_at: Time | None = None


class Refusal(msgspec.Struct, frozen=True):
    """What was not chosen, and why."""

    what: str
    why: str


class Hashes(msgspec.Struct, frozen=True):
    """What a decision rested on, so that it can be recomputed."""

    network: str
    profile: str
    hazards: str
    policy: str
    software: str


class OptionsComputed(Body, frozen=True, tag="options_computed"):
    """The options shown to the coordinator and everything they were computed from."""

    decision: Name
    request: Name
    now: Time
    seen_seq: int
    hashes: Hashes
    positions: dict[str, tuple[float, float]]  # vehicle -> lon, lat as seen then
    options: tuple[Option, ...]
    refused: tuple[Refusal, ...] = ()
    advice: tuple[str, ...] = ()  # what would help where no option keeps the limits
    replaces: Text = ""  # the running chain that these would take over from, in flight
    standing: tuple[str, ...] = ()  # the hazards that its ways go by
    plan: Text = ""  # the planner's, whose line the first option is
    line: Text = ""  # of that plan


class ChainPlanned(Body, frozen=True, tag="chain_planned"):
    """A coordinator chose an option: this is the rescue chain now."""

    chain: Name
    request: Name
    decision: Name
    option: Name
    facility: Name
    vehicles: tuple[Name, ...]
    casualties: tuple[Name, ...]
    legs: tuple[Leg, ...]
    replaces: Text = ""  # the chain that it takes over from, in flight
    promises: tuple[Promise, ...] = ()  # of the option
    left: tuple[Name, ...] = ()  # of its casualties, whom another chain was to bring and left behind
    standing: tuple[str, ...] = ()  # the hazards that its ways go by, see casevac.ways


class Road(msgspec.Struct, frozen=True, omit_defaults=True):
    """The way of one leg of a chain as it is by now; seconds of travel from the first point of the path.

    With `why` there is no way left, and the rest is what it was.
    """

    leg: int
    path: tuple[tuple[float, float], ...] = ()
    metres: float = 0.0
    seconds_p50: float = 0.0
    seconds_p90: float = 0.0
    estimated: bool = False
    why: str = ""
    exposure_s: float = 0.0
    danger_s: float = 0.0


class Due(msgspec.Struct, frozen=True):
    """When a leg departs and arrives, as forecast: middle and 90 % bound."""

    depart_at: Time
    p50_at: Time
    p90_at: Time


class Limit(msgspec.Struct, frozen=True, omit_defaults=True):
    """How one of the three clocks of a casualty stands, with its forecast where there is one."""

    casualty: str
    step: Step
    status: ClockStatus
    p50_at: Time | None = None
    p90_at: Time | None = None


class ChainRerouted(Body, frozen=True, tag="chain_rerouted"):
    """The roads of a running chain changed under it: where its vehicles go now, and when all of it is due.

    Orders and destinations stay. `roads` are the legs that changed, `due` all legs in their order, `clocks`
    those of every casualty of the chain.
    """

    chain: Name
    standing: tuple[str, ...]
    what: Text = ""
    roads: tuple[Road, ...] = ()
    due: tuple[Due, ...] = ()
    clocks: tuple[Limit, ...] = ()


class ChainsConfirmed(Body, frozen=True, tag="chains_confirmed"):
    """These running chains were looked at under the hazards there are: their roads and forecasts stand."""

    chains: tuple[Name, ...]
    standing: tuple[str, ...]


class VehicleTasked(Body, frozen=True, tag="vehicle_tasked"):
    """A vehicle has its orders; the tasking part publishes them to its device."""

    task: Name
    chain: Name
    request: Name
    vehicle: Name
    casualties: tuple[Name, ...]
    legs: tuple[Leg, ...]


class TaskAccepted(Body, frozen=True, tag="task_accepted"):
    """The crew accepted."""

    task: Name
    speaker: Text = ""
    told_by: ClassVar[Role | None] = Role.TRACKER


class TaskDeclined(Body, frozen=True, tag="task_declined"):
    """The crew cannot do it."""

    task: Name
    reason: Text = ""
    speaker: Text = ""
    told_by: ClassVar[Role | None] = Role.TRACKER


class TaskFinished(Body, frozen=True, tag="task_finished"):
    """The crew finished its task."""

    task: Name
    speaker: Text = ""
    told_by: ClassVar[Role | None] = Role.TRACKER


class TaskCancelled(Body, frozen=True, tag="task_cancelled"):
    """A coordinator took the task back."""

    task: Name
    reason: Text = ""


class RecallAcknowledged(Body, frozen=True, tag="recall_acknowledged"):
    """The crew has seen that its task was taken back."""

    task: Name
    speaker: Text = ""
    told_by: ClassVar[Role | None] = Role.TRACKER


class AssetWarned(Told, frozen=True, kw_only=True, tag="asset_warned"):
    """A vehicle, team or facility was told to make ready for a request; approval may come meanwhile."""

    request: Name
    asset: Name
    asset_kind: AssetKind = AssetKind.VEHICLE
    chain: Text = ""
    reason: Text = ""
    told_by: ClassVar[Role | None] = Role.COORDINATOR


class AssetAnswered(Told, frozen=True, kw_only=True, tag="asset_answered"):
    """The one who was warned is ready, will be, or cannot; without `asset` it is the device's own."""

    request: Name
    ready: bool
    asset: Name | None = None
    ready_at: Time | None = None
    reason: Text = ""


class LaunchApproved(Told, frozen=True, kw_only=True, tag="launch_approved"):
    """An authority lets the vehicles of a chain go (or the one named), or of whatever answers a request."""

    authority: Name
    chain: Text = ""
    request: Text = ""  # in place of a chain: approved before it was planned
    vehicle: Text = ""
    reason: Text = ""
    told_by: ClassVar[Role | None] = Role.COORDINATOR


class LaunchDenied(Told, frozen=True, kw_only=True, tag="launch_denied"):
    """An authority does not let them go, and says why."""

    chain: Name
    authority: Name
    reason: Reason
    vehicle: Text = ""
    told_by: ClassVar[Role | None] = Role.COORDINATOR


class InboundAnswered(Told, frozen=True, kw_only=True, tag="inbound_answered"):
    """The receiving facility accepts or refuses those on their way to it; refusing needs a reason."""

    chain: Name
    accepts: bool
    facility: Name | None = None
    reason: Text = ""
    told_by: ClassVar[Role | None] = Role.FACILITY


class AnswerOrdered(Told, frozen=True, kw_only=True, tag="answer_ordered"):
    """A coordinator without a screen orders a request answered: by the best option that fits the words."""

    request: Name
    vehicle: Text = ""
    facility: Text = ""
    told_by: ClassVar[Role | None] = Role.COORDINATOR


class DivertOrdered(Told, frozen=True, kw_only=True, tag="divert_ordered"):
    """A chain is to go elsewhere: to the facility named, else to the best other one."""

    chain: Name
    reason: Reason
    facility: Text = ""
    told_by: ClassVar[Role | None] = Role.COORDINATOR


class CancelOrdered(Told, frozen=True, kw_only=True, tag="cancel_ordered"):
    """A task is to be taken back, with the others of its chain."""

    task: Name
    reason: Text = ""
    told_by: ClassVar[Role | None] = Role.COORDINATOR


class OrderSettled(Body, frozen=True, tag="order_settled"):
    """An order was carried out, or cannot be as the picture is now: then a person must look."""

    order: Name  # the entry id of the order
    done: bool
    why: Text = ""
    request: Text = ""
    chain: Text = ""
