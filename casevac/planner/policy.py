"""What a plan costs: a named, versioned policy over survival curves, which rank plans and predict nothing."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec
import numpy as np

from casevac.errors import Unknown
from casevac.planner.compiled import compiled
from casevac.planner.packed import CATEGORIES
from casevac.planner.problem import NOBODY, Fates, Floats, Plan, Problem, Whole

DISCLAIMER = "Curves rank plans; they are not clinical predictions."
DEFAULT = "p1_first"

_HOUR = 3600.0
_NO_LOSS = (2.0, 1.0, 0.0)  # 2 / (x ** 0 + 1) = 1 at any time
_LONGEST = 24 * _HOUR  # what waits longer costs no more by the hour, so that never costs the most

Three = tuple[float, float, float]
EachCategory = tuple[float, float, float, float]

CURVES: Mapping[str, tuple[Three, Three]] = {
    "optimistic": ((0.56, 91.0, 1.58), (0.81, 160.0, 2.41)),
    "moderate": ((0.24, 47.0, 1.30), (0.76, 138.0, 2.17)),
    "pessimistic": ((0.09, 17.0, 1.10), (0.57, 61.0, 2.03)),
}
"""Survival f(t) = b0 / ((t / b1) ** b2 + 1), t in minutes from injury to surgery, of P1 and P2: (b0, b1, b2).

The form and the three scenarios are those of Mills, Argon and Ziya, "Resource-based patient prioritization in
mass-casualty incidents", Manufacturing & Service Operations Management 15 (2013). The parameters were read
from public code that repeats them, not from the paper's own table: unverified. Of P3 and of those who may
wait for all others no loss is reckoned. Curves rank plans; they are not clinical predictions.
"""


class UnknownPolicy(Unknown):
    """A policy or a curve was named that there is not."""


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A time from the injury within which something should begin, by category, and what being late costs."""

    within_s: EachCategory
    margin_s: float  # forecasts are no promises: `late` is paid in part from so much before the limit on
    late: EachCategory  # once
    late_per_hour: EachCategory  # for each hour beyond


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Weights in expected deaths: a cost of 0.1 is worth a tenth of a life to whoever chose the policy."""

    name: str
    version: int
    about: str
    curve: str
    deaths: float
    care: Limit
    surgery: Limit
    waiting_per_hour: EachCategory
    left: EachCategory  # of staying where one is, beside all else
    changed_vehicle: float  # of sending another vehicle than was ordered
    changed_end: float  # of sending the casualty elsewhere than was ordered
    effort_per_hour: float  # of a vehicle under way


class _File(msgspec.Struct, forbid_unknown_fields=True):
    about: str
    policies: list[Policy]


class Prices(NamedTuple):
    """For kernels: rows of categories (4, 14); changed_vehicle, changed_end, effort a second (3,)."""

    each: Floats
    other: Floats


def read_policies(text: bytes) -> dict[str, Policy]:
    """Policies of a JSON file by name, as policies.json; raises msgspec.ValidationError, UnknownPolicy."""
    policies = {one.name: one for one in msgspec.json.decode(text, type=_File).policies}
    for one in policies.values():
        _curves(one.curve)
    return policies


def named(policies: Mapping[str, Policy], name: str) -> Policy:
    """The policy of that name; raises UnknownPolicy, which says what there is."""
    if name not in policies:
        raise UnknownPolicy(f"There is no policy {name!r}; choose one of: {', '.join(sorted(policies))}.")
    return policies[name]


def prices(policy: Policy) -> Prices:
    """The policy as kernels read it; raises UnknownPolicy for its curve."""
    columns = [np.full(CATEGORIES, policy.deaths)]
    for limit in (policy.care, policy.surgery):
        margin = np.full(CATEGORIES, limit.margin_s)
        columns += [np.array(limit.within_s), margin, np.array(limit.late)]
        columns += [np.array(limit.late_per_hour) / _HOUR]
    columns += [np.array(policy.waiting_per_hour) / _HOUR, np.array(policy.left)]
    effort = policy.effort_per_hour / _HOUR
    return Prices(
        np.ascontiguousarray(np.hstack([_curves(policy.curve), np.column_stack(columns)])),
        np.array([policy.changed_vehicle, policy.changed_end, effort]),
    )


def price(problem: Problem, policy: Policy, rows: Whole, care: Floats, surgery: Floats) -> Floats:
    """Cost of casualties (N rows) at these times (N,), s; never less when later."""
    people, found = problem.casualties, np.empty(len(rows))
    each = prices(policy).each
    for i, c in enumerate(rows):
        found[i] = worth(
            each[people.category[c]], float(people.injured[c]), float(care[i]), float(surgery[i])
        )
    return found


def cost(problem: Problem, fates: Fates, policy: Policy, plan: Plan | None = None) -> float:
    """Cost of the fates; with the plan they are of, of changing orders already given too."""
    rows = np.arange(len(fates.arrival), dtype=np.int32)
    total = float(price(problem, policy, rows, fates.care, fates.surgery).sum())
    done = fates.done
    total += policy.effort_per_hour / _HOUR * float((fates.ended[done] - fates.begun[done]).sum())
    return total if plan is None else total + _changes(problem, plan, fates, policy)


def expected_deaths(problem: Problem, fates: Fates, curve: str) -> float:
    """Expected deaths under one of CURVES; say DISCLAIMER wherever it is shown."""
    people = problem.casualties
    rows = _curves(curve)[people.category]
    waited = np.maximum(fates.surgery - people.injured, 0.0)
    return float((1.0 - rows[:, 0] / ((waited / 60.0 / rows[:, 1]) ** rows[:, 2] + 1.0)).sum())


def share_in_time(problem: Problem, fates: Fates, category: int = 0, within_s: float = 7200.0) -> float:
    """Share of a category whose surgery begins within a time of the injury; 1 where there is nobody."""
    of = problem.casualties.category == category
    if not of.any():
        return 1.0
    return float((fates.surgery[of] - problem.casualties.injured[of] <= within_s).mean())


def _changes(problem: Problem, plan: Plan, fates: Fates, policy: Policy) -> float:
    """Of orders given: by whoever loads the casualty first, and where that trip ends."""
    people, changes = problem.casualties, 0.0
    first: dict[int, int] = {}
    for t in np.flatnonzero(fates.done):
        for c in plan.who[plan.first[t] : plan.first[t + 1]]:
            first.setdefault(int(c), int(t))
    for c in range(len(people.stop)):
        row = first.get(c, -1)
        vehicle, end = (int(plan.vehicle[row]), int(plan.end[row])) if row >= 0 else (-1, -1)
        changes += policy.changed_vehicle * (int(people.ordered_vehicle[c]) not in (NOBODY, vehicle))
        changes += policy.changed_end * (int(people.ordered_end[c]) not in (NOBODY, end))
    return changes


def _curves(name: str) -> Floats:
    """Parameters (4, 3) of all categories; raises UnknownPolicy."""
    if name not in CURVES:
        raise UnknownPolicy(f"There is no survival curve {name!r}; choose one of: {', '.join(CURVES)}.")
    return np.array([*CURVES[name], _NO_LOSS, _NO_LOSS])


@compiled
def worth(row: Floats, injured: float, care: float, surgery: float) -> float:
    """Cost of one casualty by the row of its category in Prices.each; never less when later."""
    waited, cared = max(surgery - injured, 0.0), max(care - injured, 0.0)
    total = row[3] * (1.0 - row[0] / ((waited / (60.0 * row[1])) ** row[2] + 1.0))
    total += _lateness(row[4:8], cared) + _lateness(row[8:12], waited) + row[12] * min(waited, _LONGEST)
    if not waited < np.inf:
        total += row[13]
    return float(total)


@compiled
def _lateness(limit: Floats, after: float) -> float:
    """Cost of what begins so long after the injury, by a Limit's four numbers."""
    within, margin = limit[0], limit[1]
    if after <= within - margin:
        return 0.0
    share = 1.0 if after >= within else (after - within + margin) / margin
    return float(limit[2] * share + limit[3] * min(max(after - within, 0.0), _LONGEST))
