"""Running chains are led round what is closed: computed on what is known, stored while nobody else can."""

from dataclasses import replace
from datetime import datetime, timedelta

from casevac import ways
from casevac.desk import Desk, append, looked_at, read
from casevac.detours import detours
from casevac.events import AnyBody, Event, HazardLifted, HazardReported
from casevac.picture import Picture
from casevac.store import log
from casevac.terms import Source
from casevac.view import View
from geo.routing import Router

TRIES = 3  # computed again so often when something was told meanwhile; then while the log is held


def concerns(event: Event) -> bool:
    """True for a word after which roads may be others."""
    return isinstance(event.body, HazardReported | HazardLifted)


def reroute(desk: Desk, router: Router) -> list[Event]:
    """Store new roads and forecasts of every running chain whose roads were looked at under other hazards.

    Nothing is stored when all were looked at already, so any number of processes may call it. Raises what
    the store raises.
    """
    desk = replace(desk, source=Source.SYSTEM, key=None)
    for _ in range(TRIES):
        view = looked_at(desk)
        bodies = _bodies(view, router)
        if not bodies:
            return []
        with desk.db:
            log.hold(desk.db)
            if _as_seen(view, read(replace(desk, known=view.told))):
                return append(desk, bodies, _instant(view), None)
        desk = replace(desk, known=view.told)
    with desk.db:
        log.hold(desk.db)
        view = View(read(desk), desk.now, view.positions)
        return append(desk, _bodies(view, router), _instant(view), None)


def _bodies(view: View, router: Router) -> tuple[AnyBody, ...]:
    chains = ways.due(view)
    return detours(view, router, chains) if chains else ()


def _instant(view: View) -> datetime:
    """Now, or just after the last word on the roads of the chains: where a clock was put back, what is told
    of them still counts as the later word, and is not told again and again."""
    known = [
        word.stamp[0] for one in ways.due(view) for word in (one.planned, one.looked) if word is not None
    ]
    return max([view.now, *(at + timedelta(microseconds=1) for at in known)])


def _as_seen(view: View, picture: Picture) -> bool:
    """True when nothing that a detour rests on was told since the view was looked at."""
    seen = view.told
    return seen.hazards is picture.hazards and seen.chains is picture.chains and seen.tasks is picture.tasks
