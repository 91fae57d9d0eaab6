"""The words of the road network and their codes: highway classes, surfaces, access, who a sign binds."""

from collections.abc import Collection

CLASSES: tuple[str, ...] = (
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary",
    "secondary_link", "tertiary", "tertiary_link", "unclassified", "residential", "living_street",
    "service", "track", "road", "pedestrian", "footway", "path", "steps", "cycleway", "bridleway", "ferry",
)  # fmt: skip
SURFACES: tuple[str, ...] = ("unknown", "paved", "gravel", "dirt", "soft", "water")
ACCESS: tuple[str, ...] = ("yes", "destination", "private", "restricted", "emergency", "no", "military")
SMOOTHNESS: tuple[str, ...] = (
    "unknown", "excellent", "good", "intermediate", "bad", "very_bad", "horrible", "very_horrible",
    "impassable",
)  # fmt: skip

CLASS_CODE = {name: code for code, name in enumerate(CLASSES)}
SURFACE_CODE = {name: code for code, name in enumerate(SURFACES)}
ACCESS_CODE = {name: code for code, name in enumerate(ACCESS)}
SMOOTHNESS_CODE = {name: code for code, name in enumerate(SMOOTHNESS)}

# Bits of Roads.flags
FORWARD = 1  # may be driven in the direction of its shape
BACKWARD = 2  # may be driven against it
BRIDGE = 4
FORD = 8
DRY_ONLY = 16  # impassable in the wet season
ESTIMATED = 32  # length or surface has no public source
ROUNDABOUT = 64
BARRIER = 128  # a stretch of no length that stands for a barrier or a ford at a node; no place meets it
FREE_EMERGENCY = 256  # its one-way sign does not bind emergency vehicles

# Whom a turn restriction binds: one bit for each kind of vehicle, with and without the words that exempt it.
VEHICLES: tuple[str, ...] = ("motorcar", "hgv", "motorcycle")
EXEMPT: tuple[str, ...] = ("emergency", "military")
EVERYBODY = (1 << (len(VEHICLES) << len(EXEMPT))) - 1


def binds(vehicle: str, exempt: Collection[str] = ()) -> int:
    """The one bit of a kind of vehicle that bears these words of EXEMPT; raises ValueError for others."""
    words = sum(1 << EXEMPT.index(word) for word in exempt)
    return 1 << (VEHICLES.index(vehicle) + len(VEHICLES) * words)


def bound(vehicles: Collection[str], excepted: Collection[str]) -> int:
    """Bits of everybody whom a sign for these vehicles binds that excepts those words."""
    total = 0
    for words in range(1 << len(EXEMPT)):
        if not any(word in excepted and words >> i & 1 for i, word in enumerate(EXEMPT)):
            total |= sum(1 << (VEHICLES.index(each) + len(VEHICLES) * words) for each in vehicles)
    return total
