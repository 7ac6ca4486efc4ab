"""Figures for chapters, drawn by matplotlib as SVG that follows the page: light or dark, in its own font."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from grader.course import ROOT

# Colours that matplotlib draws with, and what the page puts in their place (see site/overrides).
INK, SOFT, MARK = "#010203", "#777777", "#a8321a"
PAGE = {INK: "currentColor", SOFT: "var(--soft, #777)", MARK: "var(--mark, #a8321a)"}
STYLE: Any = {
    "svg.fonttype": "none",  # text stays text: it takes the page's font, and can be read aloud
    "svg.hashsalt": "stateless",  # the same figure gives the same file
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": SOFT,
    "grid.alpha": 0.25,
    "text.color": INK,
    "axes.labelcolor": SOFT,
    "axes.edgecolor": SOFT,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "patch.edgecolor": "none",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
}


@contextmanager
def drawing(path: Path, width: float = 6.2, height: float = 3.2) -> Iterator[Any]:
    """A matplotlib Axes to draw on (inches); written to `path` as SVG when the block ends.

    Draw in INK, SOFT and MARK: any other colour stays as it is in light and dark.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        axes = figure.add_subplot()
        yield axes
        held = io.StringIO()
        figure.savefig(held, format="svg", metadata={"Date": None, "Creator": None})
    path.write_text(themed(held.getvalue()), encoding="utf-8")
    print(f"figure: {path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}")


def themed(svg: str) -> str:
    """The SVG without its XML head, its fixed size and its fonts, with the page's colours."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r' (height|width)="[\d.]+pt"', "", svg, count=2)
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font-family: [^;]+", "font-family: inherit", svg)
    for drawn, shown in PAGE.items():
        svg = svg.replace(drawn, shown)
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"
