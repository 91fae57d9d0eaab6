"""What every body of an event shares: bounded types, and who may tell it."""

from datetime import datetime
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from casevac.terms import Role

Lon = Annotated[float, Meta(ge=-180, le=180)]
Lat = Annotated[float, Meta(ge=-90, le=90)]
Metres = Annotated[float, Meta(ge=0, le=1_000_000)]
Seconds = Annotated[float, Meta(ge=0, le=10_000_000)]
Percent = Annotated[float, Meta(ge=0, le=100)]
MOST_COUNTED = 10_000
Count = Annotated[int, Meta(ge=0, le=MOST_COUNTED)]
Name = Annotated[str, Meta(min_length=1, max_length=80)]
LONGEST_TEXT = 2000
Text = Annotated[str, Meta(max_length=LONGEST_TEXT)]
Reason = Annotated[str, Meta(min_length=1, max_length=LONGEST_TEXT)]
Time = Annotated[datetime, Meta(tz=True)]
Point = tuple[Lon, Lat]


class Body(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="kind", gc=False):
    """What one kind of event tells; `kind` in JSON is its tag."""

    told_by: ClassVar[Role | None] = None  # the role a device needs to report it; None: only the house


class Told(Body, frozen=True, kw_only=True):
    """What a person tells: by device, on the page or by radio (then `speaker` says who spoke)."""

    by: Text = ""
    speaker: Text = ""
    told_by: ClassVar[Role | None] = Role.TRACKER
