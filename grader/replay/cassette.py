"""What does a recording look like on disk? One readable YAML document per scenario, checked when read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from grader.replay.secrets import find_secrets
from grader.replay.steps import FAULTS, REPEATS, Fault, Step, Timing

VERSION = 1
SOURCES = ("live", "stand-in", "pocket", "authored")
HEAD = (
    "cassette", "title", "source", "note", "reason", "recorded", "voice", "models", "sdk", "usage",
    "cost_usd", "facts", "reference",
)  # fmt: skip
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class BadCassette(ValueError):
    """A recording that cannot be trusted: the path, the rule that it breaks, and the remedy."""

    def __init__(self, path: Path | str, rule: str, remedy: str) -> None:
        super().__init__(f"{path}: {rule} {remedy}")
        self.path, self.rule, self.remedy = Path(path), rule, remedy


@dataclass(frozen=True)
class Cassette:
    """A recording: its head says where it comes from, its steps are what was asked and answered."""

    head: Mapping[str, Any]
    steps: tuple[Step, ...] = field(default=())

    @property
    def source(self) -> str:
        return str(self.head["source"])

    @property
    def title(self) -> str:
        return str(self.head["title"])


def load(path: Path | str) -> Cassette:
    """The recording at `path`. Raises BadCassette with the rule that it breaks and what to do about it."""
    file = Path(path)
    try:
        found = file.stat()
    except FileNotFoundError:
        raise BadCassette(
            file, "There is no such recording.", "Check the name in the cassette mark."
        ) from None
    return _load(file, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=64)
def _load(file: Path, _changed: int, _size: int) -> Cassette:
    # Remembered until the file changes: a watching learner runs the same tests over and over.
    try:
        return parse(file.read_text(encoding="utf-8"), file)
    except UnicodeDecodeError as reason:
        raise BadCassette(
            file, f"It is not UTF-8 text ({reason}).", "Restore it from version control."
        ) from None


def parse(text: str, path: Path | str = "<text>") -> Cassette:
    """The recording in `text`; `path` is only named in errors."""
    for secret in find_secrets(text):
        raise BadCassette(
            path,
            f"Line {secret.line} holds {secret.kind} ({secret.excerpt}).",
            "Revoke the key, then remove it.",
        )
    try:
        data = yaml.load(text, Loader=_LOADER)
    except yaml.YAMLError as reason:
        where = str(reason).replace("\n", " ")
        raise BadCassette(path, f"It is not YAML: {where}.", "Restore it from version control.") from None
    if not isinstance(data, dict):
        raise BadCassette(path, "It is not a mapping.", "A recording starts with `cassette: 1`.")
    _check_head(data, path)
    steps = tuple(_step(item, number, path) for number, item in enumerate(data["steps"], 1))
    return Cassette({name: value for name, value in data.items() if name != "steps"}, steps)


def save(path: Path | str, cassette: Cassette) -> None:
    """Write the recording whole or not at all: a full disk leaves the old one in place."""
    text = dump(cassette)
    parse(text, path)  # what could not be read back, or holds a key, must not replace what can
    write_whole(Path(path), text)


def dump(cassette: Cassette) -> str:
    """The recording as YAML: head first in a fixed order, multi-line strings as blocks, emoji as they are."""
    head = {name: cassette.head[name] for name in HEAD if name in cassette.head}
    head |= {name: value for name, value in cassette.head.items() if name not in head}
    head |= {name: _OneLine(value) for name, value in head.items() if isinstance(value, dict)}
    data = {"cassette": VERSION, **head, "steps": [_readable(step) for step in cassette.steps]}
    # The pure dumper: libyaml's escapes emoji, which turns a block of text into one quoted line.
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def write_whole(path: Path, text: str) -> None:
    """Replace a file by a complete new one, through a neighbour that is renamed once it is on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with new.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _check_head(data: dict[str, Any], path: Path | str) -> None:
    if data.get("cassette") != VERSION:
        raise BadCassette(
            path,
            f"Its version is {data.get('cassette')!r}; this grader reads {VERSION}.",
            "Update the grader.",
        )
    for name in ("title", "source", "steps"):
        if not data.get(name) and data.get(name) != []:
            raise BadCassette(path, f"The head has no `{name}`.", f"Add `{name}:`.")
    if data["source"] not in SOURCES:
        raise BadCassette(
            path, f"The source {data['source']!r} is not allowed.", f"Say one of {', '.join(SOURCES)}."
        )
    if data["source"] == "authored" and not data.get("reason"):
        raise BadCassette(
            path, "It was written by hand and gives no reason.", "Add `reason:` with a sentence."
        )
    if not isinstance(data["steps"], list):
        raise BadCassette(path, "`steps` is not a list.", "Start each step with `- step: 1`.")


def _step(item: Any, number: int, path: Path | str) -> Step:
    item = item if isinstance(item, dict) else {}
    for rule, remedy in _wrong(item, number):
        raise BadCassette(path, f"Step {number} {rule}.", remedy)
    fault, timing = item.get("fault"), item.get("timing") or {}
    chunks = tuple((offset, count) for offset, count in timing.get("chunks") or ())
    return Step(
        number=number,
        request=item["request"],
        response=item.get("response"),
        name=item.get("name"),
        repeat=item.get("repeat", "once"),
        timing=Timing(timing.get("headers", 0.0), timing.get("total", 0.0), chunks),
        fault=Fault(fault["kind"], fault.get("after", 0)) if fault else None,
        shown_facts=item.get("facts") or {},
    )


def _wrong(item: dict[str, Any], number: int) -> Iterator[tuple[str, str]]:
    """What is wrong with a step, as the rule that it breaks and the remedy."""
    response, fault, repeat = item.get("response"), item.get("fault"), item.get("repeat", "once")
    if item.get("step") != number:
        yield f"has the number {item.get('step')!r}", "Number steps from 1 without gaps."
    if not _has(item.get("request"), "method", "url"):
        yield "has no `request` with `method` and `url`", "Add them."
    if not response and not fault:
        yield "has neither `response` nor `fault`", "Add one of them."
    if response and not _has(response, "status"):
        yield "has a `response` without `status`", "Add `status:`."
    if repeat not in REPEATS:
        yield f"repeats {repeat!r}", f"Say one of {', '.join(REPEATS)}."
    if fault and not (_has(fault, "kind") and fault["kind"] in FAULTS):
        yield f"has the fault {fault!r}", f"`kind` is one of {', '.join(FAULTS)}."


def _has(value: Any, *names: str) -> bool:
    return isinstance(value, dict) and all(name in value for name in names)


def _readable(step: Step) -> dict[str, Any]:
    shown: dict[str, Any] = {"step": step.number}
    if step.name:
        shown["name"] = step.name
    shown |= {"repeat": step.repeat, "request": dict(step.request), "facts": _OneLine(step.facts.readable())}
    if step.response is not None:
        shown["response"] = {**step.response, "headers": _OneLine(step.response.get("headers") or {})}
    timing: dict[str, Any] = {"headers": step.timing.headers, "total": step.timing.total}
    if step.timing.chunks:
        timing["chunks"] = [list(chunk) for chunk in step.timing.chunks]
    shown["timing"] = _OneLine(timing)
    if step.fault:
        shown["fault"] = _OneLine({"kind": step.fault.kind, "after": step.fault.after})
    return shown


class _OneLine(dict[str, Any]):
    """A mapping that is written on one line."""


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - an alias would hide what was really sent
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


def _one_line(dumper: yaml.SafeDumper, value: _OneLine) -> yaml.MappingNode:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=True)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(_OneLine, _one_line)
