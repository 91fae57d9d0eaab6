"""Options for a request, ranked by the limits they keep and explained: pure and deterministic."""

from collections.abc import Sequence
from typing import NamedTuple

from casevac.advice import advice
from casevac.chain import Chain
from casevac.daylight import is_night
from casevac.divert import diverting
from casevac.drafts import drafts
from casevac.events import Leg, Option, Promise, Refusal
from casevac.fleet import Choice, beds_free
from casevac.legs import legs_of
from casevac.reasons import capability, reasons, refusals, summary
from casevac.risks import risks
from casevac.score import Fate, Score, rank_key, score, verdict
from casevac.sketch import Sketch
from casevac.terms import Mode, Purpose
from casevac.travel import Travel
from casevac.view import View

MOST_OPTIONS = 5
DIFFERENT = 4  # so many options lead elsewhere or travel otherwise, where there are so many
LOOKED_AT = 40  # of the best ones those to show are chosen
POLICY = "precedence-first/2"  # named in every decision: whose limits are missed, most urgent first


class Scored(NamedTuple):
    """A sketch, its legs in time, and how good it is."""

    found: Score
    sketch: Sketch
    legs: tuple[Leg, ...]


class Answer(NamedTuple):
    """The ranked options, everything refused with its reason, and what would help if none is in time."""

    options: tuple[Option, ...]
    refused: tuple[Refusal, ...]
    advice: tuple[str, ...]


def answer(view: View, wanted: Choice, travel: Travel) -> Answer:
    """The best options for a choice, ranked, explained.

    Equal inputs give equal options; ties go by metres travelled, then by facility, site and vehicle id.
    """
    scored = _scored(view, wanted, travel)
    made = tuple(
        _option(view, wanted, travel, row, rank)
        for rank, row in enumerate(_varied(_distinct(scored)), start=1)
    )
    best = [(row.found, row.sketch.facility) for row in scored]
    return Answer(made, refusals(view, wanted, travel), advice(view, wanted, travel, best))


def options(view: View, wanted: Choice, travel: Travel) -> tuple[tuple[Option, ...], tuple[Refusal, ...]]:
    """The best options, ranked, and everything refused with its reason: see `answer`."""
    found = answer(view, wanted, travel)
    return found.options, found.refused


def divert_options(view: View, chain: Chain, travel: Travel) -> Answer:
    """The ranked ways to another facility for a running chain, from where its casualties are now.

    `travel` is that of `divert.diverting(view, chain)`. No option leads where the chain goes now.
    """
    wanted = diverting(view, chain)
    if wanted is None:
        return Answer((), (Refusal("a divert", "nobody of this chain is still on the way"),), ())
    return answer(view, wanted, travel)


def _scored(view: View, wanted: Choice, travel: Travel) -> list[Scored]:
    theatres = {one.id: view.theatres.of(one) for one in wanted.facilities}
    scored = []
    for sketch in drafts(view, wanted, travel):
        legs = legs_of(view, wanted, sketch)
        if in_the_dark(view, travel, legs) or shut_by_then(wanted, sketch, legs):
            continue
        found = score(view, wanted.all, legs, sketch.facility.id, theatres[sketch.facility.id])
        scored.append(Scored(found, sketch, legs))
    return sorted(scored, key=lambda row: rank_key(row.found, row.legs, row.sketch.signature))


def in_the_dark(view: View, travel: Travel, legs: Sequence[Leg]) -> bool:
    """True when an aircraft that needs daylight would still fly when it is forecast to be dark."""
    return any(
        view.picture.vehicles[leg.vehicle].card.profile in travel.day_only
        and (
            is_night(leg.start.lon, leg.start.lat, leg.depart_at)
            or is_night(leg.end.lon, leg.end.lat, leg.arrive_p50_at)
        )
        for leg in legs
        if leg.mode == Mode.AIR
    )


def shut_by_then(wanted: Choice, sketch: Sketch, legs: Sequence[Leg]) -> bool:
    """True when an aircraft would land in the dark where nobody may by night."""
    shut = {site.id for site in wanted.sites if site.by_night is False}
    lands = {stage.end.id: stage.landing.site.id for stage in sketch.stages if stage.landing is not None}
    return bool(shut) and any(
        lands.get(leg.end.id, leg.end.id) in shut and is_night(leg.end.lon, leg.end.lat, leg.arrive_p50_at)
        for leg in legs
        if leg.mode == Mode.AIR
    )


def _distinct(scored: Sequence[Scored]) -> list[Scored]:
    """The same vehicles on the same way once, with the casualties shared out best; and nothing that a better
    answer brings to the same place with fewer of the vehicles."""
    seen: dict[tuple[object, ...], Scored] = {}
    for row in scored:
        seen.setdefault(row.sketch.same, row)
    kept: list[Scored] = []
    for row in seen.values():
        if not any(_outdone(row, better) for better in kept):
            kept.append(row)
        if len(kept) == LOOKED_AT:
            break
    return kept


def _outdone(row: Scored, better: Scored) -> bool:
    """True when the better answer needs fewer vehicles or no bearers, or a stop on the way helps nobody."""
    one, other = row.sketch, better.sketch
    if one.facility.id != other.facility.id or not one.zaps <= other.zaps:
        return False
    if one.on_foot and not other.on_foot:
        return True
    going, fewer = ({v.id for v in sketch.vehicles} for sketch in (one, other))
    cared = {fate.casualty: fate.care for fate in better.found.taken}
    sooner = any(
        fate.care is not None and (known := cared.get(fate.casualty)) is not None and fate.care < known
        for fate in row.found.taken
    )
    return fewer < going or (bool(one.via) and fewer <= going and not sooner)


def _varied(scored: Sequence[Scored]) -> list[Scored]:
    """The best ones, DIFFERENT of them truly different where there are so many."""
    best_of: dict[tuple[str, ...], int] = {}
    for index, row in enumerate(scored):
        best_of.setdefault(row.sketch.manner, index)
    kept = sorted(best_of.values())[:DIFFERENT]
    kept += [index for index in range(len(scored)) if index not in kept][: MOST_OPTIONS - len(kept)]
    return [scored[index] for index in sorted(kept)]


def _option(view: View, wanted: Choice, travel: Travel, row: Scored, rank: int) -> Option:
    found, sketch, legs = row
    last = [leg for leg in legs if leg.end.id == sketch.facility.id and leg.casualties]
    first = [leg.arrive_p50_at for leg in legs if leg.purpose == Purpose.TO_PICKUP]
    beds = beds_free(view, sketch.facility)
    slot = next((fate.slot for fate in found.taken if fate.slot is not None), None)
    return Option(
        id=str(rank),
        rank=rank,
        summary=summary(sketch),
        vehicles=tuple(one.id for one in sketch.vehicles),
        facility=sketch.facility.id,
        casualties=tuple(one.id for one in sketch.casualties),
        pickup_p50_at=min(first, default=view.now),
        arrive_p50_at=max(leg.arrive_p50_at for leg in last),
        arrive_p90_at=max(leg.arrive_p90_at for leg in last),
        verdict=verdict(found, view.profile.surgery_s),
        estimated=False,
        legs=legs,
        reasons=reasons(view, wanted, travel, sketch, found),
        risks=risks(view, wanted, travel, sketch, legs, found),
        capability=capability(view, sketch, found),
        promises=tuple(_promise(fate) for fate in found.taken),
        via=tuple(one.id for one in sketch.via),
        beds_free_on_arrival=None if beds is None else beds - len(sketch.casualties),
        ahead_in_queue=slot.ahead if slot is not None else 0,
        table_free_at=slot.table_free_at if slot is not None else None,
    )


def _promise(fate: Fate) -> Promise:
    arrival, care, surgery = fate.arrival, fate.care, fate.surgery
    if arrival is None:
        raise ValueError(f"{fate.casualty} is not taken")  # the caller asks for those who are
    return Promise(
        casualty=fate.casualty,
        category=fate.category,
        arrive_p50_at=arrival.p50_at,
        arrive_p90_at=arrival.p90_at,
        care_p50_at=care.p50_at if care is not None else None,
        care_p90_at=care.p90_at if care is not None else None,
        surgery_p50_at=surgery.p50_at if surgery is not None else None,
        surgery_p90_at=surgery.p90_at if surgery is not None else None,
        surgery_limit_at=fate.surgery_limit_at if surgery is not None else None,
    )
