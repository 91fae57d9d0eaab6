"""The picture as plain HTML tables, for links and machines that cannot carry a map. Pure."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any, NamedTuple

from geo.errors import GeoError
from geo.lonlat import LonLat
from geo.mgrs import to_mgrs

Json = Mapping[str, Any]
_DONE = frozenset({"met", "late", "not_needed"})
_OVER = frozenset({"closed", "cancelled", "returned_to_duty", "evacuated_out", "deceased"})
_NEVER = timedelta(days=3650)
_LONGEST = 160  # characters of a text in a table; the page with the map shows all of it
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WORDS = {
    "title": "Casevac lite",
    "casualties": "Casualties by time to breach",
    "alarms": "Alarms",
    "vehicles": "Vehicles",
    "facilities": "Facilities",
    "none": "None.",
    "exercise": "EXERCISE EXERCISE EXERCISE: nothing on this page is real.",
    "estimates": "Times are planning estimates until learned from tracks.",
    "alert": "Raise an alert",
    "map": "Map",
    "back": "Back to the tables",
    "log_in": "Log in",
    "log_out": "Log out",
    "send": "Send alert",
    "name": "Name",
    "password": "Password",
}
STEPS = {"bleeding_control": "10 min", "advanced_care": "1 h", "surgery": "2 h"}
FIELDS = (
    ("who", "Who calls", "text"),
    ("place", "Where (LON,LAT, MGRS or a place name)", "text"),
    ("how_many", "How many (1 to 500)", "text"),
    ("what", "What happened", "text"),
)


class Visitor(NamedTuple):
    """Who looks: the name, or empty on a machine without accounts, and whether alerts may be raised."""

    name: str
    may_alert: bool


def text(value: object, most: int = _LONGEST) -> str:
    """Harmless HTML: escaped, clipped, in a direction of its own, hidden characters shown as a box."""
    plain = "".join(
        "\u2423" if unicodedata.category(one) in ("Cc", "Cf") and one != "\u200d" else one
        for one in str(value)
    )
    cut = plain if len(plain) <= most else plain[: most - 1] + "\u2026"
    return f"<bdi>{escape(cut)}</bdi>"


def page(title: str, body: str, *, refresh: bool = False) -> str:
    """A whole document round a body."""
    again = '<noscript><meta http-equiv="refresh" content="30"></noscript>' if refresh else ""
    script = '<script src="/lite.js" defer></script>' if refresh else ""
    return (
        '<!doctype html><html lang="en" dir="ltr"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="same-origin">'  # else a form without script names no origin
        f'<meta name="color-scheme" content="dark light"><title>{escape(title)}</title>'
        f'<link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/lite.css">{again}{script}</head>'
        f"<body>{body}</body></html>"
    )


def tables(entities: Mapping[str, Mapping[str, Json]], positions: Sequence[Json], now: datetime) -> str:
    """The four tables of a picture at an instant."""
    names = _Names(entities, {one["vehicle"]: one for one in positions if one.get("vehicle")}, now)
    return "".join(
        (
            _table("casualties", "Casualty|State|Left|10 min|1 h|2 h|Place|Way", names.casualties()),
            _table("alarms", "Severity|About|What|Since", names.alarms()),
            _table("vehicles", "Vehicle|State|Place|Last fix|Aboard|Task", names.vehicles()),
            _table("facilities", "Facility|Level|State|Beds free|Tables|Inbound", names.facilities()),
            f'<p class="soft">{WORDS["estimates"]}</p>',
        )
    )


def picture(mission: Json, main: str, visitor: Visitor, now: datetime, query: str) -> str:
    """The document with the tables; `query` keeps the mission that was asked for."""
    exercise = f'<p class="exercise">{WORDS["exercise"]}</p>' if mission["kind"] == "exercise" else ""
    alert = f'<a class="alert" href="/lite/alert{query}">{WORDS["alert"]}</a>' if visitor.may_alert else ""
    leave = (
        f'<form method="post" action="/lite/logout"><button>{WORDS["log_out"]}</button></form>'
        f'<span class="soft">{text(visitor.name)}</span>'
        if visitor.name
        else ""
    )
    head = (
        f"<header><h1>{WORDS['title']}</h1> <b>{text(mission['name'])}</b> "
        f'<time id="dtg" datetime="{now.isoformat()}">{group(now)}</time> '
        f'<span id="state" role="status"></span>'
        f'<nav aria-label="{WORDS["title"]}">{alert} <a href="/{query}">{WORDS["map"]}</a> {leave}</nav>'
        "</header>"
    )
    body = f'{head}<main data-now="{now.isoformat()}">{exercise}{main}</main>'
    return page(f"{WORDS['title']}: {mission['name']}", body, refresh=True)


def alert_form(typed: Mapping[str, str], key: str, query: str, trouble: str = "") -> str:
    """The four facts as a form that needs no script; `key` makes a second press of the button harmless."""
    fields = "".join(
        f'<p><label for="{name}">{label}</label><input id="{name}" name="{name}" type="{kind}" required'
        f' maxlength="{2000 if name == "what" else 80}" value="{escape(typed.get(name, ""))}"></p>'
        for name, label, kind in FIELDS
    )
    body = (
        f"<header><h1>{WORDS['alert']}</h1></header><main>{_trouble(trouble)}"
        f'<form method="post" action="/lite/alert{query}">{fields}'
        f'<input type="hidden" name="key" value="{escape(key)}">'
        f'<button class="alert">{WORDS["send"]}</button></form>'
        f'<p><a href="/lite{query}">{WORDS["back"]}</a></p></main>'
    )
    return page(WORDS["alert"], body)


def login_form(name: str, trouble: str = "") -> str:
    """The login, without script."""
    body = (
        f"<header><h1>{WORDS['title']}</h1></header><main><h2>{WORDS['log_in']}</h2>{_trouble(trouble)}"
        '<form method="post" action="/lite/login">'
        f'<p><label for="name">{WORDS["name"]}</label><input id="name" name="name" autocomplete="username"'
        f' required maxlength="80" value="{escape(name)}"></p>'
        f'<p><label for="password">{WORDS["password"]}</label><input id="password" name="password"'
        ' type="password" autocomplete="current-password" required maxlength="1024"></p>'
        f'<button class="primary">{WORDS["log_in"]}</button></form></main>'
    )
    return page(WORDS["log_in"], body)


def group(at: datetime) -> str:
    """A date-time group, as 221435Z NOV 26."""
    return f"{at:%d%H%M}Z {_MONTHS[at.month - 1]} {at:%y}"


def left(casualty: Json, now: datetime) -> timedelta:
    """Until the next limit may be missed; negative once the last was; ten years when none runs."""
    if casualty["category"] == "DEAD":
        return _NEVER
    ends = [
        _at(clock["target_latest_at"] or clock["target_at"])
        for clock in casualty["clocks"]
        if clock["status"] not in _DONE and not clock["actual_at"] and clock["target_at"]
    ]
    ahead = [end - now for end in ends if end >= now]
    return min(ahead) if ahead else max((end - now for end in ends), default=_NEVER)


class _Names(NamedTuple):
    """Rows of each table, each cell harmless HTML."""

    entities: Mapping[str, Mapping[str, Json]]
    fixes: Mapping[str, Json]
    now: datetime

    def casualties(self) -> list[list[str]]:
        open_ones = [one for one in self.entities["casualties"].values() if one["state"] not in _OVER]
        ordered = sorted(open_ones, key=lambda one: (left(one, self.now), one["category"], one["id"]))
        return [self._casualty(one) for one in ordered]

    def _casualty(self, one: Json) -> list[str]:
        chain = self.entities["chains"].get(one["chain"] or "", {})
        carrier = one["carried_by"] or next(iter(chain.get("vehicles", [])), "")
        goal = one["facility"] or chain.get("facility", "")
        way = " &rarr; ".join(
            (
                text(self.entities["vehicles"].get(carrier, {}).get("callsign", carrier) or "no vehicle"),
                text(self.entities["facilities"].get(goal, {}).get("name", goal) or "no destination"),
            )
        )
        return [
            f"<b>{escape(one['category'].replace('UNKNOWN', '?'))}</b> {text(one['id'])}",
            text(one["state"].replace("_", " ")),
            self._left(one),
            *(_clock(clock) for clock in one["clocks"]),
            _grid(one["lon"], one["lat"]),
            way,
        ]

    def _left(self, one: Json) -> str:
        rest = left(one, self.now)
        if rest == _NEVER:
            return ""
        end = (self.now + rest).isoformat()
        over = ' class="bad"' if rest < timedelta() else ""
        return f'<time data-left datetime="{end}"{over}>{span(rest)}</time>'

    def alarms(self) -> list[list[str]]:
        gravity = {"critical": 0, "warning": 1, "notice": 2}
        ordered = sorted(
            (one for one in self.entities["alarms"].values()),
            key=lambda one: (gravity.get(one["severity"], 3), one["since"] or "~", one["id"]),
        )
        return [
            [text(one["severity"].upper()), text(one["subject"]), text(one["words"]), _clock_z(one["since"])]
            for one in ordered
        ]

    def vehicles(self) -> list[list[str]]:
        rows = []
        for one in sorted(self.entities["vehicles"].values(), key=lambda one: str(one["callsign"])):
            fix = self.fixes.get(one["id"])
            task = one["task"]
            rows.append(
                [
                    text(one["callsign"]),
                    text(one["state"].replace("_", " ")),
                    _grid(fix["lon"], fix["lat"]) if fix else "",
                    _clock_z(fix["at"]) if fix else "no position yet",
                    text(" ".join(one["aboard"])),
                    text(f"{task['request']} {task['status']}") if task else "",
                ]
            )
        return rows

    def facilities(self) -> list[list[str]]:
        return [
            [
                text(one["name"]),
                text(one["level"]),
                text(f"{one['accepting']} {one['reason']}".replace("_", " ")),
                text("not told" if one["beds"]["free"] is None else one["beds"]["free"]),
                text("not told" if one["tables"] is None else one["tables"]),
                text(" ".join(one["inbound"])),
            ]
            for one in sorted(self.entities["facilities"].values(), key=lambda one: str(one["name"]))
        ]


def span(rest: timedelta) -> str:
    """Whole minutes: 12 min, 2 h 05, over 3 min."""
    total = int(abs(rest).total_seconds() // 60)
    words = f"{total} min" if total < 60 else f"{total // 60} h {total % 60:02d}"
    return words if rest >= timedelta() else f"over {words}"


def _table(name: str, heads: str, rows: Iterable[Sequence[str]]) -> str:
    listed = list(rows)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>'
        for row in listed
    )
    head = "".join(f'<th scope="col">{one}</th>' for one in heads.split("|"))
    inside = (
        f'<div class="wide" tabindex="0" role="region" aria-labelledby="{name}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        if listed
        else f"<p>{WORDS['none']}</p>"
    )
    return f'<section><h2 id="{name}">{WORDS[name]} ({len(listed)})</h2>{inside}</section>'


def _clock(clock: Json) -> str:
    """How one limit stands, in a word and its time."""
    status = str(clock["status"])
    at = (
        clock["actual_at"]
        or (clock["forecast_p50_at"] if status != "breached" else None)
        or clock["target_at"]
    )
    bad = ' class="bad"' if status in ("breached", "will_breach", "late") else ""
    return f"<span{bad}>{escape(status.replace('_', ' '))}</span> {_clock_z(at)}"


def _at(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(UTC)


def _clock_z(value: str | None) -> str:
    return f"{_at(value):%H:%M}Z" if value else ""


def _grid(lon: float | None, lat: float | None) -> str:
    if lon is None or lat is None:
        return ""
    try:
        grid = to_mgrs(LonLat(lon, lat), 4)
    except GeoError:
        return f'<bdi dir="ltr">{lon:.4f},{lat:.4f}</bdi>'
    return f'<bdi dir="ltr">{escape(" ".join((grid[:-10], grid[-10:-8], grid[-8:-4], grid[-4:])))}</bdi>'


def _trouble(words: str) -> str:
    return f'<p class="bad" role="alert">{text(words, 600)}</p>' if words else ""
