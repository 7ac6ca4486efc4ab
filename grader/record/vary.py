"""Recordings that nobody has seen: other words and other counts, drawn from a seed.

The recordings of the course are public, so code could return what they say without asking. Under a varied
recording that is wrong, and an honest solution cannot tell the difference: words change only where neither
the module's files nor its solutions hold them, letter by letter, and figures in a text stay as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from grader.course import Module
from grader.record.rewrite import stream, strings
from grader.replay import cassette
from grader.replay.cassette import Cassette
from grader.replay.sse import data_of, parsed, split_events
from grader.replay.steps import Step

# Not behind a backslash: in JSON the n of \n is no letter.
WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{4,}(?![A-Za-z])")
LETTERS = ("aeiou", "bcdfghjklmnpqrstvwxyz")
SAID = ("content", "text", "generated_text", "refusal", "thinking")
# What a count of tokens is made of, by the vendors' names: sent, said, both.
SENT, MADE = (
    ("prompt_tokens", "prompt_cache_miss_tokens", "input_tokens"),
    ("completion_tokens", "output_tokens"),
)
MORE = 30  # tokens at most that a reply costs more than its recording


def varied(module: Module, folder: Path, seed: int, source: Path | None = None) -> int:
    """Write a module's recordings, or those in `source`, varied into `folder`; how many steps differ."""
    target, changed, known = folder / module.key, 0, vocabulary(module)
    target.mkdir(parents=True)
    for path in sorted((source or module.cassettes).glob("*.yaml")):
        found = cassette.load(path)
        made = vary(found, Random(f"{seed}/{path.stem}"), known)
        changed += sum(new.response != old.response for new, old in zip(made.steps, found.steps, strict=True))
        cassette.save(target / path.name, made)
    return changed


def vocabulary(module: Module) -> frozenset[str]:
    """The words that checks or solutions may look for: all that stand in their files, in small letters."""
    files = [*module.exercise.rglob("*"), module.reference, *module.wrong]
    texts = (file.read_text(encoding="utf-8", errors="replace") for file in files if _readable(file))
    return frozenset(word.lower() for text in texts for word in re.findall(r"[A-Za-z]+", text))


def _readable(file: Path) -> bool:
    return file.suffix in (".py", ".json", ".md", ".yaml", ".txt") and file.is_file()


def vary(found: Cassette, random: Random, known: frozenset[str]) -> Cassette:
    """The recording in other words, the same for every occurrence, and with other counts of tokens."""
    words = sorted({word.lower() for step in found.steps for word in _words(step)} - known)
    others = {word: _other(word, random, known) for word in words}

    def change(text: str) -> str:
        return WORD.sub(lambda hit: _cased(others.get(hit[0].lower(), hit[0]), hit[0]), text)

    return replace(found, steps=tuple(_step(step, change, random) for step in found.steps))


def _words(step: Step) -> list[str]:
    return WORD.findall(step.reply.text) if step.reply else []


def _other(word: str, random: Random, known: frozenset[str]) -> str:
    """As long as `word`, vowels for vowels: it can be read aloud. Never a word that somebody may look for."""
    while True:
        made = "".join(random.choice(LETTERS[letter not in LETTERS[0]]) for letter in word)
        if made != word and made not in known:
            return made


def _cased(made: str, like: str) -> str:
    return "".join(new.upper() if old.isupper() else new for new, old in zip(made, like, strict=True))


def _step(step: Step, change: Callable[[str], str], random: Random) -> Step:
    """Requests change with the replies that they repeat."""
    more = (random.randint(1, MORE), random.randint(1, MORE))
    request = {
        **step.request,
        **({"body": strings(step.request["body"], change)} if "body" in step.request else {}),
    }
    response = None if step.response is None else dict(step.response)
    if response and int(response["status"]) < 400:
        if "sse" in response:
            response["sse"] = _counted(stream(response["sse"], change), more)
        elif "body" in response:
            response["body"] = _body(response["body"], change, more)
    return replace(step, request=request, response=response)


def _body(value: Any, change: Callable[[str], str], more: tuple[int, int]) -> Any:
    """A reply's JSON with other words where it speaks, and other counts."""
    if isinstance(value, list):
        return [_body(item, change, more) for item in value]
    if not isinstance(value, dict):
        return value
    made: dict[str, Any] = {}
    for name, inner in value.items():
        if name == "usage" and isinstance(inner, dict):
            made[name] = _usage(inner, more)
        elif name in SAID and isinstance(inner, str):
            made[name] = change(inner)
        else:
            made[name] = _body(inner, change, more)
    return made


def _usage(said: dict[str, Any], more: tuple[int, int]) -> dict[str, Any]:
    added = {**dict.fromkeys(SENT, more[0]), **dict.fromkeys(MADE, more[1]), "total_tokens": sum(more)}
    return {
        name: count + added.get(name, 0) if count and name in added else count for name, count in said.items()
    }


def _counted(text: str, more: tuple[int, int]) -> str:
    """A stream with other counts in the events that hold some."""
    return "".join(_recounted(event, more) for event in split_events(text))


def _recounted(event: str, more: tuple[int, int]) -> str:
    said = data_of(event)
    data = parsed(said)
    if '"usage"' not in said or not isinstance(data, dict):
        return event
    for holder in _holders(data):
        holder["usage"] = _usage(holder["usage"], more)
    return event.replace(said, json.dumps(data, ensure_ascii=False))


def _holders(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if isinstance(value.get("usage"), dict):
            yield value
        for inner in value.values():
            yield from _holders(inner)
