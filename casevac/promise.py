"""What the legs of a chain promise a casualty: help, medical care, a table as soon as it is ready."""

from collections.abc import Sequence

from casevac import chain as chains
from casevac import clock
from casevac.care import cares, crewed, operates
from casevac.casualty import Casualty
from casevac.chain import Arrival
from casevac.clock import Expected, Outlook
from casevac.events import Leg
from casevac.picture import Picture
from casevac.terms import Mode


def of_legs(
    picture: Picture, casualty: Casualty, legs: Sequence[Leg], arrivals: Sequence[Arrival], facility: str
) -> Outlook:
    """What these legs promise the casualty who is to come to the facility."""
    mine = [index for index, leg in enumerate(legs) if casualty.id in leg.casualties]
    if not mine:
        return clock.NOTHING
    profile = picture.mission.profile
    at_door, joined = Expected(*arrivals[mine[-1]][1:]), chains.graph(legs)
    ridden = [index for index in mine if legs[index].mode != Mode.FOOT]
    met = {index: _met_at(arrivals, index, list(joined.predecessors(index))) for index in ridden}
    medical = [met[index] for index in ridden if crewed(picture, legs[index].vehicle)]
    medical += [Expected(*arrivals[index][1:]) for index in mine if cares(picture, legs[index].end.id)]
    ready = at_door.after(profile.hand_over_s + profile.surgery_preparation_s)
    return Outlook(
        helper=met[ridden[0]] if ridden else at_door,
        medical=min(medical, default=at_door),
        surgery=ready if operates(picture, facility) else None,
    )


def _met_at(arrivals: Sequence[Arrival], index: int, before: Sequence[int]) -> Expected:
    """When the vehicle of a carrying leg meets its casualties: the last arrival before the leg."""
    if not before:
        return Expected(arrivals[index].depart_at, arrivals[index].depart_at)
    return Expected(max(arrivals[i].p50_at for i in before), max(arrivals[i].p90_at for i in before))
