"""Lines of the watch log and hand-overs as JSON values, the same over HTTP and on the command line."""

from collections.abc import Mapping

from casevac.duties import DUTIES
from casevac.entities import Json, instant
from casevac.events import KINDS, Event, ShiftHandedOver, WatchEntryMade
from casevac.picture import Picture
from casevac.store import log
from casevac.store.connection import Connection
from casevac.told import log_line

_OTHER = "machine"  # what nobody tells: means registered, decisions computed, tasks sent
_ABOUT = {
    "casualty": "casualties",
    "request": "requests",
    "vehicle": "vehicles",
    "facility": "facilities",
    "chain": "chains",
}


def _topics() -> Mapping[str, tuple[str, ...]]:
    nouns = {duty.kind: duty.noun for duty in reversed(DUTIES)}
    nouns |= {"alarm_raised": "alarm", "alarm_cleared": "alarm"}
    found: dict[str, tuple[str, ...]] = {}
    for kind in KINDS:
        noun = nouns.get(kind, _OTHER)
        found[noun] = (*found.get(noun, ()), kind)
    return {noun: found[noun] for noun in ("entry", "alarm", "shift", *sorted(found))}


TOPICS: Mapping[str, tuple[str, ...]] = _topics()
"""What the log may be filtered by: a noun, and the kinds of event that tell of it."""


def watch_line(event: Event, picture: Picture) -> Json:
    """A line of the log with what it is about; of an entry also its id, its flag and what corrects it."""
    body = event.body
    line = log_line(event)
    line["by"] = getattr(body, "by", "") or getattr(body, "speaker", "") or ""
    named = [(group, str(getattr(body, field, None) or "")) for field, group in _ABOUT.items()]
    if event.kind == "alarm_raised":
        named.append((getattr(body, "group", ""), getattr(body, "subject", "")))
    line["about"] = [{"group": group, "id": key} for group, key in named if group and key]
    entry = body if isinstance(body, WatchEntryMade) else None
    known = picture.entries.get(entry.entry) if entry is not None else None
    line["entry"] = entry.entry if entry is not None else None
    line["flag"] = entry.flag.value if entry is not None else None
    line["corrects"] = (entry.corrects or None) if entry is not None else None
    line["corrected_by"] = (known.corrected_by or None) if known is not None else None
    return line


def shift_json(picture: Picture, key: str) -> Json:
    """Who handed the watch over to whom, and when each of the two signed."""
    one = picture.shifts[key]
    handed = one.handed
    return {
        "id": key,
        "at": instant(one.at),
        "outgoing": handed.value.outgoing if handed is not None else "",
        "incoming": handed.value.incoming if handed is not None else "",
        "remarks": handed.value.remarks if handed is not None else "",
        "since": instant(handed.value.since) if handed is not None else None,
        "taken_at": instant(one.taken.stamp[0]) if one.taken is not None else None,
        "taken_by": one.taken.value.incoming if one.taken is not None else "",
    }


def signed_brief(db: Connection, mission: str, key: str) -> str:
    """The brief of a hand-over as the log keeps it; empty when it has none."""
    for event in reversed(log.read(db, mission, kinds=("shift_handed_over",))):
        if isinstance(event.body, ShiftHandedOver) and event.body.shift == key:
            return event.body.brief
    return ""
