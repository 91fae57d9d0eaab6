"""One mission as the live tail holds it: picture, positions, and what its viewers were told."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from casevac.clock import Clock
from casevac.entities import Json, instant, of_view, touched
from casevac.events import DeviceEnrolled, Event, VehicleRegistered
from casevac.picture import Picture, apply, fold
from casevac.position import Position
from casevac.ringing import ringing
from casevac.terms import ClockStatus
from casevac.told import log_line
from casevac.view import View
from maps.frames import LOG_LINES, cursor, frame
from maps.piece import Piece

ENDED_KEPT = 500  # alarms that are over and still told of to viewers that were away
FORECAST_STEP_S = 2.0  # a forecast that moved less is not sent again
_OVER = frozenset((ClockStatus.MET, ClockStatus.LATE, ClockStatus.NOT_NEEDED))
Entities = Mapping[str, Mapping[str, Json | None]]


class Scene(NamedTuple):
    """The picture of a mission at a moment; never changed, so any thread may read it."""

    epoch: str
    picture: Picture
    positions: Mapping[str, Position]
    log: tuple[Json, ...]
    moving: Entities  # entities whose forecasts were last sent apart from the log


class Change(NamedTuple):
    """One encoded log event."""

    seq: int
    piece: Piece


class Stage:
    """Folds one mission and encodes what its viewers must be told, once for all of them."""

    def __init__(self, epoch: str, picture: Picture, before: Iterable[Event] = ()) -> None:
        """Go on from a picture; `before` are the events that led to it, for the watch log."""
        self.epoch = epoch
        self.picture = picture
        self._positions: dict[str, Position] = {}
        self._log: deque[Json] = deque(map(log_line, before), maxlen=LOG_LINES)
        self._told: dict[tuple[str, str], Json] = {}
        self._alarms: dict[str, Json | None] = {}  # as last told; None: over, for those who missed it

    def scene(self) -> Scene:
        """What is true now, for readers of other threads."""
        moving: dict[str, dict[str, Json | None]] = {}
        for (group, key), entity in self._told.items():
            moving.setdefault(group, {})[key] = entity
        moving["alarms"] = dict(self._alarms)
        return Scene(self.epoch, self.picture, dict(self._positions), tuple(self._log), moving)

    def pass_over(self, events: Sequence[Event]) -> None:
        """Fold events of this mission that no viewer can have missed."""
        self.picture = fold(self.picture, events)
        self._log.extend(map(log_line, events[-LOG_LINES:]))

    def take(self, event: Event, now: datetime) -> Change:
        """Fold an event; the frame holds its line and every entity that may look different now."""
        before, self.picture = self.picture, apply(self.picture, event)
        line = log_line(event)
        self._log.append(line)
        looks = of_view(View(self.picture, now, self._positions), touched(before, self.picture))
        self._remember(looks)
        self._alarms.update(looks.get("alarms", {}))
        body = {
            "seq": event.seq,
            "server_time": instant(now),
            "mission": event.mission,
            "log": [line],
            "entities": looks,
        }
        return Change(event.seq or 0, Piece(frame("change", body, cursor(self.epoch, event.seq or 0))))

    def move(self, fixes: Iterable[Position]) -> list[Position]:
        """Take the latest positions; returns those that are news."""
        news = [fix for fix in fixes if self._positions.get(fix.device) != fix]
        self._positions.update((fix.device, fix) for fix in news)
        return news

    def carriers_changed(self, event: Event) -> bool:
        """True when positions may belong to another vehicle from this event on."""
        return isinstance(event.body, DeviceEnrolled | VehicleRegistered)

    def everyone(self) -> list[Position]:
        """The latest position of every device."""
        return list(self._positions.values())

    def forecasts(self, now: datetime) -> Entities:
        """Casualties on a clock and chains that run, those only whose look has moved since told."""
        view = View(self.picture, now, self._positions)
        looks = of_view(view, running(view))
        news: dict[str, dict[str, Json | None]] = {
            group: {
                key: look
                for key, look in members.items()
                if look is not None and _moved(self._told.get((group, key)), look)
            }
            for group, members in looks.items()
        }
        kept = {(group, key) for group, members in looks.items() for key in members}
        self._told = {where: look for where, look in self._told.items() if where in kept}
        self._remember(news)
        news["alarms"] = self._alarms_changed(view)
        return {group: members for group, members in news.items() if members}

    def _alarms_changed(self, view: View) -> dict[str, Json | None]:
        """Alarms that are new or sound otherwise than last told, None for those that are over."""
        now: dict[str, Json | None] = dict(ringing(view))
        over = [key for key, look in self._alarms.items() if key not in now and look is not None]
        news = {key: look for key, look in now.items() if self._alarms.get(key) != look}
        ended = [key for key in (*self._alarms, *over) if key not in now][-ENDED_KEPT:]
        self._alarms = {**dict.fromkeys(ended), **now}
        return {**dict.fromkeys(over), **news}

    def _remember(self, looks: Entities) -> None:
        for group in ("casualties", "chains"):
            for key, look in looks.get(group, {}).items():
                if look is not None:
                    self._told[group, key] = look


def running(view: View) -> dict[str, list[str]]:
    """Ids of casualties whose clocks still run, and of active chains."""
    moving = (one for one in view.picture.casualties.values() if not view.settled(one))
    waiting = [one.id for one in moving if _ticks(view.clocks(one), view.chain_of(one) is not None)]
    active = [one.id for one in view.active]
    return {"casualties": waiting, "chains": active}


def _ticks(clocks: Iterable[Clock], planned: bool) -> bool:
    """True while time alone moves one of the clocks: what is breached without a plan waits for a word."""
    still = _OVER if planned else _OVER | {ClockStatus.BREACHED}
    return any(clock.status not in still for clock in clocks)


def _moved(old: Any, new: Any, key: str = "") -> bool:  # noqa: ANN401  JSON values
    """True when two looks differ by more than a step of a forecast."""
    if isinstance(new, dict) and isinstance(old, dict):
        return old.keys() != new.keys() or any(_moved(old[name], new[name], name) for name in new)
    if isinstance(new, list) and isinstance(old, list) and key != "path":
        return len(old) != len(new) or any(_moved(a, b) for a, b in zip(old, new, strict=True))
    if key.endswith("_at") and isinstance(old, str) and isinstance(new, str):
        apart = datetime.fromisoformat(new) - datetime.fromisoformat(old)
        return abs(apart.total_seconds()) >= FORECAST_STEP_S
    return bool(old != new)
