"""How each device speaks: its dialect, its topics, its map, and the ids under which gateways know devices."""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from psycopg2.extras import Json

from casevac.errors import NotPossible, Unknown
from casevac.store.connection import Connection


class Spoken(NamedTuple):
    """The fields of an Enrolment that say how a device speaks."""

    dialect: str
    topics: tuple[str, ...]
    mapping: str
    speaks_for: Mapping[str, str]


def spoken(db: Connection) -> dict[str, Spoken]:
    """How the devices speak whose dialect is not ours."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT d.name, d.dialect, d.topics, coalesce(m.body::text, '') FROM devices d"
            " LEFT JOIN field_maps m ON m.mission = d.mission AND m.name = d.map WHERE d.dialect <> 'casevac'"
        )
        rows = cursor.fetchall()
        if not rows:
            return {}
        cursor.execute("SELECT gateway, foreign_id, device FROM foreign_ids")
        under: dict[str, dict[str, str]] = defaultdict(dict)
        for gateway, foreign, device in cursor.fetchall():
            under[gateway][foreign] = device
    return {name: Spoken(dialect, tuple(topics), body, under[name]) for name, dialect, topics, body in rows}


def speaks(db: Connection, name: str, dialect: str, topics: tuple[str, ...], mapping: str | None) -> None:
    """Let an enrolled device speak a dialect on these topics, by the mission's map of this name."""
    with db.cursor() as cursor:
        cursor.execute(
            "UPDATE devices SET dialect = %s, topics = %s, map = %s WHERE name = %s",
            (dialect, list(topics), mapping, name),
        )


def put_under(db: Connection, gateway: str, foreign: str, device: str) -> None:
    """Let a gateway speak for a device by an id of its own; raises NotPossible when another has that id."""
    with db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO foreign_ids (gateway, foreign_id, device) VALUES (%s, %s, %s)"
            " ON CONFLICT (gateway, foreign_id) DO NOTHING",
            (gateway, foreign, device),
        )
        cursor.execute(
            "SELECT device FROM foreign_ids WHERE gateway = %s AND foreign_id = %s", (gateway, foreign)
        )
        row = cursor.fetchone()
    if row is None or row[0] != device:
        raise NotPossible(
            f"{foreign[:60]!r} is {row[0] if row else 'nobody'} under {gateway}; use one of both"
        )


def under(db: Connection, device: str) -> list[tuple[str, str]]:
    """The gateways that speak for a device, each with the id it has there."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT gateway, foreign_id FROM foreign_ids WHERE device = %s ORDER BY 1, 2", (device,)
        )
        return [(gateway, foreign) for gateway, foreign in cursor.fetchall()]


def maps(db: Connection, mission: str) -> dict[str, dict[str, object]]:
    """The maps of a mission's own, by name."""
    with db.cursor() as cursor:
        cursor.execute("SELECT name, body FROM field_maps WHERE mission = %s ORDER BY name", (mission,))
        return dict(cursor.fetchall())


def keep_map(db: Connection, mission: str, name: str, body: object) -> None:
    """Keep a map as the mission's own, in place of the one of that name."""
    with db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO field_maps (mission, name, body) VALUES (%s, %s, %s)"
            " ON CONFLICT (mission, name) DO UPDATE SET body = excluded.body",
            (mission, name, Json(msgspec.to_builtins(body))),
        )


def map_of(db: Connection, mission: str, name: str) -> dict[str, object]:
    """A map of the mission's own; raises Unknown."""
    found = maps(db, mission)
    if name not in found:
        raise Unknown(f"no map {name[:40]!r}; see: casevac dialect list")
    return found[name]
