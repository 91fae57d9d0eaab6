"""What the tags of a node on a road say: a barrier that shuts somebody out, or a ford (pure)."""

from collections.abc import Mapping
from typing import NamedTuple

from geo.tags import FOOT_KEYS, KEYS, NOT_WHEELED, access, emergency, limits
from geo.terms import ACCESS_CODE, BACKWARD, BARRIER, FORD, FORWARD, VEHICLES

_OPEN = frozenset((
    "arch", "border_control", "bump_gate", "cattle_grid", "entrance", "gate", "hampshire_gate",
    "height_restrictor", "kerb", "lift_gate", "no", "sally_port", "swing_gate", "sliding_gate",
    "toll_booth", "wicket_gate", "width_restrictor",
))  # fmt: skip
_SHUT = frozenset((
    "bar", "barrier_board", "block", "bollard", "bus_trap", "chain", "city_wall", "concrete",
    "cycle_barrier", "debris", "ditch", "fence", "full-height_turnstile", "guard_rail", "hedge",
    "horse_stile", "jersey_barrier", "kissing_gate", "log", "motorcycle_barrier", "planter",
    "retaining_wall", "rock", "spikes", "stile", "sump_buster", "tank_trap", "turnstile", "tyres",
    "wall", "yes",
))  # fmt: skip
_MOTORCYCLES_PASS = frozenset(("bollard", "bus_trap", "planter", "sump_buster"))


class NodeTags(NamedTuple):
    """Codes of the stretch of no length that stands for a node; limits in 0.1 t and 0.1 m, 0 none."""

    motor: int
    hgv: int
    motorcycle: int
    foot: int
    maxweight: int
    maxheight: int
    maxwidth: int
    flags: int
    unread: tuple[str, ...]


def read_node(tags: Mapping[str, str]) -> NodeTags | None:
    """The codes of a barrier or ford; None where it shuts nobody out in any season."""
    word = tags.get("barrier", "").split(";")[0].strip().lower()
    ford = tags.get("ford", "yes" if tags.get("highway") == "ford" else "no")
    flags = FORWARD | BACKWARD | BARRIER | (FORD if ford != "no" else 0)
    unread: list[str] = [] if not word or word in _OPEN or word in _SHUT else ["barrier"]
    motor, hgv, motorcycle = (_wheeled(tags, word, ford, vehicle) for vehicle in VEHICLES)
    foot = access(tags, FOOT_KEYS, _locked(tags))
    weight, height, width = limits(tags, unread)
    free = all(code == ACCESS_CODE["yes"] for code in (motor, hgv, motorcycle, foot))
    if free and not (flags & FORD or weight or height or width):
        return None
    return NodeTags(motor, hgv, motorcycle, foot, weight, height, width, flags, tuple(unread))


def _wheeled(tags: Mapping[str, str], word: str, ford: str, vehicle: str) -> int:
    shut = bool(word) and word not in _OPEN and not (vehicle == "motorcycle" and word in _MOTORCYCLES_PASS)
    otherwise = ACCESS_CODE["no"] if shut or ford in NOT_WHEELED else _locked(tags)
    return emergency(tags, access(tags, KEYS[vehicle], otherwise))


def _locked(tags: Mapping[str, str]) -> int:
    return ACCESS_CODE["no" if tags.get("locked") == "yes" else "yes"]
