"""How far each device can be trusted, as it is kept: its clock, its guarantee, where it was last."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from casevac.events import ClockJudged, Event, house_event
from casevac.mission import FixBounds
from casevac.offset import RIGHT, STEP, Clock, judged
from casevac.plain import Json, instant
from casevac.quality import Past, past_of, top_speed
from casevac.store import fixes, missions
from casevac.store.connection import Connection
from casevac.terms import Guarantee, Source, VehicleKind
from casevac.words import drift

_ROWS = "SELECT name, mission, guarantee, clock_offset_s, clock_judged_at FROM devices"
# The vehicle is the one of the latest enrolment, else of the device's own name, else the one that names it.
_KINDS = """
SELECT d.name, v.kind FROM unnest(%s::text[]) AS d (name)
LEFT JOIN LATERAL (
    SELECT body->>'vehicle' AS vehicle FROM events
    WHERE kind = 'device_enrolled' AND body->>'name' = d.name ORDER BY seq DESC LIMIT 1) e ON true
JOIN LATERAL (
    SELECT body->>'vehicle_kind' AS kind FROM events
    WHERE kind = 'vehicle_registered'
      AND (body->>'id' = coalesce(e.vehicle, d.name) OR body->>'device' = d.name)
    ORDER BY (body->>'id' = coalesce(e.vehicle, d.name)) DESC, seq DESC LIMIT 1) v ON true
"""


class Trust(NamedTuple):
    """What is kept of a device."""

    mission: str
    guarantee: Guarantee | None
    clock: Clock


class Met(NamedTuple):
    """What is needed to look at the reports of a device: flags, metres a second, where it was last."""

    trust: Trust
    bounds: FixBounds
    top_ms: float
    past: Past | None


def kept(db: Connection) -> dict[str, Trust]:
    """What is kept of each device, by name."""
    with db.cursor() as cursor:
        cursor.execute(_ROWS)
        return {row[0]: _trust(row[1:]) for row in cursor.fetchall()}


def clocks(db: Connection) -> dict[str, Clock]:
    """The clocks that were ever judged, by device."""
    with db.cursor() as cursor:
        cursor.execute(f"{_ROWS} WHERE clock_judged_at IS NOT NULL")
        return {row[0]: _trust(row[1:]).clock for row in cursor.fetchall()}


def meet(db: Connection, names: Collection[str]) -> dict[str, Met]:
    """What is needed of these devices, of those that are enrolled: in four queries for any number."""
    with db.cursor() as cursor:
        cursor.execute(f"{_ROWS} WHERE name = ANY(%s)", (list(names),))
        found = {row[0]: _trust(row[1:]) for row in cursor.fetchall()}
        cursor.execute(_KINDS, (list(found),))
        kinds = {row[0]: VehicleKind(row[1]) for row in cursor.fetchall()}
    profiles = {one.id: one.profile for one in missions.missions(db)}
    last = fixes.last_of(db, found)
    return {
        name: Met(
            trust,
            (profile := profiles[trust.mission]).fixes,
            top_speed(profile.fixes, kinds.get(name), profile.speed_factor),
            past_of(last[name]) if name in last else None,
        )
        for name, trust in found.items()
    }


def _trust(row: tuple[str, str | None, float | None, datetime | None]) -> Trust:
    mission, guarantee, offset_s, at = row
    clock = RIGHT if at is None else judged(timedelta(seconds=offset_s or 0.0), at)
    return Trust(mission, Guarantee(guarantee) if guarantee else None, clock)


def keep(db: Connection, name: str, clock: Clock | None, guarantee: Guarantee | None) -> Event | None:
    """Keep what changed of a device, in the caller's transaction; the event to log for a clock judged anew.

    None when the clock was kept so already: of two processes that judge the same, one logs it. Whoever keeps
    several goes by name and logs after all of them: then no two processes wait for each other.
    """
    with db.cursor() as cursor:
        if guarantee is not None:
            cursor.execute("UPDATE devices SET guarantee = %s WHERE name = %s", (str(guarantee), name))
        if clock is None or clock.judged_at is None:
            return None
        offset_s = clock.offset.total_seconds()
        cursor.execute(
            "UPDATE devices SET clock_offset_s = %(offset)s, clock_judged_at = %(at)s WHERE name = %(name)s"
            " AND abs(coalesce(clock_offset_s, 0) - %(offset)s) > %(step)s RETURNING mission",
            {"offset": offset_s, "at": clock.judged_at, "name": name, "step": STEP.total_seconds()},
        )
        row = cursor.fetchone()
    if row is None:
        return None
    what = drift(offset_s) if clock.applied == clock.offset else f"{drift(offset_s)}, too far to correct"
    body = ClockJudged(name=name, offset_s=round(offset_s, 3), messages=clock.messages, what=what)
    return house_event(row[0], body, clock.judged_at, "casevac", Source.SYSTEM)


def in_json(trust: Trust) -> Json:
    """What is kept of a device, ready for JSON: `offset_s` is how far its clock is ahead of ours."""
    clock = trust.clock
    return {
        "guarantee": trust.guarantee,
        "clock": {
            "offset_s": round(clock.offset.total_seconds(), 3),
            "judged_at": instant(clock.judged_at),
            "corrected": bool(clock.applied),
            "words": clock_words(clock),
        },
    }


def clock_words(clock: Clock) -> str:
    """The clock as judged, in words; empty for one that never was found wrong."""
    if clock.judged_at is None:
        return ""
    known = drift(clock.offset.total_seconds())
    return known if clock.applied == clock.offset else f"{known}: too far to correct, set it"
