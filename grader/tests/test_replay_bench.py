"""The benchmark judges ratios, and only when it is asked to."""

from __future__ import annotations

import sys

import pytest

from grader.tests import bench
from grader.tests.bench import Figure


@pytest.mark.parametrize(
    ("ratio", "within", "met"),
    [(1.5, False, True), (1.51, False, False), (0.2, False, True), (1.09, True, True), (0.8, True, False)],
)
def test_a_figure_meets_its_target_or_not(ratio, within, met):
    figure = Figure("x", ratio, 0.1 if within else 1.5, within=within)

    assert figure.met is met
    assert str(figure).startswith("ok" if met else "OVER")


@pytest.mark.parametrize(("arguments", "code"), [([], 0), (["--check"], 1)])
def test_a_missed_target_fails_only_a_check(monkeypatch, capsys, arguments, code):
    missed = Figure("a slow call", 9.0, 1.5)
    monkeypatch.setattr(bench, "measures", lambda: iter([lambda: missed]))
    monkeypatch.setattr(sys, "argv", ["bench", *arguments])

    assert bench.main() == code
    assert "a slow call" in capsys.readouterr().out
