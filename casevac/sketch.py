"""One feasible answer before it is timed and scored: stages, each with those who carry."""

from collections.abc import Mapping
from typing import NamedTuple

from casevac.casualty import Casualty, precedence
from casevac.events import SiteRegistered, Stop
from casevac.mtf import Facility
from casevac.terms import Mode
from casevac.travel import Hop
from casevac.vehicle import Vehicle


class Carrier(NamedTuple):
    """Who carries which casualties through a stage, its way to them and its way on with them.

    On foot there is no vehicle. `come` is None when it has them already; then `start` is where it is.
    """

    vehicle: Vehicle | None
    casualties: tuple[Casualty, ...]
    come: Hop | None
    away: Hop
    start: Stop | None = None


class Landing(NamedTuple):
    """Where an aircraft lands for a facility, and the way between there and its door."""

    site: SiteRegistered
    drive: Hop


class Stage(NamedTuple):
    """One part of the way of all casualties together, by one mode; `pad` is where aircraft meet them."""

    mode: Mode
    start: Stop
    end: Stop
    team: tuple[Carrier, ...]
    pad: Stop
    landing: Landing | None = None


class Sketch(NamedTuple):
    """One feasible answer: its stages end at the facility; `via` are facilities on the way."""

    stages: tuple[Stage, ...]
    facility: Facility
    via: tuple[Facility, ...] = ()

    @property
    def casualties(self) -> tuple[Casualty, ...]:
        """Everyone it takes, most urgent first."""
        return tuple(
            sorted((one for carrier in self.stages[0].team for one in carrier.casualties), key=precedence)
        )

    @property
    def zaps(self) -> frozenset[str]:
        """The ids of everyone it takes."""
        return frozenset(one.id for carrier in self.stages[0].team for one in carrier.casualties)

    @property
    def vehicles(self) -> tuple[Vehicle, ...]:
        """Everyone who goes, each once, in the order of the stages."""
        going = (carrier.vehicle for stage in self.stages for carrier in stage.team)
        found: Mapping[str, Vehicle] = {one.id: one for one in going if one is not None}
        return tuple(found.values())

    @property
    def on_foot(self) -> bool:
        """True when it begins with a litter team."""
        return self.stages[0].mode == Mode.FOOT

    @property
    def signature(self) -> tuple[str, ...]:
        """Who goes where: breaks ties, the same for the same answer."""
        stops = (stop.id or stop.name for stage in self.stages for stop in (stage.start, stage.end))
        return (self.facility.id, *stops, *(one.id for one in self.vehicles))

    @property
    def manner(self) -> tuple[str, ...]:
        """Where to and how: answers that differ in it are truly different."""
        return (self.facility.id, *(stage.mode.value for stage in self.stages), *(one.id for one in self.via))

    @property
    def same(self) -> tuple[object, ...]:
        """Equal for the same vehicles on the same way, however they share the casualties."""
        stops = tuple(stage.end.id or stage.end.name for stage in self.stages)
        return (self.manner, stops, frozenset(one.id for one in self.vehicles))
