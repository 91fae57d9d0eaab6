"""How fast each kind of vehicle is on each kind of road, dry and wet; read from data, never from code."""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from geo.errors import BadProfile
from geo.terms import ACCESS, CLASSES, EXEMPT, SMOOTHNESS, SURFACES, VEHICLES

KINDS = ("ground", "air", "foot")
SEASONS = ("dry", "wet")
Factors = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Profile:
    """A vehicle kind. Speeds in km/h by highway class; a class that is missing is closed to it.

    `surface` (factor on speed, 0 is impassable) and `spread` (p90 over p50) are by season, then by surface.
    `vehicle` says whose signs bind it (a truck those for hgv) and `exempt` what lets it off them: a turn or a
    one-way sign that excepts emergency vehicles. Weight in tonnes, height and width in metres (0 unknown: no
    limit binds it); worst_smoothness is the worst road it takes. By night a class is driven night_factor
    times as fast, "" any class that is not named.
    `access_kmh` is the speed between a place and the road. Foot: a carry off the road goes at carry_kmh over
    the straight way times carry_detour, p90 carry_spread times as long, at most carry_max_m of it (0: never).
    Air: cruise_kmh, range_km, reserve (share of the range kept), overhead_s (start, climb, landing), night,
    margin_m kept to what a flight goes round. A place to land: landing_m is the radius it needs, slope_deg
    what it lands on anyhow and slope_most_deg at most, strip_m the length of a strip (0: none), check_days
    how old a look at the place may be. 0 (slopes: 90) where it makes no difference.
    """

    name: str
    kind: str
    label: str = ""
    speeds: Mapping[str, float] = field(default_factory=dict)
    surface: Factors = field(default_factory=dict)
    spread: Factors = field(default_factory=dict)
    access: tuple[str, ...] = ("yes", "destination")
    obeys_oneway: bool = True
    obeys_maxspeed: bool = True
    obeys_turns: bool = True
    vehicle: str = "motorcar"
    exempt: tuple[str, ...] = ()
    weight_t: float = 0.0
    height_m: float = 0.0
    width_m: float = 0.0
    worst_smoothness: str = "horrible"
    night_factor: Mapping[str, float] = field(default_factory=dict)
    fords_wet: bool = False
    access_kmh: float = 4.0
    access_spread: float = 1.5
    carry_kmh: float = 0.0
    carry_detour: float = 1.0
    carry_spread: float = 1.0
    carry_max_m: float = 0.0
    cruise_kmh: float = 0.0
    range_km: float = 0.0
    reserve: float = 0.0
    overhead_s: float = 0.0
    air_spread: float = 1.0
    night: bool = False
    margin_m: float = 100.0
    landing_m: float = 0.0
    slope_deg: float = 90.0
    slope_most_deg: float = 90.0
    strip_m: float = 0.0
    check_days: float = 0.0
    speed_factor: float = 1.0
    estimated: bool = True
    status: Mapping[str, str] = field(default_factory=dict)

    def digest(self) -> str:
        """SHA-256 (hex) of everything that changes an answer: equal profiles have equal digests."""
        values = {k: v for k, v in dataclasses.asdict(self).items() if k not in ("label", "status")}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def with_speed_factor(profiles: Mapping[str, Profile], factor: float) -> dict[str, Profile]:
    """The same profiles, `factor` times as fast everywhere (an exercise at ten times real speed)."""
    if not 0.01 <= factor <= 1000:
        raise BadProfile(f"a speed factor of {factor} makes no sense; give 0.01 to 1000")
    return {name: dataclasses.replace(each, speed_factor=factor) for name, each in profiles.items()}


def load_profiles(source: str | bytes | Path | Mapping[str, Any]) -> dict[str, Profile]:
    """Profiles by name from JSON text, a path or a parsed mapping; raises BadProfile naming what is wrong."""
    try:
        if isinstance(source, Path):
            source = source.read_bytes()
        document = json.loads(source) if isinstance(source, str | bytes) else source
        profiles = [read_profile(each) for each in document["profiles"]]
    except OSError as fault:
        raise BadProfile(f"cannot read the vehicle profiles: {fault}") from fault
    except (ValueError, KeyError, TypeError) as fault:
        raise BadProfile(f"the vehicle profiles are not JSON with a list 'profiles': {fault}") from fault
    return {each.name: each for each in profiles}


def with_own(known: Mapping[str, Profile], own: Iterable[Mapping[str, Any]]) -> dict[str, Profile]:
    """The profiles with those of a mission beside them, or in their place where a name is the same.

    A JSON object may say `like`, the name of a profile before it, and then only what differs; what is a table
    in it replaces the whole table. Raises BadProfile.
    """
    profiles = dict(known)
    for values in own:
        like, rest = values.get("like"), {key: each for key, each in values.items() if key != "like"}
        if like is not None and str(like) not in profiles:
            names = ", ".join(sorted(profiles))
            raise BadProfile(f"profile {values.get('name', 'without a name')}: like is '{like}'; use {names}")
        base = {} if like is None else _values(profiles[str(like)])
        one = read_profile({**base, **rest} if "name" in rest else rest)
        profiles[one.name] = one
    return profiles


def _values(profile: Profile) -> dict[str, Any]:
    return {each.name: getattr(profile, each.name) for each in dataclasses.fields(Profile)}


def read_profile(values: Mapping[str, Any]) -> Profile:
    """One profile from its JSON object; raises BadProfile."""
    name = str(values.get("name", "without a name"))
    known = {each.name for each in dataclasses.fields(Profile)}
    unknown = sorted(set(values) - known)
    if unknown or "name" not in values or "kind" not in values:
        raise BadProfile(
            f"profile {name}: needs name and kind, and does not know {', '.join(unknown) or 'that'}"
        )
    try:
        words = {key: tuple(values[key]) for key in ("access", "exempt") if key in values}
        profile = Profile(**{**values, **words})
        _check(profile)
    except (TypeError, ValueError, AttributeError) as fault:
        raise BadProfile(f"profile {name}: a value is of the wrong kind: {fault}") from fault
    return profile


def _check(profile: Profile) -> None:
    for flag in (each.name for each in dataclasses.fields(Profile) if each.type in (bool, "bool")):
        if not isinstance(getattr(profile, flag), bool):
            raise BadProfile(
                f"profile {profile.name}: {flag} is '{getattr(profile, flag)}', not true or false"
            )
    _one_of(profile, "kind", [profile.kind], KINDS)
    _one_of(profile, "speeds", profile.speeds, CLASSES)
    _one_of(profile, "access", profile.access, ACCESS)
    _one_of(profile, "vehicle", [profile.vehicle], VEHICLES)
    _one_of(profile, "exempt", profile.exempt, EXEMPT)
    _one_of(profile, "worst_smoothness", [profile.worst_smoothness], SMOOTHNESS[1:])
    _one_of(profile, "night_factor", profile.night_factor, ("", *CLASSES))
    _within(profile, "night_factor", profile.night_factor, (0.05, 1.0))
    _within(profile, "size", {"weight_t": profile.weight_t}, (0.0, 200.0))
    _within(profile, "size", {"height_m": profile.height_m, "width_m": profile.width_m}, (0.0, 25.0))
    for part in ("surface", "spread"):
        seasons: Factors = getattr(profile, part)
        _one_of(profile, part, seasons, SEASONS)
        for season, factors in seasons.items():
            _one_of(profile, f"{part} {season}", factors, SURFACES)
            _within(profile, f"{part} {season}", factors, (0.0, 2.0) if part == "surface" else (1.0, 20.0))
    _within(profile, "speeds", profile.speeds, (0.1, 200.0))
    _within(profile, "access", {"access_kmh": profile.access_kmh}, (0.1, 200.0))
    if profile.carry_max_m:
        _within(profile, "carry", {"carry_kmh": profile.carry_kmh}, (0.1, 10.0))
        _within(profile, "carry", {"carry_detour": profile.carry_detour}, (1.0, 5.0))
        _within(profile, "carry", {"carry_spread": profile.carry_spread}, (1.0, 20.0))
        _within(profile, "carry", {"carry_max_m": profile.carry_max_m}, (0.0, 50_000.0))
    if profile.kind == "air":
        _within(
            profile, "air", {"cruise_kmh": profile.cruise_kmh, "range_km": profile.range_km}, (1.0, 20000.0)
        )
        _within(profile, "air", {"reserve": profile.reserve}, (0.0, 0.9))
        _within(profile, "air", {"margin_m": profile.margin_m}, (100.0, 100_000.0))
        _landing(profile)


def _landing(profile: Profile) -> None:
    sizes = {"landing_m": profile.landing_m, "strip_m": profile.strip_m}
    _within(profile, "air", sizes, (0.0, 10_000.0))
    slopes = {"slope_deg": profile.slope_deg, "slope_most_deg": profile.slope_most_deg}
    _within(profile, "air", slopes, (0.0, 90.0))
    _within(profile, "air", {"slope_most_deg": profile.slope_most_deg}, (profile.slope_deg, 90.0))
    _within(profile, "air", {"check_days": profile.check_days}, (0.0, 3650.0))


def _one_of(
    profile: Profile,
    part: str,
    found: Mapping[str, Any] | list[str] | tuple[str, ...],
    allowed: tuple[str, ...],
) -> None:
    wrong = [each for each in found if each not in allowed]
    if wrong:
        raise BadProfile(
            f"profile {profile.name}: {part} does not know '{wrong[0]}'; use {', '.join(allowed)}"
        )


def _within(profile: Profile, part: str, values: Mapping[str, float], limits: tuple[float, float]) -> None:
    for name, value in values.items():
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise BadProfile(f"profile {profile.name}: {part} {name} is '{value}', not a number")
        if not limits[0] <= value <= limits[1]:
            raise BadProfile(
                f"profile {profile.name}: {part} {name} is {value}, not {limits[0]:g} to {limits[1]:g}"
            )
