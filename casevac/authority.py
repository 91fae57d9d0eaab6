"""Who may launch what, how the launch of a chain stands, and who is evacuated as of right."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from casevac.casualty import Casualty
from casevac.chain import Chain
from casevac.duty import Launch
from casevac.events import LaunchApproved, LaunchDenied, VehicleRegistered
from casevac.mission import Profile
from casevac.picture import Picture
from casevac.stamp import Said, value_of
from casevac.terms import Affiliation, ApprovalState
from casevac.vehicle import Vehicle

DEEPEST = 20  # a chain that was diverted more often than that asks anew
Word = Said[LaunchApproved | LaunchDenied]


class Approval(NamedTuple):
    """How the launch of a chain stands; `needed` are the vehicles that nobody let go yet."""

    state: ApprovalState
    authorities: tuple[str, ...] = ()  # any of them may say so
    needed: tuple[str, ...] = ()
    asked_at: datetime | None = None
    at: datetime | None = None
    by: str = ""
    reason: str = ""

    @property
    def seconds(self) -> float | None:
        """From the plan to the word; None while it is awaited or none is needed."""
        if self.at is None or self.asked_at is None:
            return None
        return max(0.0, (self.at - self.asked_at).total_seconds())

    @property
    def words(self) -> str:
        """Why the chain is broken, when it is."""
        return f"denied by {self.by}: {self.reason}" if self.state == ApprovalState.DENIED else ""


def who_may(profile: Profile, card: VehicleRegistered) -> tuple[str, ...]:
    """The authorities of which one must approve the launch of this vehicle; empty when none need to.

    What the profile says of its operator goes before what it says of its kind.
    """
    rules = {_plain(word): names for word, names in profile.approval.items()}
    for word in (_plain(card.operator), _plain(card.vehicle_kind.value)):
        if word and word in rules:
            may = [one.name for one in profile.authorities if word in map(_plain, one.may_launch)]
            return tuple(dict.fromkeys((*rules[word], *may)))
    return ()


def may_launch(profile: Profile, authority: str, card: VehicleRegistered) -> bool:
    """True when this authority is one of those who may let the vehicle go."""
    return _plain(authority) in map(_plain, who_may(profile, card))


def speakers(profile: Profile) -> tuple[str, ...]:
    """Every authority whose word counts for some launch."""
    ruled = [name for names in profile.approval.values() for name in names]
    return tuple(dict.fromkeys((*ruled, *(one.name for one in profile.authorities))))


def same(one: str, other: str) -> bool:
    """True when both words name one authority."""
    return _plain(one) == _plain(other)


def _plain(word: str) -> str:
    return " ".join(word.casefold().split())


def guarded(picture: Picture, vehicles: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Those of the vehicles that need approval, with the authorities who may give it."""
    profile = picture.mission.profile
    if not profile.approval:
        return {}
    found = {key: who_may(profile, _card(picture, key)) for key in vehicles}
    return {key: names for key, names in found.items() if names}


def needed(picture: Picture, chain: Chain, depth: int = 0) -> dict[str, tuple[str, ...]]:
    """The vehicles of the chain that need approval, with who may give it.

    Who was let go already for a chain that this one takes over from, in flight, is not asked for again.
    """
    needs = guarded(picture, chain.plan.vehicles)
    before = picture.chains.get(chain.plan.replaces) if chain.plan.replaces else None
    if not needs or before is None or depth >= DEEPEST:
        return needs
    left = _awaited(picture, before, needed(picture, before, depth + 1))
    return {key: names for key, names in needs.items() if key not in before.plan.vehicles or key in left}


def _awaited(picture: Picture, chain: Chain, needs: dict[str, tuple[str, ...]]) -> list[str]:
    """Those of the vehicles that nobody let go."""
    words = [word for word in _words(picture, chain) if allowed(word.value, needs)]
    if any(isinstance(word.value, LaunchDenied) for word in words):
        return list(needs)
    return [vehicle for vehicle in needs if _approving(words, vehicle, needs[vehicle]) is None]


def _card(picture: Picture, vehicle: str) -> VehicleRegistered:
    return (picture.vehicles.get(vehicle) or Vehicle(vehicle)).card


def approval(picture: Picture, chain: Chain) -> Approval:
    """How the launch of the chain stands, from the words of those who may speak.

    One valid denial breaks the chain for good, whatever was approved before or is approved later: the
    answer is a new plan.
    """
    needs = needed(picture, chain)
    if not needs:
        return Approval(ApprovalState.NOT_NEEDED)
    asked_at, names = chain.planned.stamp[0], _all(needs.values())
    words = [word for word in _words(picture, chain) if allowed(word.value, needs)]
    denied = next((word for word in words if isinstance(word.value, LaunchDenied)), None)
    if denied is not None:
        return _settled(ApprovalState.DENIED, names, asked_at, denied)
    left = {vehicle: _approving(words, vehicle, needs[vehicle]) for vehicle in needs}
    open_ones = tuple(vehicle for vehicle, word in left.items() if word is None)
    if open_ones:
        return Approval(ApprovalState.AWAITING, _all(needs[one] for one in open_ones), open_ones, asked_at)
    last = max((word for word in left.values() if word is not None), key=lambda word: word.stamp)
    return _settled(ApprovalState.APPROVED, names, asked_at, last)


def _all(names: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for some in names for name in some))


def _settled(state: ApprovalState, names: tuple[str, ...], asked_at: datetime, word: Word) -> Approval:
    said = word.value
    return Approval(state, names, (), asked_at, word.stamp[0], said.authority, said.reason)


def _approving(words: Iterable[Word], vehicle: str, names: tuple[str, ...]) -> Word | None:
    """The first word that lets this vehicle go."""
    may = [word for word in words if _plain(word.value.authority) in map(_plain, names)]
    return next((word for word in may if word.value.vehicle in ("", vehicle)), None)


def _words(picture: Picture, chain: Chain) -> Iterator[Word]:
    """What was said on the chain, then what was approved beforehand for its request."""
    yield from picture.launches.get(chain.id, Launch(chain.id)).words
    before = picture.launches.get(chain.plan.request)
    if before is None:
        return
    broken_at = [
        word.stamp
        for other in picture.chains.values()
        if other.plan.request == chain.plan.request and other.id in picture.launches
        for word in picture.launches[other.id].words
        if isinstance(word.value, LaunchDenied)
    ]
    yield from (word for word in before.words if all(word.stamp > at for at in broken_at))


def allowed(word: LaunchApproved | LaunchDenied, needs: dict[str, tuple[str, ...]]) -> bool:
    """True when the speaker may say so of the vehicle named, else of any that needs it."""
    asked = [needs.get(word.vehicle, ())] if word.vehicle else list(needs.values())
    return any(_plain(word.authority) in map(_plain, names) for names in asked)


def unheard(picture: Picture, chain: Chain) -> tuple[Word, ...]:
    """Words on the chain by somebody who may not say so: a person must look."""
    launch = picture.launches.get(chain.id)
    if launch is None:
        return ()
    needs = needed(picture, chain)
    return tuple(word for word in launch.words if not allowed(word.value, needs))


def why_not_eligible(profile: Profile, one: Casualty) -> str:
    """Why nobody may be sent for the casualty yet, in words that name what to do; empty when one may.

    Who is from outside the mission is evacuated by a decision of its own, recorded with its reason.
    """
    belongs = value_of(one.affiliation, Affiliation.UNKNOWN)
    if one.eligibility is not None:
        said = one.eligibility.value
        return "" if said.eligible else f"is not evacuated by decision of {said.authority}: {said.reason}"
    if belongs in profile.eligible:
        return ""
    outside = belongs.value.replace("_", " ")
    return f"is from outside the mission ({outside}): decide on it first with eligibility_decided"
