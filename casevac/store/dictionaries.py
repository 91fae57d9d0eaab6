"""Dictionaries by which packets of thin radio links are unpacked: a mission's own, for none come with us."""

import hashlib
from collections.abc import Mapping

import psycopg2

from casevac.store.connection import Connection

_known: dict[bytes, bytes] = {}
"""By digest, what was fetched before; several threads ask, each for all."""


def supply(db: Connection, mission: str, number: int, raw: bytes) -> None:
    """Keep a mission's dictionary of this number, in place of the one it had."""
    with db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO dictionaries (mission, number, digest, raw) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (mission, number) DO UPDATE SET (digest, raw) = (excluded.digest, excluded.raw)",
            (mission, number, psycopg2.Binary(hashlib.sha256(raw).digest()), psycopg2.Binary(raw)),
        )


def supplied(db: Connection) -> Mapping[tuple[str, int], bytes]:
    """Every dictionary by mission and number. What did not change since is not fetched again: it is large,
    and is asked for every second."""
    with db.cursor() as cursor:
        cursor.execute("SELECT mission, number, digest FROM dictionaries")
        rows = [(mission, number, bytes(digest)) for mission, number, digest in cursor.fetchall()]
        for digest in {digest for *_, digest in rows} - _known.keys():
            cursor.execute(
                "SELECT raw FROM dictionaries WHERE digest = %s LIMIT 1", (psycopg2.Binary(digest),)
            )
            found = cursor.fetchone()
            if found is not None:
                _known[digest] = bytes(found[0])
    return {(mission, number): _known[digest] for mission, number, digest in rows if digest in _known}
