"""The fold of what is told of casualties."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from msgspec.structs import replace

from casevac import events as e
from casevac.board import bounded, sane
from casevac.casualty import Casualty, Injury, Move, Place
from casevac.duty import Question
from casevac.events import Event
from casevac.fold_means import own_vehicle
from casevac.history import KEPT, Entry, with_one
from casevac.mtf import Facility
from casevac.stamp import Said, Stamp, later, sooner, stamp
from casevac.state import Draft, Folds
from casevac.terms import Affiliation, AgeGroup, Category
from casevac.vehicle import Vehicle

T = TypeVar("T")
REPORTERS_KEPT = 20


def _casualty_reported(draft: Draft, event: Event, body: e.CasualtyReported) -> None:
    if not body.casualty:
        draft.odd(event, "the report names no casualty")
        return
    at = stamp(event, weight=1)
    casualty = reported(draft, body.casualty, event, at, Place(body.lon, body.lat, body.uncertainty_m))
    changes: dict[str, Any] = {"injury": injury(casualty.injury, body, at)}
    if body.request:
        changes["request"] = later(casualty.request, body.request, at)
    if body.what:
        changes["what"] = later(casualty.what, body.what, at)
    if body.affiliation != Affiliation.UNKNOWN:
        changes["affiliation"] = later(casualty.affiliation, body.affiliation, at)
    if body.age_group != AgeGroup.UNKNOWN:
        changes["aged"] = later(casualty.aged, body.age_group, at)
    if body.category != Category.UNKNOWN:
        triage = e.CasualtyTriaged(body.casualty, body.category, speaker=body.speaker)
        changes["triages"] = with_one(casualty.triages, _entry(event, triage, at))
    keep(draft, replace(casualty, **changes))


def reported(draft: Draft, zap: str, event: Event, at: Stamp, place: Place) -> Casualty:
    """The casualty with one more report of where it is; not kept yet."""
    casualty = known(draft, zap)
    first = sooner(casualty.reported, event.source, at)
    reporter = event.device or told_by(event)
    reporters = casualty.reporters
    if reporter not in reporters:
        reporters = tuple(sorted((*reporters, reporter))[:REPORTERS_KEPT])
    return replace(casualty, reported=first, reporters=reporters, place=later(casualty.place, place, at))


def injury(
    told: Said[Injury] | None, body: e.AlertRaised | e.CasualtyReported, at: Stamp
) -> Said[Injury] | None:
    """When it was hurt, as last told."""
    if body.injury_at is None:
        return told
    return later(told, Injury(sane(body.injury_at), body.injury_uncertainty_s), at)


def told_by(event: Event) -> str:
    """Who told it: the one who spoke, the one who is named, else whoever sent it."""
    body: Any = event.body
    return getattr(body, "speaker", "") or getattr(body, "by", "") or event.actor


def _entry(event: Event, body: T, at: Stamp) -> Entry[T]:
    return Entry(at, body, told_by(event), event.source)


class _OfCasualty(Protocol):
    """What is told of one casualty."""

    @property
    def casualty(self) -> str: ...


def _recorded(
    field: str, weight: int = 0, most: int | None = KEPT
) -> Callable[[Draft, Event, _OfCasualty], None]:
    """The fold of a kind that is one more entry of a history."""

    def recorded(draft: Draft, event: Event, body: _OfCasualty) -> None:
        casualty = known(draft, body.casualty)
        one = _entry(event, body, stamp(event, weight))
        keep(draft, replace(casualty, **{field: with_one(getattr(casualty, field), one, most)}))

    return recorded


def _mist_reported(draft: Draft, event: Event, body: e.MistReported) -> None:
    _recorded("mists")(draft, event, replace(body, injury_at=bounded(body.injury_at)))


def _casualty_loaded(draft: Draft, event: Event, body: e.CasualtyLoaded) -> None:
    vehicle = own_vehicle(draft, event, body.vehicle)
    if not vehicle:
        draft.odd(event, f"no vehicle is named that took {body.casualty} aboard")
        return
    _meet(draft, vehicle)
    at = stamp(event, weight=1)
    _move(draft, body.casualty, Move(at, vehicle, "", True, told_by(event), event.source))


def _casualty_handed_over(draft: Draft, event: Event, body: e.CasualtyHandedOver) -> None:
    at = stamp(event, weight=2)
    if body.facility:
        if body.facility not in draft.all("facilities"):
            draft.odd(event, f"facility {body.facility} is not registered")
            draft.put("facilities", body.facility, Facility(body.facility))
        _move(draft, body.casualty, Move(at, "", body.facility, False, told_by(event), event.source))
    elif body.vehicle:
        _meet(draft, body.vehicle)
        _move(draft, body.casualty, Move(at, body.vehicle, "", False, told_by(event), event.source))
    else:
        draft.odd(event, f"nobody is named who took {body.casualty} over")


def _move(draft: Draft, zap: str, move: Move) -> None:
    casualty = known(draft, zap)
    keep(draft, replace(casualty, all_moves=with_one(casualty.all_moves, move)))


def _meet(draft: Draft, vehicle: str) -> None:
    if vehicle not in draft.all("vehicles"):
        draft.put("vehicles", vehicle, Vehicle(vehicle))


def _casualties_merged(draft: Draft, event: Event, body: e.CasualtiesMerged) -> None:
    said = later(draft.get("merges", body.merged, None), body.kept, stamp(event))
    draft.put("merges", body.merged, said)


def _casualties_split(draft: Draft, event: Event, body: e.CasualtiesSplit) -> None:
    said = later(draft.get("merges", body.merged, None), "", stamp(event, weight=1))
    draft.put("merges", body.merged, said)


def _question_asked(draft: Draft, event: Event, body: e.QuestionAsked) -> None:
    if not body.question:
        draft.odd(event, "the question has no id")
        return
    at, question = stamp(event), draft.get("questions", body.question, Question(body.question))
    asked = sooner(question.asked, body, at)
    device = event.device or "" if asked.stamp == at else question.device
    draft.put("questions", body.question, replace(question, asked=asked, device=device))


def _question_answered(draft: Draft, event: Event, body: e.QuestionAnswered) -> None:
    question = draft.get("questions", body.question, Question(body.question))
    answer = sooner(question.answer, body, stamp(event))
    draft.put("questions", body.question, replace(question, answer=answer))


def known(draft: Draft, zap: str) -> Casualty:
    """The casualty as it is by now, or a new one."""
    return draft.get("casualties", zap, None) or Casualty(zap)


def keep(draft: Draft, casualty: Casualty) -> None:
    """Put the casualty into the picture."""
    draft.keep(casualty)


FOLDS: Folds = {
    e.CasualtyReported: _casualty_reported,
    e.CasualtyTriaged: _recorded("triages", weight=2),
    e.BleedingControlled: _recorded("steps"),
    e.AdvancedCareStarted: _recorded("steps"),
    e.SurgeryStarted: _recorded("steps"),
    e.CasualtyLoaded: _casualty_loaded,
    e.CasualtyHandedOver: _casualty_handed_over,
    e.PrecedenceDecided: _recorded("precedences"),
    e.MistReported: _mist_reported,
    e.VitalsTaken: _recorded("vitals"),
    e.TreatmentGiven: _recorded("treatments"),
    e.RecordWithdrawn: _recorded("withdrawals", most=None),
    e.OutcomeDecided: _recorded("outcomes"),
    e.EligibilityDecided: _recorded("eligibilities"),
    e.CasualtiesMerged: _casualties_merged,
    e.CasualtiesSplit: _casualties_split,
    e.QuestionAsked: _question_asked,
    e.QuestionAnswered: _question_answered,
}
