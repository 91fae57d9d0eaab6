"""What a person must look at of the means: lost trackers, beds promised twice, houses over capacity."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from casevac.alarm import Alarm
from casevac.beds import over_capacity
from casevac.silence import silent
from casevac.terms import Accepting, Severity, VehicleState
from casevac.view import View
from casevac.words import clock_time

TURNS_AWAY = (Accepting.DIVERTING, Accepting.CLOSED)


def _silent(view: View) -> Iterator[Alarm]:
    for one in silent(view):
        heard_at = (view.now - timedelta(seconds=one.seconds)).replace(microsecond=0)
        why = "its tracker went off line" if one.offline else "its tracker is silent"
        words = f"{one.vehicle} was last heard at {clock_time(heard_at)}: {why}; call it"
        name = f"silent:{one.vehicle}"
        yield Alarm(name, "tracker_lost", Severity.WARNING, "vehicles", one.vehicle, words, heard_at)


def _beds(view: View) -> Iterator[Alarm]:
    for key, one in view.picture.facilities.items():
        if one.registered is None:
            continue
        if crowded := over_capacity(view.wards.rooms(one).values()):
            words = f"{one.card.name} is over capacity: {crowded}"
            yield Alarm(f"capacity:{key}", "over_capacity", Severity.WARNING, "facilities", key, words)
        kept = view.wards.kept.get(key, ())
        over = view.wards.overbooked(one) if kept else set()
        if over:
            who = ", ".join(each.told.casualty for each in kept if each.id in over)
            words = f"{one.card.name} keeps more beds than are free: none for {who}; find another"
            yield Alarm(f"overbooked:{key}", "bed_overbooked", Severity.CRITICAL, "facilities", key, words)


def _diverting(view: View) -> Iterator[Alarm]:
    """Facilities that do not take everybody while somebody is on the way to them."""
    for key, zaps in view.inbound.items():
        one = view.picture.facilities.get(key)
        if one is None or not zaps or one.accepting not in TURNS_AWAY:
            continue
        figure = one.board.get("accepting")
        state, who = one.accepting.value, ", ".join(zaps)
        words = f"{one.card.name} is {state} with {who} on the way: ask or divert"
        since = figure.as_of if figure is not None else None
        yield Alarm(
            f"diverting:{key}", "facility_diverting", Severity.CRITICAL, "facilities", key, words, since
        )


def _stranded(view: View) -> Iterator[Alarm]:
    """Vehicles out of service that have people aboard."""
    for key, zaps in view.aboard.items():
        one = view.picture.vehicles.get(key)
        alive = [zap for zap in zaps if view.ended_at(view.picture.casualties[zap]) is None]
        if one is None or not alive or one.status is None:
            continue
        if view.vehicle_state(one) == VehicleState.OUT_OF_SERVICE:
            words = f"{key} is out of service with {', '.join(alive)} aboard: send another"
            since = one.status.stamp[0]
            yield Alarm(f"stranded:{key}", "stranded", Severity.CRITICAL, "vehicles", key, words, since)


SOURCES: tuple[Callable[[View], Iterator[Alarm]], ...] = (_silent, _beds, _diverting, _stranded)
"""What raises alarms of vehicles and facilities."""
