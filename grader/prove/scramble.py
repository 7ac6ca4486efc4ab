"""What do the replies say that nobody may rely on? The free text of a reply, replaced letter by letter.

Letters are exchanged within vowels and consonants and nothing changes its length, so that streams keep their
chunks and JSON stays as valid, or as broken, as it was.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from grader.course import Module
from grader.record.rewrite import stream, strings
from grader.replay import cassette
from grader.replay.sse import parsed
from grader.replay.steps import Step

# Fields of a JSON reply that hold thinking aloud: no check may depend on them, and no code may read them.
FREE = ("thought", "thoughts", "reasoning", "rationale", "explanation", "analysis", "comment")
SPAN = re.compile(r'"(?:' + "|".join(FREE) + r')"\s*:\s*"((?:[^"\\]|\\.)*)')
ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|.)")
VOWELS, CONSONANTS = "aeiou", "bcdfghjklmnpqrstvwxyz"
OTHER = str.maketrans({
    old: new
    for letters, shift in ((VOWELS, 2), (CONSONANTS, 7), (VOWELS.upper(), 2), (CONSONANTS.upper(), 7))
    for old, new in zip(letters, letters[shift:] + letters[:shift], strict=True)
})  # fmt: skip


def other(text: str) -> str:
    """The text in other words of the same lengths; escapes, figures and signs stay."""
    parts, start = [], 0
    for escape in ESCAPE.finditer(text):
        parts += [text[start : escape.start()].translate(OTHER), escape[0]]
        start = escape.end()
    return "".join([*parts, text[start:].translate(OTHER)])


def other_reply(text: str) -> str:
    """A reply's text with its free fields in other words."""
    return SPAN.sub(lambda hit: hit[0][: hit.start(1) - hit.start()] + other(hit[1]), text)


def scrambled(module: Module, folder: Path) -> int:
    """Copy a module's recordings into `folder/<key>/` in other words; how many replies changed."""
    target, changed = folder / module.key, 0
    target.mkdir(parents=True)
    for path in sorted(module.cassettes.glob("*.yaml")):
        found = cassette.load(path)
        steps = tuple(_step(step, _spans(found.steps)) for step in found.steps)
        changed += sum(new.response != old.response for new, old in zip(steps, found.steps, strict=True))
        if steps == found.steps:
            shutil.copyfile(path, target / path.name)
        else:
            cassette.save(target / path.name, replace(found, steps=steps))
    return changed


def _spans(steps: tuple[Step, ...]) -> list[str]:
    """The free texts of all replies, longest first, as they stand in JSON and as they read."""
    found = {span[1] for step in steps if step.reply for span in SPAN.finditer(step.reply.text)}
    read = {text for span in found if isinstance(text := parsed(f'"{span}"'), str)}
    return sorted((text for text in found | read if len(text) > 3), key=len, reverse=True)


def _step(step: Step, spans: list[str]) -> Step:
    # The history that a request carries repeats earlier replies, so it changes with them.
    request = _within(dict(step.request), spans)
    response = None if step.response is None else _response(dict(step.response))
    return replace(step, request=request, response=response)


def _within(request: dict[str, Any], spans: list[str]) -> dict[str, Any]:
    def change(text: str) -> str:
        for span in spans:
            text = text.replace(span, other(span))
        return text

    return {name: strings(value, change) for name, value in request.items()}


def _response(response: dict[str, Any]) -> dict[str, Any]:
    if "sse" in response:
        return {**response, "sse": stream(response["sse"], other_reply)}
    return {**response, "body": _body(response["body"])} if "body" in response else response


def _body(value: Any, name: str = "") -> Any:
    if isinstance(value, str):
        return other(value) if name == "thinking" else other_reply(value)
    if isinstance(value, dict):
        return {key: _body(inner, str(key)) for key, inner in value.items()}
    return [_body(inner, name) for inner in value] if isinstance(value, list) else value
