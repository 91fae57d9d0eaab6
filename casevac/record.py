"""The record of a casualty: every entry with its id, in the order of time, whether it counts or not."""

from typing import Any

import msgspec

from casevac.casualty import Casualty, Move
from casevac.errors import Unknown
from casevac.events import (
    CasualtyTriaged,
    EligibilityDecided,
    MistReported,
    OutcomeDecided,
    PrecedenceDecided,
    RecordWithdrawn,
    TreatmentGiven,
    VitalsTaken,
)
from casevac.history import Entry
from casevac.plain import instant
from casevac.view import View

Json = dict[str, Any]
UNITS = {
    "pulse": "/min", "respiration": "/min", "spo2": " %", "systolic": " mm Hg", "diastolic": " mm Hg",
    "temperature_c": " C", "gcs": "", "avpu": "", "pain": "/10", "capillary_refill_s": " s",
}  # fmt: skip
FIRST_WORD = {"temperature_c": "temperature", "capillary_refill_s": "capillary refill"}


def record(view: View, zap: str) -> Json:
    """The whole record of a casualty, also by an id that was merged into it. Raises Unknown."""
    one = view.casualty(zap)
    if one is None:
        raise Unknown(f"no casualty {zap!r} in this mission; look at the list and try again")
    told: list[Entry[Any]] = [
        *one.triages, *one.precedences, *one.steps, *one.vitals, *one.treatments, *one.mists, *one.outcomes,
        *one.eligibilities, *one.withdrawals,
    ]  # fmt: skip
    rows = [(each.stamp, _row(one, each)) for each in told]
    rows += [(move.stamp, _move(one, move)) for move in one.all_moves]
    return {"id": one.id, "entries": [row for _, row in sorted(rows, key=lambda pair: pair[0])]}


def why_withdrawn(one: Casualty, entry: str) -> str:
    """The reason for which an entry does not count; empty when it counts."""
    return next((each.value.reason for each in one.withdrawals if each.value.entry == entry), "")


def _row(one: Casualty, entry: Entry[Any]) -> Json:
    return {
        "id": entry.id,
        "at": instant(entry.at),
        "kind": str(entry.value.__struct_config__.tag),
        "words": in_words(entry.value),
        "by": entry.by,
        "source": entry.source.value,
        "counts": _counts(one, entry),
        "withdrawn": entry.id in one.withdrawn,
        "withdrawn_why": why_withdrawn(one, entry.id),
        **({"signs": _signs(entry.value)} if isinstance(entry.value, VitalsTaken) else {}),
    }


def _signs(told: VitalsTaken) -> Json:
    """The vital signs that were taken, by their names, in the units of UNITS."""
    return {name: value for name in UNITS if (value := getattr(told, name)) not in (None, "")}


def _counts(one: Casualty, entry: Entry[Any]) -> bool:
    effect = {**one.triage_effect, **one.precedence_effect}
    return entry.id not in one.withdrawn and effect.get(entry.id, True)


def _move(one: Casualty, move: Move) -> Json:
    gone = move.id in one.withdrawn
    return {
        "id": move.id,
        "at": instant(move.at),
        "kind": "casualty_loaded" if move.loaded else "casualty_handed_over",
        "words": f"taken aboard {move.to}" if move.loaded else f"handed over to {move.to}",
        "by": move.by,
        "source": move.source.value,
        "counts": not gone,
        "withdrawn": gone,
        "withdrawn_why": why_withdrawn(one, move.id),
    }


def in_words(told: msgspec.Struct) -> str:  # noqa: PLR0911  one line for each kind
    """An entry as one line."""
    match told:
        case CasualtyTriaged():
            how = f" by {told.algorithm.replace('_', ' ')}" if told.algorithm else ""
            return f"triaged {told.category.value}{how}{_because(told.reason)}"
        case PrecedenceDecided():
            return f"precedence {_plain(told.precedence.value)}{_because(told.reason)}"
        case VitalsTaken():
            return vitals_in_words(told)
        case TreatmentGiven():
            parts = (_plain(told.treatment.value), told.site, told.detail, told.dose)
            return " ".join(part for part in parts if part)
        case MistReported():
            return _mist(told)
        case OutcomeDecided():
            return f"{_plain(told.outcome.value)}{_because(told.reason)}"
        case EligibilityDecided():
            word = "eligible" if told.eligible else "not eligible"
            return f"{word}, decided by {told.authority}{_because(told.reason)}"
        case RecordWithdrawn():
            return f"entry {told.entry} withdrawn{_because(told.reason)}"
    return _plain(str(told.__struct_config__.tag))  # a step: its kind says all


def vitals_in_words(told: VitalsTaken) -> str:
    """The vital signs that were taken, with their units."""
    values = [(name, getattr(told, name)) for name in UNITS]
    words = [
        f"{FIRST_WORD.get(name, name)} {value:g}{UNITS[name]}"
        if not isinstance(value, str)
        else f"{name} {value}"
        for name, value in values
        if value is not None and value != ""
    ]
    return ", ".join(words) or "no vital sign"


def _mist(told: MistReported) -> str:
    names = ("age_group", "age_years", "injury_at", "mechanism", "injuries", "signs", "treatment", "stable")
    words = [
        f"{name.replace('_', ' ')}: {value}" for name in names if (value := getattr(told, name)) is not None
    ]
    return "; ".join(words) or told.raw


def _plain(word: str) -> str:
    return word.replace("_", " ")


def _because(reason: str) -> str:
    return f": {reason}" if reason.strip() else ""
