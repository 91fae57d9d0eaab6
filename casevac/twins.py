"""Casualties that may be one person reported twice: suggested with reasons, never merged by itself."""

from datetime import datetime, timedelta
from typing import NamedTuple

from casevac.casualty import Casualty
from casevac.terms import Affiliation, AgeGroup, Category
from casevac.view import View
from geo.lonlat import LonLat, distance_m

NEAR_M = 300.0  # as far apart as two reports of one place may be, when neither is more uncertain
SOON = timedelta(minutes=30)
DEGREE_M = 110_000.0  # less than any degree of latitude: whoever is farther north is out of reach
APART = frozenset((Category.DEAD, Category.T3))  # hardly one person within half an hour


class Pair(NamedTuple):
    """Two ids that may be one person; the one reported first comes first."""

    kept: str
    merged: str
    reasons: tuple[str, ...]


def twins(view: View) -> tuple[Pair, ...]:
    """Pairs of casualties told by different reporters, near in place and time, alike in what is known.

    Those whom one reporter told are as many persons as were told. Who is with a vehicle or facility is
    compared by where it was reported. Nearest first.
    """
    known = [one for one in view.picture.casualties.values() if one.place and not one.outcome]
    moments = [(at, one.id, one) for one in known if (at := _moment(one)) is not None]
    ordered = sorted(moments, key=lambda each: each[:2])
    found = []
    for index, (at, _, one) in enumerate(ordered):
        for later, _, other in ordered[index + 1 :]:
            if later - at > SOON:
                break
            if (near := _near_m(one, other)) is not None and _alike(one, other):
                found.append((near, _pair(one, other, near, (later - at).total_seconds() / 60)))
    return tuple(pair for _, pair in sorted(found))


def _moment(one: Casualty) -> datetime | None:
    """When it was hurt, else when it was first reported."""
    if one.hurt is not None:
        return one.hurt.value.at
    return None if one.reported is None else one.reported.stamp[0]


def _near_m(one: Casualty, other: Casualty) -> float | None:
    """Metres between the two reported places; None when they are too far apart to be one."""
    if one.place is None or other.place is None:
        return None
    here, there = one.place.value, other.place.value
    reach = max(NEAR_M, here.uncertainty_m or 0.0, there.uncertainty_m or 0.0)
    if abs(here.lat - there.lat) * DEGREE_M > reach:
        return None
    metres = distance_m(LonLat(here.lon, here.lat), LonLat(there.lon, there.lat))
    return metres if metres <= reach else None


def _alike(one: Casualty, other: Casualty) -> bool:
    """True when nothing known of the two tells them apart."""
    ages = {one.age_group, other.age_group} - {AgeGroup.UNKNOWN}
    told = [said.value for said in (one.affiliation, other.affiliation) if said is not None]
    with_whom = {each.custody.to for each in (one, other) if each.custody is not None}
    return (
        set(one.reporters).isdisjoint(other.reporters)
        and {one.triage, other.triage} != APART
        and len(ages) < 2
        and len(set(told) - {Affiliation.UNKNOWN}) < 2
        and len(with_whom) < 2
    )


def _pair(one: Casualty, other: Casualty, metres: float, minutes: float) -> Pair:
    if one.reported and other.reported and other.reported.stamp < one.reported.stamp:
        one, other = other, one
    word = "hurt" if one.hurt is not None and other.hurt is not None else "hurt or reported"
    reasons = (
        f"reported {metres:.0f} m apart",
        f"{word} {minutes:.0f} min apart",
        f"told by {', '.join(one.reporters)} and by {', '.join(other.reporters)}",
        f"category {one.triage.value} and {other.triage.value}",
    )
    return Pair(one.id, other.id, reasons)
