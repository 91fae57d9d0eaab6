"""Faults of the earth floor."""


class GeoError(Exception):
    """A foreseen fault; one line in words a coordinator understands."""
