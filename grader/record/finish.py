"""From a take to a recording that may be kept: scrubbed, searched for keys, complete in its head."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from grader.record import scrub
from grader.record.scan import secrets
from grader.record.takes import NotRecorded
from grader.replay import cassette

# What differs between two recordings of the same words.
PASSING = ("recorded", "timing")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def finished(take: Path, head: Mapping[str, Any], private: list[str]) -> str:
    """The final text of a recording. Raises NotRecorded when a key is left in it."""
    raw = yaml.load(take.read_text(encoding="utf-8"), Loader=_LOADER)
    try:
        text = _rewritten({**raw, **head}, private)
        refuse_secrets(text, take.parent.name, private)
        again = _rewritten(yaml.load(text, Loader=_LOADER), private)
    except cassette.BadCassette as reason:
        raise NotRecorded(f"{take.parent.name}: {reason.rule} {reason.remedy}") from None
    if again != text:
        raise NotRecorded(
            f"The scrubber does not come to rest on {take.parent.name}: report this as our fault."
        )
    return text


def refuse_secrets(text: str, name: str, private: list[str]) -> None:
    """Raises NotRecorded for anything key-shaped, whoever's it is: a person has to look first."""
    for found in secrets(text, private):
        place = f"line {found.line}" if found.line else "a decoded part"
        raise NotRecorded(
            f"{name}: {place} would hold {found.kind} ({found.excerpt}), and nothing was written."
            f" If it is a real key, revoke it. Else change the script or the prompt, and record again."
        )


def _rewritten(data: dict[str, Any], private: list[str]) -> str:
    clean = scrub.scrub(data, private)
    return cassette.dump(cassette.parse(yaml.dump(clean, Dumper=_Plain, allow_unicode=True, sort_keys=False)))


class _Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - see cassette.py
        return True


def same_words(old: str, new: str) -> bool:
    """Whether two recordings differ in nothing but when they were made and how long it took."""
    try:
        return _without_moments(old) == _without_moments(new)
    except (yaml.YAMLError, AttributeError):
        return False


def _without_moments(text: str) -> Any:
    data = yaml.load(text, Loader=_LOADER)
    data["steps"] = [{k: v for k, v in step.items() if k not in PASSING} for step in data["steps"]]
    return {k: v for k, v in data.items() if k not in PASSING}
