"""MIST, AT-MIST, ZMIST and S-MIST: read as heard on the radio, written to be read out."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from casevac import zap
from casevac.errors import BadMessage
from casevac.terms import AgeGroup

ADULT_YEARS = 18  # whoever is younger is a child: Convention on the Rights of the Child, article 1
COUNTED = ("age_group", "injury_at", "mechanism", "injuries", "signs", "treatment")
NOTHING = ("not known", "unknown", "not told")  # in place of a field
SLIP = timedelta(seconds=60)  # a clock may be ahead by this
_LABELS = {
    "Z": "zap", "ZAP": "zap", "A": "age", "AGE": "age", "T": "t", "TIME": "time", "TIME OF INJURY": "time",
    "M": "mechanism", "MOI": "mechanism", "MECHANISM": "mechanism", "MECHANISM OF INJURY": "mechanism",
    "I": "injuries", "INJURY": "injuries", "INJURIES": "injuries", "ILLNESS": "injuries",
    "S": "s", "SIGNS": "signs", "SYMPTOMS": "signs", "SIGNS AND SYMPTOMS": "signs",
    "TREATMENT": "treatment", "TREATMENT GIVEN": "treatment",
}  # fmt: skip
_words = "|".join(sorted((re.escape(label) for label in _LABELS), key=len, reverse=True))
_LABEL = re.compile(rf"(?:(?<=[\s;,.|/])|^)({_words})\s*[:=]\s*|^[ \t]*({_words})\s*[-/.]\s+", re.I | re.M)
_CLOCK = re.compile(r"\b([01]?\d|2[0-3])[:.]?([0-5]\d)\s*(?:Z|UTC|ZULU)?\b", re.I)


class Mist(msgspec.Struct, frozen=True):
    """MIST with age, time and pseudonym; None is what was not told."""

    zap: str | None = None
    age_group: AgeGroup | None = None
    age_years: float | None = None
    injury_at: datetime | None = None
    stable: bool | None = None
    mechanism: str | None = None
    injuries: str | None = None
    signs: str | None = None
    treatment: str | None = None

    @property
    def completeness(self) -> float:
        """Share (0 to 1) of the six fields of AT-MIST that are known."""
        return sum(getattr(self, name) is not None for name in COUNTED) / len(COUNTED)

    @property
    def missing(self) -> tuple[str, ...]:
        """The fields of AT-MIST that are not known."""
        return tuple(name for name in COUNTED if getattr(self, name) is None)


def read(text: str, now: datetime | None = None) -> Mist:
    """A MIST as typed while it was heard: `M: .. I: .. S: .. T: ..`, one line or many, any case.

    Before M a T is the time of the injury (UTC; hours and minutes alone are the last such time before
    `now`), after it the treatment; an S before M says stable or unstable. What cannot be made out of A, Z or
    a time stays None. Raises BadMessage when no field is found, or one of them twice.
    """
    told: dict[str, str] = {}
    for field, value in _parts(text):
        if not value:
            continue
        if field in told:
            raise BadMessage(f"this MIST has {field} twice; send one casualty at a time")
        told[field] = value
    if not told:
        raise BadMessage("no MIST in this text; write M: mechanism I: injuries S: signs T: treatment")
    words: dict[str, Any] = {key: told.get(key) for key in ("mechanism", "injuries", "signs", "treatment")}
    group, years = _age(told.get("age", ""))
    named = told.get("zap", "")
    return Mist(
        zap=zap.canonical(named) if zap.is_zap(named) else None,
        age_group=group,
        age_years=years,
        injury_at=_time(told.get("time", ""), now),
        stable=_stable(told.get("stable", "")),
        **words,
    )


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """The fields in their order; what T and S mean depends on whether M has come."""
    found = _labels(text)
    ends = [*(match.start() for match in found), len(text)][1:]
    begun = False
    for match, end in zip(found, ends, strict=True):
        field = _LABELS[_label(match)]
        value = " ".join(text[match.end() : end].split()).strip(" ;,|/")
        value = "" if value.casefold() in NOTHING else value
        begun = begun or field in ("mechanism", "injuries")
        if field == "t":
            field = "treatment" if begun else "time"
        elif field == "s":
            field = "stable" if not begun and _stable(value) is not None else "signs"
        yield field, value


def _labels(text: str) -> list[re.Match[str]]:
    """Where fields begin; once M has come, A and Z are words of its fields (as of an airway)."""
    found: list[re.Match[str]] = []
    begun = False
    for match in _LABEL.finditer(text):
        field = _LABELS[_label(match)]
        if not begun or field not in ("age", "zap"):
            found.append(match)
        begun = begun or field in ("mechanism", "injuries")
    return found


def _label(match: re.Match[str]) -> str:
    return " ".join((match[1] or match[2]).upper().split())


def _stable(text: str) -> bool | None:
    first = re.match(r"\s*(un|not )?stable\b", text, re.I)
    return None if first is None else first[1] is None


def _age(text: str) -> tuple[AgeGroup | None, float | None]:
    number = re.search(r"\d+(?:\.\d+)?", text)
    months = re.search(r"\d\s*(?:months?|mo)\b", text, re.I) is not None
    years = None if number is None else float(number[0]) / (12 if months else 1)
    if years is not None and years > 130:  # no age
        years = None
    if re.search(r"\b(child|infant|baby|boy|girl)\b", text, re.I):
        return AgeGroup.CHILD, years
    if re.search(r"\badult\b", text, re.I):
        return AgeGroup.ADULT, years
    if years is None:
        return None, None
    return AgeGroup.CHILD if years < ADULT_YEARS else AgeGroup.ADULT, years


def _time(text: str, now: datetime | None) -> datetime | None:
    try:
        told = datetime.fromisoformat(text.split(maxsplit=1)[0]) if text.split() else None
    except ValueError:
        told = None
    if told is not None and told.tzinfo is not None:
        return told.astimezone(UTC)
    clock = _CLOCK.match(text.strip())
    if clock is None or now is None or re.match(r"[\d:.\s]*L\b", text, re.I):  # local time needs a zone
        return None
    today = now.astimezone(UTC).replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
    return today if today <= now + SLIP else today - timedelta(days=1)


def fields(mist: Mist) -> dict[str, Any]:
    """What was told, as the fields of a `mist_reported`."""
    told = {name: getattr(mist, name) for name in mist.__struct_fields__ if name != "zap"}
    return {name: value for name, value in told.items() if value is not None}


def text(mist: Mist) -> str:
    """The MIST to be read out, one field a line; what is not known is said to be so."""
    age = " ".join(
        part
        for part in (
            mist.age_group.value if mist.age_group else "",
            f"{mist.age_years:g} years" if mist.age_years is not None else "",
        )
        if part
    )
    lines = [
        ("Z", mist.zap),
        ("S", None if mist.stable is None else "stable" if mist.stable else "unstable"),
        ("A", age or "not known"),
        ("T", f"{mist.injury_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if mist.injury_at else "not known"),
        ("M", mist.mechanism or "not known"),
        ("I", mist.injuries or "not known"),
        ("S", mist.signs or "not known"),
        ("T", mist.treatment or "not known"),
    ]
    return "\n".join(f"{label}: {value}" for label, value in lines if value)
