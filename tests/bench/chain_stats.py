"""Paired figures of the chain's bench: shares saved with 95 % intervals, by bootstrap over the seeds."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DRAWS, SEED = 10_000, 7


class Span(NamedTuple):
    """A figure, and between what it lies in 95 of 100 draws."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:+.1%} [{self.low:+.1%}, {self.high:+.1%}]"


def saved(theirs: Floats, ours: Floats) -> Span:
    """The share of their total that ours has less, seed by seed [n]."""
    rng = np.random.default_rng(SEED)
    pick = rng.integers(0, len(theirs), (DRAWS, len(theirs)))
    shares = 1.0 - ours[pick].sum(axis=1) / theirs[pick].sum(axis=1)
    low, high = np.quantile(shares, (0.025, 0.975))
    return Span(float(1.0 - ours.sum() / theirs.sum()), float(low), float(high))


def more(theirs: Floats, ours: Floats) -> Span:
    """By how much the mean of ours is greater, seed by seed [n]; nan is left out."""
    differ = (ours - theirs)[np.isfinite(ours - theirs)]
    if not len(differ):
        return Span(float("nan"), float("nan"), float("nan"))
    rng = np.random.default_rng(SEED)
    means = differ[rng.integers(0, len(differ), (DRAWS, len(differ)))].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return Span(float(differ.mean()), float(low), float(high))
