"""What does a module still lack? Each rule reads files and returns findings: file, rule, remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from grader.course import Module
from grader.prove import lint_files, lint_recordings, lint_words
from grader.prove.finding import Finding, at

Rule = Callable[[Module], Iterable[Finding]]
RULES: tuple[Rule, ...] = (
    lint_files.gaps,
    lint_files.only_bodies_differ,
    lint_files.sizes,
    lint_files.no_model_ids,
    lint_words.well_formed_checks,
    lint_words.tasks_agree,
    lint_words.hint_levels,
    lint_words.wrong_solutions,
    lint_words.commands,
    lint_words.nothing_left_to_do,
    lint_recordings.readable,
    lint_recordings.used,
    lint_recordings.small,
    lint_recordings.without_secrets,
    lint_recordings.scrubbed,
    lint_recordings.facts_hold,
    lint_recordings.provenance,
    lint_recordings.scripted,
)


def lint(module: Module) -> list[Finding]:
    """Every finding about a module, in the order in which an author meets them."""
    missing = lint_files.places(module)
    if broken := lint_files.unreadable(module):
        return missing + broken
    return missing + [finding for rule in RULES for finding in apply(rule, module)]


def apply(rule: Rule, module: Module) -> list[Finding]:
    """One rule's findings; a rule whose file is missing has none, because `places` says what is missing."""
    try:
        return list(rule(module))
    except FileNotFoundError:
        return []
    except SyntaxError as reason:
        return [Finding(str(reason.filename), f"it does not parse: {reason.msg}.", "Repair the syntax.")]


__all__ = ["RULES", "Finding", "apply", "at", "lint"]
