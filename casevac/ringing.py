"""Alarms as people deal with them: raised, acknowledged, cleared, come back; what the log is told of it."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from casevac.alarm import Alarm
from casevac.alarms import alarms
from casevac.events import AlarmCleared, AlarmRaised
from casevac.events.shape import LONGEST_TEXT, MOST_COUNTED
from casevac.plain import Json, instant
from casevac.state import Picture
from casevac.terms import Severity
from casevac.view import View
from casevac.watched import Bell

PARTS = "parts"  # the group of alarms that follow from the installation, not from the picture
SERIES_S = 3600.0  # without an alarm for so long, its next coming is the first of a new series
HOLDS_S = (10.0, 30.0, 60.0, 300.0)  # over for so long before it counts as over, by how often it came
GRAVITY = {Severity.CRITICAL: 2, Severity.WARNING: 1, Severity.NOTICE: 0}
GRAVEST = "clock_breached"


class Due(NamedTuple):
    """What the log must be told now, and since when each condition is gone that still counts."""

    bodies: tuple[AlarmRaised | AlarmCleared, ...]
    gone: dict[str, datetime]


def due(
    picture: Picture, standing: Iterable[Alarm], gone: Mapping[str, datetime] | None, now: datetime
) -> Due:
    """What of these alarms must be raised or cleared; `gone` is what the last call returned.

    None: nobody has looked for a while. What was acknowledged before and holds since later than that ended
    and came back meanwhile: it is raised anew.

    One that comes and goes is cleared later each time, so that it makes no storm: its `times` counts.
    """
    here = {one.id: one for one in standing}
    bodies: list[AlarmRaised | AlarmCleared] = []
    for one in here.values():
        bell = picture.alarms.get(one.id)
        if (number := _next_round(bell, one, unwatched=gone is None)) is not None:
            bodies.append(_raised(bell, one, number, now))
    kept: dict[str, datetime] = {}
    for key, bell in picture.alarms.items():
        if key in here or not bell.rings:
            continue
        since = (gone or {}).get(key, now)
        if now - since >= timedelta(seconds=HOLDS_S[min(bell.times, len(HOLDS_S)) - 1]):
            bodies.append(AlarmCleared(alarm=key, round=bell.round))
        else:
            kept[key] = since
    return Due(tuple(bodies), kept)


def _next_round(bell: Bell | None, one: Alarm, *, unwatched: bool) -> int | None:
    """The round in which the alarm must be raised; None when it was, and is no graver now."""
    if bell is not None and bell.round >= MOST_COUNTED:
        return None  # it came ten thousand times: a later round could not be kept
    if bell is None or not bell.rings:
        return (bell.round if bell is not None else 0) + 1
    if bell.raised is None:
        return bell.round
    told = bell.raised.value
    graver = GRAVITY[one.severity] > GRAVITY[told.severity]
    seen = bell.acknowledged
    anew = unwatched and seen is not None and one.since is not None and one.since > seen.stamp[0]
    return bell.round + 1 if anew or graver or (one.kind == GRAVEST != told.alarm_kind) else None


def _raised(bell: Bell | None, one: Alarm, number: int, now: datetime) -> AlarmRaised:
    ended = bell.cleared.stamp[0] if bell is not None and bell.cleared is not None else None
    again = bell is not None and ended is not None and now - ended < timedelta(seconds=SERIES_S)
    return AlarmRaised(
        alarm=one.id,
        round=number,
        times=min(MOST_COUNTED, bell.times + 1) if bell is not None and again else 1,
        alarm_kind=one.kind,
        severity=one.severity,
        group=one.group,
        subject=one.subject,
        words=clipped(one.words),
        since=one.since,
    )


def clipped(words: str) -> str:
    """Words as long as an event may keep: the reason that somebody gave may fill them, or many names."""
    return words if len(words) <= LONGEST_TEXT else words[: LONGEST_TEXT - 1] + "\u2026"


# --- how it looks


def ringing(view: View) -> dict[str, Json]:
    """Every alarm that a person must look at by id: those that hold, and grave ones nobody acknowledged."""
    found = {one.id: alarm_json(view.picture, one) for one in alarms(view)}
    for key, bell in view.picture.alarms.items():
        if key not in found and (look := bell_json(view.picture, bell, holds=False)) is not None:
            found[key] = look
    return {key: found[key] for key in sorted(found)}


def told_json(picture: Picture, key: str) -> Json | None:
    """How an alarm looks by the log alone, right after a word on it; None when nobody need look at it."""
    bell = picture.alarms.get(key)
    return None if bell is None else bell_json(picture, bell, holds=bell.rings)


def bell_json(picture: Picture, bell: Bell, *, holds: bool) -> Json | None:
    """An alarm as it was raised, if ever; None when it is over and was acknowledged, or was not grave."""
    if bell.raised is None:
        return None
    told = bell.raised.value
    over = not holds and not (told.group == PARTS and bell.rings)
    if over and (bell.acknowledged is not None or told.severity != Severity.CRITICAL):
        return None
    one = Alarm(bell.id, told.alarm_kind, told.severity, told.group, told.subject, told.words, told.since)
    return alarm_json(picture, one, over=over)


def alarm_json(picture: Picture, one: Alarm, *, over: bool = False) -> Json:
    """An alarm: what it is about, since when it holds (None: by a forecast), who has looked at it and when.

    `round` is what an acknowledgement names; `times` how often it came of late; from `insists_at` on nobody
    has acknowledged it for too long; `over`: it holds no more, and nobody has acknowledged it yet.
    """
    bell = picture.alarms.get(one.id)
    mine = bell if bell is not None and (bell.rings or over) else None
    patience = timedelta(seconds=picture.mission.profile.alarm_patience_s)
    raised = mine.raised if mine is not None else None
    seen = mine.acknowledged if mine is not None else None
    return {
        "id": one.id,
        "kind": one.kind,
        "severity": one.severity.value,
        "group": one.group,
        "subject": one.subject,
        "words": one.words,
        "since": instant(one.since),
        "round": mine.round if mine is not None else (bell.round if bell is not None else 0) + 1,
        "times": mine.times if mine is not None else 1,
        "raised_at": instant(raised.stamp[0]) if raised is not None else None,
        "insists_at": instant(raised.stamp[0] + patience) if raised is not None else None,
        "acknowledged_at": instant(seen.stamp[0]) if seen is not None else None,
        "acknowledged_by": seen.value.by if seen is not None else "",
        "over": over,
    }
