"""What a coordinator laid down for every plan, and where it cannot be kept, in words (pure)."""

from collections import Counter
from collections.abc import Mapping

from casevac.events import PlanLocked
from casevac.fleet import against
from casevac.picture import Picture
from casevac.proposal import Lock
from casevac.view import View
from casevac.words import clock_time


def standing(picture: Picture) -> list[tuple[PlanLocked, Lock]]:
    """Every lock that holds, as told and as shown; by what it is about."""
    found = []
    for _, said in sorted(picture.locks.items()):
        told = said.value
        if isinstance(told, PlanLocked):
            lock = Lock(told.casualty, told.facility, told.vehicle, told.by, told.reason, said.stamp[0])
            found.append((told, lock))
    return found


def barred(picture: Picture) -> Mapping[str, PlanLocked]:
    """Vehicles that are not to be planned, by id."""
    return {told.vehicle: told for told, _ in standing(picture) if told.vehicle and not told.casualty}


def bound(view: View) -> Mapping[str, str]:
    """The facility that each locked casualty must go to, by casualty."""
    found = {}
    for told, _ in standing(view.picture):
        one = view.casualty(told.casualty) if told.casualty else None
        if one is not None and told.facility:
            found[one.id] = told.facility
    return found


def shown(view: View) -> tuple[Lock, ...]:
    """Every lock in words, with what forbids keeping it."""
    crowd = Counter(bound(view).values())
    return tuple(_shown(view, lock, crowd) for _, lock in standing(view.picture))


def _shown(view: View, lock: Lock, crowd: Mapping[str, int]) -> Lock:
    since = f", {clock_time(lock.since)}" if lock.since is not None else ""
    why = f": {lock.reason}" if lock.reason else ""
    what = f"{lock.casualty} goes to {_name(view, lock.facility)}" if lock.casualty else ""
    words = f"{what or f'{lock.vehicle} is not planned'} ({lock.by}{since}){why}"
    return Lock(
        lock.casualty, lock.facility, lock.vehicle, lock.by, lock.reason, lock.since, words,
        trouble(view, lock.casualty, lock.facility, crowd) if lock.casualty else "",
    )  # fmt: skip


def trouble(view: View, casualty: str, facility: str, crowd: Mapping[str, int] | None = None) -> str:
    """Why this casualty cannot be brought to that facility as things are; empty when it can."""
    one, place = view.casualty(casualty), view.picture.facilities.get(facility)
    if one is None or place is None:
        return f"{casualty if one is None else facility} is not known in this mission"
    if one.facility == facility or one.gone:
        return ""
    running = view.chain_of(one)
    if running is not None and running.plan.facility == facility:
        return ""
    name = place.card.name
    if why := against(view, place, [one]):
        return f"contradicts the picture: {name} {' and '.join(why)}; unlock {casualty} or change its lock"
    several = [zap for zap, where in bound(view).items() if where == facility]
    if crowd is not None and crowd.get(facility, 0) > 1:
        ones = [view.picture.casualties[zap] for zap in several]
        if why := against(view, place, [each for each in ones if each.waits]):
            others = ", ".join(zap for zap in several if zap != casualty)
            return f"contradicts the lock of {others}: {name} {' and '.join(why)}; unlock one of them"
    return ""


def _name(view: View, facility: str) -> str:
    place = view.picture.facilities.get(facility)
    return facility if place is None else place.card.name
