"""A running chain to another facility: what may be chosen from, starting where its casualties are now."""

from collections.abc import Sequence
from datetime import timedelta

from casevac.casualty import Casualty, precedence
from casevac.chain import Chain
from casevac.events import Refusal, Stop
from casevac.fleet import Choice, placed, start_of, usable_facilities, vehicles_for, with_sites
from casevac.terms import LegState
from casevac.vehicle import Vehicle
from casevac.view import View


def diverting(view: View, chain: Chain) -> Choice | None:
    """What the casualties of a running chain may be diverted to; None when all are where they were to go.

    Those aboard go on from where their vehicles are. While nobody is aboard everything may be chosen anew.
    The vehicles of the chain are free for it; the facility it goes to now is not among the choices.
    """
    going = [view.picture.casualties[zap] for zap in chain.plan.casualties if zap in view.picture.casualties]
    going = sorted(
        (one for one in going if one.facility != chain.plan.facility and not one.gone), key=precedence
    )
    held = _held(view, going)
    waiting = tuple(one for one in going if not one.vehicle)
    poi = _place(view, chain, held, waiting)
    if not going or poi is None:
        return None
    free, starts, refused = vehicles_for(view, going, poi, chain.id)
    for one, _ in held:
        starts[one.id] = _now_at(view, chain, one) or poi
    aboard = {one.id for one, _ in held}
    facilities, closed = usable_facilities(view)
    name = next((one.card.name for one in facilities if one.id == chain.plan.facility), chain.plan.facility)
    choice = Choice(
        request=chain.plan.request,
        poi=poi,
        waiting=waiting,
        ground=(),
        air=(),
        facilities=tuple(one for one in facilities if one.id != chain.plan.facility),
        sites=(),
        starts=starts,
        refused=(*refused, *closed, Refusal(name, "is where they are diverted from")),
        held=held,
    )
    return with_sites(view, choice, [one for one in free if one.id not in aboard])


def _held(view: View, going: Sequence[Casualty]) -> tuple[tuple[Vehicle, tuple[Casualty, ...]], ...]:
    """Who of them is aboard which vehicle."""
    carriers = sorted({one.vehicle for one in going if one.vehicle in view.picture.vehicles})
    return tuple(
        (view.picture.vehicles[name], tuple(one for one in going if one.vehicle == name)) for name in carriers
    )


def _place(
    view: View,
    chain: Chain,
    held: Sequence[tuple[Vehicle, tuple[Casualty, ...]]],
    waiting: Sequence[Casualty],
) -> Stop | None:
    """Where the most urgent of them is: in its vehicle, in a facility on the way, or at the scene."""
    if held:
        return _now_at(view, chain, held[0][0])
    if waiting and waiting[0].facility:
        card = view.picture.facilities[waiting[0].facility].card
        return Stop(card.name, card.lon, card.lat, card.id)
    place = view.place_of_request(chain.plan.request)
    if place is None:
        return None
    return Stop("point of injury", place.lon, place.lat, chain.plan.request)


def _now_at(view: View, chain: Chain, one: Vehicle) -> Stop | None:
    """Where a vehicle under way is: its position, or as far along its leg as the time gone says."""
    if placed(view, one.id) is not None:
        return start_of(view, one)
    done, _ = view.travelled(chain)
    for leg, so_far in zip(chain.plan.legs, done, strict=True):
        if leg.vehicle == one.id and so_far.state == LegState.STARTED and so_far.started_at is not None:
            gone = (view.now - so_far.started_at) / timedelta(seconds=max(1.0, leg.seconds_p50))
            lon, lat = leg.path[min(len(leg.path) - 1, int(gone * (len(leg.path) - 1)))]
            return Stop(one.card.callsign, lon, lat, one.id)
    return start_of(view, one)
