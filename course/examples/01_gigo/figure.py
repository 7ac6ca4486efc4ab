"""The chapter's figure: dollars per query for each way to answer, and who ends the queries of the cascade."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from grader.learn.figure import INK, MARK, SOFT, drawing


def draw(path: Path, ways: dict[str, Decimal], parts: dict[str, Decimal], ended: dict[str, float]) -> None:
    """Two rows of bars; `ways` and `parts` (the cascade's tiers) in dollars per query, `ended` as shares."""
    with drawing(path, height=4.4) as axes:
        figure = axes.figure
        axes.remove()
        upper, lower = figure.subplots(2, 1)
        cents = {name: float(100 * dollars) for name, dollars in ways.items()}
        upper.barh(list(cents), list(cents.values()), color=[INK] * (len(cents) - 1) + [MARK], height=0.6)
        for row, (name, height) in enumerate(cents.items()):
            split = ""
            if name == "cascade":
                split = f" (fast tier {100 * float(parts['fast']):.4f})"
            upper.annotate(f"{height:.4f}{split}", (height, row), xytext=(4, -4), textcoords="offset points")
        upper.set(xlabel="cents per query", xlim=(0, 1.2 * max(cents.values())))
        lower.barh(list(ended), [100 * share for share in ended.values()], color=SOFT, height=0.6)
        for row, share in enumerate(ended.values()):
            lower.annotate(
                f"{100 * share:.1f} %", (100 * share, row), xytext=(4, -4), textcoords="offset points"
            )
        lower.set(xlabel="queries ended by, percent", xlim=(0, 70))
        for panel in (upper, lower):
            panel.invert_yaxis()
            panel.grid(axis="y", visible=False)
