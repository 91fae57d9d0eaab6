"""The scorer of the chain's bench: what came of the casualties, by their true severity, as figures.

Survival is f(t) = b0 / ((t / b1)^b2 + 1), t minutes from injury to surgery (to the facility for who needs no
table), after Mills, Argon and Ziya, "Resource-based patient prioritization in mass-casualty incidents",
Manufacturing & Service Operations Management 15 (2013): immediate for P1, delayed for P2; P3 are not counted
as deaths. Curves rank plans; they are not clinical predictions.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CAUTION = "Curves rank plans; they are not clinical predictions."
CURVES = {
    "optimistic": ((0.56, 91.0, 1.58), (0.81, 160.0, 2.41)),
    "moderate": ((0.24, 47.0, 1.30), (0.76, 138.0, 2.17)),
    "pessimistic": ((0.09, 17.0, 1.10), (0.57, 61.0, 2.03)),
}
HOUR = 3600.0
QUEUED_S = 3600.0  # who waits longer than this at a facility for a table came to one that was full


class Came(NamedTuple):
    """What is known of the casualties [C] when all is over; s from its beginning, inf for never."""

    injured: Floats
    true: NDArray[np.int32]  # 0 is P1
    operated: NDArray[np.bool_]
    far: NDArray[np.bool_]  # lay in the half that is farther from surgery
    care: Floats
    arrival: Floats
    surgery: Floats  # of who needs none the arrival
    table_wait: Floats


def deaths(came: Came, curve: str) -> float:
    """Expected deaths of P1 and P2."""
    total, minutes = 0.0, (came.surgery - came.injured) / 60.0
    for category, (b0, b1, b2) in enumerate(CURVES[curve]):
        mine = minutes[came.true == category]
        total += float(np.sum(1.0 - b0 / ((np.maximum(mine, 0.0) / b1) ** b2 + 1.0)))
    return total


def figures(came: Came) -> dict[str, float]:
    """All figures of one run: shares of those they are about (nan where there is none), minutes."""
    after, first = came.surgery - came.injured, (came.true == 0) & came.operated
    care, second = came.care - came.injured, came.true == 1
    grave = came.true <= 1
    kept = np.where(came.true == 0, after <= 2 * HOUR, after <= 4 * HOUR)
    waits = np.where(np.isfinite(after), after, 24 * HOUR)[first] / 60.0
    return {f"deaths_{name}": deaths(came, name) for name in CURVES} | {
        "p1_surgery_2h": _share(after[first] <= 2 * HOUR),
        "care_1h": _share(care[grave] <= HOUR),
        "p1_surgery_p50_min": float(np.quantile(waits, 0.5)) if len(waits) else float("nan"),
        "p1_surgery_p90_min": float(np.quantile(waits, 0.9)) if len(waits) else float("nan"),
        "p2_4h": _share(after[second] <= 4 * HOUR),
        "left": float(np.count_nonzero(~np.isfinite(came.arrival))),
        "overflow": _share((came.table_wait > QUEUED_S)[came.operated]),
        "fairness": _share(kept[grave & ~came.far]) - _share(kept[grave & came.far]),
    }


def _share(marks: NDArray[np.bool_]) -> float:
    return float(np.mean(marks)) if len(marks) else float("nan")
