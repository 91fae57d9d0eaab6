"""Vehicles that should be heard and are not, and words about a vehicle that do not fit together."""

from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from casevac.quality import doubt
from casevac.vehicle import AT_WORK, Vehicle, overloaded
from casevac.view import View


class Silent(NamedTuple):
    """A vehicle at work, the seconds since it was last heard, and whether its devices said goodbye."""

    vehicle: str
    seconds: float
    offline: bool


def silent(view: View) -> list[Silent]:
    """Vehicles with a running task or casualties aboard that are silent for too long, the longest first.

    A vehicle whose devices all went off line, by their last will, is named at once. The view needs the
    latest positions.
    """
    devices = _devices(view)
    found = []
    for key, one in view.picture.vehicles.items():
        since = _at_work_since(view, one)
        if since is None:
            continue
        seconds = (view.now - max(since, _heard_at(view, one) or since)).total_seconds()
        offline = _offline(view, devices.get(key, {one.device}))
        if offline or seconds > view.profile.lost_tracker_s:
            found.append(Silent(key, max(0.0, seconds), offline))
    return sorted(found, key=lambda one: (-one.seconds, one.vehicle))


def _devices(view: View) -> dict[str, set[str]]:
    """The devices by the vehicle that carries them."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name, said in view.picture.devices.items():
        if said.value.vehicle:
            found[said.value.vehicle].add(name)
    for key, one in view.picture.vehicles.items():
        found[key].add(one.device)
    return dict(found)


def _at_work_since(view: View, one: Vehicle) -> datetime | None:
    """Since when it has its running task or carries somebody; None while it does neither."""
    task = view.task_of(one)
    moments = [task.sent[0]] if task is not None and task.running and task.sent is not None else []
    carried = (view.picture.casualties[zap].custody for zap in view.aboard.get(one.id, ()))
    return min((*moments, *(move.at for move in carried if move is not None)), default=None)


def _heard_at(view: View, one: Vehicle) -> datetime | None:
    """When its latest position was true, or its latest word on what it does."""
    fix = view.positions.get(one.id)
    heard = [fix.corrected_at] if fix is not None else []
    return max([*heard, *(at for at, _ in one.said[-1:])], default=None)


def _offline(view: View, devices: set[str]) -> bool:
    """True when the devices that ever came on line have all gone off line."""
    said = [known.value for name in devices if (known := view.picture.online.get(name)) is not None]
    return bool(said) and not any(said)


def doubts(view: View, one: Vehicle) -> list[str]:
    """What of the words about a vehicle does not fit together."""
    aboard = [view.picture.casualties[zap] for zap in view.aboard.get(one.id, ())]
    running = view.running_tasks.get(one.id, [])
    found = [f"has {len(running)} tasks at once: {', '.join(running)}"] if len(running) > 1 else []
    if over := overloaded(one, aboard):
        found.append(over)
    state = view.vehicle_state(one)
    if not running and state in AT_WORK:
        found.append(f"reports {state.value.replace('_', ' ')} without a task")
    fix = view.positions.get(one.id)
    if fix is not None and (why := doubt(fix)):
        found.append(why)
    return found
