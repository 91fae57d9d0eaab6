"""One casualty, request, facility or vehicle as a person looks at it: a header, then what matters."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType

from casevac.entities import Json
from casevac.roof.tables import facts, grid, place, text, time
from casevac.words import minutes

AT_MIST = ("age_group", "injury_at", "mechanism", "injuries", "signs", "treatment")
UNSHOWN = ("id", "at", "by", "source")


def _said(*lines: str) -> list[str]:
    return [line for line in lines if line]


def _listed(title: str, words: Iterable[str]) -> list[str]:
    """A title and its lines, nothing without lines."""
    lines = [f"  {word}" for word in words if word]
    return [f"{title}:", *lines] if lines else []


def _table(title: str, headings: Sequence[str], lines: Sequence[Sequence[object]]) -> list[RenderableType]:
    """A table under its title, nothing without rows."""
    return [f"{title}:", grid(headings, lines)] if lines else []


def _stale(figure: Mapping[str, Any] | None) -> str:
    """When a figure was true, and a mark when it is too old to rely on."""
    if not figure:
        return ""
    limit = figure.get("stale_after")
    old = limit is not None and datetime.fromisoformat(limit) < datetime.now(UTC)
    return f"(as of {time(figure['as_of'])}{', STALE' if old else ''})"


def _words(value: object) -> str:
    return text(value).replace("_", " ")


# --- a casualty


def casualty(one: Json) -> Group:
    """Who, the three clocks of 10-1-2, MIST, last vital signs, tourniquets, what does not fit."""
    where = one["facility"] or one["carried_by"] or (place(one) if one["lon"] is not None else "")
    shown = {
        "precedence": _precedence(one["precedence"]),
        "where": where,
        **{name: one[name] for name in ("request", "chain", "also", "what", "needs", "injury_at", "outcome")},
        "affiliation": one["affiliation"],
        "eligibility": one["eligibility"],
        "triage": [_triage(each) for each in one["triage"][-1:]],
        "triage again": one["retriage"],
    }
    return Group(
        f"{one['id']}  {one['category']}  {_words(one['state'])}",
        facts(shown),
        *_table("10-1-2 clocks", *_clocks(one["clocks"])),
        *mist_lines(one["mist"]),
        *_vitals(one["vitals"]),
        *_listed("Tourniquets", _tourniquets(one["tourniquets"])),
        *_listed("Treatments", (f"{time(t['at'])} {_treatment(t)}" for t in one["treatments"])),
        *_listed("Doubts", one["doubts"]),
    )


def _triage(told: Json) -> str:
    how = ", ".join(_said(_words(told["algorithm"]), told["by"]))
    return f"{time(told['at'])} {told['category']}{f' ({how})' if how else ''}"


def _precedence(told: Json) -> str:
    now = _words(told["now"])
    if told["decided"]:
        return f"{now} (decided by {told['by'] or 'unknown'} {time(told['at'])})"
    return f"{now} (suggested, nobody decided)"


def _clocks(clocks: Sequence[Json]) -> tuple[list[str], list[list[object]]]:
    headings = ["step", "status", "target", "forecast p50", "p90", "done", "proof"]
    rows: list[list[object]] = []
    for one in clocks:
        done, proof = one["actual_at"], one["proof"] or {}
        ahead = ("", "") if done else (one["forecast_p50_at"], one["forecast_p90_at"])
        words = ", ".join(_said(proof.get("words") or "", proof.get("by") or "", proof.get("source") or ""))
        rows.append([_words(one["step"]), _words(one["status"]), one["target_at"], *ahead, done, words])
    return headings, rows


def mist_lines(mist: Mapping[str, Any]) -> list[str]:
    """MIST by field, and what of it is missing."""
    told = [
        f"{name.replace('_', ' ')}: {_words(mist[name])}" for name in AT_MIST if mist.get(name) is not None
    ]
    missing = ", ".join(name.replace("_", " ") for name in mist.get("missing", ()))
    return _listed("MIST", [*told, f"missing: {missing}" if missing else ""])


def _vitals(vitals: Json) -> list[str]:
    last = vitals["latest"]
    if not last:
        return []
    told = [
        f"{name.replace('_', ' ')} {text(v)}" for name, v in last.items() if name not in UNSHOWN and text(v)
    ]
    return [f"Vital signs {time(last['at'])} ({vitals['count']} taken): {', '.join(told)}"]


def _tourniquets(all_on: Sequence[Json]) -> list[str]:
    return [
        f"{one['site'] or 'site not told'}, on since {time(one['since'])}, {one['minutes']} min"
        f"{' TOO LONG' if one['alert'] else ''}"
        for one in all_on
    ]


def _treatment(one: Json) -> str:
    return ", ".join(
        _said(_words(one["treatment"]), one["site"], one["detail"], text(one["dose"]), one["by"])
    )


# --- a request


def request(one: Json) -> Group:
    """What was told and what is missing, who was warned, in whose hands it was, what may be the same."""
    where = one["place"] or (place(one) if one["lon"] is not None else "")
    names = ("who", "what", "how_many", "opened_at", "acknowledged_at", "acknowledged_by", "stood_down")
    seconds = ("alert_to_ack_s", "alert_to_request_s", "decision_s", "approval_s")
    within = one["uncertainty_m"]
    shown = {
        "where": f"{where} within {within:.0f} m" if where and (within or 0) > 1 else where,
        **{name: one[name] for name in names},
        "casualties": one["casualties"],
        **{name.removesuffix("_s") + " seconds": one.get(name) for name in seconds},
    }
    return Group(
        f"{one['id']}  {_words(one['state'])}",
        facts(shown),
        *_nine_line(one["nine_line"]),
        *_methane(one["methane"]),
        *_table("Warned", ["asset", "kind", "warned", "ready", "answered", "reason"], _warned(one["warned"])),
        *_table("In whose hands", ["who", "what", "since", "until", "seconds"], _hands(one["hands"])),
        *_listed("Possible duplicates", (other["words"] for other in one["possible_duplicates"])),
        *_listed("Warnings", one["warnings"]),
    )


def _nine_line(told: Json | None) -> list[RenderableType]:
    if told is None:
        return ["9-line: not told"]
    lines = [[row["line"], row["title"], row["text"], row["told_at"], row["by"]] for row in told["lines"]]
    mark = "" if told["verified"] else f", UNVERIFIED: {told['note']}"
    head = f"9-line ({told['dialect']}{mark})"
    missing = f"missing: {text(told['missing'])}" if told["missing"] else "nothing missing to launch on"
    return [
        *_table(head, ["line", "tells", "text", "told", "by"], lines),
        *_said(missing, told["suggestion"]),
    ]


def _methane(told: Json | None) -> list[RenderableType]:
    if told is None:
        return ["METHANE: not told"]
    lines = [[row["title"], row["text"]] for row in told["parts"]]
    missing = f"missing: {text(told['missing'])}" if told["missing"] else ""
    return [*_table("METHANE", ["part", "text"], lines), *_said(missing)]


def _warned(warned: Sequence[Json]) -> list[list[object]]:
    def ready(one: Json) -> str:
        if one["ready"] is None:
            return "no answer yet"
        when = f" at {time(one['ready_at'])}" if one["ready_at"] else ""
        return f"ready{when}" if one["ready"] else f"not ready{when and f', {when.strip()}'}"

    names = ("asset", "kind", "warned_at")
    return [[*(one[n] for n in names), ready(one), one["answered_at"], one["reason"]] for one in warned]


def _hands(hands: Sequence[Json]) -> list[list[object]]:
    def seconds(one: Json) -> str:
        return "" if one["seconds"] is None else f"{one['seconds']:.0f}"

    return [[one["who"], one["what"], one["since"], one["until"] or "now", seconds(one)] for one in hands]


# --- a facility


def facility(one: Json) -> Group:
    """The board of a facility as it stands, with who is expected by id."""
    coming = [f"{zap}" for zap in one["inbound"]]
    return Group(*_board(one), f"Inbound: {text(coming) or 'nobody'}", *_present(one["patients"]))


def board(found: Json) -> Group:
    """The main board of a facility: its figures, everybody on the way with when, who is there."""
    one = found["facility"]
    return Group(*_board(one), *_inbound(found["inbound"]), *_present(one["patients"]))


def _board(one: Json) -> list[RenderableType]:
    told = {figure["what"]: figure for figure in one["board"]}
    why = f": {one['reason']}" if one["reason"] else ""
    theatre = one["theatre"]
    tables = (
        f"{text(theatre['tables']) or 'not told'}, free {time(theatre['free_at']) or 'at a time not told'}"
    )
    stocks = [
        f"{_words(what.removeprefix('stock.'))} {text(figure['value'])} {_stale(figure)}"
        for what, figure in told.items()
        if what.startswith("stock.")
    ]
    rows = [
        ("accepting", f"{_words(one['accepting'])}{why} {_stale(told.get('accepting'))}"),
        ("operating tables", f"{tables} {_stale(told.get('tables'))}"),
        ("queue", f"{text(theatre['queue']) or 'not told'} {_stale(told.get('queue'))}"),
        ("can", text(one["capabilities"])),
        ("stocks", "\n".join(stocks) or "not told"),
        ("blood", f"{_blood(one['blood'])} {_stale(told.get('blood'))}"),
    ]
    return [
        f"{one['name']}  ({one['id']})  {one['level']}{'  OVER CAPACITY' if one['over_capacity'] else ''}",
        facts(dict(rows)),
        *_table("Beds", *_beds(one["rooms"], told)),
        *_table("Reservations", *_kept(one["reservations"])),
    ]


def _beds(rooms: Sequence[Json], told: Mapping[str, Json]) -> tuple[list[str], list[list[object]]]:
    def row(room: Json) -> list[object]:
        bed = str(room["bed"])
        known = (told.get(f"beds.{bed}.{name}") for name in ("free", "occupied", "staffed"))
        figure = next((one for one in known if one), None)
        counts = [_count(room[name]) for name in ("free", "staffed", "reserved", "inbound", "left")]
        return [bed, *counts, _stale(figure)]

    return ["bed", "free", "staffed", "reserved", "inbound", "left", "told"], [row(room) for room in rooms]


def _count(number: int | None) -> str:
    return "?" if number is None else str(number)


def _blood(stocks: Sequence[Json] | None) -> str:
    if not stocks:
        return "none" if stocks is not None else "not told"
    return ", ".join(
        f"{one['group']} {one['units']}" + (f" until {time(one['expires_at'])}" if one["expires_at"] else "")
        for one in stocks
    )


def _kept(reservations: Sequence[Json]) -> tuple[list[str], list[list[object]]]:
    headings = ["reservation", "casualty", "bed", "until", "by", "chain", ""]
    return headings, [
        [one["id"], one["casualty"], one["bed"], one["until"], one["by"], one["chain"],
         "OVERBOOKED" if one["overbooked"] else "unconfirmed" if one["unconfirmed"] else ""]
        for one in reservations
    ]  # fmt: skip


def _inbound(coming: Sequence[Json]) -> list[RenderableType]:
    headings = ["casualty", "cat", "precedence", "ETA p50", "p90", "needs", "by", "answer", "MIST"]
    rows = [
        [one["id"], one["category"], _words((one.get("precedence") or {}).get("now")), one["arrive_p50_at"],
         one["arrive_p90_at"], one["needs"], one["vehicle"], _words((one["answer"] or {}).get("state")),
         _brief(one)]
        for one in sorted(coming, key=lambda one: str(one["arrive_p50_at"]))
    ]  # fmt: skip
    return _table(f"Inbound ({len(rows)})", headings, rows) or ["Inbound: nobody"]


def _brief(one: Json) -> str:
    """MIST on one line; what was told of the casualty while there is none."""
    letters = {"M": "mechanism", "I": "injuries", "S": "signs", "T": "treatment"}
    mist = one.get("mist") or {}
    told = " ".join(f"{letter}: {mist[name]}" for letter, name in letters.items() if mist.get(name))
    return told or str(one.get("what") or "")


def _present(patients: Sequence[str]) -> list[str]:
    return [f"Patients: {len(patients)}" + (f" ({', '.join(patients)})" if patients else "")]


# --- a vehicle


def vehicle(one: Json) -> Group:
    """What it does, whom it has aboard, and what it can still do as of when."""
    shown = {name: one[name] for name in ("kind", "profile", "operator", "litters", "seats", "medical_crew")}
    shown |= {"crew and teams": one["teams"], "equipment": one["equipment"], "device": one["device"]}
    shown |= {"task": _task(one["task"]), "aboard": one["aboard"] or "nobody", "home": one["home"]}
    shown |= {name: one[name] for name in ("range_km", "readiness_s", "ready_at", "duty_ends_at")}
    rows = [[_words(row["what"]), row["value"], _stale(row), row["by"]] for row in one["condition"]]
    return Group(
        f"{one['callsign']}  ({one['id']})  {_words(one['state'])}",
        facts(shown),
        *_table("Condition as told", ["what", "value", "told", "by"], rows),
        *_listed("Doubts", one["doubts"]),
    )


def _task(task: Json | None) -> str:
    if task is None:
        return "none"
    return f"{task['id']} {task['status']}, request {task['request']}, chain {task['chain']}"


# --- a chain


def chain(one: Json) -> Group:
    """Who goes where in which order and when, whose approval it has, what the facility says, what is late."""
    approval, inbound = one["approval"], one["inbound"]
    who = " or ".join(approval["authorities"])
    asked = f" of {who} for {text(approval['needed'])}" if approval["state"] == "awaiting" else ""
    by = f" by {approval['by']} {time(approval['at'])}" if approval["by"] else ""
    answer = ", ".join(_said(_words(inbound["state"]), inbound["by"], inbound["reason"]))
    shown = {name: one[name] for name in ("request", "vehicles", "casualties", "facility", "why")}
    shown |= {"approval": f"{_words(approval['state'])}{asked}{by}", "inbound answer": answer}
    headings = ["vehicle", "does", "from", "to", "departs", "arrives p50", "p90", "state", "casualties"]
    names = ("depart_at", "arrive_p50_at", "arrive_p90_at")
    legs = [
        [leg["vehicle"], _words(leg["purpose"]), leg["from"]["name"], leg["to"]["name"],
         *(leg[name] for name in names), leg["state"], leg["casualties"]]
        for leg in one["legs"]
    ]  # fmt: skip
    return Group(
        f"{one['id']}  {_words(one['status'])}",
        facts(shown),
        *_table("Legs", headings, legs),
        *_listed("Under threat", [_exposed(leg) for leg in one["legs"] if leg["exposure_s"]]),
        *_listed("Late", one["late"]),
    )


def _exposed(leg: Json) -> str:
    """How long a leg is in threat zones, which is no time more."""
    return f"{leg['vehicle']} to {leg['to']['name']}: {minutes(leg['exposure_s'])} in threat zones"


SHOWN: dict[str, Callable[[Json], RenderableType]] = {
    "casualties": casualty,
    "requests": request,
    "facilities": facility,
    "vehicles": vehicle,
    "chains": chain,
}
"""How `show` draws one of a group; any other as its facts."""
