"""A team: medical, escort or litter team; where it is and whether it can go."""

from datetime import datetime

import msgspec

from casevac.board import Figure, instant_in, value_in
from casevac.events import TeamRegistered
from casevac.stamp import Said
from casevac.terms import TeamKind

CARES = frozenset((TeamKind.AMET, TeamKind.MEDICAL, TeamKind.SURGICAL))
"""With such a team aboard, being loaded means that advanced care has begun."""
BOARDINGS_KEPT = 200


class Team(msgspec.Struct, frozen=True):
    """A team under its id; `told` is its condition: `ready`, `duty_ends_at`.

    `boarded` names the vehicle from each instant on, in the order of time; empty after it left.
    """

    id: str
    registered: Said[TeamRegistered] | None = None
    told: dict[str, Figure] = {}
    boarded: tuple[Said[str], ...] = ()

    @property
    def card(self) -> TeamRegistered:
        """What is registered of it."""
        if self.registered is not None:
            return self.registered.value
        return TeamRegistered(id=self.id, name=self.id, team_kind=TeamKind.MEDICAL)

    @property
    def vehicle(self) -> str:
        """The vehicle that it is aboard of now, or nothing."""
        return self.boarded[-1].value if self.boarded else self.card.vehicle or ""

    @property
    def cares(self) -> bool:
        """True when advanced care begins with it."""
        return self.card.team_kind in CARES

    @property
    def duty_ends_at(self) -> datetime | None:
        """When it must rest."""
        return instant_in(self.told, "duty_ends_at")


def state_words(team: Team, now: datetime) -> str:
    """What the team is doing: `resting`, `not ready`, `boarded HELI-1`, `standing by`."""
    rest = team.duty_ends_at
    if rest is not None and rest <= now:
        return "resting"
    if not value_in(team.told, "ready", True):
        return "not ready"
    return f"boarded {team.vehicle}" if team.vehicle else "standing by"


def aboard_since(team: Team, vehicle: str, start: datetime, end: datetime | None) -> datetime | None:
    """From when on, within start to end, the team was aboard the vehicle; None when it was not."""
    at_first: list[tuple[datetime | None, str]] = [(None, team.card.vehicle or "")]
    words = at_first + [(said.stamp[0], said.value) for said in team.boarded]
    for index, (at, named) in enumerate(words):
        until = words[index + 1][0] if index + 1 < len(words) else None
        since = start if at is None else max(at, start)
        if named == vehicle and (until is None or until > since) and (end is None or since < end):
            return since
    return None
