"""Options for a request, ranked by the limits they keep and explained: pure and deterministic."""

from collections.abc import Sequence

from casevac.drafts import Draft, drafts, legs_of
from casevac.events import Leg, Option, Refusal
from casevac.fleet import Choice
from casevac.reasons import reasons, refusals, summary
from casevac.score import Score, rank_key, score, verdict
from casevac.terms import Purpose
from casevac.travel import Travel
from casevac.view import View

MOST_OPTIONS = 5
DIFFERENT = 3  # so many options lead elsewhere or travel otherwise, where there are so many
POLICY = "precedence-first/1"  # named in every decision: whose limits are missed, most urgent first

Scored = tuple[Score, Draft, tuple[Leg, ...]]


def options(view: View, wanted: Choice, travel: Travel) -> tuple[tuple[Option, ...], tuple[Refusal, ...]]:
    """The best options, ranked, and everything refused with its reason.

    Equal inputs give equal options; ties go by metres travelled, then by facility, site and vehicle id.
    """
    scored: list[Scored] = []
    for draft in drafts(view, wanted, travel):
        legs = legs_of(view, wanted, draft)
        scored.append((score(view, wanted.waiting, legs, draft.facility.id), draft, legs))
    scored.sort(key=lambda row: rank_key(row[0], row[2], row[1].signature))
    made = tuple(
        _option(found, draft, legs, rank, reasons(view, wanted, travel, draft, found))
        for rank, (found, draft, legs) in enumerate(_varied(_distinct(scored)), start=1)
    )
    return made, refusals(view, wanted, travel)


def _distinct(scored: Sequence[Scored]) -> list[Scored]:
    """The same vehicles on the same way once, with the casualties shared out best."""
    seen: dict[tuple[object, ...], Scored] = {}
    for row in scored:
        draft = row[1]
        meeting = draft.flight.meeting.id if draft.flight else ""
        seen.setdefault((draft.facility.id, meeting, frozenset(one.id for one in draft.vehicles)), row)
    return list(seen.values())


def _varied(scored: Sequence[Scored]) -> list[Scored]:
    """The best ones, DIFFERENT of them truly different where there are so many."""
    best_of: dict[tuple[str, bool], int] = {}
    for index, (_, draft, _) in enumerate(scored):
        best_of.setdefault(draft.manner, index)
    kept = sorted(best_of.values())[:DIFFERENT]
    kept += [index for index in range(len(scored)) if index not in kept][: MOST_OPTIONS - len(kept)]
    return [scored[index] for index in sorted(kept)]


def _option(found: Score, draft: Draft, legs: tuple[Leg, ...], rank: int, why: tuple[str, ...]) -> Option:
    last = [leg for leg in legs if leg.purpose == Purpose.TO_FACILITY]
    first = [leg for leg in legs if leg.purpose == Purpose.TO_PICKUP]
    return Option(
        id=str(rank),
        rank=rank,
        summary=summary(draft),
        vehicles=tuple(one.id for one in draft.vehicles),
        facility=draft.facility.id,
        casualties=tuple(one.id for one in draft.casualties),
        pickup_p50_at=min(leg.arrive_p50_at for leg in first),
        arrive_p50_at=max(leg.arrive_p50_at for leg in last),
        arrive_p90_at=max(leg.arrive_p90_at for leg in last),
        verdict=verdict(found),
        estimated=False,
        legs=legs,
        reasons=why,
    )
