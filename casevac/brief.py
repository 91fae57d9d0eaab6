"""The hand-over brief: one page of what the next watch-keeper must know, from the present picture."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from textwrap import wrap
from typing import NamedTuple

from casevac.alarms_care import STEPS
from casevac.casualty import RANK
from casevac.entities import of_view
from casevac.hazard import active
from casevac.plain import Json, instant
from casevac.ringing import ringing
from casevac.silence import silent
from casevac.terms import Category, EntryFlag, Step
from casevac.view import View
from casevac.words import clock_time, minutes

FIRST_S = 12 * 3600.0  # a brief without an earlier hand-over looks back so far
STALE_S = 600.0
LOW_BEDS, LOW_BLOOD = 2, 4
OVER = frozenset(("met", "late", "not_needed"))
ENDED = frozenset(("closed", "cancelled", "returned_to_duty", "evacuated_out", "deceased"))
AWAY = frozenset(("out_of_service",))
WIDTH = 100


class Line(NamedTuple):
    """One line, and the entity it is about, where there is one."""

    words: str
    group: str = ""
    subject: str = ""


class Section(NamedTuple):
    """A heading, its lines, the gravest first, and how many more there are than fit on the page."""

    name: str
    title: str
    lines: tuple[Line, ...]
    more: int = 0


class Brief(NamedTuple):
    """Everything on the page but remarks and signatures."""

    mission: str
    name: str
    exercise: bool
    since: datetime
    until: datetime
    sections: tuple[Section, ...]


def last_at(view: View) -> datetime | None:
    """When the watch was last handed over; None when it never was."""
    moments = (one.at for one in view.picture.shifts.values())
    return max((at for at in moments if at is not None and at < view.now), default=None)


def made(view: View, since: datetime | None = None, parts: Sequence[str] = ()) -> Brief:
    """The brief of the period since an instant, the last hand-over unless told; `parts` say what is down."""
    begun = since or last_at(view) or view.now - timedelta(seconds=FIRST_S)
    looks = {group: [one for one in those.values() if one] for group, those in of_view(view).items()}
    sections: tuple[tuple[str, str, Iterable[Line], int], ...] = (
        ("alarms", "Alarms nobody has acknowledged", _alarms(view), 6),
        ("requests", "Open requests and what is next", _requests(looks), 8),
        ("casualties", "Casualties on the clock", _casualties(view, looks), 10),
        ("chains", "Running chains", _chains(looks), 8),
        ("vehicles", "Vehicles and aircraft not available", _vehicles(looks), 5),
        ("facilities", "Facilities: diverting, few beds, little blood", _facilities(looks), 5),
        ("hazards", "Hazards in force", _hazards(view, looks), 5),
        ("questions", "Questions open", _questions(looks), 3),
        ("entries", "From the watch log", _entries(view, begun), 6),
        ("quality", "What cannot be relied on", _quality(view, parts), 5),
    )
    mission = view.picture.mission
    return Brief(
        mission.id,
        mission.name,
        mission.kind.value == "exercise",
        begun,
        view.now,
        tuple(_section(*one) for one in sections),
    )


def _section(name: str, title: str, lines: Iterable[Line], most: int) -> Section:
    found = tuple(lines)
    return Section(name, title, found[:most], max(0, len(found) - most))


def _alarms(view: View) -> list[Line]:
    rank = {"critical": 0, "warning": 1, "notice": 2}
    unseen = [one for one in ringing(view).values() if not one["acknowledged_at"]]
    unseen.sort(key=lambda one: (rank[one["severity"]], one["since"] or "9", one["id"]))
    return [
        Line(f"{one['severity'].upper()} {one['subject']}: {one['words']}", one["group"], one["subject"])
        for one in unseen
    ]


def _requests(looks: dict[str, list[Json]]) -> list[Line]:
    return [
        Line(_request(one, looks), "requests", one["id"])
        for one in sorted(looks["requests"], key=lambda one: one["opened_at"] or "")
        if one["state"] not in ("closed", "stood_down")
    ]


def _request(one: Json, looks: dict[str, list[Json]]) -> str:
    opened = f" since {_at(one['opened_at'])}" if one["opened_at"] else ""
    what = f"{one['how_many']} hurt, {one['what']}" if one["what"] else f"{one['how_many']} hurt"
    return (
        f"{one['id']}{opened} {one['place'] or one['who'] or ''} {what}. Next: {_next(one, looks)}".replace(
            "  ", " "
        )
    )


def _next(one: Json, looks: dict[str, list[Json]]) -> str:
    mine = [
        chain for chain in looks["chains"] if chain["request"] == one["id"] and chain["status"] == "active"
    ]
    if not mine:
        return "choose an option" if one["acknowledged_at"] else "acknowledge it and choose an option"
    waits = [chain for chain in mine if chain["approval"]["state"] == "awaiting"]
    if waits:
        return f"approval of {' or '.join(waits[0]['approval']['authorities'])}"
    late = [words for chain in mine for words in chain["late"]]
    return late[0] if late else f"chain {mine[0]['id']} runs to {_name(looks, mine[0]['facility'])}"


def _name(looks: dict[str, list[Json]], facility: str | None) -> str:
    return next((one["name"] for one in looks["facilities"] if one["id"] == facility), facility or "nowhere")


def _casualties(view: View, looks: dict[str, list[Json]]) -> list[Line]:
    """Whose limit comes first, of those at one instant the most urgent."""
    running = [
        (min(due), RANK[Category(one["category"])], one)
        for one in looks["casualties"]
        if one["state"] not in ENDED
        and (due := [c["target_at"] for c in one["clocks"] if c["status"] not in OVER and c["target_at"]])
    ]
    return [
        Line(_casualty(view.now, one), "casualties", one["id"])
        for _, _, one in sorted(running, key=lambda row: (row[0], row[1], row[2]["id"]))
    ]


def _casualty(now: datetime, one: Json) -> str:
    clocks = [_clock(now, each) for each in one["clocks"] if each["status"] not in OVER and each["target_at"]]
    where = one["facility"] or one["carried_by"] or "on the spot"
    plan = "" if one["chain"] or one["facility"] else ", NO PLAN"
    return f"{one['category']} {one['id']} {where}{plan}: {'; '.join(clocks)}"


def _clock(now: datetime, each: Json) -> str:
    word, last = STEPS[Step(each["step"])], each["target_latest_at"] or each["target_at"]
    left = (datetime.fromisoformat(last) - now).total_seconds()
    if left < 0:
        return f"{word} OVERDUE {minutes(-left)}"
    if datetime.fromisoformat(each["target_at"]) < now:  # the time of injury is uncertain
        return f"{word} at the latest by {_at(last)}"
    worry = {"will_breach": " WILL MISS", "at_risk": " may miss"}.get(each["status"], "")
    return f"{word} by {_at(each['target_at'])}{worry}"


def _chains(looks: dict[str, list[Json]]) -> list[Line]:
    found = []
    for one in looks["chains"]:
        if one["status"] != "active":
            continue
        arrives = one["legs"][-1]["arrive_p50_at"] if one["legs"] else None
        approval = (
            ""
            if one["approval"]["state"] in ("not_needed", "approved")
            else f", {one['approval']['state'].replace('_', ' ')}"
        )
        late = f", LATE: {one['late'][0]}" if one["late"] else ""
        blocked = ", BLOCKED" if one["blocked"] else ""
        eta = f" about {_at(arrives)}" if arrives else ""
        who = ", ".join(one["vehicles"])
        bound = f"{one['id']} {who} with {len(one['casualties'])} to {_name(looks, one['facility'])}"
        words = f"{bound}{eta}{approval}{blocked}{late}"
        found.append(Line(words, "chains", one["id"]))
    return found


def _vehicles(looks: dict[str, list[Json]]) -> list[Line]:
    found = []
    for one in looks["vehicles"]:
        why = [one["state"].replace("_", " ")] if one["state"] in AWAY else []
        if one["task"] is not None and one["task"]["status"] not in ("declined",):
            why.append(f"on task for {one['task']['request']}")
        if why or one["doubts"]:
            told = "; ".join([*why, *one["doubts"][:1]])
            found.append(Line(f"{one['callsign'] or one['id']}: {told}", "vehicles", one["id"]))
    return found


def _facilities(looks: dict[str, list[Json]]) -> list[Line]:
    found = []
    for one in looks["facilities"]:
        why = [] if one["open"] else [f"{one['accepting'].replace('_', ' ')} {one['reason']}".strip()]
        free = one["beds"]["free"]
        if free is not None and free <= LOW_BEDS:
            why.append(f"{free} beds free")
        units = [stock["units"] for stock in one["blood"] or ()]
        if one["blood"] is not None and sum(units) <= LOW_BLOOD:
            why.append(f"{sum(units)} units of blood")
        if one["over_capacity"]:
            why.append("over capacity")
        if why:
            coming = f", {len(one['inbound'])} on the way" if one["inbound"] else ""
            found.append(Line(f"{one['name']}: {', '.join(why)}{coming}", "facilities", one["id"]))
    return found


def _hazards(view: View, looks: dict[str, list[Json]]) -> list[Line]:
    holding = {one.id for one in active(view.picture, view.now)}
    found = []
    for one in looks["hazards"]:
        if one["id"] not in holding:
            continue
        until = f" until {_at(one['until'])}" if one["until"] else ""
        by = f" ({one['by']})" if one["by"] else ""
        found.append(Line(f"{one['kind']} {one['name']}{until}{by}", "hazards", one["id"]))
    return found


def _questions(looks: dict[str, list[Json]]) -> list[Line]:
    return [
        Line(f"{one['urgency']}: {one['text'][:160]}", "casualties", one["casualty"])
        for one in looks["questions"]
        if one["answer"] is None
    ]


def _entries(view: View, since: datetime) -> list[Line]:
    made = [
        (one.made.stamp[0], one)
        for one in view.picture.entries.values()
        if one.made is not None and not one.corrected_by and one.made.stamp[0] >= since
    ]
    urgent = [pair for pair in made if pair[1].made and pair[1].made.value.flag == EntryFlag.URGENT]
    other = [pair for pair in made if pair[1].made and pair[1].made.value.flag == EntryFlag.IMPORTANT]
    ordered = [*sorted(urgent, key=_newest, reverse=True), *sorted(other, key=_newest, reverse=True)]
    return [
        Line(f"{clock_time(at)} {one.author}: {one.made.value.text[:240]}", "entries", one.id)
        for at, one in ordered
        if one.made is not None
    ]


def _newest(pair: tuple[datetime, object]) -> datetime:
    return pair[0]


def _quality(view: View, parts: Sequence[str]) -> list[Line]:
    lost = [
        Line(f"{one.vehicle} not heard for {minutes(one.seconds)}", "vehicles", one.vehicle)
        for one in silent(view)
    ]
    ages = [(view.now - fix.corrected_at).total_seconds() for fix in view.positions.values()]
    stale = sum(age > STALE_S for age in ages)
    old = [Line(f"{stale} of {len(ages)} last positions are older than {minutes(STALE_S)}")] if stale else []
    return [*(Line(why) for why in parts), *lost, *old]


def _at(text: str) -> str:
    return clock_time(datetime.fromisoformat(text))


# --- as JSON, as text


def brief_json(one: Brief) -> Json:
    """The brief as the page draws it."""
    return {
        "mission": one.mission,
        "name": one.name,
        "exercise": one.exercise,
        "since": instant(one.since),
        "until": instant(one.until),
        "sections": [
            {
                "name": each.name,
                "title": each.title,
                "lines": [
                    {"words": line.words, "group": line.group, "subject": line.subject} for line in each.lines
                ],
                "more": each.more,
            }
            for each in one.sections
        ],
    }


def text(one: Brief, remarks: str = "", paint: Callable[[str], str] = str) -> str:
    """The brief as plain text; `paint` may set headings off."""
    mark = "EXERCISE " if one.exercise else ""
    head = [f"{mark}HAND-OVER BRIEF  {one.name}", f"{_stamp(one.since)} to {_stamp(one.until)}"]
    body: list[str] = []
    for each in one.sections:
        body += ["", paint(each.title.upper()), *(_wrapped(each) or ["  none"])]
    told = [part for line in remarks.splitlines() for part in wrap(line, WIDTH - 2)]
    return "\n".join([*head, *body, "", paint("REMARKS"), *(f"  {line}" for line in told or ["none"])]) + "\n"


def _wrapped(each: Section) -> list[str]:
    lines = [
        part
        for line in each.lines
        for part in wrap(line.words, WIDTH, initial_indent="  ", subsequent_indent="    ")
    ]
    return [*lines, f"  and {each.more} more"] if each.more else lines


def _stamp(at: datetime) -> str:
    return f"{at:%d%H%MZ %b %y}".upper()
