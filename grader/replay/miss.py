"""A request without a recorded answer: what was sent, what was expected, in the words of the field."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

from grader.replay.facts import Facts
from grader.replay.steps import Step

WIDTH = 75  # the report sets it in by four
Difference = tuple[str, Any, Any]

_FIELDS = {
    "operation": "endpoint",
    "action": "action",
    "stream": "delivery",
    "format": "response format",
    "tool_result": "tool result",
    "tools": "tools",
    "tier": "tier",
    "temperature": "temperature",
    "roles": "roles",
    "turn": "assistant turns",
    "schema_fields": "schema fields",
    "inputs": "inputs",
}
_VALUES = {
    ("stream", True): "streamed (stream=True)",
    ("stream", False): "in one piece (no stream=True)",
    ("format", "text"): "plain text (no response format)",
    ("format", "json_object"): "JSON mode (json_object)",
    ("format", "json_schema"): "JSON that follows a schema (json_schema)",
    ("tool_result", True): "a tool's result in the current turn",
    ("tool_result", False): "no tool result in the current turn",
    ("temperature", "unset"): "not set",
    ("temperature", "zero"): "0",
    ("temperature", "positive"): "above 0",
}
_OPERATIONS = {
    "openai.chat": "chat completions (POST /chat/completions)",
    "openai.responses": "responses (POST /responses)",
    "openai.embeddings": "embeddings (POST /embeddings)",
    "openai.files": "files (/files)",
    "openai.batches": "batches (/batches)",
    "openai.models": "models (/models)",
    "anthropic.messages": "messages (POST /messages)",
    "anthropic.count_tokens": "token counting (POST /messages/count_tokens)",
    "anthropic.batches": "message batches (/messages/batches)",
    "generate": "raw generation (POST /generate)",
}


class Miss(BaseException):
    """A request that the recording cannot answer.

    A BaseException: the SDKs retry every Exception and learners catch it, but a miss ends the test at once.
    """

    def __init__(
        self,
        kind: str,
        *,
        call: int,
        sent: Facts,
        request: str,
        steps: int = 0,
        nearest: Step | None = None,
        differences: Sequence[Difference] = (),
    ) -> None:
        self.kind, self.call, self.sent, self.request = kind, call, sent, request
        self.steps, self.nearest, self.differences = steps, nearest, list(differences)
        super().__init__(self.words())

    def words(self) -> str:
        """What the learner reads, at most 80 columns wide."""
        lead, *details = _TELL[self.kind](self)
        return "\n".join([textwrap.fill(lead, WIDTH), *details])

    @property
    def place(self) -> str:
        """The nearest step as "step 2 of 4 (analyze)"."""
        if self.nearest is None:
            return "no step"
        name = f" ({self.nearest.name})" if self.nearest.name else ""
        return f"step {self.nearest.number} of {self.steps}{name}"


def describe(fact: str, value: Any) -> str:
    """A fact's value in words."""
    if fact == "operation":
        return _OPERATIONS.get(str(value), str(value))
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    known = _VALUES.get((fact, value)) if isinstance(value, str | bool) else None
    return known or str(value)


def _no_cassette(miss: Miss) -> list[str]:
    return [f"This check calls no model, but your code sent {miss.request}."]


def _unknown_operation(miss: Miss) -> list[str]:
    lead = f"Your code sent {miss.request}, which is no endpoint of the providers in this course."
    return [lead, *(_table(miss.differences[:1]) if miss.nearest else [])]


def _one_too_many(miss: Miss) -> list[str]:
    lead = (
        f"One call too many: your code sent call {miss.call} ({_name(miss.sent)}), "
        f"but the recording's answer to it, {miss.place}, was already given."
    )
    return [lead, *_wrapped("Look for a loop that does not stop, or for a call that is made twice.")]


def _no_match(miss: Miss) -> list[str]:
    lead = f"Your code's call {miss.call} ({_name(miss.sent)}) is none that this check expects."
    return [lead, *_wrapped(f"The nearest expected one is {miss.place}:"), "", *_table(miss.differences)]


_TELL = {
    "no_cassette": _no_cassette,
    "unknown_operation": _unknown_operation,
    "one_too_many": _one_too_many,
    "no_match": _no_match,
}


def _name(sent: Facts) -> str:
    return _OPERATIONS.get(sent.operation, sent.operation).split(" (")[0]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH)


def _table(differences: Sequence[Difference]) -> list[str]:
    """One pair of lines per fact: you sent, expected."""
    names = [_FIELDS.get(fact, fact) for fact, _, _ in differences]
    wide = max(map(len, names), default=0) + 2
    lines = []
    for name, (fact, sent, expected) in zip(names, differences, strict=True):
        for label, said, value in ((name, "you sent", sent), ("", "expected", expected)):
            start = f"  {label:<{wide}}{said:<10}"
            lines += textwrap.wrap(
                describe(fact, value), WIDTH, initial_indent=start, subsequent_indent=" " * len(start)
            )
    return lines
