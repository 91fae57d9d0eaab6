"""What a coverage counts on: vehicles, where they stand and when they move, and open facilities."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from casevac.authority import who_may
from casevac.latency import ACCEPTANCE, ALERT, APPROVAL, DECISION, LAUNCH, Latency
from casevac.mtf import Facility, closed, may_take
from casevac.network import LANDING_NEAR_M, MEETS_AIR
from casevac.roadbook import DETOUR, TRANSFER_KMH, TRANSFER_SPREAD
from casevac.terms import Capability, VehicleKind, VehicleState
from casevac.vehicle import Vehicle
from casevac.view import View
from geo.flown import Pad
from geo.lonlat import LonLat, distance_m

Steps = Mapping[str, Latency]


class Stand(NamedTuple):
    """A vehicle at its place; seconds from the injury until it moves, middle and bound."""

    id: str
    profile: str
    flies: bool
    medical: bool
    place: LonLat
    p50_s: float
    p90_s: float

    def seconds(self, *, p90: bool) -> float:
        """The middle or the bound."""
        return self.p90_s if p90 else self.p50_s


class Door(NamedTuple):
    """A facility that takes casualties with the needs, or only gives advanced care."""

    id: str
    name: str
    place: LonLat
    surgery: bool
    care: bool


class Posture(NamedTuple):
    """What counts, and why the rest does not, in words by id."""

    stands: tuple[Stand, ...]
    doors: tuple[Door, ...]
    left_out: dict[str, str]


def posture(view: View, steps: Steps, needs: Sequence[Capability]) -> Posture:
    """The mission as it stands now. Facilities by their present state, as for one casualty with the needs.

    Vehicles count at their homes, where they stand between tasks; else where they are.
    """
    left_out: dict[str, str] = {}
    stands, doors = [], []
    for key, one in sorted(view.picture.vehicles.items()):
        found = _stand(view, one, steps)
        if isinstance(found, str):
            left_out[key] = found
        else:
            stands.append(found)
    for key, facility in sorted(view.picture.facilities.items()):
        against = may_take(view.standing(facility), [needs], view.now).against
        care = facility.cares and not closed(facility)
        if against:
            left_out[key] = "; ".join(against)
        if not against or care:
            doors.append(_door(facility, surgery=not against, care=care))
    return Posture(tuple(stands), tuple(doors), left_out)


def _door(facility: Facility, *, surgery: bool, care: bool) -> Door:
    card = facility.card
    return Door(facility.id, card.name, LonLat(card.lon, card.lat), surgery, care)


def _stand(view: View, one: Vehicle, steps: Steps) -> Stand | str:
    """The vehicle as it counts, or why it does not."""
    if one.registered is None:
        return "is not registered"
    if view.vehicle_state(one) == VehicleState.OUT_OF_SERVICE:
        return "is out of service"
    if one.litters + one.seats < 1:
        return "has no place for a casualty"
    place = _place(view, one)
    if place is None:
        return "nobody knows where it stands"
    p50, p90 = (_until_moving_s(view, one, steps, p90=bound) for bound in (False, True))
    flies = one.card.vehicle_kind == VehicleKind.AIR
    return Stand(one.id, one.card.profile, flies, one.card.medical_crew, place, p50, p90)


def _place(view: View, one: Vehicle) -> LonLat | None:
    card = one.card
    if card.home_lon is not None and card.home_lat is not None:
        return LonLat(card.home_lon, card.home_lat)
    fix = view.positions.get(one.id)
    return None if fix is None else LonLat(fix.lon, fix.lat)


def _until_moving_s(view: View, one: Vehicle, steps: Steps, *, p90: bool) -> float:
    """From the injury until it sets out; its own readiness only where no launch was measured."""
    named = [ALERT, DECISION, ACCEPTANCE]
    if who_may(view.profile, one.card):
        named.append(APPROVAL)
    ready = one.card.readiness_s
    if not steps[LAUNCH].estimated or not ready:
        named.append(LAUNCH)
        ready = 0.0
    return ready + sum(steps[name].seconds(p90=p90) for name in named)


def landings(view: View, doors: Sequence[Door], factor: float, *, p90: bool) -> dict[str, Pad]:
    """The landing site that serves each facility soonest, by id, with the seconds from there to its door."""
    pads = [
        LonLat(said.value.lon, said.value.lat)
        for _, said in sorted(view.picture.sites.items())
        if said.value.site_kind in MEETS_AIR
    ]
    found: dict[str, Pad] = {}
    for door in doors:
        ways = [(distance_m(pad, door.place) * DETOUR, pad) for pad in pads]
        metres, pad = min(ways, default=(LANDING_NEAR_M + 1.0, door.place))
        if metres <= LANDING_NEAR_M:
            seconds = metres * 3.6 / TRANSFER_KMH / factor
            found[door.id] = Pad(pad, seconds * (TRANSFER_SPREAD if p90 else 1.0))
    return found
