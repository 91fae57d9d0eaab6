"""By whom a casualty was cared for, and from when on: what proves advanced care."""

from datetime import datetime

from casevac import clock
from casevac.casualty import Casualty, Move
from casevac.clock import Proof
from casevac.events import AdvancedCareStarted
from casevac.picture import Picture
from casevac.stamp import entry
from casevac.team import aboard_since
from casevac.terms import Capability


def proof(picture: Picture, casualty: Casualty) -> Proof | None:
    """What first proves that medical personnel had the casualty; None when nothing does."""
    told = clock.proof_of(casualty.first_step(AdvancedCareStarted))
    ends = [*(move.at for move in casualty.moves[1:]), None]
    stays = zip(casualty.moves, ends, strict=False)
    cared = [(at, move) for move, end in stays if (at := _medical_from(picture, move, end)) is not None]
    if not cared or (told is not None and told.at <= cared[0][0]):
        return told
    at, first = cared[0]
    kind = "casualty_loaded" if first.loaded else "casualty_handed_over"
    words = f"{first.vehicle or first.facility} with medical crew took over"
    return Proof(kind, words, at, first.by, first.source, entry(first.stamp))


def _medical_from(picture: Picture, move: Move, end: datetime | None) -> datetime | None:
    """From when on medical personnel had whoever moved so; a team may have boarded on the way."""
    if move.facility:
        return move.at if cares(picture, move.facility) else None
    one = picture.vehicles.get(move.vehicle)
    if one is not None and one.card.medical_crew:
        return move.at
    caring = (team for team in picture.teams.values() if team.cares)
    aboard = (aboard_since(team, move.vehicle, move.at, end) for team in caring)
    return min((at for at in aboard if at is not None), default=None)


def crewed(picture: Picture, named: str) -> bool:
    """True for a vehicle with a medical crew of its own, or with a team aboard that cares."""
    one = picture.vehicles.get(named)
    if one is None:
        return False
    return one.card.medical_crew or any(t.vehicle == named and t.cares for t in picture.teams.values())


def cares(picture: Picture, named: str) -> bool:
    """True for a facility at whose door advanced care begins."""
    one = picture.facilities.get(named)
    return one is not None and one.cares


def operates(picture: Picture, named: str) -> bool:
    """True for a facility that can operate now."""
    one = picture.facilities.get(named)
    return one is not None and Capability.DCS in one.capabilities


def lacking(picture: Picture, casualty: Casualty) -> bool:
    """True when the facility that has the casualty cannot do all that it still needs."""
    one = picture.facilities.get(casualty.facility)
    if one is None or one.registered is None or casualty.surgery_at is not None:
        return False
    return bool(set(casualty.needs(picture.mission.profile)) - set(one.capabilities))
