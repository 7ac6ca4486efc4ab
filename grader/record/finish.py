"""From a take to a recording that may be kept: scrubbed, searched for keys, complete in its head."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

import yaml

from grader.record import scrub
from grader.record.scan import secrets
from grader.record.takes import NotRecorded
from grader.replay import cassette

NOISE_SECONDS, NOISE_SHARE = 0.5, 0.5
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


def merged(old: str, new: str) -> str:
    """The new recording, or the old text when nothing but the day and the noise of its timing differs.

    A step that says the same keeps its old timing, so that a change shows nothing beside itself.
    """
    try:
        before, after = yaml.load(old, Loader=_LOADER), yaml.load(new, Loader=_LOADER)
        steps = [_merged_step(a, b) for a, b in zip_longest(before["steps"], after["steps"]) if b]
    except (yaml.YAMLError, TypeError, KeyError, AttributeError):
        return new  # the old one cannot be read, so nothing of it is kept
    if [*steps] == before["steps"] and _lasting(before) == _lasting(after):
        return old
    whole = yaml.dump({**after, "steps": steps}, Dumper=_Plain, allow_unicode=True, sort_keys=False)
    return cassette.dump(cassette.parse(whole))


def says_the_same(old: str, new: str) -> bool:
    """Whether nothing but the day and the timing differs. Both are whole recordings."""
    told = []
    for text in (old, new):
        data = yaml.load(text, Loader=_LOADER)
        steps = [{name: value for name, value in step.items() if name != "timing"} for step in data["steps"]]
        told.append((_lasting(data), steps))
    return told[0] == told[1]


def _merged_step(old: dict[str, Any] | None, new: dict[str, Any]) -> dict[str, Any]:
    same = old is not None and {**old, "timing": None} == {**new, "timing": None}
    return old if old and same and _close(old.get("timing"), new.get("timing")) else new


def _close(old: dict[str, Any] | None, new: dict[str, Any] | None) -> bool:
    """Whether two timings of the same call differ by no more than a busy machine explains."""
    if not old or not new or len(old.get("chunks") or ()) != len(new.get("chunks") or ()):
        return old == new
    moments = [(old[name], new[name]) for name in ("headers", "total")]
    return all(abs(was - now) <= NOISE_SECONDS + NOISE_SHARE * was for was, now in moments)


def _lasting(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in ("recorded", "steps")}
