"""What is checked and added when somebody tells of requests."""

from msgspec.structs import replace

from casevac import events as e
from casevac import methane, nineline
from casevac.dialect import Dialect
from casevac.errors import BadMessage, UnknownPlace
from casevac.ids import Mint, located, opened
from casevac.lines import FIELDS
from casevac.mission import Profile
from casevac.spot import spot
from casevac.tell import Checks
from casevac.view import View
from casevac.whereabouts import Found, find
from geo.errors import BadPlace


def _nine_line(view: View, body: e.NineLineSent, mint: Mint) -> tuple[e.AnyBody, ...]:
    dialect = _dialect(view.profile, body.dialect or nineline.declared(body.raw))
    if body.raw and not nineline.told_lines(body):
        read = nineline.read(body.raw, dialect)
        fields = {name: getattr(read, name) for names in FIELDS.values() for name in names}
        body = replace(body, dialect=read.dialect, **fields)
    _check_nine_line(body, dialect)
    body = replace(body, dialect=body.dialect or (dialect.name if dialect else ""))
    if body.lon is None and body.pickup and (place := _found(view, body.pickup)):
        body = replace(
            body, lon=place.place.lon, lat=place.place.lat, uncertainty_m=_within(view, body, place)
        )
    return (_of_request(view, body, mint),)


def _check_nine_line(body: e.NineLineSent, dialect: Dialect | None) -> None:
    """Raises BadMessage for a 9-line that tells no line, or with words of line 8 that are not its own."""
    if not nineline.told_lines(body) and not body.remarks:
        raise BadMessage("this 9-line tells no line; give raw (its text) or the fields of at least one line")
    if (body.lon is None) != (body.lat is None):
        raise BadMessage("line 1: lon and lat belong together; give both or neither")
    if body.pickup and body.lon is None:
        _check_grid("line 1", body.pickup)
    known = {one.word for one in dialect.patients.values()} if dialect else set()
    if strange := sorted(set(body.patients or ()) - known):
        can = ", ".join(sorted(known)) or "nothing without a dialect"
        raise BadMessage(f"line 8: {', '.join(strange)[:80]} means nothing here; it accepts {can}")


def _dialect(profile: Profile, named: str) -> Dialect | None:
    """The dialect by name, else the mission's own; raises BadMessage for a name that the mission lacks."""
    if named and named not in profile.dialects:
        known = ", ".join(sorted(profile.dialects)) or "none"
        raise BadMessage(f"dialect {named[:40]!r} is none of this mission's; declare one of: {known}")
    return profile.dialects.get(named or profile.nine_line)


def _methane(view: View, body: e.MethaneSent, mint: Mint) -> tuple[e.AnyBody, ...]:
    if body.raw and not methane.told_parts(body):
        read = methane.read(body.raw)
        told = {name: getattr(read, name) for name in METHANE_FIELDS}
        body = replace(body, **told)
    if not methane.told_parts(body):
        raise BadMessage("this METHANE tells nothing; give raw (its text) or at least one of its parts")
    if (body.lon is None) != (body.lat is None):
        raise BadMessage("exact location: lon and lat belong together; give both or neither")
    if body.location and body.lon is None:
        _check_grid("exact location", body.location)
        if place := _found(view, body.location):
            body = replace(
                body, lon=place.place.lon, lat=place.place.lat, uncertainty_m=_within(view, body, place)
            )
    return (_of_request(view, body, mint),)


METHANE_FIELDS = (
    "major",
    "standby",
    "location",
    "lon",
    "lat",
    "uncertainty_m",
    "incident",
    "hazards",
    "access",
    "casualties",
    "number",
    "services",
)


def _of_request(view: View, body: e.NineLineSent | e.MethaneSent, mint: Mint) -> e.AnyBody:
    """With ids for its casualties when it opens the request."""
    return located(body) if body.request in view.requests else opened(body, mint)


def _check_grid(where: str, text: str) -> None:
    """Raises BadMessage for a grid that is broken or could be in many places; a name is none."""
    try:
        spot(text)
    except BadMessage as fault:
        raise BadMessage(f"{where}: {fault}") from fault


def _found(view: View, text: str) -> Found | None:
    """The place of a name; None when nobody knows it: what was told is kept, and the request says so."""
    try:
        return find(view.picture, text)
    except (UnknownPlace, BadPlace):
        return None


def _within(view: View, body: e.NineLineSent | e.MethaneSent, found: Found) -> float | None:
    """As told, else as vague as the found place is, and at least as a place told by radio."""
    if body.uncertainty_m is not None:
        return body.uncertainty_m
    within = max(found.uncertainty_m, view.profile.spoken_place_m if body.speaker else 0.0)
    return within if within >= 1.0 else None  # a metre is as exact as a grid of ten digits


CHECKS: Checks = {
    e.NineLineSent: _nine_line,
    e.MethaneSent: _methane,
}
