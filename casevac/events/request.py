"""Requests for evacuation: the alert, the 9-line, METHANE, and their end."""

from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from casevac.events.shape import Body, Count, Lat, Lon, Metres, Name, Reason, Seconds, Text, Time, Told
from casevac.terms import Category, Contamination, Equipment, Marking, Precedence, Role, Security


class AlertRaised(Body, frozen=True, tag="alert_raised"):
    """The four facts: who calls, where, how many, what. It opens a request and its casualties."""

    who: Name
    what: Text
    how_many: Annotated[int, Meta(ge=1, le=500)]
    lon: Lon
    lat: Lat
    request: Name = ""  # minted at the door when the caller has none
    casualties: tuple[Name, ...] = ()  # ZAP ids, as many as `how_many`; minted at the door when missing
    place: Text = ""
    uncertainty_m: Metres | None = None
    injury_at: Time | None = None
    injury_uncertainty_s: Seconds | None = None
    speaker: Text = ""
    told_by: ClassVar[Role | None] = Role.TRACKER


class AlertAcknowledged(Told, frozen=True, kw_only=True, tag="alert_acknowledged"):
    """The operations centre has it."""

    request: Name
    told_by: ClassVar[Role | None] = Role.COORDINATOR


class ReadBackConfirmed(Told, frozen=True, kw_only=True, tag="read_back_confirmed"):
    """Whoever told the 9-line heard it read back, and says that it is right."""

    request: Name
    told_by: ClassVar[Role | None] = Role.COORDINATOR


class NineLineSent(Told, frozen=True, kw_only=True, tag="nine_line_sent"):
    """A 9-line, whole or in part: what is None was not told and stays as it was.

    Words, never letters: letters differ from force to force and are read by the mission's dialect. `whole`:
    its sender tells all it knows each time, so a count, a piece of equipment or a nationality that it leaves
    out, and told before, is none now. `extra`: what it told that no line has, name to value.
    """

    request: Text = ""  # minted at the door when it is the first word of an incident
    dialect: Text = ""
    raw: Text = ""
    pickup: Text | None = None  # line 1, as told
    lon: Lon | None = None
    lat: Lat | None = None
    uncertainty_m: Metres | None = None
    frequency: Text | None = None  # line 2
    callsign: Text | None = None
    precedences: dict[Precedence, Count] | None = None  # line 3
    equipment: tuple[Equipment, ...] | None = None  # line 4; empty: none needed
    litter: Count | None = None  # line 5
    ambulatory: Count | None = None
    security: Security | None = None  # line 6 in war
    wounds: Text | None = None  # line 6 in peace
    marking: Marking | None = None  # line 7
    marking_detail: Text = ""
    patients: dict[str, Count | None] | None = None  # line 8, by the words of the dialect; None: not counted
    contamination: Contamination | None = None  # line 9 in war
    terrain: Text | None = None  # line 9 in peace
    remarks: Text = ""
    casualties: tuple[Name, ...] = ()  # ZAP ids, when it opens the request; minted at the door
    whole: bool = False
    extra: dict[str, Text] = msgspec.field(default_factory=dict)


class MethaneSent(Told, frozen=True, kw_only=True, tag="methane_sent"):
    """METHANE (or ETHANE when not major) for mass casualties, whole or in part."""

    request: Text = ""
    raw: Text = ""
    major: bool | None = None
    standby: bool | None = None
    location: Text | None = None
    lon: Lon | None = None
    lat: Lat | None = None
    uncertainty_m: Metres | None = None
    incident: Text | None = None
    hazards: Text | None = None
    access: Text | None = None
    casualties: dict[Category, Count] | None = None
    number: Count | None = None
    services: Text | None = None
    zaps: tuple[Name, ...] = ()  # ZAP ids, when it opens the request; minted at the door


class RequestStoodDown(Told, frozen=True, kw_only=True, tag="request_stood_down"):
    """Nobody need come any more: its tasks end, its casualties are not evacuated by it."""

    request: Name
    reason: Reason
    told_by: ClassVar[Role | None] = Role.COORDINATOR


class RequestsMerged(Told, frozen=True, kw_only=True, tag="requests_merged"):
    """Two requests tell of one incident: the casualties of `merged` belong to `kept`."""

    kept: Name
    merged: Name
    reason: Text = ""
    told_by: ClassVar[Role | None] = Role.COORDINATOR


class RequestsSplit(Told, frozen=True, kw_only=True, tag="requests_split"):
    """They are two incidents after all."""

    kept: Name
    merged: Name
    reason: Text = ""
    told_by: ClassVar[Role | None] = Role.COORDINATOR
