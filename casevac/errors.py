"""Every fault a coordinator can meet, each one line that says what to do."""


class CasevacError(Exception):
    """A foreseen fault; its text is one line in words a coordinator understands."""


class BadSetting(CasevacError):
    """A setting or argument has a value that cannot be used."""


class PartFailed(CasevacError):
    """A part of the system did not start or died for good."""
