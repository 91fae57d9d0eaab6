"""Personal accounts: name, role and password, kept as argon2id; an account is closed, never deleted."""

import re
import secrets
import unicodedata
from datetime import datetime
from functools import cache
from typing import NamedTuple

import argon2

from casevac.access import AccountRole, Person
from casevac.errors import BadSetting, NotPossible, Unknown
from casevac.store import sessions
from casevac.store.connection import Connection

SHORTEST, LONGEST = 10, 256  # characters of a password
TAKEN = ("watch-keeper", "casevac", "coordinator", "unknown")  # who else acts in the log
_NAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another
_HASHER = argon2.PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=2)
# 64 MiB and some 0.1 s a guess; a hash made with other figures is renewed at the next login


class Account(NamedTuple):
    """One account as it is listed; a closed one may not come in."""

    name: str
    role: AccountRole
    added_at: datetime
    closed_at: datetime | None


def name_of(typed: str) -> str:
    """The name as it is kept, in small letters; raises BadSetting."""
    name = typed.strip().lower()
    if not _NAME.fullmatch(name):
        raise BadSetting(
            f"account name {typed[:40]!r}: use a to z, 0 to 9, dot, - and _, 2 to 40 of them, a letter first"
        )
    if name in TAKEN:
        raise BadSetting(f"account name {name!r} is kept for the system; take a person's name")
    return name


def check_password(name: str, password: str) -> None:
    """Raises BadSetting for one that is too short, too long, or the name."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadSetting(f"a password has {SHORTEST} to {LONGEST} characters; this one has {len(password)}")
    if name in password.lower() and len(password) < len(name) + SHORTEST:
        raise BadSetting("the password holds the account's name; take another, or let --generate make one")


def generated() -> str:
    """A random password of 16 letters and digits (79 bits), in groups that can be read aloud."""
    drawn = "".join(secrets.choice(_LETTERS) for _ in range(16))
    return "-".join(drawn[start : start + 4] for start in range(0, 16, 4))


def add(db: Connection, name: str, role: AccountRole, password: str) -> None:
    """Make an account; raises BadSetting, NotPossible when the name is there already."""
    name = name_of(name)
    check_password(name, password)
    with db.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts (name, role, password) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            (name, str(role), _hashed(password)),
        )
        if cursor.rowcount == 0:
            raise NotPossible(f"account {name} is there already; see: casevac account password, role, reopen")


def accounts(db: Connection) -> list[Account]:
    """All accounts by name, closed ones too."""
    with db.cursor() as cursor:
        cursor.execute("SELECT name, role, added_at, closed_at FROM accounts ORDER BY name")
        return [Account(row[0], AccountRole(row[1]), row[2], row[3]) for row in cursor.fetchall()]


def renew(db: Connection, name: str, password: str) -> None:
    """Give an account another password; its sessions end. Raises BadSetting, Unknown."""
    name = name_of(name)
    check_password(name, password)
    _change(db, name, "password", _hashed(password))
    sessions.end_all(db, name)


def assign(db: Connection, name: str, role: AccountRole) -> None:
    """Give an account another role, which holds at once; raises Unknown."""
    _change(db, name_of(name), "role", str(role))


def close(db: Connection, name: str) -> None:
    """Let nobody in under this name any more; its sessions end. Raises Unknown."""
    name = name_of(name)
    _change(db, name, "closed_at", "now")
    sessions.end_all(db, name)


def reopen(db: Connection, name: str) -> None:
    """Let a closed account in again, with the password it had; raises Unknown."""
    _change(db, name_of(name), "closed_at", None)


def verified(db: Connection, typed: str, password: str) -> Person | None:
    """Whose name and password these are; None when they are nobody's or the account is closed.

    A name that nobody has takes as long as a wrong password.
    """
    name = typed.strip().lower()
    row = _open_account(db, name) if _NAME.fullmatch(name) else None
    fits = _fits(row[1] if row else _nobodys(), password)
    if row is None or not fits:
        return None
    if _HASHER.check_needs_rehash(row[1]):
        _change(db, name, "password", _hashed(password))
    return Person(name, AccountRole(row[0]))


def there_is_one(db: Connection) -> bool:
    """True once an account was ever made: from then on every door asks."""
    with db.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM accounts)")
        row = cursor.fetchone()
    return bool(row and row[0])


def is_known(db: Connection, typed: str) -> bool:
    """True when there is an account of this name, open or closed."""
    name = typed.strip().lower()
    with db.cursor() as cursor:
        cursor.execute("SELECT FROM accounts WHERE name = %s", (name if _NAME.fullmatch(name) else None,))
        return cursor.fetchone() is not None


def states(db: Connection) -> dict[str, tuple[str, str, str]]:
    """Name to role, password's mark and when closed: what differs between two looks was changed."""
    with db.cursor() as cursor:
        cursor.execute("SELECT name, role, md5(password), coalesce(closed_at::text, '') FROM accounts")
        return {row[0]: (row[1], row[2], row[3]) for row in cursor.fetchall()}


def _change(db: Connection, name: str, column: str, value: str | None) -> None:
    """`column` is one of our own words; raises Unknown."""
    with db.cursor() as cursor:
        cursor.execute(f"UPDATE accounts SET {column} = %s WHERE name = %s", (value, name))
        if cursor.rowcount == 0:
            raise Unknown(f"no account {name!r}; see: casevac account list")


def _open_account(db: Connection, name: str) -> tuple[str, str] | None:
    with db.cursor() as cursor:
        cursor.execute("SELECT role, password FROM accounts WHERE name = %s AND closed_at IS NULL", (name,))
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None


def _hashed(password: str) -> str:
    return _HASHER.hash(_plain(password))


def _fits(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, _plain(password))
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    """A hash that no password fits, of the same cost."""
    return _HASHER.hash(secrets.token_hex(32))


def _plain(password: str) -> bytes:
    """One spelling for all keyboards."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
