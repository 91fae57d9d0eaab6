"""The fold of the watch: whatever order its words come in, the picture is the same."""

from msgspec.structs import replace

from casevac import events as e
from casevac.events import Event
from casevac.stamp import later, sooner, stamp
from casevac.state import Draft, Folds
from casevac.watched import Bell, Entry, Shift


def _bell(draft: Draft, alarm: str, number: int) -> Bell | None:
    """The bell in this round; None when a later one is known already."""
    known = draft.get("alarms", alarm, Bell(alarm))
    if number < known.round:
        return None
    return known if number == known.round else Bell(alarm, number)


def _raised(draft: Draft, event: Event, body: e.AlarmRaised) -> None:
    if (bell := _bell(draft, body.alarm, body.round)) is not None:
        draft.put("alarms", body.alarm, replace(bell, raised=sooner(bell.raised, body, stamp(event))))


def _acknowledged(draft: Draft, event: Event, body: e.AlarmAcknowledged) -> None:
    if (bell := _bell(draft, body.alarm, body.round)) is not None:
        body = replace(body, by=body.by or body.speaker or event.device or event.actor)
        said = sooner(bell.acknowledged, body, stamp(event))
        draft.put("alarms", body.alarm, replace(bell, acknowledged=said))


def _cleared(draft: Draft, event: Event, body: e.AlarmCleared) -> None:
    if (bell := _bell(draft, body.alarm, body.round)) is not None:
        draft.put("alarms", body.alarm, replace(bell, cleared=sooner(bell.cleared, body, stamp(event))))


def _entry_made(draft: Draft, event: Event, body: e.WatchEntryMade) -> None:
    if not body.entry:
        draft.odd(event, "the entry has no id")
        return
    known = draft.get("entries", body.entry, Entry(body.entry))
    made = sooner(known.made, body, stamp(event))
    if made is not known.made:
        author = body.by or body.speaker or event.actor
        draft.put("entries", body.entry, replace(known, made=made, author=author))
    if body.corrects:
        wrong = draft.get("entries", body.corrects, Entry(body.corrects))
        first = min(wrong.corrected_by or body.entry, body.entry)  # of two at once: the same in any order
        draft.put("entries", body.corrects, replace(wrong, corrected_by=first))


def _handed_over(draft: Draft, event: Event, body: e.ShiftHandedOver) -> None:
    if not body.shift:
        draft.odd(event, "the hand-over has no id")
        return
    known = draft.get("shifts", body.shift, Shift(body.shift))
    handed = later(known.handed, replace(body, brief=""), stamp(event))  # the log keeps the brief itself
    draft.put("shifts", body.shift, replace(known, handed=handed))


def _taken_over(draft: Draft, event: Event, body: e.ShiftTakenOver) -> None:
    known = draft.get("shifts", body.shift, Shift(body.shift))
    draft.put("shifts", body.shift, replace(known, taken=sooner(known.taken, body, stamp(event))))


FOLDS: Folds = {
    e.AlarmRaised: _raised,
    e.AlarmAcknowledged: _acknowledged,
    e.AlarmCleared: _cleared,
    e.WatchEntryMade: _entry_made,
    e.ShiftHandedOver: _handed_over,
    e.ShiftTakenOver: _taken_over,
}
