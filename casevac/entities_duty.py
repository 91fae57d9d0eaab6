"""Words of duty as JSON values: approvals, warnings, whose hands, questions."""

from typing import Any

from casevac.chain import Chain
from casevac.duty import Question, Warned
from casevac.hands import approval_s, decision_s, hands
from casevac.plain import instant
from casevac.view import View

Json = dict[str, Any]


def approval_json(view: View, one: Chain) -> Json:
    """How the launch of the chain stands, and who may say so."""
    said = view.approval(one)
    return {
        "needed": list(said.needed),
        "authorities": list(said.authorities),
        "state": said.state.value,
        "by": said.by or None,
        "at": instant(said.at),
        "reason": said.reason,
        "asked_at": instant(said.asked_at),
        "seconds": said.seconds,
    }


def inbound_json(view: View, one: Chain) -> Json:
    """What the receiving facility said; without an answer yet, state `asked`."""
    said = view.picture.inbound.get(f"{one.id}/{one.plan.facility}")
    return {
        "facility": one.plan.facility,
        "state": "asked" if said is None else "accepted" if said.value.accepts else "refused",
        "at": None if said is None else instant(said.stamp[0]),
        "reason": "" if said is None else said.value.reason,
        "by": "" if said is None else said.value.by or said.value.speaker,
    }


def duty_of_request(view: View, request: str) -> Json:
    """Who was warned of a request, in whose hands it was, and how long its decisions took (seconds)."""
    return {
        "warned": [_warned(one) for one in view.warnings_of.get(request, ())],
        "hands": [
            {
                "who": hold.who,
                "what": hold.what,
                "since": instant(hold.since),
                "until": instant(hold.until),
                "seconds": hold.seconds,
            }
            for hold in hands(view, request)
        ],
        "decision_s": decision_s(view, request),
        "approval_s": approval_s(view, request),
    }


def _warned(one: Warned) -> Json:
    told, said = one.warned, one.answered
    return {
        "asset": one.asset,
        "kind": told.value.asset_kind.value if told is not None else None,
        "warned_at": instant(told.stamp[0]) if told is not None else None,
        "ready": said.value.ready if said is not None else None,
        "ready_at": instant(said.value.ready_at) if said is not None else None,
        "answered_at": instant(said.stamp[0]) if said is not None else None,
        "reason": said.value.reason if said is not None else "",
    }


def question_json(_: View, one: Question) -> Json:
    """A question to a specialist with its answer; `seconds` from the one to the other."""
    asked, answer = one.asked, one.answer
    spent = (answer.stamp[0] - asked.stamp[0]).total_seconds() if asked and answer else None
    return {
        "id": one.id,
        "casualty": asked.value.casualty if asked else None,
        "text": asked.value.text if asked else "",
        "urgency": asked.value.urgency.value if asked else None,
        "to": asked.value.to if asked else "",
        "by": (asked.value.by or asked.value.speaker or one.device) if asked else "",
        "asked_at": instant(asked.stamp[0]) if asked else None,
        "answer": answer.value.text if answer else None,
        "answered_by": answer.value.by or answer.value.speaker if answer else "",
        "answered_at": instant(answer.stamp[0]) if answer else None,
        "seconds": None if spent is None else max(0.0, spent),
    }
