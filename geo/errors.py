"""What can go wrong on the earth and its roads, each in one line a coordinator understands."""


class GeoError(Exception):
    """Any fault of geo; its text is one line that says what to do."""


class BadPlace(GeoError):  # noqa: N818 - named for the coordinator, not for the linter
    """A place that is not on the earth: NaN, a latitude of 91, an unreadable grid reference."""


class OffNetwork(GeoError):  # noqa: N818
    """A place too far from any road the vehicle may use."""


class Unreachable(GeoError):  # noqa: N818
    """No way there: another island, a closed season, out of range, night."""


class BadRoadsFile(GeoError):  # noqa: N818
    """A network file that is truncated, damaged or something else altogether."""


class BadExtract(GeoError):  # noqa: N818
    """An OpenStreetMap extract or road GeoJSON that cannot be read."""


class BadProfile(GeoError):  # noqa: N818
    """A profile file with a missing, misspelt or impossible value."""


class UnknownProfile(GeoError):  # noqa: N818
    """A vehicle profile that nobody has loaded."""
