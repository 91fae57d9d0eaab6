"""What each piece of a way takes and why: dry by day, the season, the night, hazards; and what closes it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from geo.answers import Route, RouteArc
from geo.costs import Costs, costs, part_s
from geo.net import Net
from geo.placing import Placed


class Obstacle(NamedTuple):
    """Something that closes a way: a hazard, or the wet season; how far from the start of the piece."""

    name: str
    metres: float


@dataclass(frozen=True)
class ArcReason:
    """One piece of a way. Seconds: base_s dry, by day, nothing reported; then what comes on top.

    danger_s is what comparing adds for threats, never time; exposure_s are the seconds inside them. A piece
    that hazards close tells neither those nor slow_s, one that the season closes its base_s alone.
    """

    name: str
    ref: str
    highway: str
    surface: str
    stretch: int
    metres: float
    base_s: float
    season_s: float = 0.0
    night_s: float = 0.0
    slow_s: float = 0.0
    exposure_s: float = 0.0
    danger_s: float = 0.0
    severity: float = 0.0
    slow: tuple[str, ...] = ()
    threats: tuple[str, ...] = ()
    closed: tuple[Obstacle, ...] = ()

    @property
    def seconds(self) -> float:
        """What it takes now."""
        return self.base_s + self.season_s + self.night_s + self.slow_s


class Times(NamedTuple):
    """Seconds of arcs: in the dry season by day, in the season by day, and now (the hour too), unhindered."""

    usual: Costs
    by_day: Costs
    now: Costs
    season: str


def times(net: Net, season: str) -> Times:
    """What a network's arcs take, one reason after another."""
    by_day = net.usual if season == "dry" else costs(net.roads, net.profile, season)
    return Times(net.usual, by_day, net.costs, season)


def reasons(net: Net, known: Times, route: Route) -> tuple[ArcReason, ...]:
    """Why each piece of a route takes what it takes under the hazards of the network, or is closed."""
    return tuple(_reason(net, known, each) for each in route.arcs)


def _reason(net: Net, known: Times, piece: RouteArc) -> ArcReason:
    arc, part = piece.arc, abs(piece.end - piece.begin)
    usual, by_day, now = (part_s(each.p50, arc, part) for each in (known.usual, known.by_day, known.now))
    told = ArcReason(piece.name, piece.ref, piece.highway, piece.surface, piece.stretch, piece.metres, usual)
    closed = _closed(net, piece)
    if now == float("inf"):
        return replace(told, closed=(Obstacle(f"the {known.season} season", 0.0), *closed))
    told = replace(told, season_s=by_day - usual, night_s=now - by_day, closed=closed)
    if closed:
        return told
    load = net.laid.part(piece.stretch, piece.begin, piece.end)
    zones = net.zones(piece.stretch, piece.begin, piece.end)
    threats = [each for each in zones if each.kind == "threat"]
    return replace(
        told,
        slow_s=now * (load.slower - 1.0),
        exposure_s=now * load.inside,
        danger_s=now * load.danger,
        severity=max((each.severity for each in threats), default=0.0),
        slow=tuple(each.name for each in zones if each.kind == "slow"),
        threats=tuple(each.name for each in threats),
    )


def _closed(net: Net, piece: RouteArc) -> tuple[Obstacle, ...]:
    """The hazards that shut a piece in its direction, the first on the way first."""
    found = [
        Obstacle(one.name, _along(at, row, piece))
        for one, at, row in net.laid.over(piece.stretch)
        if _shuts(one.kind, at, row, piece)
    ]
    return tuple(sorted(found, key=lambda each: (each.metres, each.name)))


def _shuts(kind: str, at: Placed, row: int, piece: RouteArc) -> bool:
    low, high = min(piece.begin, piece.end), max(piece.begin, piece.end)
    meets = float(at.first[row]) <= high and low <= float(at.last[row])
    against = (piece.end - piece.begin) * float(at.along[row]) < 0.0
    return meets and (kind == "closure" or (kind == "oneway" and against))


def _along(at: Placed, row: int, piece: RouteArc) -> float:
    """Metres from where the piece begins to where the hazard does."""
    forth = piece.end > piece.begin
    edge = float(at.first[row] if forth else at.last[row])
    done = max(0.0, (edge - piece.begin) if forth else (piece.begin - edge))
    return piece.metres * done / max(abs(piece.end - piece.begin), 1e-12)


def found_first(pieces: Sequence[ArcReason]) -> list[Obstacle]:
    """What closes a way, each name once, with the metres from its start to the first of it."""
    first: dict[str, float] = {}
    run = 0.0
    for piece in pieces:
        for name, metres in piece.closed:
            first.setdefault(name, run + metres)
        run += piece.metres
    return [Obstacle(name, metres) for name, metres in first.items()]
