"""What is told of a casualty."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from casevac.events.shape import Body, Lat, Lon, Metres, Name, Reason, Seconds, Text, Time, Told
from casevac.terms import (
    Affiliation,
    AgeGroup,
    Category,
    Outcome,
    Precedence,
    Role,
    Treatment,
    Urgency,
)

PulseRate = Annotated[float, Meta(ge=0, le=350)]  # per minute
BreathRate = Annotated[float, Meta(ge=0, le=150)]  # per minute
Percent = Annotated[float, Meta(ge=0, le=100)]
Pressure = Annotated[float, Meta(ge=0, le=400)]  # mm Hg
Celsius = Annotated[float, Meta(ge=10, le=45)]
Years = Annotated[float, Meta(ge=0, le=130)]


class CasualtyReported(Body, frozen=True, tag="casualty_reported"):
    """One casualty, new or known, with place and injury time."""

    lon: Lon
    lat: Lat
    casualty: Name = ""  # ZAP id; minted at the door when missing
    request: Name = ""
    uncertainty_m: Metres | None = None
    injury_at: Time | None = None
    injury_uncertainty_s: Seconds | None = None
    category: Category = Category.UNKNOWN
    what: Text = ""
    affiliation: Affiliation = Affiliation.UNKNOWN
    age_group: AgeGroup = AgeGroup.UNKNOWN
    speaker: Text = ""
    told_by: ClassVar[Role | None] = Role.TRACKER


class CasualtyTriaged(Body, frozen=True, tag="casualty_triaged"):
    """A triage category was decided; lowering it needs a reason.

    With an algorithm and its inputs the door adds what it suggests and which inputs are missing; a
    category that was not decided is then the suggested one.
    """

    casualty: Name
    category: Category = Category.UNKNOWN
    algorithm: Text = ""
    inputs: dict[str, bool | float | str | None] = msgspec.field(default_factory=dict)
    suggested: Category | None = None
    missing: tuple[str, ...] = ()
    not_breathing: bool = False  # found so by Ten Second Triage; only a clinician declares death
    reason: Text = ""
    by: Text = ""
    speaker: Text = ""
    told_by: ClassVar[Role | None] = Role.TRACKER


class BleedingControlled(Body, frozen=True, tag="bleeding_controlled"):
    """The 10 of 10-1-2 was done."""

    casualty: Name
    by: Text = ""
    speaker: Text = ""
    told_by: ClassVar[Role | None] = Role.TRACKER


class AdvancedCareStarted(Body, frozen=True, tag="advanced_care_started"):
    """The 1 of 10-1-2 was done: enhanced care by medical personnel began."""

    casualty: Name
    by: Text = ""
    speaker: Text = ""
    told_by: ClassVar[Role | None] = Role.TRACKER


class SurgeryStarted(Body, frozen=True, tag="surgery_started"):
    """The 2 of 10-1-2 was done: damage-control surgery began."""

    casualty: Name
    by: Text = ""
    speaker: Text = ""
    told_by: ClassVar[Role | None] = Role.TRACKER


class CasualtyLoaded(Body, frozen=True, tag="casualty_loaded"):
    """A vehicle took a casualty aboard; without `vehicle` it is the reporting device's own."""

    casualty: Name
    vehicle: Name | None = None
    speaker: Text = ""
    told_by: ClassVar[Role | None] = Role.TRACKER


class CasualtyHandedOver(Body, frozen=True, tag="casualty_handed_over"):
    """A casualty was handed to a facility or to another vehicle."""

    casualty: Name
    facility: Name | None = None
    vehicle: Name | None = None
    speaker: Text = ""
    told_by: ClassVar[Role | None] = Role.TRACKER


class PrecedenceDecided(Told, frozen=True, kw_only=True, tag="precedence_decided"):
    """A person decided the evacuation precedence; lowering it needs a reason."""

    casualty: Name
    precedence: Precedence
    reason: Text = ""


class MistReported(Told, frozen=True, kw_only=True, tag="mist_reported"):
    """MIST or AT-MIST, whole or in part: what is None was not told and stays as it was."""

    casualty: Name
    age_group: AgeGroup | None = None
    age_years: Years | None = None
    injury_at: Time | None = None
    injury_uncertainty_s: Seconds | None = None
    mechanism: Text | None = None
    injuries: Text | None = None
    signs: Text | None = None
    treatment: Text | None = None
    stable: bool | None = None
    raw: Text = ""


class VitalsTaken(Told, frozen=True, kw_only=True, tag="vitals_taken"):
    """Vital signs at the event's time; what is None was not taken."""

    casualty: Name
    pulse: PulseRate | None = None
    respiration: BreathRate | None = None
    spo2: Percent | None = None
    systolic: Pressure | None = None
    diastolic: Pressure | None = None
    temperature_c: Celsius | None = None
    gcs: Annotated[int, Meta(ge=3, le=15)] | None = None
    avpu: Annotated[str, Meta(pattern="^[AVPU]?$")] = ""  # alert, to voice, to pain, unresponsive
    pain: Annotated[int, Meta(ge=0, le=10)] | None = None
    capillary_refill_s: Annotated[float, Meta(ge=0, le=60)] | None = None


class TreatmentGiven(Told, frozen=True, kw_only=True, tag="treatment_given"):
    """Something was done at the event's time; the time of a tourniquet is a clock of its own."""

    casualty: Name
    treatment: Treatment
    site: Text = ""  # as left leg
    detail: Text = ""
    dose: Text = ""


class RecordWithdrawn(Told, frozen=True, kw_only=True, tag="record_withdrawn"):
    """An entry of a casualty's record was wrong: it no longer counts, and stays to be seen."""

    casualty: Name
    entry: Name
    reason: Reason


class OutcomeDecided(Told, frozen=True, kw_only=True, tag="outcome_decided"):
    """How the care of a casualty went on or ended."""

    casualty: Name
    outcome: Outcome
    reason: Text = ""
    told_by: ClassVar[Role | None] = Role.FACILITY


class EligibilityDecided(Told, frozen=True, kw_only=True, tag="eligibility_decided"):
    """Whether a casualty from outside the mission is evacuated by it: decided case by case."""

    casualty: Name
    eligible: bool
    authority: Name
    reason: Reason
    told_by: ClassVar[Role | None] = Role.COORDINATOR


class CasualtiesMerged(Told, frozen=True, kw_only=True, tag="casualties_merged"):
    """Two ids are one person: `merged` is read as `kept` from now on."""

    kept: Name
    merged: Name
    reason: Text = ""
    told_by: ClassVar[Role | None] = Role.COORDINATOR


class CasualtiesSplit(Told, frozen=True, kw_only=True, tag="casualties_split"):
    """Two ids are two persons after all: the merging is undone."""

    kept: Name
    merged: Name
    reason: Text = ""
    told_by: ClassVar[Role | None] = Role.COORDINATOR


class QuestionAsked(Told, frozen=True, kw_only=True, tag="question_asked"):
    """A question to a specialist about a casualty."""

    casualty: Name
    text: Reason
    question: Text = ""  # minted at the door
    urgency: Urgency = Urgency.HOUR
    to: Text = ""  # which speciality or facility


class QuestionAnswered(Told, frozen=True, kw_only=True, tag="question_answered"):
    """The specialist's answer."""

    question: Name
    text: Reason
    told_by: ClassVar[Role | None] = Role.FACILITY
