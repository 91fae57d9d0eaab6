"""What can go wrong on the earth and its roads, each in one line a coordinator understands."""


class GeoError(Exception):
    """Any fault of geo; its text is one line that says what to do."""


class BadPlace(GeoError):
    """A place that is not on the earth: NaN, a latitude of 91, an unreadable grid reference."""


class OffNetwork(GeoError):
    """A place too far from any road the vehicle may use."""


class Unreachable(GeoError):
    """No way there: another island, a closed season, out of range, night.

    closest: longitude and latitude of the nearest point that can be reached, short_m metres from the place.
    """

    def __init__(
        self, message: str, *, closest: tuple[float, float] | None = None, short_m: float | None = None
    ) -> None:
        super().__init__(message)
        self.closest, self.short_m = closest, short_m


class BadRoadsFile(GeoError):
    """A network file that is truncated, damaged or something else altogether."""


class BadExtract(GeoError):
    """An OpenStreetMap extract or road GeoJSON that cannot be read."""


class BadProfile(GeoError):
    """A profile file with a missing, misspelt or impossible value."""


class UnknownProfile(GeoError):
    """A vehicle profile that nobody has loaded."""


class BadArea(GeoError):
    """An area without size or outline."""


class BadHazard(GeoError):
    """A hazard that means nothing: of no kind, or with a severity or speed factor beyond its bounds."""
