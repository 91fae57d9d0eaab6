"""The last picture as one HTML file: it opens by a double click when every process is dead."""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from pathlib import Path
from typing import NamedTuple

from casevac.alarms_care import STEPS
from casevac.brief import ENDED, OVER
from casevac.entities import Json, of_view
from casevac.hazard import active
from casevac.terms import Step
from casevac.view import View
from casevac.words import clock_time
from geo.errors import BadPlace
from geo.lonlat import LonLat
from geo.mgrs import to_mgrs
from maps import ground, sketched
from maps.lite_page import text as harmless
from maps.sketched import Mark

PLAYER = Path(__file__).parent / "player"
MOST_ROWS = 300  # of a table: the gravest first
MOST_LETTERS = 300  # of a cell
Looks = Mapping[str, Sequence[Json]]


class Told(NamedTuple):
    """What the page is made of beside the view: what is wrong, the ground under it, the roads."""

    trouble: Sequence[str]
    below: ground.Ground | None
    roads: Json


def page(view: View, told: Told) -> str:
    """The whole file, some 50 to 500 kB; it fetches nothing and runs one script, which only counts."""
    style, script = _own("keepsake.css"), _own("keepsake.js")
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    looks = {group: [one for one in those.values() if one] for group, those in of_view(view).items()}
    mission = view.picture.mission
    exercise = (
        '<p class="exercise">EXERCISE EXERCISE EXERCISE</p>' if mission.kind.value == "exercise" else ""
    )
    at = view.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    body = [
        exercise,
        f"<h1>Casevac: last picture of {escape(mission.name)}</h1>",
        '<div class="last"><p>Everything below is as it was known at</p>',
        f'<time class="at" datetime="{at}">{view.now:%H:%M}Z {_day(view.now)}</time>',
        '<p class="age">How old that is, tell from your watch.</p></div>',
        *_trouble(told.trouble),
        _alarms(looks),
        _casualties(looks),
        _map(view, looks, told),
        _requests(looks),
        _chains(looks),
        _facilities(looks),
        _vehicles(view, looks),
        _hazards(view, looks),
        "<p>Positions of casualties are targeting data: give this file to nobody who does not need it.</p>",
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{view.now:%H:%M}Z {escape(mission.name)}</title><style>{style}</style></head><body>"
        f"{''.join(body)}<script>{script}</script></body></html>"
    )


def _own(name: str) -> str:
    return (PLAYER / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _day(at: datetime) -> str:
    return f"{at:%d %b %Y}".upper()


def _table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], none: str) -> str:
    """A table of cells that are markup already; `none` where there are no rows."""
    if not rows:
        return f"<h2>{escape(title)}</h2><p>{escape(none)}</p>"
    head = "".join(f"<th>{escape(one)}</th>" for one in headings)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows[:MOST_ROWS])
    more = f"<p>and {len(rows) - MOST_ROWS} more</p>" if len(rows) > MOST_ROWS else ""
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"
    return f"<h2>{escape(title)} ({len(rows)})</h2>{table}{more}"


def _cell(value: object) -> str:
    return "" if value in (None, "") else harmless(value, MOST_LETTERS)


def _time(text: str | None) -> str:
    return (
        ""
        if not text
        else f'<time datetime="{escape(text)}">{clock_time(datetime.fromisoformat(text))}</time>'
    )


def _word(value: str) -> str:
    return value.replace("_", " ")


def _trouble(reasons: Sequence[str]) -> Iterable[str]:
    return [f'<p class="bad">{escape(one)}</p>' for one in reasons]


def _alarms(looks: Looks) -> str:
    rank = {"critical": 0, "warning": 1, "notice": 2}
    ordered = sorted(looks["alarms"], key=lambda one: (rank[one["severity"]], one["since"] or "9", one["id"]))
    rows = [
        [
            f'<span class="grave">{escape(one["severity"].upper())}</span>',
            _cell(one["subject"]),
            _cell(one["words"]),
            _time(one["since"]),
            _cell(one["acknowledged_by"]) or '<span class="bad">nobody</span>',
        ]
        for one in ordered
    ]
    return _table("Alarms", ["", "about", "what", "since", "acknowledged by"], rows, "No alarms.")


def _casualties(looks: Looks) -> str:
    def limit(one: Json) -> str:
        return min(
            (each["target_at"] for each in one["clocks"] if each["status"] not in OVER and each["target_at"]),
            default="9",
        )

    shown = sorted(
        (one for one in looks["casualties"] if one["state"] not in ENDED),
        key=lambda one: (limit(one), one["id"]),
    )
    rows = [
        [
            f'<span class="grave">{escape(one["category"])}</span>',
            _cell(one["id"]),
            _cell(_word(one["state"])),
            _cell(_where(one)),
            "<br>".join(_clock(each) for each in one["clocks"]),
            _cell(one["chain"]) or ("" if one["facility"] else '<span class="bad">no plan</span>'),
        ]
        for one in shown
    ]
    return _table(
        "Casualties", ["", "ZAP", "state", "where", "10-1-2 clocks", "chain"], rows, "No casualties."
    )


def _where(one: Json) -> str:
    if one["facility"] or one["carried_by"]:
        return str(one["facility"] or one["carried_by"])
    return "" if one["lon"] is None else grid(one["lon"], one["lat"])


def grid(lon: float, lat: float) -> str:
    """A military grid to 10 m, as it is read on the radio; degrees where there is none."""
    try:
        return to_mgrs(LonLat(lon, lat), 4)
    except BadPlace:
        return f"{lat:.4f} N {lon:.4f} E"


def _clock(one: Json) -> str:
    step = escape(STEPS[Step(one["step"])])
    if one["status"] in OVER:
        done = f" {_time(one['actual_at'])}" if one["actual_at"] else ""
        return f"{step}: {escape(_word(one['status']))}{done}"
    if not one["target_at"]:
        return f"{step}: {escape(_word(one['status']))}"
    last = one["target_latest_at"] or one["target_at"]
    running = f'<span data-limit="{escape(last)}">{escape(_word(one["status"]))}</span>'
    expected = f", expected {_time(one['forecast_p50_at'])}" if one["forecast_p50_at"] else ""
    most = "at the latest by" if last != one["target_at"] else "by"  # of an uncertain time of injury
    return f"{step} {most} {_time(last)}: {running}{expected}"


def _requests(looks: Looks) -> str:
    rows = [
        [_cell(one["id"]), _time(one["opened_at"]), _cell(one["who"]), _cell(one["what"]),
         _cell(one["how_many"]), _cell(one["place"] or _where({"facility": "", "carried_by": "", **one})),
         _cell(one["state"])]
        for one in looks["requests"] if one["state"] != "closed"
    ]  # fmt: skip
    return _table(
        "Open requests", ["id", "since", "who", "what", "hurt", "where", "state"], rows, "No open requests."
    )


def _chains(looks: Looks) -> str:
    rows = [
        [_cell(one["id"]), _cell(", ".join(one["vehicles"])), _cell(", ".join(one["casualties"])),
         _cell(one["facility"]), _time(one["legs"][-1]["arrive_p50_at"] if one["legs"] else None),
         _cell(_word(one["approval"]["state"])), _cell("; ".join(one["late"]))]
        for one in looks["chains"] if one["status"] == "active"
    ]  # fmt: skip
    headings = ["id", "vehicles", "casualties", "to", "arrives about", "approval", "late"]
    return _table("Running chains", headings, rows, "No running chains.")


def _facilities(looks: Looks) -> str:
    rows = [
        [_cell(one["name"]), _cell(one["level"]), _cell(f"{one['accepting']} {one['reason']}".strip()),
         _cell("not told" if one["beds"]["free"] is None else one["beds"]["free"]),
         _cell(len(one["patients"])), _cell(len(one["inbound"]))]
        for one in looks["facilities"]
    ]  # fmt: skip
    return _table(
        "Facilities",
        ["name", "level", "takes in", "free beds", "there", "on the way"],
        rows,
        "No facilities.",
    )


def _vehicles(view: View, looks: Looks) -> str:
    rows = []
    for one in looks["vehicles"]:
        fix = view.positions.get(one["id"])
        seen = grid(fix.lon, fix.lat) if fix is not None else ""
        heard = clock_time(fix.corrected_at) if fix is not None else "never"
        task = one["task"]["request"] if one["task"] else ""
        rows.append(
            [_cell(one["callsign"] or one["id"]), _cell(_word(one["state"])), _cell(", ".join(one["aboard"])),
             _cell(task), _cell(seen), _cell(heard)]
        )  # fmt: skip
    return _table(
        "Vehicles and aircraft", ["callsign", "state", "aboard", "request", "last at", "heard"], rows, "None."
    )


def _holding(view: View, looks: Looks) -> list[Json]:
    here = {one.id for one in active(view.picture, view.now)}
    return [one for one in looks["hazards"] if one["id"] in here and "geometry" in one]


def _hazards(view: View, looks: Looks) -> str:
    rows = [
        [
            _cell(_word(one["kind"])),
            _cell(one["name"]),
            _time(one["since"]),
            _time(one["until"]),
            _cell(one["by"]),
        ]
        for one in _holding(view, looks)
    ]
    return _table(
        "Hazards in force", ["kind", "name", "since", "until", "told by"], rows, "No hazards are known."
    )


# --- the map


def _map(view: View, looks: Looks, told: Told) -> str:
    marks = marks_of(view, looks)
    return "<h2>Map</h2>" + sketched.svg(
        sheet(view, looks), told.below, told.roads, _holding(view, looks), marks
    )


def sheet(view: View, looks: Looks | None = None) -> sketched.Sheet:
    """The sheet on which everything of the view lies."""
    if looks is None:
        looks = {group: [one for one in those.values() if one] for group, those in of_view(view).items()}
    return sketched.sheet_of([(one.lon, one.lat) for one in marks_of(view, looks)])


def marks_of(view: View, looks: Looks) -> list[Mark]:
    """Facilities, vehicles where last heard, casualties that nobody carries; the gravest are drawn last."""
    found = [Mark(one["lon"], one["lat"], "facility", "+", one["name"]) for one in looks["facilities"]]
    names = {one["id"]: one["callsign"] or one["id"] for one in looks["vehicles"]}
    for key, fix in sorted(view.positions.items()):
        name = f"{names.get(key, key)} {clock_time(fix.corrected_at)}"
        found.append(Mark(fix.lon, fix.lat, "vehicle", "", name))
    open_ones = [
        one
        for one in looks["casualties"]
        if one["lon"] is not None
        and not one["carried_by"]
        and not one["facility"]
        and one["state"] not in ENDED
    ]
    for one in sorted(open_ones, key=lambda one: one["category"], reverse=True):
        sign = one["category"][1:] if one["category"].startswith("T") else "?"
        found.append(Mark(one["lon"], one["lat"], one["category"], sign, one["id"]))
    return found
