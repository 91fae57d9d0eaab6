"""Places of a mission: imported from a file into its log."""

from datetime import datetime
from pathlib import Path

from casevac.events import house_event
from casevac.store import log
from casevac.store.connection import Connection
from casevac.store.placefile import Imported, read_places
from casevac.terms import Source


def import_places(db: Connection, mission: str, path: Path, now: datetime, actor: str) -> Imported:
    """Register every place of a file in the caller's transaction; a known id is replaced.

    Returns what was read, with one line for each row that was left out; raises BadFile.
    """
    found = read_places(path)
    log.append(db, [house_event(mission, body, now, actor, Source.IMPORT) for body in found.bodies])
    return found
