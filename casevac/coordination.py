"""The coordinator's commands: alert, options, task, cancel, voice, nearest, answer, recompute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from casevac import hazard, launch, orders, reactions, telling
from casevac.basis import hashes
from casevac.desk import (
    Decide,
    Desk,
    append,
    asked,
    held,
    looked_at,
    new_id,
    once,
    present,
    seen_now,
    stored_under,
    unchanged,
)
from casevac.errors import AlreadyTasked, BadMessage, NotPossible, Unknown
from casevac.events import (
    AlertRaised,
    AnyBody,
    Event,
    HazardReported,
    Option,
    OptionsComputed,
    fields_of,
)
from casevac.ids import Mint
from casevac.nearest import Near, Search, capable
from casevac.nearest import nearest as near
from casevac.offset import TOLERANCE as CLOCK_TOLERANCE
from casevac.picture import Picture
from casevac.store import finding, fixes, log
from casevac.tell_casualty import EARLIEST, check_injury
from casevac.terms import Capability, Source
from casevac.texts import check_kept
from casevac.view import View
from casevac.ways import standing
from casevac.weigh import Weighed, in_full, weigh, weigh_divert
from casevac.whereabouts import Found, find
from geo.lonlat import LonLat
from geo.roads import Roads
from geo.routing import Router

__all__ = [
    "COORDINATOR",
    "Desk",
    "Recomputed",
    "Seen",
    "answer",
    "asked",
    "cancel",
    "check_heard",
    "decided",
    "diversion",
    "divert",
    "divert_options",
    "follow_up",
    "held",
    "looked_at",
    "nearest",
    "nearest_capable",
    "options",
    "present",
    "raise_alert",
    "recompute",
    "task",
    "tell",
    "voice",
]

COORDINATOR = "built-in coordinator"
WITH_POSITIONS = ("alarm_acknowledged", "shift_handed_over")  # what is checked against trackers too


def raise_alert(desk: Desk, fields: Mapping[str, Any], found: Found | None = None) -> Event:
    """Open a request with its casualties from the four facts; raises BadMessage naming what is missing.

    Where: `lon` and `lat`, or `place` as coordinates, a grid or a known name; `found` is where the caller
    found it. With a `speaker` it came by radio: source voice, and a place within the profile's radius. A
    vague place is as uncertain as it is vague, unless the fields say. Raises UnknownPlace, AmbiguousPlace,
    BadPlace, NotPossible.
    """
    command = asked("alert", fields)
    told = {name: value for name, value in fields.items() if value is not None}
    picture = present(desk)
    within = 0.0
    if told.get("speaker"):
        within = picture.mission.profile.spoken_place_m
        desk = replace(desk, source=Source.VOICE)
    if "lon" not in told and told.get("place"):
        found = found or find(picture, str(told["place"]))
        told |= {"lon": found.place.lon, "lat": found.place.lat}
        within = max(within, found.uncertainty_m)
    if within >= 1.0:  # a metre is as exact as a grid of ten digits
        told.setdefault("uncertainty_m", within)

    def decide(_: Picture, mint: Mint) -> tuple[AlertRaised]:
        body = orders.alert_body(told, mint)
        check_injury(body.injury_at, desk.now)
        return (body,)

    return held(desk, command, decide)[0]


def voice(
    desk: Desk,
    kind: str,
    fields: Mapping[str, Any],
    at: datetime | None = None,
    roads: Roads | None = None,
) -> list[Event]:
    """Enter what a radio call told, anything that can be told; `at` is when it happened.

    Raises BadMessage, Unknown and NotPossible in words.
    """
    if not str(fields.get("speaker") or "").strip():
        raise BadMessage("say who spoke on the radio: speaker is missing")
    return tell(replace(desk, source=Source.VOICE), kind, fields, at, roads)


def tell(
    desk: Desk,
    kind: str,
    fields: Mapping[str, Any],
    at: datetime | None = None,
    roads: Roads | None = None,
) -> list[Event]:
    """Store what a person tells, checked against the picture as it is at that moment, and what follows.

    With roads a hazard whose longitude and latitude are exchanged is refused. Raises BadMessage, Unknown,
    NotPossible, AlreadyTasked, OffNetwork in words, ChangedMeanwhile when somebody else changed the same
    after what the desk has seen.
    """
    check_heard(at, desk.now)
    check_kept(dict(fields))
    command = asked("tell", kind, fields, at)

    def decide(picture: Picture, mint: Mint) -> tuple[AnyBody, ...]:
        positions = fixes.latest(desk.db, desk.mission) if kind in WITH_POSITIONS else None
        bodies = telling.tell(View(picture, desk.now, positions, at=at), kind, fields, mint)
        unchanged(desk, bodies)
        for body in bodies:
            if roads is not None and isinstance(body, HazardReported):
                hazard.in_place(body, roads)
        return bodies

    return held(desk, command, decide, at)


def check_heard(at: datetime | None, now: datetime) -> None:
    """Raises BadMessage when nothing can have happened at that time: before 2000, or in the future."""
    if at is not None and at > now + CLOCK_TOLERANCE:
        raise BadMessage(f"{at:%H:%M:%SZ} is in the future; give the time at which it happened, in UTC")
    if at is not None and at < EARLIEST:
        raise BadMessage(f"{at:%Y-%m-%d} is before 2000; give the time at which it happened, in UTC")


def options(desk: Desk, router: Router, request: str) -> Event:
    """Compute and record the options for a request; `computed` reads it.

    Raises Unknown for a request nobody made, NotPossible when nobody of it waits.
    """

    def decide() -> tuple[OptionsComputed]:
        view = looked_at(desk)
        if request not in view.requests:
            raise Unknown(f"no request {request!r} in this mission")
        if (ended := view.requests[request].stood_down) is not None:
            raise NotPossible(f"request {request} was stood down: {ended.value.reason}")
        return (decided(view, router, request, weigh(view, router, request)),)

    return once(desk, asked("options", request), decide)[0]


def computed(event: Event) -> OptionsComputed:
    """What `options` and `divert_options` recorded."""
    return cast("OptionsComputed", event.body)


def decided(view: View, router: Router, request: str, found: Weighed, replaces: str = "") -> OptionsComputed:
    """The decision as it is recorded: what was weighed, and on what it rested."""
    return OptionsComputed(
        decision=new_id("D"),
        request=request,
        now=view.now,
        seen_seq=view.picture.seq,
        hashes=hashes(router, view),
        positions=dict(found.positions),
        options=found.options,
        refused=found.refused,
        advice=found.advice,
        replaces=replaces,
        standing=standing(view.picture, view.now),
    )


def task(desk: Desk, decision: str, option: str, router: Router | None = None) -> list[Event]:
    """Task the vehicles of an option: ChainPlanned, then VehicleTasked for each, in one append.

    A decision keeps thin ways; with a router the orders have them in full.

    Raises Unknown, NotPossible, and AlreadyTasked when another coordinator was faster.
    """

    with desk.db:
        found = finding.decision(desk.db, desk.mission, decision)

    def plan(picture: Picture, mint: Mint) -> tuple[AnyBody, ...]:
        if found is None:
            raise Unknown(f"no decision {decision!r} in this mission; ask for options first")
        whole = found[1] if router is None else in_full(View(picture, desk.now), router, found[1], option)
        return orders.plan_task(picture, whole, option, desk.now, lambda: mint.short("T"))

    return held(desk, asked("task", decision, option), plan)


def divert_options(desk: Desk, router: Router, chain: str) -> Event:
    """Compute and record where a running chain could go instead; the body is OptionsComputed, `replaces` set.

    Raises Unknown, and NotPossible when it does not run or nobody of it is still on the way.
    """
    return once(desk, asked("divert options", chain), lambda: (_diverted(looked_at(desk), router, chain),))[0]


def _diverted(view: View, router: Router, chain: str) -> OptionsComputed:
    found = weigh_divert(view, router, chain)
    return decided(view, router, view.picture.chains[chain].plan.request, found, chain)


def divert(desk: Desk, router: Router, chain: str, facility: str | None, reason: str) -> list[Event]:
    """Take a running chain elsewhere: to the facility named, else by the best other option.

    The options shown are kept; the new chain takes over and what ran for the old one ends with the reason.
    Raises BadMessage without a reason, Unknown, NotPossible, AlreadyTasked.
    """
    command = asked("divert", chain, facility, reason)
    if (stored := stored_under(desk, command)) is not None:
        return stored
    if not reason.strip():
        raise BadMessage("say why it is diverted: reason is missing")
    shown = divert_options(replace(desk, key=None), router, chain)
    planned = diversion(looked_at(desk), router, shown, facility or "", reason)
    return held(desk, command, planned)


def diversion(view: View, router: Router, shown: Event, facility: str, reason: str) -> Decide:
    """How to carry out a divert that was decided on; raises NotPossible when no option leads there."""
    told = shown.body
    if not isinstance(told, OptionsComputed):
        raise NotPossible("no options could be computed")
    chosen = reactions.best_that_fits(told.options, "", facility)
    full = in_full(view, router, told, chosen.id)

    def plan(picture: Picture, mint: Mint) -> Sequence[AnyBody]:
        ended = launch.taken_back(View(picture, view.now), told.replaces, f"diverted: {reason}")
        made = orders.plan_task(picture, full, chosen.id, view.now, lambda: mint.short("T"))
        return (*made[:1], *ended, *made[1:])

    return plan


def cancel(desk: Desk, task_id: str, reason: str) -> list[Event]:
    """Take a task back, with the others of its chain; raises Unknown, NotPossible."""
    command = asked("cancel", task_id, reason)
    return held(desk, command, lambda picture, _: orders.cancel_task(picture, task_id, reason))


def nearest(
    desk: Desk, router: Router, place: LonLat, needs: Sequence[Capability], k: int, profile: str = "ambulance"
) -> list[Near]:
    """The k soonest facilities for these needs with route and ETA by road, then the others with the reason.

    Raises BadPlace, OffNetwork, UnknownProfile.
    """
    return near(looked_at(desk), router, place, needs, k, profile)


def nearest_capable(desk: Desk, router: Router, asked: Search) -> list[Near]:
    """The same across ground and air, see casevac.nearest.capable."""
    return capable(looked_at(desk), router, asked)


def follow_up(desk: Desk) -> list[Event]:
    """Store what follows by itself: warnings, orders of vehicles let go over the air, ends of tasks.

    Safe to run as often and in as many processes as one likes: what one stored the next finds done.
    """
    desk = replace(desk, source=Source.SYSTEM, key=None)
    view = looked_at(desk)
    if not reactions.due(view):
        return []
    ready, stored = replace(desk, known=view.picture), list[Event]()
    with desk.db:
        log.hold(desk.db)
        for one in reactions.due(seen_now(ready)):
            stored += append(desk, (one.body,), None, one.key)
    return stored


def answer(desk: Desk, router: Router) -> list[Event]:
    """The built-in coordinator of an exercise: tasks rank 1 where no person acted in time.

    Raises NotPossible in a live mission. A request without an option is tried again later.
    """
    desk = replace(desk, actor=COORDINATOR, source=Source.SYSTEM, key=None)
    stored: list[Event] = []
    for request in orders.unanswered(looked_at(desk)):
        shown = options(desk, router, request)
        stored.append(shown)
        if isinstance(shown.body, OptionsComputed) and shown.body.options:
            try:
                stored += task(desk, shown.body.decision, shown.body.options[0].id, router)
            except AlreadyTasked:  # a person was faster: theirs stands
                continue
    return [*stored, *_stand_in(desk), *_diverted_in_time(desk, router)]


def _stand_in(desk: Desk) -> list[Event]:
    """Authorities and facilities of an exercise, where nobody plays them."""
    stored: list[Event] = []
    for body in reactions.stood_in(looked_at(desk)):
        try:
            stored += tell(desk, str(body.__struct_config__.tag), fields_of(body))
        except NotPossible:  # a person was faster: theirs stands
            continue
    return stored


def _diverted_in_time(desk: Desk, router: Router) -> list[Event]:
    """Chains of an exercise that are refused where they go, taken elsewhere where there is somewhere."""
    stored: list[Event] = []
    for chain, why in reactions.to_divert(looked_at(desk)):
        try:
            stored += divert(desk, router, chain, None, why)
        except (NotPossible, AlreadyTasked):  # it is tried again later, as a request without an option is
            continue
    return stored


@dataclass(frozen=True)
class Recomputed:
    """A decision computed again from what it rested on."""

    stored: OptionsComputed
    options: tuple[Option, ...]
    same_software: bool


def recompute(desk: Desk, router: Router, decision: str) -> Recomputed:
    """Compute a stored decision again from the events and positions it had seen.

    Raises Unknown, and NotPossible when the router has another network or other vehicle profiles.
    """
    with desk.db:
        found = finding.decision(desk.db, desk.mission, decision)
    if found is None:
        raise Unknown(f"no decision {decision!r} in this mission")
    stored = found[1]
    if stored.plan:
        raise NotPossible(f"decision {decision} is line {stored.line} of plan {stored.plan}, kept as it was")
    picture = present(desk, upto=stored.seen_seq)
    rests_on = hashes(router, View(picture, stored.now))
    for part in ("network", "profile"):
        if getattr(rests_on, part) != getattr(stored.hashes, part):
            raise NotPossible(f"decision {decision} rests on another {part}; load it to recompute")
    positions = {key: Seen(lon, lat, stored.now) for key, (lon, lat) in stored.positions.items()}
    view = View(picture, stored.now, positions, by_vehicle=True)
    made = (
        weigh_divert(view, router, stored.replaces)
        if stored.replaces
        else weigh(view, router, stored.request)
    ).options
    return Recomputed(stored, made, rests_on.software == stored.hashes.software)


@dataclass(frozen=True)
class Seen:
    """A place and when something was there."""

    lon: float
    lat: float
    corrected_at: datetime
