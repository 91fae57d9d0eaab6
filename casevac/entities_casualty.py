"""A casualty as JSON values: what a page, an export or a replay frame shows of it."""

from typing import Any

import msgspec

from casevac import chain as chains
from casevac.casualty import Casualty
from casevac.clock import Clock, Proof
from casevac.course import request_of
from casevac.doubts import doubts, retriage_due
from casevac.events import CasualtyTriaged, fields_of
from casevac.history import Entry
from casevac.mission import Profile
from casevac.mist import Mist
from casevac.plain import instant
from casevac.record import why_withdrawn
from casevac.stages import state_of
from casevac.terms import LegState
from casevac.view import View
from geo import graphs as nx

Json = dict[str, Any]
SHOWN = 10  # treatments and triages of a live frame, the newest; the record holds all


def casualty_json(view: View, one: Casualty) -> Json:
    """The casualty as the view sees it."""
    place, injury, running = view.place_of(one), one.hurt, view.chain_of(one)
    clocks = view.clocks(one)
    return {
        "id": one.id,
        "also": view.also.get(one.id, []),
        "request": request_of(one),
        "category": one.triage.value,
        "injury_at": instant(injury.value.at) if injury else None,
        "injury_uncertainty_s": injury.value.uncertainty_s if injury else None,
        "state": state_of(view, one).value,
        "lon": place.lon if place else None,
        "lat": place.lat if place else None,
        "uncertainty_m": place.uncertainty_m if place else None,
        "carried_by": one.vehicle or None,
        "facility": one.facility or None,
        "chain": running.id if running else None,
        "source": one.reported.value.value if one.reported else None,
        "what": one.what.value if one.what else "",
        "needs": [need.value for need in one.needs(view.profile)],
        "forecast_estimated": any(clock.expected for clock in clocks) and _estimated(view, one),
        "clocks": [clock_json(clock) for clock in clocks],
        **_decided(view, one),
        **_clinical(view, one),
    }


def _estimated(view: View, one: Casualty) -> bool:
    """True when what the running chain promises rests on estimated figures of legs still to be done:
    those that carry the casualty and all that these wait for."""
    running = view.chain_of(one)
    if running is None or one.facility == running.plan.facility:
        return False
    legs, (done, _) = running.plan.legs, view.travelled(running)
    joined = chains.graph(legs)
    mine = {index for index, leg in enumerate(legs) if one.id in leg.casualties}
    mine = mine.union(*(nx.ancestors(joined, index) for index in mine))
    return any(legs[index].estimated and done[index].state != LegState.DONE for index in mine)


def _decided(view: View, one: Casualty) -> Json:
    """Triage, precedence, whose it is, how it went on, and what does not fit."""
    eligible, outcome = one.eligibility, one.outcome
    return {
        "triage": [_triage(one, each) for each in one.triages[-SHOWN:]],
        "precedence": _precedence(one, view.profile),
        "retriage": retriage_due(one, view.profile, view.arrival(one)),
        "affiliation": one.affiliation.value.value if one.affiliation else "unknown",
        "age_group": one.age_group.value,
        "eligibility": None
        if eligible is None
        else {
            "eligible": eligible.value.eligible,
            "authority": eligible.value.authority,
            "reason": eligible.value.reason,
            "at": instant(eligible.at),
        },
        "outcome": None
        if outcome is None
        else {
            "outcome": outcome.value.outcome.value,
            "reason": outcome.value.reason,
            "by": outcome.by,
            "at": instant(outcome.at),
        },
        "doubts": doubts(one, view.profile, view.now, view.picture.facilities),
    }


def _triage(one: Casualty, entry: Entry[CasualtyTriaged]) -> Json:
    told = entry.value
    return {
        "id": entry.id,
        "at": instant(entry.at),
        "category": told.category.value,
        "algorithm": told.algorithm,
        "inputs": told.inputs,
        "suggested": told.suggested.value if told.suggested else None,
        "missing": list(told.missing),
        "not_breathing": told.not_breathing,
        "reason": told.reason,
        "by": entry.by,
        "source": entry.source.value,
        "counts": one.triage_effect.get(entry.id, False),
        "withdrawn": why_withdrawn(one, entry.id),
    }


def _precedence(one: Casualty, profile: Profile) -> Json:
    decided = one.prioritised
    return {
        "now": one.precedence(profile).value,
        "suggested": one.suggested_precedence(profile).value,
        "decided": decided.value.precedence.value if decided else None,
        "by": decided.by if decided else None,
        "reason": decided.value.reason if decided else "",
        "at": instant(decided.at) if decided else None,
    }


def _clinical(view: View, one: Casualty) -> Json:
    """MIST, the last vital signs, treatments and the tourniquets that are on."""
    vitals, treatments = one.counting(one.vitals), one.counting(one.treatments)
    return {
        "mist": mist_json(one.mist),
        "vitals": {"count": len(vitals), "latest": _latest(one) if vitals else None},
        "treatments": [
            {
                "id": each.id,
                "at": instant(each.at),
                "treatment": each.value.treatment.value,
                "site": each.value.site,
                "detail": each.value.detail,
                "dose": each.value.dose,
                "by": each.by,
            }
            for each in treatments[-SHOWN:]
        ],
        "tourniquets": [
            {
                "site": each.site,
                "since": instant(each.since),
                "minutes": int((view.now - each.since).total_seconds() // 60),
                "alert": (view.now - each.since).total_seconds() >= view.profile.tourniquet_alert_s,
            }
            for each in one.tourniquets
        ],
    }


def _latest(one: Casualty) -> Json:
    last = one.counting(one.vitals)[-1]
    told = {
        name: value for name, value in fields_of(last.value).items() if name not in ("casualty", "speaker")
    }
    return {**told, "id": last.id, "at": instant(last.at), "by": last.by}


def mist_json(mist: Mist) -> Json:
    """MIST by field, with the share of AT-MIST that is known and what is missing."""
    told: Json = msgspec.to_builtins(mist)
    return {**told, "injury_at": instant(mist.injury_at), "completeness": round(mist.completeness, 3),
            "missing": list(mist.missing)}  # fmt: skip


def clock_json(clock: Clock) -> Json:
    """One step of 10-1-2."""
    return {
        "step": clock.step.value,
        "target_at": instant(clock.target.first),
        "target_latest_at": instant(clock.target.last),
        "forecast_p50_at": instant(clock.expected.p50_at) if clock.expected else None,
        "forecast_p90_at": instant(clock.expected.p90_at) if clock.expected else None,
        "actual_at": instant(clock.actual_at),
        "status": clock.status.value,
        "proof": _proof(clock.proof),
    }


def _proof(proof: Proof | None) -> Json | None:
    if proof is None:
        return None
    return {
        "kind": proof.kind,
        "words": proof.words,
        "at": instant(proof.at),
        "by": proof.by,
        "source": proof.source.value,
        "entry": proof.entry,
    }
