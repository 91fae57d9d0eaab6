"""The policies that a mission may choose from, and the one by which its plans are made."""

from collections.abc import Iterator
from functools import cache

import msgspec
from msgspec.structs import replace

from casevac.errors import Unknown
from casevac.picture import Picture
from casevac.planner.policy import DEFAULT, Policy, read_policies
from casevac.planner.policy import named as of_that_name
from casevac.proposal import Rule
from casevac.shipped import shipped

HALVES = (0.5, 0.2)  # how much of the first policy is left in what lies between two


@cache
def known() -> dict[str, Policy]:
    """The shipped policies by name."""
    return read_policies(shipped("policies.json").read_bytes())


def named(name: str) -> Policy:
    """The policy of that name; raises UnknownPolicy, which says what there is."""
    return of_that_name(known(), name)


def chosen(picture: Picture) -> tuple[Policy, Rule]:
    """The policy that holds in a mission and who chose it; raises UnknownPolicy.

    One that was chosen in another version raises as well: what a person decided on was something else.
    """
    said = picture.policy
    found = named(DEFAULT if said is None else said.value.policy)
    if said is not None and said.value.version not in ("", str(found.version)):
        raise Unknown(
            f"policy {found.name} was chosen in version {said.value.version}, this software has"
            f" {found.version}: look at it and choose again"
        )
    return found, rule(found, "" if said is None else said.value.by, said)


def rule(policy: Policy, by: str = "", said: object = None) -> Rule:
    """A policy as it is shown."""
    since = getattr(said, "stamp", (None,))[0]
    return Rule(policy.name, str(policy.version), policy.about, policy.curve, by, since)


def frontier() -> Iterator[Policy]:
    """The shipped policies, and what lies between the default one and each other."""
    every = known()
    yield from every.values()
    first = every[DEFAULT]
    for other in every.values():
        for share in HALVES if other.name != DEFAULT else ():
            yield between(first, other, share)


def between(one: Policy, other: Policy, share: float) -> Policy:
    """What lies between two policies, so much of the first in it; nobody can choose it."""
    mixed = _mixed(msgspec.to_builtins(one), msgspec.to_builtins(other), share)
    found = msgspec.convert(mixed, Policy, strict=False)
    return replace(
        found,
        name=f"{share:.0%} {one.name}, {1 - share:.0%} {other.name}",
        about=f"Between the two: {share:.0%} of what {one.name} weighs.",
    )


def _mixed(one: object, other: object, share: float) -> object:
    """Numbers in between, wherever they stand; of all else that of the second."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: _mixed(one[key], value, share) for key, value in other.items()}
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return [_mixed(a, b, share) for a, b in zip(one, other, strict=True)]
    numbers = isinstance(one, float | int) and isinstance(other, float)
    return share * one + (1.0 - share) * other if numbers else other  # type: ignore[operator]  # both are numbers
