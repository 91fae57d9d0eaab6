"""What does not fit together in a casualty's record, in words; it is kept as told, and shown."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise

from casevac.casualty import PRECEDENCE_RANK, Casualty, Move
from casevac.clock import AHEAD, Expected
from casevac.mission import Profile
from casevac.mtf import Facility
from casevac.terms import Category, Outcome, Precedence
from geo.lonlat import LonLat, distance_m

SOON = timedelta(hours=1)  # a pick-up so soon after the hand-over is more likely told with a wrong time
FAR_M = 5_000.0  # nobody comes so far to a facility without having been taken aboard
OVER = (Outcome.RETURNED_TO_DUTY, Outcome.CANCELLED)


def doubts(
    one: Casualty, profile: Profile, now: datetime, facilities: Mapping[str, Facility] | None = None
) -> list[str]:
    """Everything in the record that cannot be right, or took no effect, each in one line.

    With the facilities also a hand-over to one that is far from where the casualty waited.
    """
    from_afar = _from_afar(one, facilities or {})
    return [*_of_times(one, now), *_of_places(one), *from_afar, *_of_decisions(one, profile)]


def clock_of(at: datetime) -> str:
    """An instant in the words of a doubt."""
    return f"{at:%H:%M:%SZ}"


def _of_times(one: Casualty, now: datetime) -> list[str]:
    found: list[str] = []
    if one.hurt is None:
        return found
    hurt = one.hurt.value
    first = one.hurt.stamp[0] if one.reported is None else one.reported.stamp[0]
    known_at = min(first, one.hurt.stamp[0], now)
    if hurt.at > known_at + AHEAD:
        found.append(
            f"the injury at {clock_of(hurt.at)} is later than the first word of it at {clock_of(known_at)}: "
            "its time counts as unknown"
        )
    earliest = hurt.at - timedelta(seconds=hurt.uncertainty_s or 0.0) - AHEAD
    done = [(step.at, step.value.__struct_config__.tag) for step in one.counting(one.steps)]
    done += [(each.at, each.value.treatment.value) for each in one.counting(one.treatments)]
    done += [(move.at, f"taken over by {move.to}") for move in one.moves]
    for at, what in sorted((at, str(what).replace("_", " ")) for at, what in done):
        if at < earliest:
            found.append(f"{what} at {clock_of(at)} is before the injury at {clock_of(hurt.at)}")
    return found


def _of_places(one: Casualty) -> list[str]:
    found = []
    if one.moves and one.moves[0].facility and (late := _picked_up_after(one.moves)):
        first = one.moves[0]
        found.append(
            f"handed over to {first.facility} at {clock_of(first.at)}, before {late.vehicle} picked it up at "
            f"{clock_of(late.at)}"
        )
    for before, after in pairwise(one.moves):
        if after.loaded and before.vehicle and before.vehicle != after.vehicle:
            found.append(
                f"taken aboard {after.vehicle} at {clock_of(after.at)} while aboard {before.vehicle} since "
                f"{clock_of(before.at)}: at two places?"
            )
        if before.facility and after.facility and before.facility != after.facility:
            found.append(
                f"handed over to {after.facility} at {clock_of(after.at)} while in {before.facility} since "
                f"{clock_of(before.at)}, and nobody took it aboard in between"
            )
    if one.outcome is not None and one.outcome.value.outcome in OVER:
        found += [
            f"moved to {move.to} at {clock_of(move.at)} after it was {one.outcome.value.outcome.value}"
            for move in one.moves
            if move.stamp > one.outcome.stamp
        ]
    return found


def _from_afar(one: Casualty, facilities: Mapping[str, Facility]) -> list[str]:
    """A hand-over though nobody took the casualty aboard, to a facility that is far from where it waited."""
    first = one.moves[0] if one.moves else None
    door = facilities.get(first.facility) if first is not None else None
    if first is None or door is None or door.registered is None or one.place is None:
        return []
    waited = one.place.value
    away = distance_m(LonLat(waited.lon, waited.lat), LonLat(door.card.lon, door.card.lat))
    if away - (waited.uncertainty_m or 0.0) <= FAR_M:
        return []
    return [
        f"handed over to {first.facility} at {clock_of(first.at)}, {away / 1000:.0f} km from where it waited"
        ", and nobody took it aboard"
    ]


def _picked_up_after(moves: tuple[Move, ...]) -> Move | None:
    """The pick-up told soon after a hand-over that nobody brought the casualty to."""
    later = next((move for move in moves[1:] if move.loaded), None)
    return later if later is not None and later.at - moves[0].at <= SOON else None


def unexplained(one: Casualty) -> list[str]:
    """Triages that lower the category without a reason, and so took no effect; in the order of time."""
    return [
        f"{triage.value.category.value} at {clock_of(triage.at)} lowers the category without a "
        "reason: it took no effect"
        for triage in one.counting(one.triages)
        if not one.triage_effect[triage.id]
    ]


def _of_decisions(one: Casualty, profile: Profile) -> list[str]:
    found = unexplained(one)
    for decided in one.counting(one.precedences):
        if not one.precedence_effect[decided.id]:
            found.append(
                f"{decided.value.precedence.value} at {clock_of(decided.at)} lowers the precedence without a "
                "reason: it took no effect"
            )
    if one.triage == Category.T4 and not profile.expectant_allowed:
        found.append("T4 (expectant) is not authorised in this mission")
    decided_now, suggested = one.prioritised, one.suggested_precedence(profile)
    if decided_now is not None and not decided_now.value.reason.strip():
        told = decided_now.value.precedence
        if PRECEDENCE_RANK[told] > PRECEDENCE_RANK[suggested]:
            found.append(f"decided {told.value} without a reason, suggested is {suggested.value}")
    if one.triaged is not None and one.triaged.value.not_breathing:
        found.append("not breathing when triaged: CPR if means allow; only a clinician declares death")
    known = {
        entry.id
        for history in (
            one.triages, one.precedences, one.steps, one.vitals, one.treatments, one.mists, one.outcomes,
            one.eligibilities,
        )
        for entry in history
    } | {move.id for move in one.all_moves}  # fmt: skip
    found += [f"entry {gone} was withdrawn, but nobody told it" for gone in sorted(one.withdrawn - known)]
    return found


def retriage_due(one: Casualty, profile: Profile, arrival: Expected | None) -> str:
    """Why the casualty should be triaged again, in words; empty when it need not be.

    After each hand-over, and when it will not arrive (p90) within the limit of its precedence, counted
    from the first report.
    """
    if one.triage == Category.DEAD or one.outcome is not None:
        return ""
    handed = [move for move in one.moves if not move.loaded]
    if handed and (one.triaged is None or one.triaged.stamp < handed[-1].stamp):
        return f"handed over to {handed[-1].to} at {clock_of(handed[-1].at)}, not triaged since"
    told = one.precedence(profile)
    limit_s = profile.precedence_limits.get(told)
    if arrival is None or limit_s is None or one.reported is None or told == Precedence.UNKNOWN:
        return ""
    due = one.reported.stamp[0] + timedelta(seconds=limit_s)
    if arrival.p90_at <= due:
        return ""
    late = arrival.p90_at + timedelta(seconds=59)  # whole minutes: the words change no oftener
    return f"{told.value.replace('_', ' ')} is due by {due:%H:%MZ}, arrival may be {late:%H:%MZ}"
