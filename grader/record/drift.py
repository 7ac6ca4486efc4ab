"""What has changed since the recordings were made? Our requests, the provider's shapes, or only the words."""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from grader.course import Module, module, modules
from grader.models import TABLE
from grader.record.recorder import CAP_LIVE, dollars, fresh
from grader.record.takes import NotRecorded, Source
from grader.replay.cassette import BadCassette, Cassette, load, parse
from grader.replay.steps import Step

SOON = timedelta(days=90)


@dataclass
class Drift:
    """One recording against a fresh one: what differs, in the three directions in which it can."""

    name: str
    requests: list[str] = field(default_factory=list)
    shapes: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.requests or self.shapes or self.texts)


def compare(name: str, old: Cassette, new: Cassette) -> Drift:
    """How `new` differs from `old`, step by step."""
    found = Drift(name)
    if len(old.steps) != len(new.steps):
        found.requests.append(f"{len(old.steps)} requests were recorded, {len(new.steps)} are sent now")
    for before, after in zip(old.steps, new.steps, strict=False):
        place = f"step {before.number}"
        found.requests += [f"{place}: {words}" for words in requests(before, after)]
        found.shapes += [f"{place}: {words}" for words in shapes(before, after)]
        if before.reply and after.reply and before.reply.text != after.reply.text:
            found.texts.append(f"{place}: {_short(before.reply.text)} -> {_short(after.reply.text)}")
    return found


def requests(old: Step, new: Step) -> Iterator[str]:
    """The facts of a request that changed: what our own code sends."""
    was, now = old.facts.readable(), new.facts.readable()
    for name in dict.fromkeys([*was, *now]):
        if was.get(name) != now.get(name):
            yield f"{name} was {was.get(name)!r}, is {now.get(name)!r}"
    if old.request["url"] != new.request["url"]:
        yield f"url was {old.request['url']}, is {new.request['url']}"


def shapes(old: Step, new: Step) -> Iterator[str]:
    """How the form of a reply changed: status, headers, fields and their types, kinds of events."""
    was, now = outline(old), outline(new)
    for place in sorted({*was, *now}):
        if place not in now:
            yield f"{place} ({_types(was[place])}) is gone"
        elif place not in was:
            yield f"{place} ({_types(now[place])}) is new"
        elif _known(was[place]) and _known(now[place]) and _known(was[place]) != _known(now[place]):
            yield f"{place} was {_types(was[place])}, is {_types(now[place])}"


def outline(step: Step) -> dict[str, set[str]]:
    """A reply's form: each field's path with the types of its values; a stream's events by their kind."""
    if step.reply is None:
        return {"fault": {step.fault.kind if step.fault else "none"}}
    found: dict[str, set[str]] = {"status": {str(step.reply.status)}}
    found["content-type"] = {step.reply.headers.get("content-type", "none").partition(";")[0]}
    if step.fault:
        found["fault"] = {step.fault.kind}
    if step.reply.streamed:
        for event in step.reply.events:
            kind = (
                event.get("type") or event.get("object") or "event" if isinstance(event, dict) else str(event)
            )
            _outline(event, f"event {kind}", found)
    elif step.reply.json is not None:
        _outline(step.reply.json, "", found)
    return found


def _outline(value: Any, place: str, found: dict[str, set[str]]) -> None:
    if isinstance(value, dict):
        for key, inner in value.items():
            _outline(inner, f"{place}.{key}".lstrip("."), found)
    elif isinstance(value, list):
        for inner in value:
            _outline(inner, f"{place}[]", found)
    else:
        found.setdefault(place, set()).add(type(value).__name__)


def _known(types: set[str]) -> set[str]:
    # A field that may be null says nothing about its type, and 1 and 1.0 are the same number in JSON.
    return {"number" if name in ("int", "float") else name for name in types} - {"NoneType"}


def _types(types: set[str]) -> str:
    return " or ".join(sorted("null" if name == "NoneType" else name for name in types))


def _short(text: str) -> str:
    shown = json.dumps(" ".join(text.split()), ensure_ascii=False)
    return shown if len(shown) <= 60 else shown[:56] + '..."'


def drift(module: Module, source: Source) -> list[Drift]:
    """Record afresh and compare with what is committed; recordings written by hand are left out.

    Raises NotRecorded.
    """
    report = fresh(module, source)
    found = []
    for name, text in report.texts.items():
        try:
            found.append(compare(name, load(module.cassette(name)), parse(text, name)))
        except BadCassette as reason:
            found.append(Drift(name, requests=[f"{reason.rule} {reason.remedy}"]))
    return found


def retiring(today: date | None = None) -> list[str]:
    """The models of the table that their vendor shuts down within 90 days, with the tiers that they serve."""
    table = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    limit = (today or date.today()) + SOON
    found = []
    for name, known in table["models"].items():
        if known.get("retires") and known["retires"] <= limit:
            serves = [
                f"{p} {t}" for p, tiers in table["tiers"].items() for t, m in tiers.items() if m == name
            ]
            role = (
                f"it is the {', '.join(serves)} tier: change models.toml" if serves else "it serves no tier"
            )
            found.append(f"{name} retires on {known['retires']}; {role}.")
    return found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `grader drift`."""
    parser.add_argument("module", nargs="?", metavar="MODULE", help="all modules without one")
    parser.add_argument("--live", action="store_true", help="ask the real hosts; needs a key, costs money")
    parser.add_argument(
        "--seed", type=int, metavar="N", help="the stand-in's voice (default: the recorded one)"
    )
    parser.add_argument("--cap", type=dollars, metavar="USD", help=f"spend at most this (live: {CAP_LIVE})")


def run(args: argparse.Namespace) -> int:
    """`grader drift`: 1 when a provider's shape has changed or nothing could be recorded, else 0."""
    worst = 0
    for chosen in [module(args.module)] if args.module else modules():
        cap = args.cap if args.cap is not None else CAP_LIVE if args.live else None
        try:
            found = drift(chosen, Source(args.seed or _voice(chosen), args.live, cap))
        except NotRecorded as reason:
            print(f"{chosen.key}: {reason}")
            worst = 1
            continue
        print(words(chosen, found))
        worst = max(worst, int(any(part.shapes for part in found)))
    for line in retiring():
        print(line)
    return worst


def _voice(module: Module) -> int:
    """The voice of the committed recordings, 1 where they name none."""
    for path in sorted(module.cassettes.glob("*.yaml")):
        try:
            if voice := load(path).head.get("voice"):
                return int(voice)
        except BadCassette:
            continue
    return 1


def words(module: Module, found: list[Drift]) -> str:
    """What differs, by direction; a module without differences is one line."""
    lines = []
    for title, part in (
        ("our requests changed", "requests"),
        ("the provider's shape changed", "shapes"),
        ("only the words changed", "texts"),
    ):
        hits = [f"    {drift.name}, {line}" for drift in found for line in getattr(drift, part)]
        lines += [f"  {title}:", *hits] if hits else []
    same = sum(not drift for drift in found)
    return "\n".join([f"{module.key}: {same} of {len(found)} recordings are as they were.", *lines])
