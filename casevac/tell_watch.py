"""What is checked and added when somebody acknowledges an alarm, writes in the log, hands the watch over."""

from msgspec.structs import replace

from casevac import brief
from casevac import events as e
from casevac.alarms import alarms
from casevac.errors import BadMessage, NotPossible, Unknown
from casevac.ids import Mint
from casevac.tell import Checks
from casevac.view import View
from casevac.words import clock_time

Told = tuple[e.AnyBody, ...]
CONCERNS = ("casualty", "request", "vehicle", "facility")


def _acknowledged(view: View, body: e.AlarmAcknowledged, _: Mint) -> Told:
    if not body.alarm:
        raise BadMessage("say which alarm: alarm is missing")
    bell = view.picture.alarms.get(body.alarm)
    if bell is None or not bell.rings:  # over, or not raised yet: a person may be faster than the watch
        stands = any(one.id == body.alarm for one in alarms(view))
        unseen = bell is not None and bell.acknowledged is None
        if not stands and not unseen:
            raise Unknown(f"no alarm {body.alarm[:80]!r} stands; look at the list and try again")
        number = (bell.round if bell is not None else 0) + (1 if stands else 0)
    else:
        number = bell.round
        if bell.acknowledged is not None:
            said = bell.acknowledged
            raise NotPossible(f"{said.value.by} acknowledged it already, at {clock_time(said.stamp[0])}")
    if body.round not in (0, number):
        raise NotPossible("it has come back or become graver since you saw it: look again")
    return (replace(body, round=number),)


def _entry(view: View, body: e.WatchEntryMade, _: Mint) -> Told:
    if not body.text.strip():
        raise BadMessage("an entry needs words: text is empty")
    if body.corrects:
        known = view.picture.entries.get(body.corrects)
        if known is None or known.made is None:
            raise Unknown(f"no entry {body.corrects[:80]!r} in this watch log to correct; look at the list")
        if known.corrected_by:
            raise NotPossible(
                f"entry {body.corrects} was corrected already, by {known.corrected_by}: correct that one"
            )
    return (body,)


def _handed_over(view: View, body: e.ShiftHandedOver, _: Mint) -> Told:
    _signed(body.outgoing, body.incoming)
    since = body.since or brief.last_at(view)
    if since is not None and since >= view.now:
        raise BadMessage("the brief must begin before now: since is in the future")
    told = brief.text(brief.made(view, since), body.remarks)
    return (replace(body, since=since, brief=told[: e.LONGEST_BRIEF]),)


def _taken_over(view: View, body: e.ShiftTakenOver, _: Mint) -> Told:
    _signed(body.incoming)
    known = view.picture.shifts.get(body.shift)
    if known is None or known.handed is None:
        raise Unknown(f"no hand-over {body.shift[:80]!r}; the outgoing watch-keeper signs first")
    if known.taken is not None:
        raise NotPossible(f"{known.taken.value.incoming} took this watch over already")
    return (body,)


def _signed(*names: str) -> None:
    if not all(name.strip() for name in names):
        raise BadMessage("a hand-over is signed by name: a name is blank")


CHECKS: Checks = {
    e.AlarmAcknowledged: _acknowledged,
    e.WatchEntryMade: _entry,
    e.ShiftHandedOver: _handed_over,
    e.ShiftTakenOver: _taken_over,
}
