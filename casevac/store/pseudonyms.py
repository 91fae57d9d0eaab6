"""ZAP ids ever used in this store: a new one is never one that somebody had before."""

import secrets
from collections.abc import Iterable

from casevac.store.connection import Connection
from casevac.zap import zap

_KEEP = "INSERT INTO zap_ids (id) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING RETURNING id"


def mint(db: Connection) -> str:
    """A random ZAP id, taken for good in the caller's transaction."""
    while True:
        fresh = zap(secrets.randbits(64))
        if keep(db, [fresh]):
            return fresh


def keep(db: Connection, ids: Iterable[str]) -> bool:
    """Remember ids as used; True when one of them was new."""
    with db.cursor() as cursor:
        cursor.execute(_KEEP, (list(ids),))
        return cursor.fetchone() is not None
