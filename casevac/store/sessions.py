"""Sessions of people at the page: random tokens, of which only digests are kept; each ends by itself."""

import hashlib
import secrets
from collections.abc import Iterable
from typing import NamedTuple

from casevac.access import AccountRole, Person
from casevac.store.connection import Connection

SHIFT_S = 12 * 3600  # the longest
IDLE_S = 2 * 3600  # without any request and without an open page
_TOUCHED_S = 60  # how exactly the last use is kept
_LIVE = (
    "sessions.ends_at > clock_timestamp() AND accounts.closed_at IS NULL"
    f" AND sessions.used_at > clock_timestamp() - interval '{IDLE_S} seconds'"
)


class Standing(NamedTuple):
    """What the store knows of whoever comes: is there any account at all, and who holds this token."""

    accounts: bool
    person: Person | None


def digest_of(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def begin(db: Connection, account: str) -> str:
    """A new session's token (256 random bits), which is told once; sessions that are over are thrown away."""
    token = secrets.token_urlsafe(32)
    with db.cursor() as cursor:
        cursor.execute(f"DELETE FROM sessions USING accounts WHERE name = account AND NOT ({_LIVE})")
        cursor.execute(
            "INSERT INTO sessions (token, account, ends_at)"
            " VALUES (%s, %s, clock_timestamp() + make_interval(secs => %s))",
            (digest_of(token), account, SHIFT_S),
        )
    return token


def standing(db: Connection, digest: bytes | None) -> Standing:
    """Who holds a token, which is used herewith; None: whoever comes without one."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM accounts), found.name, found.role FROM (VALUES (1)) AS one"
            " LEFT JOIN (SELECT accounts.name, accounts.role FROM sessions JOIN accounts"
            f" ON accounts.name = sessions.account WHERE sessions.token = %s AND {_LIVE}) AS found ON true",
            (digest,),
        )
        row = cursor.fetchone() or (False, None, None)
    if row[1] is None:
        return Standing(row[0], None)
    use(db, [digest or b""])
    return Standing(row[0], Person(row[1], AccountRole(row[2])))


def use(db: Connection, digests: Iterable[bytes]) -> None:
    """These sessions are in use."""
    with db.cursor() as cursor:
        cursor.execute(
            "UPDATE sessions SET used_at = clock_timestamp() WHERE token = ANY(%s)"
            " AND used_at < clock_timestamp() - make_interval(secs => %s)",
            (list(digests), _TOUCHED_S),
        )


def alive(db: Connection, digests: Iterable[bytes]) -> set[bytes]:
    """Those of these sessions that still hold."""
    with db.cursor() as cursor:
        cursor.execute(
            "SELECT sessions.token FROM sessions JOIN accounts ON accounts.name = sessions.account"
            f" WHERE sessions.token = ANY(%s) AND {_LIVE}",
            (list(digests),),
        )
        return {bytes(row[0]) for row in cursor.fetchall()}


def end(db: Connection, digest: bytes) -> str | None:
    """End one session; whose it was, None when there is none."""
    with db.cursor() as cursor:
        cursor.execute("DELETE FROM sessions WHERE token = %s RETURNING account", (digest,))
        row = cursor.fetchone()
    return row[0] if row else None


def end_all(db: Connection, account: str) -> None:
    """End every session of an account."""
    with db.cursor() as cursor:
        cursor.execute("DELETE FROM sessions WHERE account = %s", (account,))
