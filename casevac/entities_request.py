"""A request as JSON values: what was told of it, what is missing, how long each word took."""

from datetime import datetime
from typing import Any

import msgspec

from casevac import duplicates, methane, nineline
from casevac.dialect import Dialect
from casevac.events import MethaneSent, NineLineSent
from casevac.lines import FIELDS, TITLES
from casevac.mission import Profile
from casevac.plain import instant
from casevac.request import Request, Version, last_told
from casevac.terms import Category
from casevac.view import View

Json = dict[str, Any]


def request_json(view: View, one: Request) -> Json:
    """The request as a page, an export or a replay frame shows it."""
    place, zaps = view.place_of_request(one.id), list(view.of_request.get(one.id, ()))
    first = [c.reported.stamp[0] for zap in zaps if (c := view.picture.casualties[zap]).reported]
    opened_at = one.opened_at or min(first, default=None)
    return {
        "id": one.id,
        "place": one.place_name,
        "lon": place.lon if place else None,
        "lat": place.lat if place else None,
        "uncertainty_m": place.uncertainty_m if place else None,
        "how_many": len(zaps) if one.how_many is None else one.how_many,
        "what": one.what,
        "who": one.who,
        "source": one.source.value.value if one.source else None,
        "opened_at": instant(opened_at),
        "state": view.request_state(one.id).value,
        "casualties": zaps,
        "nine_line": nine_line_json(view, one),
        "methane": methane_json(one),
        "acknowledged_at": instant(one.acknowledged.stamp[0]) if one.acknowledged else None,
        "acknowledged_by": one.acknowledged.value if one.acknowledged else None,
        "stood_down": _stood_down(one),
        "alert_to_ack_s": _since(opened_at, one.acknowledged.stamp[0] if one.acknowledged else None),
        "alert_to_request_s": _since(opened_at, one.launchable_at),
        "possible_duplicates": duplicates.answer(view, one.id),
        "warnings": [*_unread(one), *one.warnings],
    }


def _since(opened_at: datetime | None, at: datetime | None) -> float | None:
    """Seconds; never negative, for a clock may be wrong."""
    return None if opened_at is None or at is None else max(0.0, (at - opened_at).total_seconds())


def _stood_down(one: Request) -> Json | None:
    said = one.stood_down
    return (
        None
        if said is None
        else {"at": instant(said.stamp[0]), "reason": said.value.reason, "by": said.value.by}
    )


def _unread(one: Request) -> list[str]:
    """Versions that came as text alone: a person has to read them."""
    words = "came as text that no dialect was applied to; read it and tell it again"
    unread = [bool(each.told.raw) and not nineline.told_lines(each.told) for each in one.nine_lines]
    return [f"9-line version {number} {words}" for number, so in enumerate(unread, start=1) if so]


# --- the 9-line


def dialect_of(profile: Profile, told: NineLineSent) -> Dialect | None:
    """The dialect it was told in, else the mission's own; None when the mission has neither."""
    return profile.dialects.get(told.dialect) or profile.dialects.get(profile.nine_line)


def nine_line_json(view: View, one: Request) -> Json | None:
    """The merged 9-line line by line, what it lacks and its versions; None before the first."""
    told = one.nine_line
    if told is None:
        return None
    dialect = dialect_of(view.profile, told)
    return {
        "dialect": dialect.name if dialect else told.dialect,
        "verified": dialect is not None and dialect.verified,
        "note": dialect.note if dialect else "letters unknown: shown in words",
        "lines": [row for number in TITLES if (row := _line(one, told, number, dialect))],
        "text": nineline.text(told, dialect),
        "launchable": not one.missing,
        "launchable_at": instant(one.launchable_at),
        "missing": list(one.missing),
        "suggestion": _suggestion(view, one, told),
        "remarks": told.remarks,
        "extra": dict(told.extra),
        "fields": _fields(told),
        "read_back": _read_back(one),
        "versions": [_version(n, version) for n, version in enumerate(one.nine_lines, start=1)],
    }


def _fields(told: NineLineSent) -> Json:
    """What is known by field, in words and without letters: what a form begins with."""
    names = (name for names in FIELDS.values() for name in names)
    known = {name: getattr(told, name) for name in names}
    found: Json = msgspec.to_builtins({name: one for name, one in known.items() if one not in (None, "")})
    return found


def _read_back(one: Request) -> Json | None:
    """Who confirmed it last; `current` is false when a line was told since."""
    said = one.read_back
    if said is None:
        return None
    return {"at": instant(said.stamp[0]), "by": said.value, "current": one.nine_lines[-1].stamp < said.stamp}


def _line(one: Request, told: NineLineSent, number: int, dialect: Dialect | None) -> Json | None:
    version = last_told(one, number)
    if version is None:
        return None
    return {
        "line": number,
        "title": TITLES[number],
        "text": nineline.line_text(told, number, dialect),
        "told_at": instant(version.at),
        "by": version.by,
    }


def _version(number: int, version: Version[NineLineSent]) -> Json:
    return {
        "number": number,
        "at": instant(version.at),
        "by": version.by,
        "lines": list(nineline.told_lines(version.told)),
        "raw": version.told.raw,
    }


def _suggestion(view: View, one: Request, told: NineLineSent) -> str:
    """What line 3 suggests while somebody of the request has no category yet."""
    known = (view.picture.casualties[zap] for zap in view.of_request.get(one.id, ()))
    return nineline.says(told) if any(each.triage == Category.UNKNOWN for each in known) else ""


# --- METHANE


def methane_json(one: Request) -> Json | None:
    """The merged METHANE part by part, and its versions; None before the first."""
    told = one.methane
    if told is None:
        return None
    parts = {part: methane.part_text(told, part) for part in methane.TITLES}
    titles = {part: title.lower() for part, title in methane.TITLES.items()}
    return {
        "major": told.major,
        "standby": told.standby,
        "parts": [{"part": one, "title": titles[one], "text": said} for one, said in parts.items() if said],
        "text": methane.text(told),
        "total": methane.total(told),
        "missing": [titles[one] for one, said in parts.items() if not said],
        "versions": [_methane_version(n, version) for n, version in enumerate(one.methanes, start=1)],
    }


def _methane_version(number: int, version: Version[MethaneSent]) -> Json:
    return {
        "number": number,
        "at": instant(version.at),
        "by": version.by,
        "parts": list(methane.told_parts(version.told)),
        "raw": version.told.raw,
    }
