"""What a sender left out: ids, what a triage algorithm says, the fields of a MIST told as text."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from casevac import methane, mist, nineline, zap
from casevac.errors import BadMessage
from casevac.events import (
    AlertRaised,
    AnyBody,
    BedReserved,
    Body,
    CasualtyReported,
    CasualtyTriaged,
    HazardReported,
    MethaneSent,
    MistReported,
    NineLineSent,
    QuestionAsked,
    ShiftHandedOver,
    WatchEntryMade,
)
from casevac.terms import Category
from casevac.triage import RULES, algorithm_of, assess


class Mint(NamedTuple):
    """Where new ids come from: ZAP ids, and short ids that begin with a letter (`R-7K2QXM`)."""

    zap: Callable[[], str]
    short: Callable[[str], str]


MOST_OPENED = 500  # casualties that one report opens
MINTED: dict[type[Body], tuple[str, str]] = {  # body -> its field for an id, and the letter that begins it
    QuestionAsked: ("question", "Q"),
    BedReserved: ("reservation", "B"),
    HazardReported: ("id", "H"),
    WatchEntryMade: ("entry", "W"),
    ShiftHandedOver: ("shift", "S"),
}


def named(body: AnyBody, mint: Mint) -> AnyBody:
    """The body with the ids its sender left out; raises BadMessage when it names a casualty twice."""
    if isinstance(body, AlertRaised):
        return with_ids(body, mint)
    if isinstance(body, NineLineSent | MethaneSent):
        return opened(body, mint) if not body.request else located(body)
    if isinstance(body, CasualtyReported) and not body.casualty:
        return replace(body, casualty=mint.zap())
    field, letter = MINTED.get(type(body), ("", ""))
    return replace(body, **{field: mint.short(letter)}) if field and not getattr(body, field) else body


def with_ids(body: AlertRaised, mint: Mint) -> AlertRaised:
    """The alert with a request id and a ZAP id of its own for each casualty."""
    casualties = _as_many(body.casualties, body.how_many, mint)
    return replace(body, request=body.request or mint.short("R"), casualties=casualties)


def opened(body: NineLineSent | MethaneSent, mint: Mint) -> NineLineSent | MethaneSent:
    """The 9-line or METHANE that is the first word of an incident: with a request and its casualties.

    As many casualties as it tells, at most 500, at least one; none has a category by it.
    """
    told, request = located(body), body.request or mint.short("R")
    if isinstance(told, NineLineSent):
        wanted = min(nineline.head_count(told), MOST_OPENED)
        return replace(told, request=request, casualties=_as_many(told.casualties, wanted, mint))
    wanted = min(methane.head_count(told), MOST_OPENED)
    return replace(told, request=request, zaps=_as_many(told.zaps, wanted, mint))


def located(body: NineLineSent | MethaneSent) -> NineLineSent | MethaneSent:
    """The body with the degrees of the grid that it tells."""
    return nineline.placed(body) if isinstance(body, NineLineSent) else methane.placed(body)


def _as_many(given: tuple[str, ...], wanted: int, mint: Mint) -> tuple[str, ...]:
    """The given ids and as many new ones as are wanted; raises BadMessage when one is given twice."""
    known = dict.fromkeys(zap.canonical(one) for one in given)
    if len(known) < len(given):
        raise BadMessage("a casualty is named twice")
    while len(known) < wanted:  # a random id may meet one that was given
        known[mint.zap()] = None
    return tuple(known)


def completed(body: AnyBody, at: datetime) -> AnyBody:
    """What a device told at that time, with what follows from it without a picture.

    A triage gets what its algorithm suggests and lacks, a MIST told as text its fields. Raises
    BadMessage when a triage without a category has inputs that its algorithm does not know.
    """
    if isinstance(body, CasualtyTriaged):
        return _suggested(body)
    return _read(body, at) if isinstance(body, MistReported) else body


def _suggested(body: CasualtyTriaged) -> CasualtyTriaged:
    """With what its algorithm says; a category that was decided stands whatever is wrong with the inputs."""
    try:
        return assessed(body)
    except BadMessage:
        if body.category == Category.UNKNOWN:
            raise
        return body


def assessed(
    body: CasualtyTriaged, expectant_allowed: bool = False, questions: Mapping[str, str] | None = None
) -> CasualtyTriaged:
    """The triage with what its algorithm suggests and lacks; the category, if none was decided, as suggested.

    Raises BadMessage for an unknown algorithm, unknown inputs (naming the known ones) or values.
    """
    algorithm = algorithm_of(body.algorithm)
    if algorithm not in RULES:
        return body
    found = assess(algorithm, body.inputs, expectant_allowed=expectant_allowed, questions=questions)
    return replace(
        body,
        algorithm=algorithm.value,
        suggested=found.category,
        missing=found.missing,
        not_breathing=found.not_breathing,
        category=found.category if body.category == Category.UNKNOWN else body.category,
    )


def _read(body: MistReported, at: datetime) -> MistReported:
    """With the fields of its text when it tells none itself; a text that cannot be read stays as it is."""
    names = [name for name in mist.Mist.__struct_fields__ if name != "zap"]
    if not body.raw or any(getattr(body, name) is not None for name in names):
        return body
    try:
        return replace(body, **mist.fields(mist.read(body.raw, at)))
    except BadMessage:
        return body
