"""The course itself: every module is complete, and its checks tell right from wrong.

The rules are in `grader/prove`, so that `grader prove` and `grader new` print the same findings.
"""

from __future__ import annotations

import pytest

from grader.course import modules
from grader.prove import lint, lint_files, matrix, show

MODULES = {module.key: module for module in modules()}
RULES = {rule.__name__: rule for rule in (lint_files.places, lint_files.unreadable, *lint.RULES)}


@pytest.fixture(scope="session")
def proofs():
    """Every module's matrix, run in one pool."""
    return {proof.module.key: proof for proof in matrix.prove(list(MODULES.values()))}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("key", MODULES)
def test_a_module_keeps_the_rule(key, rule):
    """Each finding names the file, the rule and the remedy."""
    found = [str(finding) for finding in lint.apply(RULES[rule], MODULES[key])]

    assert not found, "\n".join(found)


@pytest.mark.parametrize("kind", ["reference", "starter", "wrong"])
@pytest.mark.parametrize("key", MODULES)
def test_the_checks_tell_right_from_wrong(proofs, key, kind):
    """The reference passes and plays every step, the starter is unstarted, wrong solutions are caught."""
    rows = [row for row in proofs[key].rows if row.kind == kind]

    assert rows
    assert all(row.ok for row in rows), show.matrix(proofs[key])


def test_there_is_a_course():
    """Proving no module would look like success."""
    assert "04_cot" in MODULES
