"""What the planner proposed, when, and on which event it rested; and how the planner is. Bounded."""

import zlib
from datetime import datetime
from typing import NamedTuple

import msgspec
import psycopg2

from casevac.proposal import Proposal
from casevac.store.connection import Connection

KEPT = 2_000  # plans of a mission; older ones go
_LEVEL = 1  # of compression: the fastest
_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Proposal)


class Standing(NamedTuple):
    """How planning stands in a mission: which plan holds, up to which event and when it was looked at.

    `error` and `trouble` name what kept the planner from making a newer one; empty when nothing did.
    """

    plan: str
    seq: int
    looked_at: datetime
    error: str = ""
    trouble: str = ""


def keep(db: Connection, made: Proposal) -> None:
    """Store a plan, or what was added to it, in the caller's transaction; the oldest go."""
    policy, figures = made.policy, made.figures
    row = (made.mission, made.plan, made.seq, made.as_of, policy.name, policy.version, made.network)
    packed = psycopg2.Binary(zlib.compress(_encode(made), _LEVEL))
    with db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO plans VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT (mission, id) DO UPDATE SET body = excluded.body, gap = excluded.gap",
            (*row, made.hazards, figures.gap, packed),
        )
        cursor.execute(
            "DELETE FROM plans WHERE mission = %s AND made_at < (SELECT made_at FROM plans"
            " WHERE mission = %s ORDER BY made_at DESC OFFSET %s LIMIT 1)",
            (made.mission, made.mission, KEPT),
        )


def stand(db: Connection, mission: str, now: Standing) -> None:
    """Say how planning stands, in the caller's transaction; an empty plan leaves the one that holds."""
    with db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO planners VALUES (%s, nullif(%s, ''), %s, %s, nullif(%s, ''), nullif(%s, ''))"
            " ON CONFLICT (mission) DO UPDATE SET plan = coalesce(excluded.plan, planners.plan),"
            " seq = excluded.seq, looked_at = excluded.looked_at, error = excluded.error,"
            " trouble = excluded.trouble",
            (mission, now.plan, now.seq, now.looked_at, now.error, now.trouble),
        )


def standing(db: Connection, mission: str) -> Standing | None:
    """How planning stands; None where no planner ever looked at the mission."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT plan, seq, looked_at, error, trouble FROM planners WHERE mission = %s", (mission,)
        )
        row = cursor.fetchone()
    return None if row is None else Standing(row[0] or "", row[1], row[2], row[3] or "", row[4] or "")


def version(db: Connection, mission: str) -> str:
    """Another word whenever something else is stored as the plan that holds; empty before the first."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT left(md5(body), 12) FROM plans JOIN planners USING (mission)"
            " WHERE mission = %s AND id = planners.plan",
            (mission,),
        )
        row = cursor.fetchone()
    return "" if row is None else str(row[0])


def latest(db: Connection, mission: str) -> Proposal | None:
    """The plan that holds; None before the first."""
    return _one(
        db,
        "SELECT body FROM plans JOIN planners USING (mission) WHERE mission = %s AND id = planners.plan",
        (mission,),
    )


def proposed(db: Connection, mission: str, at: datetime) -> Proposal | None:
    """The plan that was proposed at a past instant; None where none was, or it is too long ago."""
    sql = "SELECT body FROM plans WHERE mission = %s AND made_at <= %s ORDER BY made_at DESC LIMIT 1"
    return _one(db, sql, (mission, at))


def named(db: Connection, mission: str, plan: str) -> Proposal | None:
    """A plan by its id, as long as it is kept."""
    return _one(db, "SELECT body FROM plans WHERE mission = %s AND id = %s", (mission, plan))


def _one(db: Connection, sql: str, values: tuple[object, ...]) -> Proposal | None:
    with db.cursor() as cursor:
        cursor.execute(sql, values)
        row = cursor.fetchone()
    return None if row is None else _decoder.decode(zlib.decompress(row[0]))
