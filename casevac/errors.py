"""Every fault a coordinator can meet, each one line that says what to do."""

from collections.abc import Mapping, Sequence

from geo.errors import GeoError


class CasevacError(Exception):
    """A foreseen fault; its text is one line in words a coordinator understands."""


class BadSetting(CasevacError):
    """A setting or argument has a value that cannot be used."""


class PartFailed(CasevacError):
    """A part of the system did not start or died for good."""


class StoreUnreachable(CasevacError):
    """PostgreSQL does not answer; nothing is lost, try again."""


class BrokerUnreachable(CasevacError):
    """The MQTT broker does not answer; nothing is lost, try again."""


class DiskFull(CasevacError):
    """The store cannot write: the disk is full."""


class SpoolFull(CasevacError):
    """A device's memory holds as many unreceipted events as it may; the last one was not taken."""


class BadMessage(CasevacError):
    """A message from the field, a page or a file cannot be understood."""


class BadFile(CasevacError):
    """A file of places, tracks or missions cannot be used."""


class Unknown(CasevacError):
    """Something was named that this mission does not have."""


class UnknownPlace(Unknown):
    """A text that is neither LON,LAT nor a grid nor a known place; with the nearest spellings, for JSON."""

    def __init__(self, message: str, candidates: Sequence[Mapping[str, object]] = ()) -> None:
        super().__init__(message)
        self.candidates = tuple(candidates)


class AmbiguousPlace(CasevacError):
    """A text that may mean several places; with all that were found, ready for JSON."""

    def __init__(self, message: str, candidates: Sequence[Mapping[str, object]] = ()) -> None:
        super().__init__(message)
        self.candidates = tuple(candidates)


class AlreadyTasked(CasevacError):
    """A vehicle or casualty belongs to a running chain already."""


class AlreadyReserved(CasevacError):
    """The bed is kept for somebody else already."""


class NotPossible(CasevacError):
    """A command that the present state of the mission forbids."""


class ChangedMeanwhile(CasevacError):
    """Somebody else changed it since it was looked at; with what they told, ready for JSON."""

    def __init__(self, message: str, changes: Sequence[Mapping[str, object]] = ()) -> None:
        super().__init__(message)
        self.changes = tuple(changes)


class PlanChanged(ChangedMeanwhile):
    """A line of a plan holds no more; with what is proposed for its casualties now, ready for JSON."""


class LoginNeeded(CasevacError):
    """This door asks who comes, and nobody is logged in."""


class WrongLogin(CasevacError):
    """Name and password do not belong together; which of them is wrong is not told."""


class TooManyAttempts(CasevacError):
    """Too many logins failed; the next is looked at after a pause of `wait_s` seconds."""

    def __init__(self, message: str, wait_s: float) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class NotAllowed(CasevacError):
    """The account's role does not reach that far."""


STATUS: tuple[tuple[type[Exception], int], ...] = (
    (LoginNeeded, 401),
    (WrongLogin, 401),
    (NotAllowed, 403),
    (TooManyAttempts, 429),
    (Unknown, 404),
    (AmbiguousPlace, 409),
    (AlreadyTasked, 409),
    (AlreadyReserved, 409),
    (NotPossible, 409),
    (ChangedMeanwhile, 409),
    (StoreUnreachable, 503),
    (BrokerUnreachable, 503),
    (DiskFull, 507),
    (CasevacError, 422),
    (GeoError, 422),
)
"""Error to HTTP status, first match wins: the only such table."""


def status_of(error: Exception) -> int:
    """HTTP status of a foreseen fault; 500 for anything unforeseen."""
    return next((code for kind, code in STATUS if isinstance(error, kind)), 500)
