"""The words of the road network and their codes: highway classes, surfaces, access."""

CLASSES: tuple[str, ...] = (
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary",
    "secondary_link", "tertiary", "tertiary_link", "unclassified", "residential", "living_street",
    "service", "track", "road", "pedestrian", "footway", "path", "steps", "cycleway", "bridleway", "ferry",
)  # fmt: skip
SURFACES: tuple[str, ...] = ("unknown", "paved", "gravel", "dirt", "soft", "water")
ACCESS: tuple[str, ...] = ("yes", "destination", "private", "restricted", "emergency", "no")

CLASS_CODE = {name: code for code, name in enumerate(CLASSES)}
SURFACE_CODE = {name: code for code, name in enumerate(SURFACES)}
ACCESS_CODE = {name: code for code, name in enumerate(ACCESS)}

# Bits of Roads.flags
FORWARD = 1  # may be driven in the direction of its shape
BACKWARD = 2  # may be driven against it
BRIDGE = 4
FORD = 8
DRY_ONLY = 16  # impassable in the wet season
ESTIMATED = 32  # length or surface has no public source
ROUNDABOUT = 64
