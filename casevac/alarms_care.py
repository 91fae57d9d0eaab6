"""What a person must look at of the casualties: clocks, plans, tourniquets, triage, doubts in the record."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from casevac.alarm import Alarm
from casevac.authority import why_not_eligible
from casevac.casualty import Casualty
from casevac.clock import Clock
from casevac.doubts import doubts, retriage_due, unexplained
from casevac.terms import ClockStatus, Severity, Step
from casevac.view import View
from casevac.words import clock_time

CLOCKS = {
    ClockStatus.BREACHED: ("clock_breached", Severity.CRITICAL, "is past its limit"),
    ClockStatus.WILL_BREACH: ("clock_will_breach", Severity.CRITICAL, "will miss its limit"),
    ClockStatus.AT_RISK: ("clock_at_risk", Severity.WARNING, "may miss its limit"),
}
STEPS = {
    Step.BLEEDING_CONTROL: "bleeding control",
    Step.ADVANCED_CARE: "advanced care",
    Step.SURGERY: "surgery",
}
LONGEST_SITE = 200  # characters of a site in the name of an alarm, which whoever acknowledges it must repeat


def _clocks(view: View) -> Iterator[Alarm]:
    for one in view.unsettled:
        for each in view.clocks(one):
            if each.actual_at is None and each.status in CLOCKS:
                yield _clock(one.id, each)


def _clock(zap: str, each: Clock) -> Alarm:
    kind, severity, words = CLOCKS[each.status]
    since = each.target.last if each.status == ClockStatus.BREACHED else None
    return Alarm(
        f"clock:{zap}:{each.step.value}",
        kind,
        severity,
        "casualties",
        zap,
        f"{STEPS[each.step]} {words}",
        since,
    )


def _unplanned(view: View) -> Iterator[Alarm]:
    """The living whom nobody brings on: at once who is aboard or left behind, the others after a while."""
    patience, ended = timedelta(seconds=view.profile.unplanned_s), _ended(view)
    for one in view.unsettled:
        zap, left = one.id, view.left_by(one)
        told_at = one.first_told_at
        if told_at is None or not wanted(view, zap) or view.chain_of(one) is not None:
            continue
        if one.facility and not view.must_go_on(one):
            continue
        since = max(told_at, ended.get(zap, told_at), one.custody.at if one.custody is not None else told_at)
        if left is not None:
            yield _critical(zap, "left_behind", f"left behind by {left[0]}: it has no plan", left[1])
        elif one.vehicle:
            why = why_not_eligible(view.profile, one)
            yield _critical(zap, "unplanned", why or f"is aboard {one.vehicle} without a plan", since)
        elif view.now > since + patience:
            words = f"is in {one.facility}, which cannot do all it needs, without a plan"
            words = why_not_eligible(view.profile, one) or (words if one.facility else "waits without a plan")
            yield _critical(zap, "unplanned", words, since + patience)


def _ended(view: View) -> dict[str, datetime]:
    """When the last orders for each casualty ended."""
    found: dict[str, datetime] = {}
    for task in view.picture.tasks.values():
        for zap in task.casualties if task.ended is not None else ():
            if task.ended is not None:
                found[zap] = max(task.ended.stamp[0], found.get(zap, task.ended.stamp[0]))
    return found


def _critical(zap: str, kind: str, words: str, since: datetime) -> Alarm:
    return Alarm(f"{kind}:{zap}", kind, Severity.CRITICAL, "casualties", zap, words, since)


def wanted(view: View, zap: str) -> bool:
    """False when nobody need come for the casualty: its request was stood down and nobody has it aboard."""
    one = view.picture.casualties[zap]
    request = view.picture.requests.get(one.request.value) if one.request is not None else None
    return request is None or request.stood_down is None or bool(one.vehicle)


def _tourniquets(view: View) -> Iterator[Alarm]:
    """Tourniquets that are on for longer than the mission allows."""
    most = timedelta(seconds=view.profile.tourniquet_alert_s)
    for one in view.unsettled:
        for each in one.tourniquets:
            since = each.since + most
            if view.now >= since:
                site = each.site or "at a site nobody named"
                words = f"tourniquet {site} is on since {clock_time(each.since)}: look at it"
                name = f"tourniquet:{one.id}:{each.site[:LONGEST_SITE]}"
                yield _of(one, name, "tourniquet_long", words, since)


def _retriage(view: View) -> Iterator[Alarm]:
    for one in view.unsettled:
        if why := retriage_due(one, view.profile, view.arrival(one)):
            yield _of(one, f"retriage:{one.id}", "retriage_due", f"triage again: {why}")


def _doubts(view: View) -> Iterator[Alarm]:
    """A lowering without a reason, while nothing newer was told; and what else does not fit."""
    for one in view.unsettled:
        lowered = unexplained(one)
        counting = one.counting(one.triages)
        if counting and not one.triage_effect[counting[-1].id]:
            words = f"{lowered[-1]}; tell it again with a reason, or withdraw it"
            name = f"downgrade:{one.id}"
            yield _of(one, name, "downgrade_unexplained", words, counting[-1].at)
        if others := [
            words
            for words in doubts(one, view.profile, view.now, view.picture.facilities)
            if words not in lowered
        ]:
            yield _of(one, f"doubts:{one.id}", "record_doubtful", "; ".join(others))


def _of(one: Casualty, name: str, kind: str, words: str, since: datetime | None = None) -> Alarm:
    return Alarm(name, kind, Severity.WARNING, "casualties", one.id, words, since)


SOURCES: tuple[Callable[[View], Iterator[Alarm]], ...] = (
    _clocks,
    _unplanned,
    _tourniquets,
    _retriage,
    _doubts,
)
"""What raises alarms of casualties; of those that are settled or whose care has ended nothing does."""
