"""What is checked and added when somebody tells of a casualty."""

from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from casevac import events as e
from casevac import merging, mist
from casevac.casualty import PRECEDENCE_RANK, RANK, Casualty, Move
from casevac.clock import AHEAD
from casevac.doubts import clock_of
from casevac.errors import BadMessage, NotPossible, Unknown
from casevac.history import lowers
from casevac.ids import Mint, assessed
from casevac.record import record, why_withdrawn
from casevac.stages import ENDS
from casevac.tell import Checks
from casevac.terms import Category, Outcome, Precedence, Treatment
from casevac.view import View

Bodies = tuple[e.AnyBody, ...]
NEEDS_REASON = (Outcome.CANCELLED, Outcome.DECEASED)
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # nothing of a mission happened before
ENTRIES_NAMED = 5  # of a record, in the words of a fault


def _one(view: View, zap: str) -> Casualty:
    """The casualty that is told of; a new one when nobody knows it yet."""
    return view.casualty(zap) or Casualty(zap)


# --- who goes first


def _reported(view: View, body: e.CasualtyReported, _: Mint) -> Bodies:
    check_injury(body.injury_at, view.at)
    one = view.casualty(body.casualty)
    if (
        one is not None
        and body.category != Category.UNKNOWN
        and (before := _lowered(view, one, body.category))
    ):
        raise BadMessage(
            f"lowering {before.value} to {body.category.value} needs a reason: tell casualty_triaged with one"
        )
    return (body,)


def _triaged(view: View, body: e.CasualtyTriaged, _: Mint) -> Bodies:
    profile = view.profile
    body = assessed(body, profile.expectant_allowed, profile.salt_questions)
    if body.category == Category.T4 and not profile.expectant_allowed:
        raise BadMessage("T4 (expectant) is not authorised in this mission; give T1, T2, T3 or DEAD")
    if not body.reason.strip() and (before := _lowered(view, _one(view, body.casualty), body.category)):
        raise BadMessage(f"lowering {before.value} to {body.category.value} needs a reason")
    return (body,)


def _lowered(view: View, one: Casualty, category: Category) -> Category | None:
    """The category that this one would lower, as it was when that happened which is told."""
    before = [
        (each.value.category, each.value.reason) for each in one.counting(one.triages) if each.at <= view.at
    ]
    return lowers(before, category, RANK, Category.UNKNOWN)


def _precedence_decided(view: View, body: e.PrecedenceDecided, _: Mint) -> Bodies:
    if body.reason.strip():
        return (body,)
    one = _one(view, body.casualty)
    told = [each for each in one.counting(one.precedences) if each.at <= view.at]
    before = lowers(
        [(each.value.precedence, each.value.reason) for each in told],
        body.precedence,
        PRECEDENCE_RANK,
        Precedence.UNKNOWN,
    )
    if before is not None:
        raise BadMessage(f"lowering {before.value} to {body.precedence.value} needs a reason")
    suggested = one.suggested_precedence(view.profile)
    if PRECEDENCE_RANK[body.precedence] > PRECEDENCE_RANK[suggested]:
        raise BadMessage(
            f"{body.precedence.value} is below what the triage suggests ({suggested.value}): give a reason"
        )
    return (body,)


# --- when and where


def check_injury(injury_at: datetime | None, at: datetime) -> None:
    """Raises BadMessage for an injury before 2000, or more than a minute after `at`, when it was told."""
    if injury_at is not None and injury_at > at + AHEAD:
        raise BadMessage(
            f"injury_at {clock_of(injury_at)} is in the future; give the time of the injury in UTC"
        )
    if injury_at is not None and injury_at < EARLIEST:
        raise BadMessage(f"injury_at {injury_at:%Y-%m-%d} is before 2000; give the time of the injury in UTC")


def _not_before_injury(view: View, one: Casualty) -> None:
    if one.hurt is None:
        return
    hurt = one.hurt.value
    if view.at < hurt.at - timedelta(seconds=hurt.uncertainty_s or 0.0) - AHEAD:
        raise BadMessage(
            f"{clock_of(view.at)} is before the injury at {clock_of(hurt.at)}; correct the time, or tell the "
            "injury time anew"
        )


def _still_here(one: Casualty) -> None:
    """One who returned to duty, left the mission or never was is not moved any more; remains may be."""
    ended = one.outcome.value.outcome if one.outcome is not None else None
    if ended in ENDS and ended != Outcome.DECEASED:
        raise NotPossible(
            f"{one.id} is {ended.value.replace('_', ' ')}; withdraw that outcome, or tell another one first"
        )


def _loaded(view: View, body: e.CasualtyLoaded, _: Mint) -> Bodies:
    if not body.vehicle:
        raise BadMessage("say which vehicle took the casualty aboard: vehicle is missing")
    one = _one(view, body.casualty)
    _still_here(one)
    _not_before_injury(view, one)
    before = _had_by(one, view.at)
    if before is not None and before.vehicle and before.vehicle != body.vehicle:
        raise NotPossible(
            f"{one.id} is aboard {before.vehicle} since {clock_of(before.at)}: tell its hand-over to "
            f"{body.vehicle} (casualty_handed_over), or withdraw entry {before.id}"
        )
    return (body,)


def _had_by(one: Casualty, at: datetime) -> Move | None:
    """The change of custody in force at that instant."""
    return next((move for move in reversed(one.moves) if move.at <= at), None)


def _handed_over(view: View, body: e.CasualtyHandedOver, _: Mint) -> Bodies:
    if not (body.facility or body.vehicle):
        raise BadMessage("say who took the casualty over: give facility or vehicle")
    one = _one(view, body.casualty)
    _still_here(one)
    _not_before_injury(view, one)
    pick_up = next((move for move in one.moves if move.at > view.at and move.loaded), None)
    if pick_up is not None and _had_by(one, view.at) is None:
        raise BadMessage(
            f"the hand-over at {clock_of(view.at)} is before the pick-up by {pick_up.vehicle} at "
            f"{clock_of(pick_up.at)}; correct the time, or withdraw entry {pick_up.id}"
        )
    return (body,)


# --- what was done and measured


def _step(
    view: View, body: e.BleedingControlled | e.AdvancedCareStarted | e.SurgeryStarted, _: Mint
) -> Bodies:
    _not_before_injury(view, _one(view, body.casualty))
    return (body,)


def _mist(view: View, body: e.MistReported, _: Mint) -> Bodies:
    told = {name: getattr(body, name) for name in mist.Mist.__struct_fields__ if name != "zap"}
    if body.raw and all(value is None for value in told.values()):
        body = replace(body, **mist.fields(mist.read(body.raw, view.at)))
    elif all(value is None or value == "" for value in told.values()):
        raise BadMessage(
            "this MIST tells nothing; give mechanism, injuries, signs or treatment, or the text as raw"
        )
    check_injury(body.injury_at, view.at)
    return (body,)


def _vitals(_: View, body: e.VitalsTaken, __: Mint) -> Bodies:
    signs = [name for name in body.__struct_fields__ if name not in ("by", "speaker", "casualty")]
    if all(getattr(body, name) in (None, "") for name in signs):
        raise BadMessage(f"no vital sign was told; give one of {', '.join(signs)}")
    if body.systolic is not None and body.diastolic is not None and body.diastolic > body.systolic:
        raise BadMessage(
            f"diastolic {body.diastolic:g} is above systolic {body.systolic:g}; are they swapped?"
        )
    return (body,)


def _treatment(view: View, body: e.TreatmentGiven, _: Mint) -> Bodies:
    one = _one(view, body.casualty)
    _not_before_injury(view, one)
    if body.treatment == Treatment.TOURNIQUET_RELEASED:
        on = [each.site or "a site nobody named" for each in one.tourniquets]
        site = " ".join(body.site.casefold().split())
        if not (site in on or (len(on) == 1 and not site)):
            where = f"on are: {', '.join(on)}" if on else "none is on"
            raise BadMessage(f"no tourniquet is on at {body.site or 'a site that is clear'}; {where}")
    return (body,)


def _withdrawn(view: View, body: e.RecordWithdrawn, _: Mint) -> Bodies:
    one = _one(view, body.casualty)
    entries = [row for row in record(view, one.id)["entries"] if row["kind"] != "record_withdrawn"]
    if body.entry not in {row["id"] for row in entries}:
        newest = (
            ", ".join(f"{row['id']} ({row['words']})" for row in entries[-ENTRIES_NAMED:]) or "nothing yet"
        )
        raise Unknown(f"no entry {body.entry!r} in the record of {one.id}; its newest: {newest}")
    if body.entry in one.withdrawn:
        raise NotPossible(f"entry {body.entry} is withdrawn already: {why_withdrawn(one, body.entry)}")
    return (body,)


def _outcome(view: View, body: e.OutcomeDecided, _: Mint) -> Bodies:
    if body.outcome in NEEDS_REASON and not body.reason.strip():
        raise BadMessage(f"{body.outcome.value} needs a reason: who says so, and why")
    _not_before_injury(view, _one(view, body.casualty))
    return (body,)


# --- two ids, one person


def _merged(view: View, body: e.CasualtiesMerged, _: Mint) -> Bodies:
    if fault := merging.why_not(view.told.merges, body.kept, body.merged):
        raise NotPossible(fault)
    one, other = _one(view, body.kept), _one(view, body.merged)
    chains = [chain.id for each in (one, other) if (chain := view.chain_of(each)) is not None]
    if len(set(chains)) > 1:
        raise NotPossible(f"both are in running chains ({', '.join(chains)}); cancel one of them first")
    apart = one.custody is not None and other.custody is not None and one.custody.to != other.custody.to
    if apart and one.custody and other.custody and not body.reason.strip():
        raise NotPossible(
            f"{one.id} is with {one.custody.to}, {other.id} with {other.custody.to}: one person cannot be at "
            "two places; give a reason if one of the two was told wrongly"
        )
    return (body,)


def _split(view: View, body: e.CasualtiesSplit, _: Mint) -> Bodies:
    said = view.told.merges.get(body.merged)
    if said is None or said.value != body.kept:
        into = f"it is merged into {said.value}" if said is not None and said.value else "it is not merged"
        raise NotPossible(f"{body.merged} is not merged into {body.kept}; {into}")
    return (body,)


def _alert(view: View, body: e.AlertRaised, _: Mint) -> Bodies:
    check_injury(body.injury_at, view.at)
    return (body,)


CHECKS: Checks = {
    e.AlertRaised: _alert,
    e.CasualtyReported: _reported,
    e.CasualtyTriaged: _triaged,
    e.PrecedenceDecided: _precedence_decided,
    e.CasualtyLoaded: _loaded,
    e.CasualtyHandedOver: _handed_over,
    e.BleedingControlled: _step,
    e.AdvancedCareStarted: _step,
    e.SurgeryStarted: _step,
    e.MistReported: _mist,
    e.VitalsTaken: _vitals,
    e.TreatmentGiven: _treatment,
    e.RecordWithdrawn: _withdrawn,
    e.OutcomeDecided: _outcome,
    e.CasualtiesMerged: _merged,
    e.CasualtiesSplit: _split,
}
