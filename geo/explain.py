"""Why this way: piece by piece and in words; why not the direct road; side by side without hazards."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from geo.answers import Route
from geo.errors import Unreachable
from geo.lonlat import LonLat, check
from geo.net import Net
from geo.reasons import ArcReason, Obstacle, found_first, reasons, times
from geo.routing import Router
from geo.writing import between

_SAME_M = 200.0  # a way with no more than this off another one is the same way
_MOMENT_S = 45.0  # nobody chooses a road for less
_BYWAYS = ("track", "path", "footway", "cycleway", "bridleway", "ferry")


@dataclass(frozen=True)
class Explanation:
    """A route piece by piece, and a summary in words; walk_s is from and to the road."""

    pieces: tuple[ArcReason, ...]
    walk_s: float
    words: str


@dataclass(frozen=True)
class Rejected:
    """A more direct way that was not chosen.

    kind: "open" (the quickest without hazards), "dry" (the quickest in the dry season without hazards) or
    "shortest" (in metres). label is the road that makes the difference; free_s what it would take if nothing
    closed or slowed it, now_s what it takes now, inf when closed; closed tells by what and how far from the
    start.
    """

    kind: str
    label: str
    route: Route
    pieces: tuple[ArcReason, ...]
    free_s: float
    now_s: float
    closed: tuple[Obstacle, ...]
    words: str


@dataclass(frozen=True)
class WhyNot:
    """The chosen way, None when there is none, and why each more direct one was not; all of it in words."""

    route: Route | None
    others: tuple[Rejected, ...]
    words: str


@dataclass(frozen=True)
class SideBySide:
    """One question with and without hazards; a route is None where there is no way, and `reason` says why.

    hazards: names of what the way without hazards meets; words compares the two.
    """

    now: Route | None
    without: Route | None
    reason: str
    hazards: tuple[str, ...]
    words: str


def explain(router: Router, route: Route, profile: str) -> Explanation:
    """Why a route of this router takes what it takes."""
    net = router.net(profile)
    pieces = reasons(net, times(net, router.season), route)
    walk_s = max(0.0, route.seconds_p50 - sum(each.seconds for each in route.arcs))
    return Explanation(pieces, walk_s, _summary(route, pieces, walk_s, router.season))


def why_not(router: Router, origin: LonLat, destination: LonLat, profile: str) -> WhyNot:
    """Why the way chosen is not a more direct one. Raises BadPlace, OffNetwork, UnknownProfile.

    Compared are the quickest way without hazards, in the wet season the quickest in the dry one, and the
    shortest in metres of the roads that the vehicle may ever use.
    """
    places = check(*origin), check(*destination)
    net = router.net(profile)
    try:
        route, reason = router.route(*places, profile), ""
    except Unreachable as fault:
        route, reason = None, str(fault)
    known, others, told = times(net, router.season), [], [] if route is None else [route]
    for kind, other in _direct(router, net, places):
        if any(_same(other, each) for each in told):
            continue
        told.append(other)
        pieces = reasons(net, known, other)
        others.append(_rejected(kind, other, pieces, route))
    if route is None:
        words = "; ".join([reason, *(each.words for each in others)])
    else:
        words = (
            "; ".join(each.words for each in others) or "no way is shorter or quicker: it is the direct one"
        )
    return WhyNot(route, tuple(others), words)


def side_by_side(router: Router, origin: LonLat, destination: LonLat, profile: str) -> SideBySide:
    """The way with the router's hazards and without. Raises BadPlace, OffNetwork, UnknownProfile."""
    now, reason = _asked(router, origin, destination, profile)
    without, none = _asked(router.whole, origin, destination, profile)
    if without is None:
        return SideBySide(now, None, none, (), none)
    net = router.net(profile)
    pieces = reasons(net, times(net, router.season), without)
    met = dict.fromkeys(name for each in pieces for name in _met(each))
    if now is None:
        words = f"without hazards {_took(without)}; with them there is no way: {reason}"
        return SideBySide(None, without, reason, tuple(met), words)
    return SideBySide(now, without, "", tuple(met), _compared(now, without, tuple(met)))


# --- more direct ways


def _asked(router: Router, origin: LonLat, destination: LonLat, profile: str) -> tuple[Route | None, str]:
    try:
        return router.route(origin, destination, profile), ""
    except Unreachable as fault:
        return None, str(fault)


def _direct(router: Router, net: Net, places: tuple[LonLat, LonLat]) -> list[tuple[str, Route]]:
    """Ways that somebody might ask about, each with what it is."""
    whole = router.whole.net(net.profile.name)
    dry = whole if router.season == "dry" else router.whole.net(net.profile.name, "dry")
    nets = [("open", whole)] if net.laid.hazards else []
    nets += [("dry", dry)] if dry is not whole else []
    found = []
    for kind, each in (*nets, ("shortest", dry.by_metres)):
        ways = (between(each, places, anchors) for anchors in router.whole.met(dry, *places))
        way = next((way for way in ways if way is not None), None)
        if way is not None and way.arcs:
            found.append((kind, way))
    return found


def _stretches(route: Route) -> frozenset[int]:
    return frozenset(each.stretch for each in route.arcs)


def _same(one: Route, other: Route) -> bool:
    """True when hardly anything of either lies off the other."""
    return _off(one, other) <= _SAME_M and _off(other, one) <= _SAME_M


def _off(route: Route, other: Route) -> float:
    known = _stretches(other)
    return sum(each.metres for each in route.arcs if each.stretch not in known)


def _rejected(kind: str, other: Route, pieces: tuple[ArcReason, ...], chosen: Route | None) -> Rejected:
    mine = frozenset[int]() if chosen is None else _stretches(chosen)
    label = _label([each for each in pieces if each.stretch not in mine] or pieces)
    walk_s = other.access_m * _walk_pace(chosen)
    closed = tuple(found_first(pieces))
    free = walk_s + sum(each.base_s + each.season_s + each.night_s for each in pieces)
    now = float("inf") if closed else walk_s + sum(each.seconds for each in pieces)
    found = Rejected(kind, label, other, pieces, free, now, closed, "")
    return replace(found, words=_why(found, chosen))


def _walk_pace(chosen: Route | None) -> float:
    """Seconds a metre between place and road, as the chosen way has them."""
    if chosen is None or chosen.access_m <= 0.0:
        return 0.0
    return max(0.0, chosen.seconds_p50 - sum(each.seconds for each in chosen.arcs)) / chosen.access_m


# --- words


def _why(other: Rejected, chosen: Route | None) -> str:
    clauses = _clauses(other)
    if chosen is None:
        lead = f"{other.label} would take {spelt_time(other.free_s)}"
        return f"{lead} but {' and '.join(clauses)}" if clauses else lead
    gain, shorter = chosen.seconds_p50 - other.free_s, chosen.metres - other.route.metres
    told = [f"{spelt_time(gain)} quicker"] if gain >= _MOMENT_S else []
    told += [f"{spelt_far(shorter)} shorter"] if shorter >= _SAME_M else []
    late = other.now_s - chosen.seconds_p50
    if np.isfinite(late) and late >= _MOMENT_S and not clauses:
        clauses = [f"takes {spelt_time(late)} longer"]
    elif np.isfinite(late) and late >= _MOMENT_S:
        clauses.append(f"so takes {spelt_time(late)} longer now")
    told = told or ["hardly quicker" if gain > 0.0 else "no quicker"]
    lead = f"{other.label} is {' and '.join(told)}"
    return f"{lead} but {' and '.join(clauses)}" if clauses else lead


def _clauses(other: Rejected) -> list[str]:
    """What stands against a way."""
    clauses = [
        f"is closed by {_quoted(each.name)} {spelt_far(each.metres)} from the start" for each in other.closed
    ]
    if other.closed:
        return clauses
    slow_s = sum(each.slow_s for each in other.pieces)
    if slow_s >= _MOMENT_S:
        names = dict.fromkeys(name for each in other.pieces for name in each.slow)
        clauses.append(f"is slowed by {_listed(names)} by {spelt_time(slow_s)}")
    inside = [each for each in other.pieces if each.threats]
    if inside:
        names = dict.fromkeys(name for each in inside for name in each.threats)
        exposed, danger = sum(each.exposure_s for each in inside), sum(each.danger_s for each in inside)
        severity = max(each.severity for each in inside)
        clauses.append(
            f"spends {spelt_time(exposed)} inside {_listed(names)} (severity {severity:g}), "
            f"which counts as {spelt_time(danger)} more"
        )
    return clauses


def _summary(route: Route, pieces: Sequence[ArcReason], walk_s: float, season: str) -> str:
    if not pieces:
        return f"{_took(route)}: straight across the ground"
    told = [f"{spelt_time(sum(each.base_s for each in pieces))} dry and by day"]
    for seconds, why in (
        (sum(each.season_s for each in pieces), f"in the {season} season"),
        (sum(each.night_s for each in pieces), "by night"),
        (sum(each.slow_s for each in pieces), _slowed(pieces)),
        (walk_s, "between the places and the road"),
    ):
        if abs(seconds) >= 1.0:
            told.append(f"{spelt_time(abs(seconds))} {'more' if seconds > 0 else 'less'} {why}")
    words = f"{_took(route)}: {', '.join(told)}"
    threats = dict.fromkeys(name for each in pieces for name in each.threats)
    if threats:
        exposed, severity = sum(e.exposure_s for e in pieces), max(e.severity for e in pieces)
        words += f"; {spelt_time(exposed)} of it inside {_listed(threats)} (severity {severity:g})"
    return words


def _slowed(pieces: Sequence[ArcReason]) -> str:
    return f"for {_listed(dict.fromkeys(name for each in pieces for name in each.slow))}"


def _compared(now: Route, without: Route, met: Sequence[str]) -> str:
    if _stretches(now) == _stretches(without) and not met:
        return f"no hazard is on the way: {_took(now)}"
    late, far = now.seconds_p50 - without.seconds_p50, now.metres - without.metres
    words = f"{_took(now)} with hazards, {_took(without)} without: {_more(spelt_time, late)}"
    words += f", {_more(spelt_far, far)}" if abs(far) >= _SAME_M else ""
    return words + (f", for {_listed(met)}" if met else "")


def _more(spelt: Callable[[float], str], value: float) -> str:
    return f"{spelt(abs(value))} {'more' if value >= 0 else 'less'}"


def _met(piece: ArcReason) -> tuple[str, ...]:
    return (*(each.name for each in piece.closed), *piece.threats, *piece.slow)


def _label(pieces: Sequence[ArcReason]) -> str:
    """The road that most of these pieces are on."""
    metres: dict[str, float] = {}
    for each in pieces:
        named = f"the {each.ref} ({each.name})" if each.ref and each.name else each.ref or each.name
        known = named or f"an unnamed {each.highway if each.highway in _BYWAYS else 'road'}"
        metres[known] = metres.get(known, 0.0) + each.metres
    return max(metres, key=lambda each: metres[each])


def _took(route: Route) -> str:
    return f"{spelt_time(route.seconds_p50)} for {spelt_far(route.metres)}"


def _quoted(name: str) -> str:
    return name if name.startswith("the ") else f"'{name}'"


def _listed(names: Iterable[str]) -> str:
    return " and ".join(_quoted(each) for each in names)


def spelt_time(seconds: float) -> str:
    """Seconds as somebody says them: 40 s, 12 min, 2 h 05 min."""
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60.0), 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"


def spelt_far(metres: float) -> str:
    """Metres as somebody says them: 350 m, 4.2 km, 61 km."""
    if metres < 995.0:
        return f"{metres:.0f} m"
    return f"{metres / 1000.0:.1f} km" if metres < 19_950.0 else f"{metres / 1000.0:.0f} km"
