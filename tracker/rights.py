"""What a device may report: its role, and the facility for which it speaks; pure."""

from typing import Any

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


def may_report(rights: Rights, kind: str) -> None:
    """Raises BadMessage when this kind is above the device's role."""
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
