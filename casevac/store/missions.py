"""Missions and the devices enrolled in them."""

from datetime import datetime
from typing import Any

import msgspec
from psycopg2.extras import Json

from casevac.enrolled import Enrolled
from casevac.errors import NotPossible, Unknown
from casevac.events import AnyBody, DeviceEnrolled, MissionOpened, house_event
from casevac.mission import TRACKER, Enrolment, Mission, Profile, Rights
from casevac.shipped import shipped
from casevac.store import dialogues, dictionaries, log
from casevac.store.connection import Connection
from casevac.store.dialects import with_dialects
from casevac.store.dialogues import Speech
from casevac.terms import MissionKind, Role, Source
from geo.profile import load_profiles, with_own


def missions(db: Connection) -> list[Mission]:
    """All missions, the latest opened first."""
    with db.cursor() as cursor:
        cursor.execute("SELECT id, name, kind, profile FROM missions ORDER BY opened_at DESC")
        return [
            Mission(
                id=row[0], name=row[1], kind=MissionKind(row[2]), profile=msgspec.convert(row[3], Profile)
            )
            for row in cursor.fetchall()
        ]


def mission(db: Connection, wanted: str | None = None) -> Mission:
    """The mission of this id, or the latest opened; raises Unknown."""
    known = missions(db)
    found = next((one for one in known if wanted in (None, one.id)), None)
    if found is None:
        names = ", ".join(one.id for one in known) or "none yet; open one with: casevac mission open NAME"
        raise Unknown(f"no mission {wanted or ''!r}; known: {names}")
    return found


def open_mission(db: Connection, new: Mission, now: datetime) -> Mission:
    """Open a mission with the shipped dialects; the same id again changes nothing.

    Raises BadSetting, and BadProfile for a vehicle profile of its own that cannot be used.
    """
    with_own(load_profiles(shipped("profiles.json")), new.profile.vehicles)
    new = msgspec.structs.replace(new, profile=with_dialects(new.profile))
    with db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO missions (id, name, kind, profile) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (new.id, new.name, str(new.kind), Json(msgspec.to_builtins(new.profile))),
        )
        if cursor.rowcount == 0:
            return mission(db, new.id)
    body = MissionOpened(name=new.name, mission_kind=new.kind, profile=new.profile)
    _append(db, new.id, body, now, f"mission:{new.id}")
    return new


def check_free(db: Connection, mission_id: str, name: str) -> None:
    """Raises NotPossible when the device speaks for another mission."""
    of = devices(db).get(name, mission_id)
    if of != mission_id:
        raise NotPossible(f"device {name} belongs to mission {of}; choose another name")


def enrol(  # noqa: PLR0913  (each is a fact of an enrolment)
    db: Connection,
    mission_id: str,
    name: str,
    vehicle: str | None,
    now: datetime,
    rights: Rights = TRACKER,
    *,
    speech: Speech | None = None,
) -> None:
    """Let a device speak for a mission; again in the same mission is harmless, what is new replaces.

    `speech`: its dialect, where that is another than ours or than it was.
    """
    with db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO devices (name, mission) VALUES (%s, %s) ON CONFLICT (name) DO NOTHING",
            (name, mission_id),
        )
        cursor.execute("SELECT FROM devices WHERE name = %s FOR UPDATE", (name,))
        check_free(db, mission_id, name)
        cursor.execute(
            "UPDATE devices SET role = %s, facility = %s WHERE name = %s",
            (str(rights.role), rights.facility, name),
        )
    for other in dialogues.speaks(db, name, speech) if speech is not None else ():
        before = enrolled(db, mission_id, other) or DeviceEnrolled(name=other)
        _append(db, mission_id, msgspec.structs.replace(before, under=dialogues.said(db, other)[1]), now)
    dialect, under = dialogues.said(db, name)
    body = DeviceEnrolled(
        name=name, vehicle=vehicle, role=rights.role, facility=rights.facility, dialect=dialect, under=under
    )
    if enrolled(db, mission_id, name) != body:
        _append(db, mission_id, body, now)


def withhold(db: Connection, name: str, until: datetime | None) -> None:
    """Send this device no receipt until then, to see whether it sends again; None: as usual."""
    with db.cursor() as cursor:
        cursor.execute("UPDATE devices SET withheld_until = %s WHERE name = %s", (until, name))


def withheld(db: Connection) -> frozenset[str]:
    """Devices that get no receipt now."""
    with db.cursor() as cursor:
        cursor.execute("SELECT name FROM devices WHERE withheld_until > clock_timestamp()")
        return frozenset(str(name) for (name,) in cursor.fetchall())


def devices(db: Connection) -> dict[str, str]:
    """Enrolled devices: name to mission id."""
    with db.cursor() as cursor:
        cursor.execute("SELECT name, mission FROM devices")
        return {str(name): str(of) for name, of in cursor.fetchall()}


def enrolments(db: Connection) -> Enrolled:
    """Enrolled devices: name to mission and rights, and how those speak whose dialect is not ours.

    One statement, so that what it finds is of one moment: somebody may be enrolled while we ask.
    """
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT d.name, d.mission, d.role, d.facility, d.revoked_at IS NOT NULL,"
            " d.dialect, d.topics, coalesce(m.body::text, ''), f.ids"
            " FROM devices d LEFT JOIN field_maps m ON m.mission = d.mission AND m.name = d.map"
            " LEFT JOIN (SELECT gateway, jsonb_object_agg(foreign_id, device) AS ids FROM foreign_ids"
            " GROUP BY gateway) f ON f.gateway = d.name"
        )
        known = Enrolled({row[0]: _enrolment(row[1:]) for row in cursor.fetchall()})
    known.dictionaries = dictionaries.supplied(db)
    return known


def _enrolment(row: tuple[Any, ...]) -> Enrolment:
    mission, role, facility, revoked, dialect, topics, mapping, ids = row
    known = Enrolment(mission, Rights(Role(role), facility), revoked)
    if dialect == known.dialect:  # ours: a map or an id of an earlier dialect says nothing
        return known
    return known._replace(dialect=dialect, topics=tuple(topics), mapping=mapping, speaks_for=ids or {})


def last_states(db: Connection) -> dict[str, bool]:
    """Devices whose connection the log tells of: name to whether it was online, as last told."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (device) device, (body->>'online')::boolean FROM events"
            " WHERE kind = 'device_status_changed' AND device IS NOT NULL ORDER BY device, seq DESC"
        )
        return dict(cursor.fetchall())


def enrolled(db: Connection, mission_id: str, name: str) -> DeviceEnrolled | None:
    """What the log last said of this device; None when it was never enrolled in the mission."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT body FROM events WHERE kind = 'device_enrolled'"
            " AND body->>'name' = %s AND mission = %s ORDER BY seq DESC LIMIT 1",
            (name, mission_id),
        )
        row = cursor.fetchone()
    return None if row is None else msgspec.convert(row[0], DeviceEnrolled)


def _append(db: Connection, mission_id: str, body: AnyBody, now: datetime, key: str | None = None) -> None:
    log.append(db, [house_event(mission_id, body, now, "casevac", Source.SYSTEM, key)])
