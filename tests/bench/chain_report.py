"""What the chain's bench tells: the table, the figures of the headline, those of every class and curve."""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from tests.bench.chain_run import BASELINES, Ran
from tests.bench.chain_score import CAUTION, CURVES
from tests.bench.chain_stats import Span, more, saved

Floats = NDArray[np.float64]
Figures = dict[str, object]
CURVE = "moderate"  # of the default policy, and of the headline
HEAD = ("steady", "M")
WITHIN = (0.55, 0.65)  # where p1_surgery_2h of nearest-available has to lie
NEAREST, SCORED = "nearest-available", "scored"
COLUMNS = (
    ("P1 2h", "p1_surgery_2h", "{:.0%}"), ("care 1h", "care_1h", "{:.0%}"), ("P2 4h", "p2_4h", "{:.0%}"),
    ("P1 p50", "p1_surgery_p50_min", "{:.0f}"), ("p90 min", "p1_surgery_p90_min", "{:.0f}"),
    ("overflow", "overflow", "{:.0%}"), ("fairness", "fairness", "{:+.0%}"), ("churn", "churn", "{:.0f}"),
)  # fmt: skip


class Results:
    """All runs, by class, size and planner, seeds in their order."""

    def __init__(self, ran: list[Ran]) -> None:
        self.ran = sorted(ran, key=lambda one: one.seed)
        self.groups = list(dict.fromkeys((one.kind, one.size) for one in ran))
        self.planners = [*BASELINES, SCORED]
        self.violations = sum(len(one.broken) for one in ran if one.planner == SCORED)

    def of(self, group: tuple[str, str], planner: str) -> list[Ran]:
        """Runs of one planner, by seed."""
        return [one for one in self.ran if (one.kind, one.size) == group and one.planner == planner]

    def column(self, group: tuple[str, str], planner: str, what: str) -> Floats:
        """A figure by seed."""
        return np.asarray([one.figures[what] for one in self.of(group, planner)])

    def mean(self, group: tuple[str, str], planner: str, what: str) -> float:
        """Over the seeds where there is one."""
        found = self.column(group, planner, what)
        found = found[np.isfinite(found)]
        return float(found.mean()) if len(found) else float("nan")

    def best(self, group: tuple[str, str], curve: str) -> str:
        """The baseline with fewest deaths in this class under this curve, chosen when all is over."""
        return min(BASELINES, key=lambda name: self.mean(group, name, f"deaths_{curve}"))

    def saved(self, group: tuple[str, str], curve: str, baseline: str) -> Span:
        """The share of a baseline's deaths that the scored planner saves."""
        return saved(*(self.column(group, name, f"deaths_{curve}") for name in (baseline, SCORED)))


def headline(results: Results) -> Figures:
    """The figures by which planners are compared; those of the medium, steady class where it was run."""
    worst = min(
        (results.saved(group, curve, results.best(group, curve)).value, *group, curve)
        for group in results.groups
        for curve in CURVES
    )
    found: Figures = {
        "curve": CURVE, "caution": CAUTION, "valid": False,
        "deaths_saved_worst_class": round(worst[0], 4), "worst_class": " ".join(worst[1:]),
    }  # fmt: skip
    if HEAD not in results.groups:
        return found
    best = results.best(HEAD, CURVE)
    versus = {"nearest": NEAREST, "best_baseline": best}
    for key, baseline in versus.items():
        span = results.saved(HEAD, CURVE, baseline)
        found[f"deaths_saved_vs_{key}"] = round(span.value, 4)
        found[f"deaths_saved_vs_{key}_ci95"] = [round(span.low, 4), round(span.high, 4)]
    near, ours = (results.column(HEAD, name, "p1_surgery_2h") for name in (NEAREST, SCORED))
    gain, share = more(near, ours), results.mean(HEAD, NEAREST, "p1_surgery_2h")
    return found | {
        "best_baseline": best,
        "p1_surgery_2h": round(results.mean(HEAD, SCORED, "p1_surgery_2h"), 4),
        "p1_surgery_2h_gain": round(gain.value, 4),
        "p1_surgery_2h_gain_ci95": [round(gain.low, 4), round(gain.high, 4)],
        "p1_surgery_2h_nearest": round(share, 4),
        "valid": WITHIN[0] <= share <= WITHIN[1],
    }


def by_class(results: Results) -> Figures:
    """Under every curve, in every class: saved against nearest-available and against the best baseline."""
    told: dict[str, object] = {}
    for group in results.groups:
        for curve in CURVES:
            best = results.best(group, curve)
            told[f"{' '.join(group)} {curve}"] = {
                "deaths": {name: round(results.mean(group, name, f"deaths_{curve}"), 3)
                           for name in results.planners},
                "saved_vs_nearest": [round(each, 4) for each in results.saved(group, curve, NEAREST)],
                "best_baseline": best,
                "saved_vs_best_baseline": [round(each, 4) for each in results.saved(group, curve, best)],
            }  # fmt: skip
    return {"classes": told}


def table(results: Results, figures: Figures) -> str:
    """For a reader: every planner in every class, then what was saved."""
    head = [
        "class",
        "planner",
        *(f"deaths {name[:4]}." for name in CURVES),
        *(name for name, _, _ in COLUMNS),
    ]
    rows = [[*head, "ms p50", "p99", "broken"]]
    for group in results.groups:
        rows += [_row(results, group, name) for name in results.planners]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    lines += ["", "saved by the scored planner, 95 % of draws in brackets (bootstrap over paired seeds)"]
    for group in results.groups:
        for curve in CURVES:
            best = results.best(group, curve)
            near, versus = (results.saved(group, curve, name) for name in (NEAREST, best))
            lines.append(f"{' '.join(group):20} {curve:12} nearest {near}   best ({best}) {versus}")
    return "\n".join([*lines, "", *_closing(results, figures)])


def _row(results: Results, group: tuple[str, str], name: str) -> list[str]:
    ran = results.of(group, name)
    asked = [ms for one in ran for ms in one.decided_ms] or [0.0]
    cells = [" ".join(group), name]
    cells += [f"{results.mean(group, name, f'deaths_{curve}'):.2f}" for curve in CURVES]
    cells += [form.format(results.mean(group, name, what)) for _, what, form in COLUMNS]
    cells += [f"{each:.1f}" for each in np.quantile(asked, (0.5, 0.99))]
    return [*cells, str(sum(len(one.broken) for one in ran))]


def _closing(results: Results, figures: Figures) -> list[str]:
    """What has to be said beside it."""
    lines = [
        f"scorer {figures['scorer_sha256']}"
        + ("" if figures["pinned"] else " (not the pinned one: not to be compared)")
    ]
    if HEAD in results.groups:
        near = figures["p1_surgery_2h_nearest"]
        fit = "valid" if figures["valid"] else "INVALID: not to be cited"
        lines.append(
            f"nearest-available brings {near:.1%} of P1 to surgery within 2 h "
            f"({WITHIN[0]:.0%} to {WITHIN[1]:.0%} is wanted): {fit}"
        )
    kinds = Counter(each for one in results.ran if one.planner == SCORED for each in one.broken)
    lines += [f"broken: {many} x {what}" for what, many in kinds.most_common(5)]
    return [*lines, CAUTION]
