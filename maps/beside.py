"""What stands in words beside the map of a reach or a coverage."""

from casevac.coverage import CARE, SURGERY, Coverage
from casevac.covered import LABELS, rows
from casevac.entities import Json
from casevac.latency import STEPS
from maps.layers import Told, colours_of, step_colour


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
    colour = {LABELS.get(step, step): step_colour(step) for step in (CARE, SURGERY)}
    told = [
        (colour[row[0].rsplit(" in ", 1)[0]], (row[0], row[1], row[2], row[3]))
        for row in rows(found)
        if row[2] in ("area", "road", "places")
    ]
    spent = [found.latencies[step] for step in STEPS]
    words = ", ".join(
        f"{one.step} {one.p50_s / 60:.1f} to {one.p90_s / 60:.1f} min"
        + (" (estimated)" if one.estimated else f" ({one.times} measured)")
        for one in spent
    )
    lines = (
        "Shares on a dry day. Filled: half of all journeys; dashed: nine in ten.",
        f"Counted from the injury; passes before a vehicle moves: {words}.",
        *found.notes,
    )
    return Told("golden-hour coverage", lines, tuple(told), exercise)
