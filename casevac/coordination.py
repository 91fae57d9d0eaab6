"""The coordinator's commands: alert, options, task, cancel, voice, nearest, answer, recompute."""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from casevac import orders, zap
from casevac.basis import hashes
from casevac.errors import AlreadyTasked, BadMessage, CasevacError, NotPossible, Unknown
from casevac.events import AnyBody, Event, Option, OptionsComputed, Refusal, house_event
from casevac.fleet import choice
from casevac.nearest import Near
from casevac.nearest import nearest as near
from casevac.picture import Picture, empty, fold
from casevac.plan import options as ranked
from casevac.position import CLOCK_TOLERANCE, Fix
from casevac.roadbook import drawn, travel
from casevac.store import commands, finding, fixes, log, pseudonyms
from casevac.store.connection import Connection
from casevac.terms import Capability, Source
from casevac.view import View
from casevac.whereabouts import find
from geo.lonlat import LonLat
from geo.routing import Router

COORDINATOR = "built-in coordinator"
ID_LETTERS = 6
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # nothing of a mission happened before


@dataclass(frozen=True)
class Desk:
    """Who acts, in which mission, at what instant.

    `key` is the command's idempotency key, as `door` got it from its caller: the same command again
    returns what was stored first, another one under the same key is NotPossible. `known` is a picture
    the caller has already; only what came after it is read.
    """

    db: Connection
    mission: str
    now: datetime
    actor: str
    source: Source = Source.PAGE
    key: str | None = None
    known: Picture | None = None
    door: str = "house"

    @property
    def stored_key(self) -> str | None:
        """The key as the store keeps it, of bounded length: the same words elsewhere are another key."""
        if self.key is None:
            return None
        return f"{self.mission}:{self.door}:{hashlib.sha256(self.key.encode()).hexdigest()}"


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


def asked(command: str, *facts: object) -> bytes:
    """A digest that tells a command and its facts from any other."""
    return hashlib.sha256(json.dumps((command, facts), sort_keys=True, default=str).encode()).digest()


def raise_alert(desk: Desk, fields: Mapping[str, Any], found: LonLat | None = None) -> Event:
    """Open a request with its casualties from the four facts; raises BadMessage naming what is missing.

    Where: `lon` and `lat`, or `place` as coordinates, a grid or a known name; `found` is where the caller
    found it. With a `speaker` it came by radio: source voice, and a place within the profile's radius.
    Raises UnknownPlace, BadPlace, NotPossible.
    """
    command = asked("alert", fields)
    told = {name: value for name, value in fields.items() if value is not None}
    picture = present(desk)
    if told.get("speaker"):
        told.setdefault("uncertainty_m", picture.mission.profile.spoken_place_m)
        desk = replace(desk, source=Source.VOICE)
    if "lon" not in told and told.get("place"):
        place = found or find(picture, str(told["place"])).place
        told |= {"lon": place.lon, "lat": place.lat}
    return _once(desk, command, lambda: (orders.alert_body(told, _id("R"), _new_zap(desk)),))[0]


def voice(desk: Desk, kind: str, fields: Mapping[str, Any], at: datetime | None = None) -> Event:
    """Enter what a radio call told, anything a device can report; `at` is when it happened.

    Raises BadMessage, Unknown and NotPossible in words.
    """
    check_heard(at, desk.now)
    desk = replace(desk, source=Source.VOICE)

    def heard() -> tuple[AnyBody]:
        return (orders.voice_body(present(desk), kind, fields, _id("R"), _new_zap(desk)),)

    return _once(desk, asked("voice", kind, fields, at), heard, at)[0]


def check_heard(at: datetime | None, now: datetime) -> None:
    """Raises BadMessage when nothing can have happened at that time: before 2000, or in the future."""
    if at is not None and at > now + CLOCK_TOLERANCE:
        raise BadMessage(f"{at:%H:%M:%SZ} is in the future; give the time at which it happened, in UTC")
    if at is not None and at < EARLIEST:
        raise BadMessage(f"{at:%Y-%m-%d} is before 2000; give the time at which it happened, in UTC")


def options(desk: Desk, router: Router, request: str) -> Event:
    """Compute and record the options for a request; the event's body is OptionsComputed.

    Raises Unknown for a request nobody made, NotPossible when nobody of it waits.
    """
    command = asked("options", request)
    return _once(desk, command, lambda: (_decide(looked_at(desk), router, request),))[0]


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

    return _once(desk, asked("task", decision, option), plan)


def cancel(desk: Desk, task_id: str, reason: str) -> list[Event]:
    """Take a task back, with the others of its chain; raises Unknown, NotPossible."""
    command = asked("cancel", task_id, reason)
    return _once(desk, command, lambda: orders.cancel_task(present(desk), task_id, reason))


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
    ended: list[Event] = []
    for body in due:
        with desk.db:
            ended += _append(desk, (body,), None, f"follow:{desk.mission}:{body.task}")
    return ended


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


def _once(
    desk: Desk, command: bytes, decide: Callable[[], Sequence[AnyBody]], at: datetime | None = None
) -> list[Event]:
    """Append what is decided; the same command under the same key returns what was stored first.

    Raises NotPossible when the key was used for another command.
    """
    key = desk.stored_key
    if key is None:
        bodies = decide()
        with desk.db:
            return _append(desk, bodies, at, None)
    if (stored := _done(desk, key, command)) is not None:
        return stored
    try:
        bodies = decide()
    except CasevacError:  # the same command, sent at the same time, may have been a moment faster
        if (stored := _done(desk, key, command)) is not None:
            return stored
        raise
    with desk.db:
        if commands.claim(desk.db, key, command, len(bodies)):
            return _append(desk, bodies, at, key)
        return commands.done(desk.db, key, command) or []


def _done(desk: Desk, key: str, command: bytes) -> list[Event] | None:
    with desk.db:
        return commands.done(desk.db, key, command)


def _append(desk: Desk, bodies: Sequence[AnyBody], at: datetime | None, key: str | None) -> list[Event]:
    """In the caller's transaction: what happened at `at`, or now; stored under key/0, key/1, .."""
    keys = [None if key is None else f"{key}/{index}" for index in range(len(bodies))]
    told = [
        house_event(desk.mission, body, desk.now, desk.actor, desk.source, one)
        for body, one in zip(bodies, keys, strict=True)
    ]
    return log.append(desk.db, [msgspec.structs.replace(one, occurred_at=at or desk.now) for one in told])


def _id(letter: str) -> str:
    """A short random id that can be read over the radio, as `R-7K2QXM`."""
    return f"{letter}-{''.join(secrets.choice(zap.ALPHABET) for _ in range(ID_LETTERS))}"


def _new_zap(desk: Desk) -> Callable[[], str]:
    """Mints ZAP ids that nobody had before."""

    def mint() -> str:
        with desk.db:
            return pseudonyms.mint(desk.db)

    return mint
