"""Who may see what: a mission's viewers, and the medical facts that are not for everyone."""

from collections.abc import Mapping
from typing import Any

import msgspec

MEDICAL = ("category", "injury_at", "injury_uncertainty_s", "what", "needs", "clocks")
"""Fields of a casualty that only those who treat, fetch or coordinate may read."""

Entities = Mapping[str, Mapping[str, Any]]


class Viewer(msgspec.Struct, frozen=True):
    """Somebody who looks: the missions open to them (None: all) and whether medical facts are."""

    missions: frozenset[str] | None = None
    medical: bool = True

    def may_see(self, mission: str) -> bool:
        """True when the mission is open to them."""
        return self.missions is None or mission in self.missions


WATCH_KEEPER = Viewer()
"""Sees every mission whole: everyone at the loopback address of an installation."""


def shown(entities: Entities, mission: str, viewer: Viewer) -> dict[str, dict[str, Any]]:
    """The mission's entities as this viewer may see them; nothing of a mission closed to them.

    Without medical access a casualty keeps its place and custody; the medical fields are left out.
    """
    if not viewer.may_see(mission):
        return {}
    groups = {group: dict(ones) for group, ones in entities.items()}
    if not viewer.medical and "casualties" in groups:
        groups["casualties"] = {key: _plain(one) for key, one in groups["casualties"].items()}
    return groups


def _plain(casualty: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if casualty is None:
        return None
    return {name: value for name, value in casualty.items() if name not in MEDICAL}
