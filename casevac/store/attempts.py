"""How often logins failed, by account and by where they came from: growing pauses that outlive a restart."""

import hashlib
import ipaddress
from typing import NamedTuple

from casevac.errors import TooManyAttempts
from casevac.store.connection import Connection

OF_ACCOUNT, OF_SOURCE = 5, 20  # failures without a pause; many people may come from one address
LONGEST_PAUSE_S = 60.0  # whoever guesses must not keep the right person out for long
FORGOTTEN_H = 24
MOST = 10_000  # subjects kept; beyond that the oldest are forgotten


class Subject(NamedTuple):
    """What is counted, and how many failures it may have without a pause."""

    digest: bytes
    free: int
    words: str


def subjects(name: str, source: str) -> tuple[Subject, Subject]:
    """The account named at the address that a login came from, whether it exists or not, and the address.

    The account is counted by address: whoever guesses from elsewhere keeps the right person out nowhere.
    """
    place = network_of(source)
    return (
        Subject(_digest("account", f"{place} {name.strip().lower()}"), OF_ACCOUNT, "this account"),
        Subject(_digest("source", place), OF_SOURCE, "this address"),
    )


def claim(db: Connection, of: tuple[Subject, ...]) -> None:
    """Count an attempt as failed before it is looked at; `forgive` undoes it. Commits.

    Raises TooManyAttempts while a pause lasts, without counting.
    """
    with db, db.cursor() as cursor:
        for subject in sorted(of):  # in one order, so that two never wait for each other
            cursor.execute(
                "INSERT INTO login_failures VALUES (%s, 0, clock_timestamp()) ON CONFLICT DO NOTHING",
                (subject.digest,),
            )
            cursor.execute(
                "SELECT failures, extract(epoch FROM clock_timestamp() - last_at)::float8"
                " FROM login_failures WHERE subject = %s FOR UPDATE",
                (subject.digest,),
            )
            failures, ago_s = cursor.fetchone() or (0, 0.0)
            wait_s = pause_s(failures, subject.free) - ago_s
            if wait_s > 0:
                raise TooManyAttempts(
                    f"too many logins failed for {subject.words}; try again in {int(wait_s) + 1} s", wait_s
                )
        cursor.execute(
            "UPDATE login_failures SET failures = failures + 1, last_at = clock_timestamp()"
            " WHERE subject = ANY(%s)",
            ([subject.digest for subject in of],),
        )
        _forget(db)


def forgive(db: Connection, account: Subject, source: Subject) -> None:
    """The login was good: the account begins anew, the address has one failure less."""
    with db.cursor() as cursor:
        cursor.execute("DELETE FROM login_failures WHERE subject = %s", (account.digest,))
        cursor.execute(
            "UPDATE login_failures SET failures = greatest(0, failures - 1) WHERE subject = %s",
            (source.digest,),
        )


def pause_s(failures: int, free: int) -> float:
    """How long after the last failure nothing is looked at: 1, 2, 4 ... seconds."""
    return 0.0 if failures < free else min(LONGEST_PAUSE_S, 2.0 ** min(failures - free, 10))


def network_of(source: str) -> str:
    """An IPv4 address itself, the /64 of an IPv6 address; what is neither stays as it is."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False))


def _digest(kind: str, text: str) -> bytes:
    return hashlib.sha256(f"{kind} {text}".encode("utf-8", "surrogatepass")).digest()


def _forget(db: Connection) -> None:
    with db.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM login_failures WHERE last_at < clock_timestamp() - interval '{FORGOTTEN_H} hours'"
            " OR subject IN (SELECT subject FROM login_failures ORDER BY last_at DESC OFFSET %s)",
            (MOST,),
        )
