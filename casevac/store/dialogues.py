"""How each device speaks: its dialect, its topics, its map, and the ids under which gateways know devices."""

from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from psycopg2.extras import Json

from casevac.errors import NotPossible
from casevac.store.connection import Connection


class Speech(NamedTuple):
    """How a device is to speak; None leaves what it was. `under`: gateways, each with the id it has there.

    `moves`: an id that was another device's becomes this one's, as when a tracker is exchanged.
    """

    dialect: str | None = None
    topics: tuple[str, ...] = ()
    map: str | None = None
    under: tuple[tuple[str, str], ...] = ()
    moves: bool = False


def speaks(db: Connection, name: str, speech: Speech) -> set[str]:
    """Let an enrolled device speak so; returns the devices that lost an id by it.

    Raises NotPossible when a gateway has that id for another and it does not move.
    """
    lost = set()
    with db.cursor() as cursor:
        if speech.dialect is not None:
            cursor.execute(
                "UPDATE devices SET dialect = %s, topics = %s, map = %s WHERE name = %s",
                (speech.dialect, list(speech.topics), speech.map, name),
            )
        for gateway, foreign in speech.under:
            key = (gateway, foreign)
            cursor.execute(
                "SELECT device FROM foreign_ids WHERE gateway = %s AND foreign_id = %s FOR UPDATE", key
            )
            whose = next((row[0] for row in cursor.fetchall()), name)
            if whose != name and not speech.moves:
                raise NotPossible(
                    f"{foreign[:60]!r} is {whose} under {gateway} already; to move it to {name}: --renew"
                )
            lost |= {whose} - {name}
            cursor.execute(
                "INSERT INTO foreign_ids (gateway, foreign_id, device) VALUES (%s, %s, %s)"
                " ON CONFLICT (gateway, foreign_id) DO UPDATE SET device = excluded.device",
                (*key, name),
            )
    return lost


def said(db: Connection, name: str) -> tuple[str, tuple[str, ...]]:
    """A device's dialect, and the gateways that speak for it as `GATEWAY ID`."""
    with db.cursor() as cursor:
        cursor.execute("SELECT dialect FROM devices WHERE name = %s", (name,))
        row = cursor.fetchone()
        cursor.execute(
            "SELECT gateway || ' ' || foreign_id FROM foreign_ids WHERE device = %s ORDER BY 1", (name,)
        )
        return (row[0] if row else "casevac"), tuple(one for (one,) in cursor.fetchall())


def through(db: Connection) -> dict[str, list[str]]:
    """Devices for which gateways speak, each with these."""
    found: dict[str, list[str]] = defaultdict(list)
    with db.cursor() as cursor:
        cursor.execute("SELECT DISTINCT device, gateway FROM foreign_ids ORDER BY 1, 2")
        for device, gateway in cursor.fetchall():
            found[device].append(gateway)
    return dict(found)


def maps(db: Connection, mission: str) -> dict[str, dict[str, object]]:
    """The maps of a mission's own, by name."""
    with db.cursor() as cursor:
        cursor.execute("SELECT name, body FROM field_maps WHERE mission = %s ORDER BY name", (mission,))
        return dict(cursor.fetchall())


def keep_map(db: Connection, mission: str, name: str, body: Mapping[str, object]) -> None:
    """Keep a map as the mission's own, in place of the one of that name."""
    with db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO field_maps (mission, name, body) VALUES (%s, %s, %s)"
            " ON CONFLICT (mission, name) DO UPDATE SET body = excluded.body",
            (mission, name, Json(body)),
        )
