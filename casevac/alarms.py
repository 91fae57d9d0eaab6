"""What a person must look at now: every alarm of a mission, with its words and since when it stands."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from casevac import alarms_care, alarms_means, replan
from casevac import chain as chains
from casevac.alarm import Alarm
from casevac.authority import unheard
from casevac.casualty import Casualty
from casevac.chain import Chain
from casevac.request import RequestState
from casevac.task import TaskEnd
from casevac.terms import ApprovalState, LegState, Severity
from casevac.view import View

__all__ = ["SOURCES", "Alarm", "alarms"]


def alarms(view: View, day_only: frozenset[str] = frozenset()) -> list[Alarm]:
    """Every alarm as things are now, in the order of their ids. Work it out once for a view and keep it.

    `day_only` are the aircraft profiles that need daylight, where they are known.
    """
    found = {one.id: one for source in SOURCES for one in source(view)}
    found |= {one.id: one for one in _unsound(view, day_only)}
    return [found[key] for key in sorted(found)]


def _tasks(view: View) -> Iterator[Alarm]:
    for key, task in view.picture.tasks.items():
        if task.sent is not None and chains.unanswered(task, view.profile, view.now) > 0:
            since = task.sent[0] + timedelta(seconds=view.profile.acceptance_s)
            words = f"{task.vehicle} has not answered its task"
            yield Alarm(
                f"task:{key}", "task_unanswered", Severity.WARNING, "vehicles", task.vehicle, words, since
            )


def _recalls(view: View) -> Iterator[Alarm]:
    """Tasks taken back of which the crew has not said that it knows; a newer task makes them void."""
    for one in view.picture.vehicles.values():
        task = view.task_of(one)
        recall = task.unseen_recall if task is not None else None
        if task is None or recall is None:
            continue
        since = recall.stamp[0] + timedelta(seconds=view.profile.acceptance_s)
        if view.now > since:
            words = f"{one.id} has not seen that its task was taken back"
            name = f"recall:{task.id}"
            yield Alarm(name, "recall_unseen", Severity.WARNING, "vehicles", one.id, words, since)


def _declined(view: View) -> Iterator[Alarm]:
    """Tasks that a crew declined and whose casualties nobody planned for since."""
    for key, task in view.picture.tasks.items():
        chain = view.picture.chains.get(task.chain)
        if task.ended is None or task.ended.value != TaskEnd.DECLINED or chain is None:
            continue
        left = [
            one.id for zap in chain.plan.casualties if (one := view.casualty(zap)) and _lost(view, one, chain)
        ]
        if left:
            words = f"{task.vehicle} declined its task: {', '.join(left)} without a plan"
            since = task.ended.stamp[0]
            name = f"declined:{key}"
            yield Alarm(name, "task_declined", Severity.CRITICAL, "vehicles", task.vehicle, words, since)


def _lost(view: View, one: Casualty, chain: Chain) -> bool:
    """True for a living casualty of the chain that nobody else plans for and no facility has."""
    mine = one.chain is not None and one.chain.value == chain.id
    wanted = mine and one.lives and view.ended_at(one) is None and not one.facility
    return wanted and view.chain_of(one) is None and alarms_care.wanted(view, one.id)


def _unacknowledged(view: View) -> Iterator[Alarm]:
    """Requests that nobody acknowledged, planned for or stood down in time."""
    patience = timedelta(seconds=view.profile.acknowledge_s)
    for opened_at, key in view.by_opening:
        if view.now <= opened_at + patience:
            break
        one = view.requests[key]
        if one.acknowledged is not None or one.stood_down is not None or key in view.chains_of_request:
            continue
        if view.request_state(key) == RequestState.OPEN:
            words, since = "nobody has acknowledged it", opened_at + patience
            name = f"unacknowledged:{key}"
            yield Alarm(name, "alert_unacknowledged", Severity.CRITICAL, "requests", key, words, since)


def _chains(view: View) -> Iterator[Alarm]:
    for one in view.active:
        for late in chains.late(one, *view.travelled(one)):
            name = f"late:{one.id}:{late.leg}"
            yield Alarm(name, "chain_late", Severity.WARNING, "chains", one.id, late.words)


def _blocked(view: View) -> Iterator[Alarm]:
    """A running chain one of whose legs has no way left under what is closed now."""
    for one in view.active:
        done, _ = view.travelled(one)
        for road in one.blocked:
            if road.leg >= len(done) or done[road.leg].state == LegState.DONE:
                continue
            leg, since = one.plan.legs[road.leg], one.roads[road.leg].stamp[0]
            words = f"{leg.vehicle} has no way left to {leg.end.name}: {road.why}; divert or open a road"
            name = f"blocked:{one.id}:{road.leg}"
            yield Alarm(name, "chain_blocked", Severity.CRITICAL, "chains", one.id, words, since)


def _approvals(view: View) -> Iterator[Alarm]:
    patience = timedelta(seconds=view.profile.approval_due_s)
    for one in view.active:
        key, said = one.id, view.approval(one)
        if said.state != ApprovalState.AWAITING or said.asked_at is None:
            continue
        since, who = said.asked_at + patience, " or ".join(said.authorities)
        if view.now > since:
            words = f"{who} has not approved the launch of {', '.join(said.needed)}"
            name = f"approval:{key}"
            yield Alarm(name, "approval_outstanding", Severity.CRITICAL, "chains", key, words, since)


def _strangers(view: View) -> Iterator[Alarm]:
    """Words on a launch by somebody who may not say so."""
    for key in view.picture.launches:
        one = view.picture.chains.get(key)
        for number, word in enumerate(unheard(view.picture, one) if one is not None else ()):
            words = f"{word.value.authority} spoke on the launch and may not: it does not count"
            name = f"unheard:{key}:{number}"
            yield Alarm(name, "authority_unknown", Severity.WARNING, "chains", key, words, word.stamp[0])


def _inbound(view: View) -> Iterator[Alarm]:
    for one in view.active:
        key, plan = one.id, one.plan
        said = view.picture.inbound.get(f"{key}/{plan.facility}")
        if said is not None and not said.value.accepts:
            words = (
                f"{plan.facility} refuses those on the way to it: {said.value.reason or 'no reason given'}"
            )
            yield Alarm(
                f"inbound:{key}", "inbound_refused", Severity.CRITICAL, "chains", key, words, said.stamp[0]
            )


def _unsound(view: View, day_only: frozenset[str]) -> Iterator[Alarm]:
    """A running chain of which something changed since it was planned: it must be looked at anew."""
    for one in view.active:
        if why := replan.reasons(view, one, day_only):
            name, words = f"unsound:{one.id}", "; ".join(why)
            yield Alarm(name, "chain_unsound", Severity.WARNING, "chains", one.id, words)


def _unready(view: View) -> Iterator[Alarm]:
    """Somebody that a running chain counts on said that it cannot."""
    for one in view.active:
        key, plan = one.id, one.plan
        for vehicle in plan.vehicles:
            known = view.picture.warnings.get(f"{plan.request}/{vehicle}")
            said = known.answered if known is not None else None
            if said is not None and not said.value.ready and said.value.ready_at is None:
                words = f"{vehicle} cannot be made ready: {said.value.reason or 'no reason given'}"
                name = f"unready:{key}:{vehicle}"
                yield Alarm(name, "asset_unready", Severity.CRITICAL, "chains", key, words, said.stamp[0])


def _questions(view: View) -> Iterator[Alarm]:
    for key, one in view.picture.questions.items():
        if one.asked is None or one.answer is not None:
            continue
        due_s = view.profile.answer_due_s.get(one.asked.value.urgency)
        since = one.asked.stamp[0] + timedelta(seconds=due_s or 0.0)
        if due_s is not None and view.now > since:
            words = f"{one.asked.value.to or 'no specialist'} has not answered: {one.asked.value.text[:80]}"
            yield Alarm(
                f"question:{key}", "question_unanswered", Severity.WARNING, "questions", key, words, since
            )


def _orders(view: View) -> Iterator[Alarm]:
    for key, one in view.picture.orders.items():
        said = one.settled
        if said is not None and not said.value.done:
            group, subject = (
                ("chains", said.value.chain) if said.value.chain else ("requests", said.value.request)
            )
            words = f"an order could not be carried out: {said.value.why}"
            yield Alarm(
                f"order:{key}", "order_failed", Severity.CRITICAL, group, subject, words, said.stamp[0]
            )


SOURCES: tuple[Callable[[View], Iterator[Alarm]], ...] = (
    *alarms_care.SOURCES,
    *alarms_means.SOURCES,
    _tasks,
    _recalls,
    _declined,
    _unacknowledged,
    _chains,
    _blocked,
    _approvals,
    _strangers,
    _inbound,
    _unready,
    _questions,
    _orders,
)
"""Everything that raises alarms from a view alone, one place for each source; beside them `_unsound`."""
