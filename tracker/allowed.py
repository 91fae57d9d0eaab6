"""What a device may tell, by its role and by whose device it is, and in which form; pure."""

from typing import Any

from casevac import zap
from casevac.errors import BadMessage
from casevac.events import TOLD_BY
from casevac.mission import Rights
from casevac.terms import Role

_RANKS = {role: rank for rank, role in enumerate(Role)}  # each may report what those before it may
_OWN = {  # kinds in which the device of a facility means its own, and the field that names it
    "facility_status_reported": "facility",
    "bed_reserved": "facility",
    "inbound_answered": "facility",
    "asset_answered": "asset",
    "casualty_handed_over": "facility",
}
OWN_FIELDS = frozenset({"facility", "asset", "vehicle"})
"""Fields that the device of a vehicle or facility may leave out: it means its own."""


def refuse_nul(value: object) -> None:
    """PostgreSQL keeps no NUL in text."""
    if isinstance(value, str) and "\x00" in value:
        raise BadMessage("text holds a NUL character")
    if isinstance(value, dict):
        for name, inner in value.items():
            refuse_nul(name)
            refuse_nul(inner)
    elif isinstance(value, list):
        for inner in value:
            refuse_nul(inner)


def may_report(rights: Rights, kind: str) -> None:
    """Raises BadMessage for a kind that is above the role of the device."""
    needed = TOLD_BY[kind]
    if _RANKS[rights.role] < _RANKS[needed]:
        raise BadMessage(f"a {rights.role} cannot report {kind}; it needs the role {needed}")


def own_facility_only(rights: Rights, kind: str, body: dict[str, Any]) -> None:
    """The device of a facility speaks for that facility: filled in when it is left out."""
    field = _OWN.get(kind)
    if field is None:
        return
    given = body.get(field) or None
    passes_on = kind == "casualty_handed_over"  # to the vehicle that it names, else to itself
    if rights.role == Role.FACILITY and given not in (None, rights.facility):
        raise BadMessage(f"this device speaks for facility {rights.facility}, not for {str(given)[:40]!r}")
    if rights.facility and given is None and not (passes_on and body.get("vehicle")):
        body[field] = rights.facility
    elif given is None and TOLD_BY[kind] == Role.FACILITY:
        raise BadMessage(f"{kind}: say which facility: {field} is missing")


def zap_ids_only(kind: str, body: dict[str, Any]) -> None:
    """Only pseudonyms travel: a name in place of a ZAP id is refused; a ZAP id is put in its usual form."""
    for name in ("casualty", "kept", "merged"):
        if name in body and not kind.startswith("requests_"):
            body[name] = zap.canonical(body[name])
    for name in ("casualties", "zaps"):
        if isinstance(body.get(name), list):
            body[name] = [zap.canonical(one) for one in body[name]]
            if len(set(body[name])) < len(body[name]):
                raise BadMessage(f"{name}: one of them is named twice")
