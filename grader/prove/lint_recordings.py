"""Rules about recordings: used, small, free of secrets, honest about where they come from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from grader.course import Module
from grader.prove import reading
from grader.prove.finding import Finding, at
from grader.replay.cassette import BadCassette, Cassette, load
from grader.replay.facts import FACTS_VERSION

MOST_BYTES = 300_000
# What a head must say; a recording written by hand gives a reason instead of a run.
ALWAYS = ("title", "source", "recorded", "facts")
OF_A_RUN = ("models", "sdk", "usage", "cost_usd", "reference")


def cassettes(module: Module) -> list[Path]:
    """The recordings of a module, sorted by name."""
    return sorted(module.cassettes.glob("*.yaml")) if module.cassettes.is_dir() else []


def used(module: Module) -> list[Finding]:
    """Every recording is played by a check, or or named in code or chapter, and every name exists."""
    named = {name: check for check in reading.checks(module.test_file) for name in check.cassettes}
    found = [
        Finding(
            at(module, module.test_file, check.line),
            f"{check.name} plays {name!r}, which is not recorded.",
            f"Add {name!r} to {at(module, module.script)} and run `grader record {module.key}`.",
        )
        for name, check in named.items()
        if not module.cassette(name).is_file()
    ]
    told = _texts(module)
    for path in cassettes(module):
        if path.stem not in named and not re.search(rf"\b{re.escape(path.stem)}\b", told):
            found.append(
                Finding(at(module, path), "no check plays it.", "Add a check, or remove the recording.")
            )
    return found


def _texts(module: Module) -> str:
    files = [module.chapter, *(sorted(module.examples.glob("*.py")) if module.examples.is_dir() else ())]
    files += sorted(p for p in module.solution.glob("*.py"))
    return "\n".join(path.read_text(encoding="utf-8") for path in files if path.is_file())


def small(module: Module) -> list[Finding]:
    """A recording is a document that a person reads."""
    return [
        Finding(
            at(module, path),
            f"it has {path.stat().st_size} bytes, and a recording has at most {MOST_BYTES}.",
            "Record fewer or shorter replies.",
        )
        for path in cassettes(module)
        if path.stat().st_size > MOST_BYTES
    ]


def without_secrets(module: Module) -> list[Finding]:
    """Nothing key-shaped, in the bytes or in what they decode to."""
    from grader.record.scan import secrets

    return [
        Finding(
            at(module, path, secret.line),
            f"it holds {secret.kind} ({secret.excerpt}).",
            "Revoke the key first, then record again.",
        )
        for path in cassettes(module)
        for secret in secrets(path.read_text(encoding="utf-8"))
    ]


def _loaded(module: Module) -> Iterator[tuple[Path, Cassette]]:
    for path in cassettes(module):
        try:
            yield path, load(path)
        except BadCassette:
            continue


def readable(module: Module) -> list[Finding]:
    """Every recording can be loaded."""
    found = []
    for path in cassettes(module):
        try:
            load(path)
        except BadCassette as reason:
            found.append(Finding(at(module, path), reason.rule, reason.remedy))
    return found


def scrubbed(module: Module) -> list[Finding]:
    """The scrubber changes nothing in a recording: what it would remove is not there."""
    from grader.record.scrub import scrub

    found = []
    for path in cassettes(module):
        data = yaml.load(
            path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        )
        if isinstance(data, dict) and (place := first_difference(data, scrub(data))):
            found.append(
                Finding(
                    at(module, path),
                    f"the scrubber would change {place}.",
                    f"Run `grader record {module.key}`, or write the scrubbed value.",
                )
            )
    return found


def first_difference(left: Any, right: Any, place: str = "") -> str:
    """Where two nested values first differ, as `steps[0].response.headers`; empty when they are equal."""
    if isinstance(left, dict) and isinstance(right, dict):
        for key in [*left, *(k for k in right if k not in left)]:
            inner = f"{place}.{key}".lstrip(".")
            if key not in left or key not in right:
                return inner
            if found := first_difference(left[key], right[key], inner):
                return found
        return ""
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        pairs = zip(left, right, strict=True)
        return next(
            (f for n, (a, b) in enumerate(pairs) if (f := first_difference(a, b, f"{place}[{n}]"))), ""
        )
    return "" if left == right and type(left) is type(right) else place or "the whole"


def facts_hold(module: Module) -> list[Finding]:
    """The facts written beside a request are those that the request has."""
    found = []
    for path, cassette in _loaded(module):
        for step in cassette.steps:
            computed = step.facts.readable()
            if place := first_difference(dict(step.shown_facts), computed):
                found.append(
                    Finding(
                        at(module, path),
                        f"step {step.number} states other facts than its request has"
                        f" ({place}: {step.shown_facts.get(place)!r}, computed"
                        f" {computed.get(place)!r}).",
                        f"Run `grader record {module.key}`.",
                    )
                )
    return found


def provenance(module: Module) -> Iterator[Finding]:
    """A recording says where its words come from, when, from which models, and what they cost."""
    for path, cassette in _loaded(module):
        for name in _wanted(cassette):
            # A call that was cut or never answered reports no tokens: an empty usage is honest.
            if cassette.head.get(name) in (None, "", *([] if name == "usage" else [{}])):
                remedy = f"Run `grader record {module.key}`, or add the line."
                yield Finding(at(module, path), f"its head has no `{name}`.", remedy)
        version = cassette.head.get("facts", FACTS_VERSION)
        if version != FACTS_VERSION:
            rule = f"its facts are of version {version}, and the grader's are of {FACTS_VERSION}."
            yield Finding(at(module, path), rule, f"Run `grader record {module.key}`.")


def _wanted(cassette: Cassette) -> list[str]:
    """The lines that a head must have, by its source."""
    of_a_run = [] if cassette.source == "authored" else [*OF_A_RUN, "note"]
    return [*ALWAYS, *of_a_run, *(["voice"] if cassette.source == "stand-in" else [])]


def scripted(module: Module) -> list[Finding]:
    """A recording of the stand-in can be made again: its scenario is in the module's script."""
    scenarios = yaml.safe_load(module.script.read_text(encoding="utf-8")) if module.script.is_file() else None
    known = scenarios if isinstance(scenarios, dict) else {}
    return [
        Finding(
            at(module, path),
            f"{at(module, module.script)} has no scenario {path.stem!r}.",
            "Add the scenario, or remove the recording.",
        )
        for path, cassette in _loaded(module)
        if cassette.source == "stand-in" and path.stem not in known
    ]
