"""What a person tells, on the page, on the command line or by radio: checked against the picture."""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from casevac import merging, tell_casualty, tell_duty, tell_means, tell_plan, tell_request, tell_watch, zap
from casevac.errors import BadMessage, Unknown
from casevac.events import (
    FIELD_KINDS,
    KINDS,
    AnyBody,
    CasualtiesMerged,
    CasualtiesSplit,
    RequestsMerged,
    RequestsSplit,
    body_from,
)
from casevac.ids import Mint, named
from casevac.picture import Picture
from casevac.tell import Checks
from casevac.view import View
from casevac.whereabouts import find

CHECKS: Checks = {
    **tell_means.CHECKS,
    **tell_casualty.CHECKS,
    **tell_request.CHECKS,
    **tell_duty.CHECKS,
    **tell_watch.CHECKS,
    **tell_plan.CHECKS,
}
"""What is checked and added before a kind is stored; a kind without an entry is stored as told."""

REFERENCES = {  # field -> group of the picture that must know its value
    "casualty": "casualties",
    "vehicle": "vehicles",
    "facility": "facilities",
    "team": "teams",
    "task": "tasks",
    "chain": "chains",
    "question": "questions",
    "reservation": "reservations",
}
OPENING = ("alert_raised", "casualty_reported", "nine_line_sent", "methane_sent")  # may open a request
OWN_NAMES = ("alert_raised", "casualty_reported")  # may name a request that nobody knows yet
NEW = (("casualty_reported", "casualty"), ("question_asked", "question"), ("bed_reserved", "reservation"))


def tell(view: View, kind: str, fields: Mapping[str, Any], mint: Mint) -> tuple[AnyBody, ...]:
    """The events that follow from these words: what was told, with ids, and what it brings about.

    Where, for what has lon and lat: also `place`, as coordinates, a grid or a name of this mission.
    Raises BadMessage in words, UnknownPlace, AmbiguousPlace, BadPlace, Unknown for whatever nobody knows
    (what is typed is a slip more often than news), NotPossible and AlreadyTasked when the present
    picture forbids it.
    """
    if kind not in FIELD_KINDS:
        can = ", ".join(sorted(FIELD_KINDS))
        raise BadMessage(f"nobody can report {kind[:40]!r}; what can be reported: {can}")
    known = {field.name for field in msgspec.structs.fields(KINDS[kind])}
    told = _plain(view, kind, _placed(view.picture, fields, known))
    if strange := sorted(set(told) - known):
        raise BadMessage(f"{kind} does not know {', '.join(strange)}; it knows {', '.join(sorted(known))}")
    body = body_from(kind, told)
    _all_known(view, kind, body)
    body = named(body, mint)
    check = CHECKS.get(type(body))
    return (body,) if check is None else check(view, body, mint)


def _placed(picture: Picture, fields: Mapping[str, Any], known: Collection[str]) -> dict[str, Any]:
    """The fields with lon and lat where only `place` says where; as vague as the place, unless told."""
    told = {name: value for name, value in fields.items() if value is not None and value != ""}
    text = told.get("place")
    if not {"lon", "lat"} <= set(known) or not isinstance(text, str):
        return told
    if not {"lon", "lat"} & set(told):
        found = find(picture, text)
        told |= {"lon": found.place.lon, "lat": found.place.lat}
        within = max(
            found.uncertainty_m, picture.mission.profile.spoken_place_m if told.get("speaker") else 0
        )
        if "uncertainty_m" in known and within >= 1.0:  # a metre is as exact as a grid of ten digits
            told.setdefault("uncertainty_m", within)
    if "place" not in known:  # lon and lat say it; a name is kept where there is room for one
        del told["place"]
        if "name" in known:
            told.setdefault("name", text)
    return told


def _plain(view: View, kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with ZAP ids as usual, a merged request as the one it is read as, and for a place told by
    radio the radius within which it lies."""
    told = {name: value for name, value in fields.items() if value is not None and value != ""}
    for name in ("casualty", "kept", "merged"):
        if told.get(name) and not kind.startswith("requests_"):
            told[name] = zap.canonical(told[name])
    if kind in OPENING and told.get("speaker") and "lon" in told:
        told.setdefault("uncertainty_m", view.profile.spoken_place_m)
    if isinstance(request := told.get("request"), str):
        told["request"] = merging.kept(view.told.request_merges, request)
    return told


def _all_known(view: View, kind: str, body: AnyBody) -> None:
    for name, group in REFERENCES.items():
        value = getattr(body, name, None)
        if value and (kind, name) not in NEW:
            _known(name, value, _group(view, group))
    request = getattr(body, "request", None)
    if request and kind not in OWN_NAMES:
        _known("request", request, view.requests)
    if isinstance(body, RequestsMerged | RequestsSplit):
        _known("request", body.kept, view.requests)
        _known("request", body.merged, view.told.requests)
    if isinstance(body, CasualtiesMerged | CasualtiesSplit):
        _known("casualty", body.kept, view.told.casualties)
        _known("casualty", body.merged, view.told.casualties)


def _group(view: View, group: str) -> Collection[str]:
    """The ids that may be named; of casualties also those that were merged into another."""
    known: Collection[str] = view.told.casualties if group == "casualties" else getattr(view.picture, group)
    return known


def _known(name: str, value: str, known: Collection[str]) -> None:
    if value not in known:
        raise Unknown(f"no {name} {value!r} in this mission; look at the list and try again")
