"""Drafts of an answer: for every way through the network, the vehicles that may carry it out."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

from casevac.casualty import Casualty
from casevac.fleet import Choice, against
from casevac.mtf import Facility
from casevac.network import ON_WAY, Part, flown, landing_of, pad_of, stop_of, ways
from casevac.sketch import Carrier, Sketch, Stage
from casevac.terms import Mode
from casevac.travel import LITTER, POI, Hop, Travel, facility_key, site_key, vehicle_key
from casevac.vehicle import Vehicle, load
from casevac.view import View

LEADS = 4  # vehicles tried as the first to go
ALIKE = 4  # ways tried of those that use the same modes
ONWARD = 3  # vehicles tried for each later part
STOPS = 3  # nearer facilities tried as a stop on the way


class Desk(NamedTuple):
    """What a draft is made from."""

    view: View
    wanted: Choice
    travel: Travel


def drafts(view: View, wanted: Choice, travel: Travel) -> list[Sketch]:
    """Every draft, by facility; of each kind of way the soonest, with the soonest vehicles."""
    desk = Desk(view, wanted, travel)
    found: list[Sketch] = []
    for facility in wanted.facilities:
        taken = acceptable(view, facility, wanted.movable)
        if wanted.held and len(taken) < len(wanted.movable):
            continue  # those aboard go where their vehicle goes
        via = stops_on_way(desk, facility, taken)
        for parts in _soonest_ways(desk, facility, via) if taken else ():
            between = tuple(one for one in via if any(p.start == facility_key(one.id) for p in parts))
            found += [Sketch(stages, facility, between) for stages in _manned(desk, parts, facility, taken)]
    return found


def acceptable(view: View, facility: Facility, waiting: Sequence[Casualty]) -> tuple[Casualty, ...]:
    """As many of the waiting, most urgent first, as the facility may take together."""
    taken: tuple[Casualty, ...] = ()
    for one in waiting:
        if not against(view, facility, (*taken, one)):
            taken = (*taken, one)
    return taken


def stops_on_way(desk: Desk, facility: Facility, taken: Sequence[Casualty]) -> tuple[Facility, ...]:
    """Facilities nearer by road that cannot do all that is needed, but can resuscitate on the way."""
    view, wanted, travel = desk
    near: list[tuple[float, Facility]] = []
    for one in wanted.facilities if taken and not wanted.held else ():
        ways_there = (travel.hop(v.card.profile, POI, facility_key(one.id)) for v in wanted.ground)
        soonest = min((hop.seconds_p50 for hop in ways_there if hop is not None), default=None)
        helps = not set(ON_WAY).isdisjoint(one.capabilities) and against(view, one, taken[:1])
        if one.id != facility.id and helps and soonest is not None and not against(view, one, taken, ()):
            near.append((soonest, one))
    return tuple(one for _, one in sorted(near, key=lambda row: (row[0], row[1].id))[:STOPS])


def _soonest_ways(desk: Desk, facility: Facility, via: Sequence[Facility]) -> list[tuple[Part, ...]]:
    """Of the ways that use the same modes in the same order, the soonest few."""
    alike: defaultdict[tuple[object, ...], list[tuple[float, tuple[Part, ...]]]] = defaultdict(list)
    for parts in ways(desk.wanted, desk.travel, facility, via):
        at = _estimate(desk, parts, facility)
        if at is not None:
            stop = any(part.end.startswith("facility ") for part in parts[:-1])
            alike[(stop, *(part.mode for part in parts))].append((at, parts))
    return [parts for rows in alike.values() for _, parts in sorted(rows)[:ALIKE]]


def _estimate(desk: Desk, parts: Sequence[Part], facility: Facility) -> float | None:
    """Seconds to the door when the soonest vehicle of each part goes; None when a part has none."""
    at = 0.0
    for part in parts:
        found = [at + away.seconds_p50 if come is None else max(at, come.seconds_p50) + away.seconds_p50
                 for _, come, away in able(desk, part, facility)]  # fmt: skip
        if not found:
            return None
        at = min(found)
    return at


Able = tuple[Vehicle | None, Hop | None, Hop]
"""A vehicle, its way to the start of a part and its way through it."""


def able(desk: Desk, part: Part, facility: Facility) -> list[Able]:
    """Everyone who can carry a part, soonest at its start first."""
    wanted, travel = desk.wanted, desk.travel
    if part.mode == Mode.FOOT:
        carried = travel.hop(LITTER, part.start, part.end)
        return [] if carried is None else [(None, None, carried)]
    if part.start == POI and wanted.held:
        return _holders(desk, part, facility)
    found: list[tuple[Vehicle, Hop, Hop]] = []
    for one in wanted.ground if part.mode == Mode.GROUND else wanted.air:
        come, away = _come(desk, one, part), _away(desk, one, part, facility)
        if come is not None and away is not None:
            found.append((one, come, away))
    found.sort(key=lambda row: (row[1].seconds_p50 + row[0].card.readiness_s, row[0].id))
    return list(found)


def _come(desk: Desk, one: Vehicle, part: Part) -> Hop | None:
    if part.mode == Mode.GROUND:
        return desk.travel.hop(one.card.profile, vehicle_key(one.id), part.start)
    pad = pad_of(desk.wanted, desk.travel, part.start, one.card.profile)
    return pad and desk.travel.hop(one.card.profile, vehicle_key(one.id), site_key(pad.site.id))


def _away(desk: Desk, one: Vehicle, part: Part, facility: Facility) -> Hop | None:
    if part.mode == Mode.GROUND:
        return desk.travel.hop(one.card.profile, part.start, part.end)
    return flown(desk.wanted, desk.travel, one.card.profile, part.start, facility.id)


def _holders(desk: Desk, part: Part, facility: Facility) -> list[Able]:
    """The vehicles that have casualties already, when all of them can go this way; else nobody."""
    wanted, travel, found = desk.wanted, desk.travel, list[Able]()
    for one, _ in wanted.held:
        start = vehicle_key(one.id)
        if part.mode == Mode.GROUND:
            away = travel.hop(one.card.profile, start, part.end)
        else:
            landing = landing_of(wanted, travel, facility.id, [one.card.profile])
            flight = landing and travel.hop(one.card.profile, start, site_key(landing.site.id))
            away = flight.then(landing.drive) if flight and landing else None
        if away is None:
            return []
        found.append((one, None, away))
    return found


# --- who carries


def _manned(
    desk: Desk, parts: Sequence[Part], facility: Facility, taken: Sequence[Casualty]
) -> Iterator[tuple[Stage, ...]]:
    """The way with its first vehicles as a team and one vehicle for each later part, or the same team."""
    first = next((i for i, part in enumerate(parts) if part.mode != Mode.FOOT), len(parts))
    later: list[Sequence[Able | None]] = []
    for part in parts[first + 1 :]:
        others: list[Able | None] = list(able(desk, part, facility)[: ONWARD + 1])
        stays = part.start.startswith("facility ") and part.mode == Mode.GROUND == parts[first].mode
        later.append([None, *others[:1]] if stays else others)
    for onward in product(*later):
        yield from _teamed(desk, parts, (first, onward), facility, taken)


def _teamed(
    desk: Desk,
    parts: Sequence[Part],
    split: tuple[int, tuple[Able | None, ...]],
    facility: Facility,
    taken: Sequence[Casualty],
) -> Iterator[tuple[Stage, ...]]:
    """Stages for one choice of later vehicles: the first of the free ones lead in turn."""
    first, onward = split
    going = [one[0] for one in onward if one is not None and one[0] is not None]
    if len({one.id for one in going}) < len(going):
        return
    wanted = len(taken)
    for vehicle in going:
        taken = load(vehicle, taken)[0]
    if not taken or (desk.wanted.held and len(taken) < wanted):
        return
    if first == len(parts):
        yield _carried(desk, parts, facility, taken)
        return
    used = {one.id for one in going}
    free = [row for row in able(desk, parts[first], facility) if row[0] is not None and row[0].id not in used]
    for team in _teams(desk.wanted, free, taken, LEADS if len(parts) == 1 else LEADS - 1):
        carried = [one for carrier in team for one in carrier.casualties]
        feet = _carried(desk, parts[:first], facility, carried)
        rest = _onward(desk, parts[first + 1 :], onward, facility, team)
        if rest is not None:
            yield (*feet, _stage(desk, parts[first], facility, team), *rest)


def _onward(
    desk: Desk,
    parts: Sequence[Part],
    onward: Sequence[Able | None],
    facility: Facility,
    team: tuple[Carrier, ...],
) -> list[Stage] | None:
    """The later stages: one vehicle takes everyone, or the team itself drives on."""
    casualties = tuple(one for carrier in team for one in carrier.casualties)
    found: list[Stage] = []
    for part, able in zip(parts, onward, strict=True):
        if able is None:
            same = _drive_on(desk, part, facility, team)
            if same is None:
                return None
            team = same
        else:
            team = (Carrier(able[0], casualties, able[1], able[2]),)
        found.append(_stage(desk, part, facility, team))
    return found


def _drive_on(
    desk: Desk, part: Part, facility: Facility, team: tuple[Carrier, ...]
) -> tuple[Carrier, ...] | None:
    carriers = []
    for one in team:
        away = None if one.vehicle is None else _away(desk, one.vehicle, part, facility)
        if away is None:
            return None
        carriers.append(Carrier(one.vehicle, one.casualties, None, away))
    return tuple(carriers)


def _carried(
    desk: Desk, parts: Sequence[Part], facility: Facility, taken: Sequence[Casualty]
) -> tuple[Stage, ...]:
    """Stages on foot, with all of the casualties."""
    return tuple(
        _stage(desk, part, facility, (Carrier(None, tuple(taken), None, away),))
        for part in parts
        for _, _, away in able(desk, part, facility)
    )


def _stage(desk: Desk, part: Part, facility: Facility, team: tuple[Carrier, ...]) -> Stage:
    wanted, travel = desk.wanted, desk.travel
    start, end = (stop_of(wanted, travel, key) for key in (part.start, part.end))
    if part.mode != Mode.AIR:
        return Stage(part.mode, start, end, team, start)
    flies = [one.vehicle.card.profile for one in team if one.vehicle is not None]
    pad = None if part.start == POI else pad_of(wanted, travel, part.start, flies[0] if flies else "")
    where = start if pad is None else stop_of(wanted, travel, site_key(pad.site.id))
    return Stage(part.mode, start, end, team, where, landing_of(wanted, travel, facility.id, flies[:1]))


def _teams(
    wanted: Choice, able: Sequence[Able], casualties: Sequence[Casualty], leads: int
) -> Iterator[tuple[Carrier, ...]]:
    """For each of the first vehicles: it and, while somebody has no place, the next soonest.

    Those who have casualties already keep them.
    """
    if wanted.held:
        aboard = dict(wanted.held_by)
        kept = tuple(
            Carrier(
                one, tuple(c for c in aboard[one.id] if c in casualties), come, away, wanted.starts[one.id]
            )
            for one, come, away in able
            if one is not None and one.id in aboard
        )
        if len(kept) == len(wanted.held) and all(carrier.casualties for carrier in kept):
            yield kept
        return
    for lead in able[:leads]:
        team = tuple(_team([lead, *(one for one in able if one is not lead)], casualties))
        if team:
            yield team


def _team(order: Sequence[Able], casualties: Sequence[Casualty]) -> Iterator[Carrier]:
    left = tuple(casualties)
    for one, come, away in order:
        taken, left = load(one, left) if one is not None else ((), left)
        if taken:
            yield Carrier(one, taken, come, away)
        if not left:
            return
