"""The course itself: every module is complete.

The rules are in `grader/prove`, so that `grader prove` and `grader new` print the same findings.
That the checks tell right from wrong is what `grader prove` shows; `make test` runs it once, beside these.
"""

from __future__ import annotations

import pytest

from grader.course import modules
from grader.prove import lint, lint_files

MODULES = {module.key: module for module in modules()}
RULES = {rule.__name__: rule for rule in (lint_files.places, lint_files.unreadable, *lint.RULES)}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("key", MODULES)
def test_a_module_keeps_the_rule(key, rule):
    """Each finding names the file, the rule and the remedy."""
    found = [str(finding) for finding in lint.apply(RULES[rule], MODULES[key])]

    assert not found, "\n".join(found)


def test_there_is_a_course():
    """Proving no module would look like success."""
    assert "04_cot" in MODULES
