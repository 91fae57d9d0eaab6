"""A landing site as it is known now: as registered, and as found there since (pure)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from casevac.board import sane
from casevac.events import SiteRegistered, SiteTold
from casevac.stamp import Said, Stamp
from casevac.terms import SiteKind

FOUND = (
    "radius_m", "surface", "slope_deg", "slope_toward_deg", "obstacles", "wires", "approaches_deg", "marking",
    "by_day", "by_night", "elevation_m", "strip_m",
)  # fmt: skip
"""What somebody who looks at a site finds."""
_TOLD = ("name", "site_kind", "lon", "lat", *FOUND)
Words = tuple[Said[SiteTold], ...]


def kept(words: Words, said: Said[SiteTold]) -> Words:
    """The words with these, in the order of their stamps; those of which all was told later are let go."""
    seen, found = set[str](), list[Said[SiteTold]]()
    for one in sorted({each.stamp: each for each in (*words, said)}.values(), key=_stamp, reverse=True):
        news = set(_values(one.value)) - seen
        seen |= news
        found += [one] if news else []
    return tuple(reversed(found))


def card(registered: Said[SiteRegistered] | None, words: Words) -> SiteRegistered | None:
    """All that is known of a site, of each field the latest; None when nobody told where it is."""
    known: dict[str, Any] = {}
    looked: tuple[datetime, str] | None = None
    if registered is not None and registered.value.checked_at is not None:
        looked = (sane(registered.value.checked_at), registered.value.checked_by)
    for one in words:
        told = one.value
        values = _values(told)
        if registered is not None and registered.stamp > one.stamp:
            values = {name: v for name, v in values.items() if getattr(registered.value, name) is None}
        known |= values
        if set(values) & set(FOUND) and (looked is None or sane(one.stamp[0]) >= looked[0]):
            looked = (sane(one.stamp[0]), told.by or told.speaker)
    when = {} if looked is None else {"checked_at": looked[0], "checked_by": looked[1]}
    if registered is not None:
        return replace(registered.value, **known, **when)
    if not words or not {"lon", "lat"} <= set(known):
        return None
    site = words[0].value.site
    return SiteRegistered(id=site, **{"name": site, "site_kind": SiteKind.LANDING, **known, **when})


def cards(
    registered: Mapping[str, Said[SiteRegistered]], words: Mapping[str, Words]
) -> dict[str, SiteRegistered]:
    """Every site that can be found on a map, by id and in the order of their ids."""
    ids: Iterable[str] = sorted({*registered, *words})
    found = ((key, card(registered.get(key), words.get(key, ()))) for key in ids)
    return {key: one for key, one in found if one is not None}


def _stamp(one: Said[SiteTold]) -> Stamp:
    return one.stamp


def _values(told: SiteTold) -> dict[str, Any]:
    """What was told, by field."""
    return {name: value for name in _TOLD if (value := getattr(told, name)) not in (None, "")}
