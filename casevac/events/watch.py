"""The watch: alarms raised, acknowledged, cleared; what the watch-keeper writes down; who has the watch."""

from typing import Annotated, ClassVar

from msgspec import Meta

from casevac.events.shape import Body, Count, Name, Reason, Text, Time, Told
from casevac.terms import EntryFlag, Role, Severity

LONGEST_BRIEF = 30_000
Words = Annotated[str, Meta(max_length=LONGEST_BRIEF)]


class AlarmRaised(Body, frozen=True, kw_only=True, tag="alarm_raised"):
    """A condition that a person must look at began to hold, came back, or became graver.

    `round` counts how often this alarm was raised; `times` how often lately, without an hour's rest.
    """

    alarm: Text
    round: Count
    times: Count = 1
    alarm_kind: Text
    severity: Severity
    group: Text
    subject: Text
    words: Text
    since: Time | None = None  # since when it holds; None: it follows from a forecast


class AlarmCleared(Body, frozen=True, kw_only=True, tag="alarm_cleared"):
    """The condition holds no more."""

    alarm: Text
    round: Count


class AlarmAcknowledged(Told, frozen=True, kw_only=True, tag="alarm_acknowledged"):
    """A person has looked at an alarm; `round` is the one that was seen, 0 the present one."""

    alarm: Text = ""  # named in the address or here
    round: Count = 0
    told_by: ClassVar[Role | None] = Role.COORDINATOR


class WatchEntryMade(Told, frozen=True, kw_only=True, tag="watch_entry_made"):
    """What a watch-keeper writes down, what it concerns, and which earlier entry it corrects."""

    entry: Text = ""  # minted at the door
    text: Reason
    flag: EntryFlag = EntryFlag.NOTE
    casualty: Text = ""
    request: Text = ""
    vehicle: Text = ""
    facility: Text = ""
    corrects: Text = ""
    told_by: ClassVar[Role | None] = Role.COORDINATOR


class ShiftHandedOver(Told, frozen=True, kw_only=True, tag="shift_handed_over"):
    """The outgoing watch-keeper signs the brief and names who takes over; `since` is where it begins."""

    shift: Text = ""  # minted at the door
    outgoing: Name
    incoming: Name
    remarks: Text = ""
    since: Time | None = None
    brief: Words = ""  # as it was handed over; written at the door
    told_by: ClassVar[Role | None] = Role.COORDINATOR


class ShiftTakenOver(Told, frozen=True, kw_only=True, tag="shift_taken_over"):
    """The incoming watch-keeper has read the brief and has the watch."""

    shift: Name
    incoming: Name
    told_by: ClassVar[Role | None] = Role.COORDINATOR
