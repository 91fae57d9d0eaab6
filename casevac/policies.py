"""The policies that a mission may choose from, and the one by which its plans are made."""

from collections.abc import Iterator
from functools import cache

from msgspec.structs import replace

from casevac.errors import Unknown
from casevac.picture import Picture
from casevac.planner.policy import DEFAULT, EachCategory, Limit, Policy, read_policies
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
    return replace(
        other,
        name=f"{share:.0%} {one.name}, {1 - share:.0%} {other.name}",
        about=f"Between the two: {share:.0%} of what {one.name} weighs.",
        care=_limit(one.care, other.care, share),
        surgery=_limit(one.surgery, other.surgery, share),
        waiting_per_hour=_mixed(one.waiting_per_hour, other.waiting_per_hour, share),
        left=_mixed(one.left, other.left, share),
    )


def _limit(one: Limit, other: Limit, share: float) -> Limit:
    late = _mixed(one.late, other.late, share)
    return replace(one, late=late, late_per_hour=_mixed(one.late_per_hour, other.late_per_hour, share))


def _mixed(one: EachCategory, other: EachCategory, share: float) -> EachCategory:
    first, second, third, fourth = (share * a + (1.0 - share) * b for a, b in zip(one, other, strict=True))
    return first, second, third, fourth
