"""The fold of what is told of requests."""

from msgspec.structs import replace

from casevac import events as e
from casevac.board import sane
from casevac.casualty import Place
from casevac.events import Event
from casevac.fold_casualty import injury, keep, known, reported
from casevac.request import Request, Version, with_version
from casevac.stamp import later, sooner, stamp
from casevac.state import Draft, Folds


def _alert_raised(draft: Draft, event: Event, body: e.AlertRaised) -> None:
    if not body.request:
        draft.odd(event, "the alert has no request id")
        return
    at = stamp(event)
    if body.injury_at is not None:
        body = replace(body, injury_at=sane(body.injury_at))
    request = _request(draft, body.request)
    alert, source = later(request.alert, body, at), sooner(request.source, event.source, at)
    draft.put("requests", body.request, replace(request, alert=alert, source=source))
    place = Place(body.lon, body.lat, body.uncertainty_m)
    for zap in body.casualties:
        casualty = reported(draft, zap, event, at, place)
        hurt, what = injury(casualty.injury, body, at), later(casualty.what, body.what, at)
        named = later(casualty.request, body.request, at)
        keep(draft, replace(casualty, injury=hurt, what=what, request=named))


def _requests_merged(draft: Draft, event: Event, body: e.RequestsMerged) -> None:
    said = later(draft.get("request_merges", body.merged, None), body.kept, stamp(event))
    draft.put("request_merges", body.merged, said)


def _requests_split(draft: Draft, event: Event, body: e.RequestsSplit) -> None:
    said = later(draft.get("request_merges", body.merged, None), "", stamp(event, weight=1))
    draft.put("request_merges", body.merged, said)


def _acknowledged(draft: Draft, event: Event, body: e.AlertAcknowledged) -> None:
    request = _request(draft, body.request)
    said = sooner(request.acknowledged, _teller(event, body), stamp(event))
    draft.put("requests", body.request, replace(request, acknowledged=said))


def _nine_line_sent(draft: Draft, event: Event, body: e.NineLineSent) -> None:
    if not body.request:
        draft.odd(event, "the 9-line has no request id")
        return
    at, request = stamp(event), _request(draft, body.request)
    told = with_version(request.nine_lines, Version(at, _teller(event, body), body))
    source = sooner(request.source, event.source, at)
    draft.put("requests", body.request, replace(request, nine_lines=told, source=source))
    _opened(draft, event, body, body.casualties)


def _read_back(draft: Draft, event: Event, body: e.ReadBackConfirmed) -> None:
    request = _request(draft, body.request)
    said = later(request.read_back, _teller(event, body), stamp(event))
    draft.put("requests", body.request, replace(request, read_back=said))


def _methane_sent(draft: Draft, event: Event, body: e.MethaneSent) -> None:
    if not body.request:
        draft.odd(event, "METHANE has no request id")
        return
    at, request = stamp(event), _request(draft, body.request)
    told = with_version(request.methanes, Version(at, _teller(event, body), body))
    source = sooner(request.source, event.source, at)
    draft.put("requests", body.request, replace(request, methanes=told, source=source))
    _opened(draft, event, body, body.zaps)


def _opened(
    draft: Draft, event: Event, body: e.NineLineSent | e.MethaneSent, casualties: tuple[str, ...]
) -> None:
    """The casualties it brings, at its place when that is known; their categories are not told by it."""
    at = stamp(event)
    what = (body.wounds if isinstance(body, e.NineLineSent) else body.incident) or ""
    for zap in casualties:
        casualty = known(draft, zap)
        if body.lon is not None and body.lat is not None:
            place = later(casualty.place, Place(body.lon, body.lat, body.uncertainty_m), at)
            casualty = replace(casualty, place=place)
        if what:
            casualty = replace(casualty, what=later(casualty.what, what, at))
        named = later(casualty.request, body.request, at)
        first = sooner(casualty.reported, event.source, at)
        keep(draft, replace(casualty, request=named, reported=first))


def _stood_down(draft: Draft, event: Event, body: e.RequestStoodDown) -> None:
    request = _request(draft, body.request)
    ended = later(request.ended, body, stamp(event, weight=1))
    draft.put("requests", body.request, replace(request, ended=ended))


def _request(draft: Draft, key: str) -> Request:
    return draft.get("requests", key, None) or Request(key)


def _teller(event: Event, body: e.Told) -> str:
    return body.speaker or body.by or event.device or event.actor


FOLDS: Folds = {
    e.AlertRaised: _alert_raised,
    e.AlertAcknowledged: _acknowledged,
    e.NineLineSent: _nine_line_sent,
    e.ReadBackConfirmed: _read_back,
    e.MethaneSent: _methane_sent,
    e.RequestStoodDown: _stood_down,
    e.RequestsMerged: _requests_merged,
    e.RequestsSplit: _requests_split,
}
