"""Who acts, on which picture, and how what is decided is stored: once, and while nobody else can append."""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from casevac import zap
from casevac.errors import CasevacError, ChangedMeanwhile
from casevac.events import (
    AlertRaised,
    AnyBody,
    AssetWarned,
    CasualtyReported,
    Event,
    MethaneSent,
    NineLineSent,
    house_event,
    in_words,
)
from casevac.ids import Mint
from casevac.mentions import aim_of, in_the_way
from casevac.picture import Picture, fold
from casevac.position import Fix
from casevac.store import commands, fixes, log, pseudonyms, snapshots
from casevac.store.connection import Connection
from casevac.terms import Source
from casevac.told import log_line
from casevac.view import View
from casevac.warn import warnings_due

OPENING = (AlertRaised, NineLineSent, MethaneSent, CasualtyReported)
ID_LETTERS = 6
Decide = Callable[[Picture, Mint], Sequence[AnyBody]]


@dataclass(frozen=True)
class Desk:
    """Who acts, in which mission, at what instant.

    `key` is the command's idempotency key, as `door` got it from its caller: the same command again
    returns what was stored first, another one under the same key is NotPossible. `known` is a picture
    the caller has already; only what came after it is read. `seen` is the last event that whoever acts has
    seen, `own` the keys of commands that it gave itself: what another changed after `seen` is told before
    anything is stored.
    """

    db: Connection
    mission: str
    now: datetime
    actor: str
    source: Source = Source.PAGE
    key: str | None = None
    known: Picture | None = None
    door: str = "house"
    seen: int | None = None
    own: tuple[str, ...] = ()

    @property
    def stored_key(self) -> str | None:
        """The key as the store keeps it, of bounded length: the same words elsewhere are another key."""
        return None if self.key is None else self._stored(self.key)

    def is_own(self, event: Event) -> bool:
        """True for what one of the desk's own commands left."""
        mine = {self._stored(key) for key in self.own}
        return event.key is not None and event.key.rpartition("/")[0] in mine

    def _stored(self, key: str) -> str:
        return f"{self.mission}:{self.door}:{hashlib.sha256(key.encode()).hexdigest()}"


def present(desk: Desk, upto: int | None = None) -> Picture:
    """The mission's picture as the log tells it now, or as it was after event `upto`."""
    with desk.db:
        return read(desk, upto)


def read(desk: Desk, upto: int | None = None) -> Picture:
    """As `present`, in the caller's transaction."""
    known = desk.known if upto is None else None
    start = known if known is not None else snapshots.picture(desk.db, desk.mission, upto)
    return fold(start, log.read(desk.db, desk.mission, after=start.seq, upto=upto))


def looked_at(desk: Desk) -> View:
    """The present picture with the latest positions."""
    with desk.db:
        return seen_now(desk)


def seen_now(desk: Desk) -> View:
    """As `looked_at`, in the caller's transaction."""
    positions: Mapping[str, Fix] = fixes.latest(desk.db, desk.mission)
    return View(read(desk), desk.now, positions)


def asked(command: str, *facts: object) -> bytes:
    """A digest that tells a command and its facts from any other."""
    return hashlib.sha256(json.dumps((command, facts), sort_keys=True, default=str).encode()).digest()


def once(
    desk: Desk, command: bytes, decide: Callable[[], Sequence[AnyBody]], at: datetime | None = None
) -> list[Event]:
    """Append what is decided; the same command under the same key returns what was stored first.

    Raises NotPossible when the key was used for another command.
    """
    key = desk.stored_key
    if key is None:
        bodies = decide()
        with desk.db:
            return append(desk, bodies, at, None)
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
            return append(desk, bodies, at, key)
        return commands.done(desk.db, key, command) or []


def held(desk: Desk, command: bytes, decide: Decide, at: datetime | None = None) -> list[Event]:
    """Decide on the picture while nobody else can append, then append; once under one key.

    Whatever forbids the decision is seen, so of two coordinators who want the same vehicle or bed the
    second gets a clear conflict. Raises what `decide` raises, and NotPossible for the key of another command.
    """
    ready = replace(desk, known=present(desk))  # the long reading is done before the log is held
    key = desk.stored_key
    with desk.db:
        log.hold(desk.db)
        if key is not None and (stored := commands.done(desk.db, key, command)) is not None:
            return stored
        picture = read(ready)
        bodies = decide(picture, Mint(lambda: pseudonyms.mint(desk.db), new_id))
        bodies = (*bodies, *_warned_at_once(desk, picture, bodies))
        if key is not None:
            commands.claim(desk.db, key, command, len(bodies))
        return append(desk, bodies, at, key)


def _warned_at_once(desk: Desk, picture: Picture, bodies: Sequence[AnyBody]) -> tuple[AssetWarned, ...]:
    """Whoever must make ready is warned with the alert itself, in the same transaction."""
    opened = {_opened(body) for body in bodies if isinstance(body, OPENING)}
    if not opened:
        return ()
    told = [house_event(desk.mission, body, desk.now, desk.actor, desk.source) for body in bodies]
    positions: Mapping[str, Fix] = fixes.latest(desk.db, desk.mission)
    return warnings_due(View(fold(picture, told), desk.now, positions), opened)


def _opened(body: AlertRaised | NineLineSent | MethaneSent | CasualtyReported) -> str:
    own = f"R-{body.casualty}" if isinstance(body, CasualtyReported) else ""
    return body.request or own


def stored_under(desk: Desk, command: bytes) -> list[Event] | None:
    """What this command stored before under the desk's key; None when it is new or has no key."""
    key = desk.stored_key
    return None if key is None else _done(desk, key, command)


def _done(desk: Desk, key: str, command: bytes) -> list[Event] | None:
    with desk.db:
        return commands.done(desk.db, key, command)


def append(desk: Desk, bodies: Sequence[AnyBody], at: datetime | None, key: str | None) -> list[Event]:
    """In the caller's transaction: what happened at `at`, or now; stored under key/0, key/1, .."""
    keys = [None if key is None else f"{key}/{index}" for index in range(len(bodies))]
    told = [
        house_event(desk.mission, body, desk.now, desk.actor, desk.source, one)
        for body, one in zip(bodies, keys, strict=True)
    ]
    return log.append(desk.db, [msgspec.structs.replace(one, occurred_at=at or desk.now) for one in told])


def new_id(letter: str) -> str:
    """A short random id that can be read over the radio, as `R-7K2QXM`."""
    return f"{letter}-{''.join(secrets.choice(zap.ALPHABET) for _ in range(ID_LETTERS))}"


def unchanged(desk: Desk, bodies: Sequence[AnyBody]) -> None:
    """Raises ChangedMeanwhile when another changed the same after what the desk has seen.

    While nobody else can append; the first body is what was told, the others follow from it.
    """
    if desk.seen is None or not bodies:
        return
    told = log.read(desk.db, desk.mission, after=desk.seen)
    since = [event for event in in_the_way(told, bodies[0]) if not desk.is_own(event)]
    if since:
        who, last = f"{since[-1].actor} at {since[-1].occurred_at:%H:%M:%SZ}", in_words(since[-1])
        more = f", and {len(since) - 1} more" if len(since) > 1 else ""
        what = f"{aim_of(bodies[0])} was changed since you looked: {last} ({who}){more}"
        raise ChangedMeanwhile(
            f"{what}; look again, then send it again or leave it", list(map(log_line, since))
        )
