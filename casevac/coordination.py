"""The coordinator's commands: alert, options, task, cancel, voice, nearest, answer, recompute."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from casevac import orders, zap
from casevac.basis import hashes
from casevac.errors import AlreadyTasked, BadMessage, NotPossible, Unknown
from casevac.events import AnyBody, Event, Option, OptionsComputed, Refusal
from casevac.fleet import choice
from casevac.nearest import Near
from casevac.nearest import nearest as near
from casevac.picture import Picture, empty, fold
from casevac.plan import options as ranked
from casevac.position import CLOCK_TOLERANCE, Fix
from casevac.roadbook import drawn, travel
from casevac.store import finding, fixes, log, pseudonyms
from casevac.store.connection import Connection
from casevac.terms import Capability, Source
from casevac.view import View
from casevac.whereabouts import find
from geo.lonlat import LonLat
from geo.routing import Router

COORDINATOR = "built-in coordinator"
ID_LETTERS = 6


@dataclass(frozen=True)
class Desk:
    """Who acts, in which mission, at what instant.

    `key` is the command's idempotency key: the same command again returns what was stored first.
    `known` is a picture the caller has already; only what came after it is read.
    """

    db: Connection
    mission: str
    now: datetime
    actor: str
    source: Source = Source.PAGE
    key: str | None = None
    known: Picture | None = None


def present(desk: Desk, upto: int | None = None) -> Picture:
    """The mission's picture as the log tells it now, or as it was after event `upto`."""
    start = desk.known if desk.known is not None and upto is None else empty(desk.mission)
    with desk.db:
        return fold(start, log.read(desk.db, desk.mission, after=start.seq, upto=upto))


def looked_at(desk: Desk) -> View:
    """The present picture with the latest positions."""
    picture = present(desk)
    with desk.db:
        positions: Mapping[str, Fix] = fixes.latest(desk.db, desk.mission)
    return View(picture, desk.now, positions)


def raise_alert(desk: Desk, fields: Mapping[str, Any]) -> Event:
    """Open a request with its casualties from the four facts; raises BadMessage naming what is missing.

    Where: `lon` and `lat`, or `place` as coordinates, a grid or a known name. With a `speaker` it came
    by radio: source voice, and a place within the profile's radius. Raises UnknownPlace, BadPlace.
    """
    told = {name: value for name, value in fields.items() if value is not None}
    picture = present(desk)
    if told.get("speaker"):
        told.setdefault("uncertainty_m", picture.mission.profile.spoken_place_m)
        desk = replace(desk, source=Source.VOICE)
    if "lon" not in told and told.get("place"):
        found = find(picture, str(told["place"]))
        told |= {"lon": found.place.lon, "lat": found.place.lat}
    body = orders.alert_body(told, _id("R"), _new_zap(desk))
    return _once(desk, lambda: (body,))[0]


def voice(desk: Desk, kind: str, fields: Mapping[str, Any], at: datetime | None = None) -> Event:
    """Enter what a radio call told, anything a device can report; `at` is when it happened.

    Raises BadMessage and Unknown in words.
    """
    if at is not None and at > desk.now + CLOCK_TOLERANCE:
        raise BadMessage(f"{at:%H:%M:%SZ} is in the future; give the time at which it happened, in UTC")
    desk = replace(desk, source=Source.VOICE)
    picture = present(desk)
    body = orders.voice_body(picture, kind, fields, _id("R"), _new_zap(desk))
    return _once(desk, lambda: (body,), at)[0]


def options(desk: Desk, router: Router, request: str) -> Event:
    """Compute and record the options for a request; the event's body is OptionsComputed.

    Raises Unknown for a request nobody made, NotPossible when nobody of it waits.
    """
    return _once(desk, lambda: (_decide(looked_at(desk), router, request),))[0]


def _decide(view: View, router: Router, request: str) -> OptionsComputed:
    if request not in view.requests:
        raise Unknown(f"no request {request!r} in this mission")
    made, refused, places = weighed(view, router, request)
    return OptionsComputed(
        decision=_id("D"),
        request=request,
        now=view.now,
        seen_seq=view.picture.seq,
        hashes=hashes(router, view.profile),
        positions=places,
        options=made,
        refused=refused,
    )


Places = dict[str, tuple[float, float]]


def weighed(
    view: View, router: Router, request: str
) -> tuple[tuple[Option, ...], tuple[Refusal, ...], Places]:
    """Options with their paths, refusals, and the positions they rest on; raises NotPossible."""
    wanted = choice(view, request)
    if wanted is None:
        raise NotPossible(f"nobody of request {request} waits for a vehicle")
    made, refused = ranked(view, wanted, travel(router, view, wanted))
    places = {key: (fix.lon, fix.lat) for key, fix in sorted(view.positions.items())}
    return tuple(drawn(router, view, option) for option in made), refused, places


def task(desk: Desk, decision: str, option: str) -> list[Event]:
    """Task the vehicles of an option: ChainPlanned, then VehicleTasked for each, in one append.

    Raises Unknown, NotPossible, and AlreadyTasked when another coordinator was faster.
    """

    def plan() -> tuple[AnyBody, ...]:
        with desk.db:
            found = finding.decision(desk.db, desk.mission, decision)
        if found is None:
            raise Unknown(f"no decision {decision!r} in this mission; ask for options first")
        return orders.plan_task(present(desk), found[1], option, desk.now, lambda: _id("T"))

    return _once(desk, plan)


def cancel(desk: Desk, task_id: str, reason: str) -> list[Event]:
    """Take a task back, with the others of its chain; raises Unknown, NotPossible."""
    return _once(desk, lambda: orders.cancel_task(present(desk), task_id, reason))


def nearest(
    desk: Desk, router: Router, place: LonLat, needs: Sequence[Capability], k: int, profile: str = "ambulance"
) -> list[Near]:
    """The k soonest facilities for these needs with route and ETA, then the others with the reason.

    Raises BadPlace, OffNetwork, UnknownProfile.
    """
    return near(looked_at(desk), router, place, needs, k, profile)


def follow_up(desk: Desk) -> list[Event]:
    """End the tasks that have to end: of broken chains, or done without the crew's word."""
    due = orders.follow_up(View(present(desk), desk.now))
    desk = replace(desk, source=Source.SYSTEM)
    return [
        event for body in due for event in _append(desk, (body,), None, f"follow:{desk.mission}:{body.task}")
    ]


def answer(desk: Desk, router: Router) -> list[Event]:
    """The built-in coordinator of an exercise: tasks rank 1 where no person acted in time.

    Raises NotPossible in a live mission. A request without an option is tried again later.
    """
    desk = replace(desk, actor=COORDINATOR, source=Source.SYSTEM, key=None)
    stored: list[Event] = []
    for request in orders.unanswered(looked_at(desk)):
        decided = options(desk, router, request)
        stored.append(decided)
        if isinstance(decided.body, OptionsComputed) and decided.body.options:
            try:
                stored += task(desk, decided.body.decision, decided.body.options[0].id)
            except AlreadyTasked:  # a person was faster: theirs stands
                continue
    return stored


@dataclass(frozen=True)
class Recomputed:
    """A decision computed again from what it rested on."""

    stored: OptionsComputed
    options: tuple[Option, ...]
    same_software: bool

    @property
    def same_ranking(self) -> bool:
        """True when the same answers come in the same order."""
        return [_answer(one) for one in self.stored.options] == [_answer(one) for one in self.options]


def _answer(option: Option) -> tuple[object, ...]:
    times = (option.pickup_p50_at, option.arrive_p50_at, option.arrive_p90_at)
    return option.rank, option.vehicles, option.facility, option.casualties, times, option.verdict


def recompute(desk: Desk, router: Router, decision: str) -> Recomputed:
    """Compute a stored decision again from the events and positions it had seen.

    Raises Unknown, and NotPossible when the router has another network or other vehicle profiles.
    """
    with desk.db:
        found = finding.decision(desk.db, desk.mission, decision)
    if found is None:
        raise Unknown(f"no decision {decision!r} in this mission")
    stored = found[1]
    picture = present(desk, upto=stored.seen_seq)
    rests_on = hashes(router, picture.mission.profile)
    for part in ("network", "profile"):
        if getattr(rests_on, part) != getattr(stored.hashes, part):
            raise NotPossible(f"decision {decision} rests on another {part}; load it to recompute")
    positions = {key: Seen(lon, lat, stored.now) for key, (lon, lat) in stored.positions.items()}
    view = View(picture, stored.now, positions, by_vehicle=True)
    made, _, _ = weighed(view, router, stored.request)
    return Recomputed(stored, made, rests_on.software == stored.hashes.software)


@dataclass(frozen=True)
class Seen:
    """A place and when something was there."""

    lon: float
    lat: float
    corrected_at: datetime


# --- the edge: ids, times, transactions


def _once(desk: Desk, decide: Callable[[], Sequence[AnyBody]], at: datetime | None = None) -> list[Event]:
    """Append what is decided; the same idempotency key again returns what was stored first."""
    if desk.key is not None:
        with desk.db:
            stored = finding.under_key(desk.db, desk.mission, desk.key)
        if stored:
            return stored
    return _append(desk, decide(), at, desk.key)


def _append(desk: Desk, bodies: Sequence[AnyBody], at: datetime | None, key: str | None) -> list[Event]:
    events = [
        Event(
            mission=desk.mission,
            body=body,
            actor=desk.actor,
            source=desk.source,
            occurred_at=at or desk.now,
            received_at=desk.now,
            key=None if key is None else f"{key}/{index}",
        )
        for index, body in enumerate(bodies)
    ]
    with desk.db:
        return log.append(desk.db, events)


def _id(letter: str) -> str:
    """A short random id that can be read over the radio, as `R-7K2QXM`."""
    return f"{letter}-{''.join(secrets.choice(zap.ALPHABET) for _ in range(ID_LETTERS))}"


def _new_zap(desk: Desk) -> Callable[[], str]:
    """Mints ZAP ids that nobody had before."""

    def mint() -> str:
        with desk.db:
            return pseudonyms.mint(desk.db)

    return mint
