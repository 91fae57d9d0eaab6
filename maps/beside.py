"""What stands in words beside the map of a reach or a coverage."""

from casevac.coverage import Coverage
from casevac.covered import LABELS
from casevac.entities import Json
from casevac.latency import STEPS
from maps.layers import Told, colours_of, step_colour

_SHOWN = ("area", "road", "places")


def of_reach(collection: Json, *, exercise: bool) -> Told:
    """Minutes with their colours, square kilometres and kilometres of road."""
    about, colours = collection["about"], colours_of(collection)
    areas = sorted(
        (one["properties"] for one in collection["features"] if one["properties"]["kind"] == "reach"),
        key=lambda one: float(one["minutes"]),
    )
    told = [
        (
            colours[one["minutes"]],
            (f"{one['minutes']:g} min", _size(one["km2"], "km²"), _size(one["road_km"], "km")),
        )
        for one in areas
    ]
    way = "to here" if about["direction"] == "in" else "from here"
    bound = "nine in ten journeys" if about["bound"] == "p90" else "half of all journeys"
    lines = (
        f"{about['profile']}, {way}, {about['season']} season: area, and length of road.",
        f"Times that {bound} keep; planning estimates until learned from tracks.",
        *about["notes"],
    )
    return Told("reach", lines, tuple(told), exercise)


def _size(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}"


def of_coverage(found: Coverage, *, exercise: bool) -> Told:
    """Shares of the land on a dry day, and what was subtracted before anything was drawn."""
    told: list[tuple[str, tuple[str, ...]]] = [("", ("share of", "", *_SHOWN))]
    for one in found.covers:
        if (one.season, one.night) == ("dry", False):
            cells = (_percent(getattr(one.share, name)) for name in _SHOWN)
            words = f"{LABELS.get(one.step, one.step)} {one.limit_s / 60:.0f} min"
            told.append((step_colour(one.step), (words, "9 in 10" if one.p90 else "half", *cells)))
    spent = [found.latencies[step] for step in STEPS]
    words = ", ".join(
        f"{one.step} {one.p50_s / 60:.1f} to {one.p90_s / 60:.1f} min"
        + (" (estimated)" if one.estimated else f" ({one.times} measured)")
        for one in spent
    )
    lines = (
        "On a dry day: solid lines for half of all journeys, dashed for nine in ten.",
        f"Counted from the injury; passes before a vehicle moves: {words}.",
        *found.notes,
    )
    return Told("golden-hour coverage", lines, tuple(told), exercise)


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.0%}"
