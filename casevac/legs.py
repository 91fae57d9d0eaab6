"""A sketch as legs in time: who goes where, when each departs and arrives when all start now."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from casevac import chain
from casevac.chain import ON_FOOT
from casevac.events import Leg, Stop
from casevac.fleet import Choice
from casevac.sketch import Carrier, Sketch, Stage
from casevac.terms import LegState, Mode, Purpose
from casevac.travel import Hop
from casevac.view import View


def legs_of(view: View, wanted: Choice, sketch: Sketch) -> tuple[Leg, ...]:
    """The legs of a sketch with the instants at which they depart and arrive when all start now.

    Their paths are straight until the caller draws them.
    """
    legs: list[Leg] = []
    met_first = False
    for stage in sketch.stages:
        ahead = Purpose.TO_EXCHANGE if met_first else Purpose.TO_PICKUP
        met_first = met_first or stage.mode != Mode.FOOT
        doors = {one.id for one in (sketch.facility, *sketch.via)}
        on = Purpose.TO_FACILITY if stage.end.id in doors else Purpose.TO_EXCHANGE
        for carrier in stage.team:
            legs += _approach(view, wanted, stage, carrier, ahead)
            legs.append(_carrying(view, stage, carrier, on))
    return timed(view, legs)


def _approach(view: View, wanted: Choice, stage: Stage, carrier: Carrier, purpose: Purpose) -> Iterator[Leg]:
    if carrier.vehicle is None or carrier.come is None:
        return
    ends = (wanted.starts[carrier.vehicle.id], stage.pad)
    leg = _leg(view, stage.mode, carrier, purpose, ends, carrier.come)
    yield replace(leg, depart_at=view.ready_at(carrier.vehicle.id))


def _carrying(view: View, stage: Stage, carrier: Carrier, purpose: Purpose) -> Leg:
    """The aircraft's drives between its landing sites and doors are part of its leg."""
    start = carrier.start or stage.start
    leg = _leg(view, stage.mode, carrier, purpose, (start, stage.end), carrier.away)
    points = [(start.lon, start.lat), (stage.end.lon, stage.end.lat)]
    if stage.landing is not None:
        pad = stage.pad if carrier.start is None else start
        points[1:1] = [(pad.lon, pad.lat), (stage.landing.site.lon, stage.landing.site.lat)]
    path = tuple(point for i, point in enumerate(points) if i == 0 or point != points[i - 1])
    path = path if len(path) > 1 else (points[0], points[-1])
    return replace(leg, path=path, casualties=tuple(one.id for one in carrier.casualties))


def _leg(
    view: View, mode: Mode, carrier: Carrier, purpose: Purpose, ends: tuple[Stop, Stop], way: Hop
) -> Leg:
    start, end = ends
    return Leg(
        mode=mode,
        vehicle=ON_FOOT if carrier.vehicle is None else carrier.vehicle.id,
        purpose=purpose,
        start=start,
        end=end,
        path=((start.lon, start.lat), (end.lon, end.lat)),
        metres=way.metres,
        seconds_p50=way.seconds_p50,
        seconds_p90=way.seconds_p90,
        depart_at=view.now,
        arrive_p50_at=view.now,
        arrive_p90_at=view.now,
        exposure_s=way.exposure_s,
        danger_s=way.danger_s,
    )


def timed(view: View, legs: Sequence[Leg]) -> tuple[Leg, ...]:
    """The legs with the instants at which they depart and arrive when all start now."""
    planned = [chain.Progress(LegState.PLANNED)] * len(legs)
    arrivals = chain.forecast(legs, planned, {}, view.profile, view.now)
    return tuple(
        replace(leg, depart_at=at.depart_at, arrive_p50_at=at.p50_at, arrive_p90_at=at.p90_at)
        for leg, at in zip(legs, arrivals, strict=True)
    )
