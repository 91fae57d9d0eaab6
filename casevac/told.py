"""Routes, nearest facilities and what was told as JSON values, the same over HTTP and on the command line."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from casevac import mist
from casevac.duties import PLURALS
from casevac.entities import GROUPS, Json, instant, leg_json, of_view, stop_json, touched
from casevac.errors import BadMessage, Unknown
from casevac.events import Event, Option, OptionsComputed, Promise, in_words
from casevac.merging import kept
from casevac.nearest import Near, Ride
from casevac.picture import Picture, fold
from casevac.position import Fix
from casevac.record import record
from casevac.task import Task
from casevac.vague import Spread
from casevac.view import View
from casevac.whereabouts import Found, candidate
from geo.answers import Route, RouteArc
from geo.profile import Profile

SINGULAR = {plural: noun for noun, plural in PLURALS.items()} | {"sites": "site", "alarms": "alarm"}


def route_json(found: Route) -> dict[str, Any]:
    """A route: seconds, metres and exposure apart, the path as lon, lat, every arc with what it rests on.

    exposure_s: seconds in threat zones, no part of which is time beside; danger_s: those times the severity.
    """
    return {
        "seconds_p50": round(found.seconds_p50, 1),
        "seconds_p90": round(found.seconds_p90, 1),
        "metres": round(found.metres, 1),
        "exposure_s": round(found.exposure_s, 1),
        "danger_s": round(found.danger_s, 1),
        "estimated": found.estimated,
        "access_m": round(found.access_m, 1),
        "path": [[round(lon, 6), round(lat, 6)] for lon, lat in found.path],
        "arcs": [
            {
                "name": arc.name,
                "ref": arc.ref,
                "metres": round(arc.metres, 1),
                "seconds": round(arc.seconds, 1),
                "surface": arc.surface,
                "estimated": arc.estimated,
                **_zones(arc),
            }
            for arc in found.arcs
        ],
    }


def _zones(arc: RouteArc) -> dict[str, Any]:
    """What the season and the hazards make of an arc; nothing for one that is as ever."""
    told: dict[str, Any] = {}
    if abs(arc.seconds - arc.base_s) >= _TENTH:
        told["base_s"] = round(arc.base_s, 1)  # in the dry season by day without hazards
    if arc.slow:
        told["slow"] = list(arc.slow)
    if arc.threats:
        told |= {
            "threats": list(arc.threats),
            "severity": arc.severity,
            "exposure_s": round(arc.exposure_s, 1),
        }
    return told


_TENTH = 0.05  # of a second: less is not seen in a tenth


def place_json(found: Found) -> dict[str, Any]:
    """A place that was found; `name` is null for plain coordinates."""
    told = candidate(found)
    return told | {"name": found.name or None}


def spread_json(spread: Spread) -> list[float]:
    """The earliest and the latest seconds to a vague place."""
    return [round(spread.low, 1), round(spread.high, 1)]


def near_json(near: Near) -> dict[str, Any]:
    """One facility as seen from a place: without times out of reach, with reasons not usable."""
    card = near.facility.card
    return {
        "id": card.id,
        "name": card.name,
        "level": card.level,
        "capabilities": [str(one) for one in card.capabilities],
        "lon": card.lon,
        "lat": card.lat,
        "usable": not near.reasons,
        "reasons": list(near.reasons),
        "risks": list(near.risks),
        "seconds_p50": _rounded(near.seconds_p50),
        "seconds_p90": _rounded(near.seconds_p90),
        "metres": _rounded(near.metres),
        "estimated": near.estimated,
        "arrive_p50_at": instant(near.arrive_p50_at),
        "arrive_p90_at": instant(near.arrive_p90_at),
        "route": None if near.route is None else route_json(near.route),
        "mode": None if near.mode is None else near.mode.value,
        "legs": [_ride(one) for one in near.legs],
        "notes": list(near.notes),
        "beds_free": near.beds_free,
        "table_free_at": instant(near.table_free_at),
    }


def _ride(one: Ride) -> Json:
    """One leg of the way to a facility; `vehicle` is null for any of the profile."""
    return {
        "mode": one.mode.value,
        "vehicle": one.vehicle or None,
        "profile": one.profile or None,
        "from": stop_json(one.start),
        "to": stop_json(one.end),
        "seconds_p50": round(one.seconds_p50, 1),
        "seconds_p90": round(one.seconds_p90, 1),
        "metres": round(one.metres, 1),
        "exposure_s": round(one.exposure_s, 1),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def log_line(event: Event) -> Json:
    """One line of the watch log."""
    return {
        "seq": event.seq,
        "at": instant(event.occurred_at),
        "kind": event.kind,
        "text": in_words(event),
        "actor": event.actor,
        "source": event.source.value,
    }


def task_json(task: Task) -> Json:
    """One vehicle's orders and how far they have come."""
    return {
        "id": task.id,
        "request": task.request,
        "chain": task.chain,
        "vehicle": task.vehicle,
        "casualties": list(task.casualties),
        "status": task.status,
        "recall": _recall(task),
    }


def _recall(task: Task) -> Json | None:
    """That it was taken back, since when and why, and when its crew saw so; None while it was not."""
    if task.recalled is None or task.status != "cancelled":
        return None
    told_at, seen_at = task.recalled.stamp[0], task.recall_seen_at
    return {"reason": task.recalled.value, "told_at": instant(told_at), "seen_at": instant(seen_at)}


def kept_as(view: View, group: str, key: str) -> str:
    """The id that a casualty or request goes by now: of one that was merged, that of the one kept."""
    merges = {"casualties": view.told.merges, "requests": view.told.request_merges}.get(group, {})
    return kept(merges, key)


def one_json(view: View, group: str, key: str) -> Json:
    """One entity by its id, or by the id of one that was merged into it; raises Unknown."""
    key = kept_as(view, group, key)
    if group == "tasks":
        task = view.picture.tasks.get(key)
        found = task_json(task) if task is not None and task.sent is not None else None
    else:
        found = of_view(view, {group: {key}}).get(group, {}).get(key)
    if found is None:
        raise Unknown(f"no {SINGULAR[group]} {key[:40]!r} in this mission; look at the list and try again")
    return found


def all_json(view: View, group: str) -> list[Json]:
    """Every entity of a group, in the order of their ids."""
    if group == "tasks":
        return [task_json(one) for _, one in sorted(view.picture.tasks.items()) if one.sent is not None]
    return [one for one in of_view(view).get(group, {}).values() if one is not None]


FORMS = ("nine-line", "methane")


def record_of(view: View, casualty: str) -> Json:
    """The whole record of a casualty, entry by entry, with its MIST as read on the radio; raises Unknown."""
    one = view.casualty(casualty)
    return {**record(view, casualty), "text": "" if one is None else mist.text(one.mist)}


def text_of(view: View, request: str, form: str) -> Json:
    """The 9-line or METHANE of a request as it is read on the radio; raises Unknown, BadMessage."""
    if form not in FORMS:
        raise BadMessage(f"no form {form[:20]!r}; give {' or '.join(FORMS)}")
    told = one_json(view, "requests", request)
    said = told[form.replace("-", "_")]
    if said is None:
        raise Unknown(f"nobody told a {form} for request {told['id']}")
    return {"request": told["id"], "form": form, "text": said["text"]}


def board_json(view: View, key: str) -> Json:
    """What the users of a facility look at: its board, who is there, and who is on the way with when."""
    found = one_json(view, "facilities", key)
    coming = [one for one in all_json(view, "chains") if one["status"] == "active"]
    bound = [_coming(view, chain, zap) for chain in coming if chain["facility"] == found["id"]
             for zap in chain["casualties"] if zap in found["inbound"]]  # fmt: skip
    here = [one_json(view, "casualties", zap) for zap in found["patients"]]
    return {"facility": found, "inbound": bound, "patients": [_case(one) for one in here]}


def _coming(view: View, chain: Json, zap: str) -> Json:
    last: Json = next((leg for leg in reversed(chain["legs"]) if zap in leg["casualties"]), {})
    return {
        **_case(one_json(view, "casualties", zap)),
        "chain": chain["id"],
        "vehicle": last.get("vehicle"),
        "arrive_p50_at": last.get("arrive_p50_at"),
        "arrive_p90_at": last.get("arrive_p90_at"),
        "answer": chain.get("inbound"),
    }


def _case(casualty: Json) -> Json:
    """What a receiving team must know."""
    wanted = (
        "id",
        "category",
        "precedence",
        "what",
        "needs",
        "mist",
        "vitals",
        "tourniquets",
        "state",
        "clocks",
    )
    return {name: casualty[name] for name in wanted if name in casualty}


def profiles_json(known: Mapping[str, Profile], own: Collection[str]) -> list[Json]:
    """Every vehicle profile by name: whether the mission brought it, and on what its figures rest.

    `status` tells it of single figures; `estimated` is true when any of them is no measurement.
    """
    return [
        {
            "name": name,
            "kind": one.kind,
            "label": one.label,
            "source": "mission" if name in own else "shipped",
            "estimated": one.estimated,
            "status": dict(one.status),
        }
        for name, one in sorted(known.items())
    ]


def changed_json(
    before: Picture,
    events: Sequence[Event],
    now: datetime,
    positions: Mapping[str, Fix] | None = None,
    followed: Sequence[Event] = (),
) -> dict[str, Any]:
    """What these events are, line by line, and how the entities look that they name or change.

    `before` is a picture without them, or one that holds them already (of a command that was repeated). Of
    what followed there are the lines and the entities it names; all else that changed comes by the stream.
    """
    after = fold(before, events)
    wanted, after = touched(before, after), fold(after, followed)
    view = View(after, now, positions)
    for event in (*events, *followed):
        for group, key in _named(event):
            if key in (view.requests if group == "requests" else getattr(after, group, ())):
                wanted.setdefault(group, set()).add(key)
    return {"events": [log_line(event) for event in (*events, *followed)], "entities": of_view(view, wanted)}


_NAMED = (
    {"casualty": "casualties"}
    | {name: f"{name}s" for name in ("request", "chain", "vehicle", "team", "hazard", "question")}
    | {"facility": "facilities"}
)


def _named(event: Event) -> list[tuple[str, str]]:
    """Group and id of every entity that the event names."""
    found = [(group, str(getattr(event.body, field, None) or "")) for field, group in _NAMED.items()]
    kept = "requests" if event.kind.startswith("requests_") else "casualties"
    found += [(kept, str(getattr(event.body, field, ""))) for field in ("kept", "merged")]
    return [(group, key) for group, key in found if key and group in GROUPS]


def options_json(body: OptionsComputed) -> Json:
    """A decision as the page shows it."""
    return {
        "decision": body.decision,
        "options": [_option(one) for one in body.options],
        "refused": [{"what": one.what, "why": one.why} for one in body.refused],
        "advice": list(body.advice),
        "replaces": body.replaces or None,
    }


def _option(one: Option) -> Json:
    return {
        "id": one.id,
        "rank": one.rank,
        "summary": one.summary,
        "vehicles": list(one.vehicles),
        "facility": one.facility,
        "casualties": list(one.casualties),
        "pickup_p50_at": instant(one.pickup_p50_at),
        "arrive_p50_at": instant(one.arrive_p50_at),
        "arrive_p90_at": instant(one.arrive_p90_at),
        "verdict": one.verdict,
        "estimated": one.estimated,
        "exposure_s": round(sum(leg.exposure_s for leg in one.legs), 1),
        "danger_s": round(sum(leg.danger_s for leg in one.legs), 1),
        "legs": [leg_json(leg) for leg in one.legs],
        "reasons": list(one.reasons),
        "risks": list(one.risks),
        "capability": list(one.capability),
        "via": list(one.via),
        "beds_free_on_arrival": one.beds_free_on_arrival,
        "ahead_in_queue": one.ahead_in_queue,
        "table_free_at": instant(one.table_free_at),
        "promises": [_promise(each) for each in one.promises],
    }


def _promise(one: Promise) -> Json:
    return {
        "casualty": one.casualty,
        "category": one.category.value,
        "arrive_p50_at": instant(one.arrive_p50_at),
        "arrive_p90_at": instant(one.arrive_p90_at),
        "care_p50_at": instant(one.care_p50_at),
        "care_p90_at": instant(one.care_p90_at),
        "surgery_p50_at": instant(one.surgery_p50_at),
        "surgery_p90_at": instant(one.surgery_p90_at),
        "surgery_limit_at": instant(one.surgery_limit_at),
    }
