"""What module 08 is given: the rules of the desk, a call through an SDK, and a row of the benchmark."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypedDict

from grader.provider.tokens import count

Body = dict[str, Any]
HANDBOOK = Path(__file__).with_name("handbook.txt").read_text(encoding="utf-8")
MISSING = "(No answer came for this part.)"
PARTS = 3
# What the desk says in its calls. The hits and the rules of the desk stand before it, or in front of it.
STEPS = ("First find out what the hits say.", "Now weigh what you found.", "Now write the report.")
SPLIT = "Split this question into three parts. Reply with a JSON array of three strings only.\n\n{question}"
AGAIN = "This is not what was asked for: {reason} Reply with the JSON array only."
WORK = "Answer this part of a larger question:\n{part}"
MERGE = """Write the report that answers this question:
{question}

These are the answers to its parts.

{found}"""
LIMIT = 800  # tokens of one answer
TIMEOUT = 120.0  # seconds that a call may take


class Row(TypedDict):
    """One line of the benchmark: a run of one system on one task; `Error` is empty where nothing went wrong.

    Tokens are sums over all calls of the run. InputTokens holds everything sent, cached or not.
    """

    Provider: str
    Model: str
    TaskID: str
    SystemType: str
    LatencySeconds: float
    InputTokens: int
    OutputTokens: int
    CachedTokens: int
    CacheCreationTokens: int
    TotalTokens: int
    NumLLMCalls: int
    MCPTokensSaved: int
    Error: str


FIELDS = tuple(Row.__annotations__)
TEXTS = ("Provider", "Model", "TaskID", "SystemType", "Error")


class BadPayload(ValueError):
    """What the search tool returned is not what it promised."""


class BadParts(ValueError):
    """A reply that does not split the question as it was told to."""


class WrongFile(ValueError):
    """A file that holds something else than this benchmark."""


def tokens(text: str, provider: str = "openai") -> int:
    """About how many tokens `text` has on a provider's models: the estimate of grader/provider/tokens.py.

    It counts pieces of words, digits and punctuation, within some percent of OpenAI's own count, and takes
    30 % more for Anthropic. What was really used, only the reply tells.
    """
    return count(text, provider)


def shown(hits: Iterable[dict[str, str]]) -> str:
    """The hits as a model reads them: one line each."""
    return "\n".join("[{id}] {title} | {url} | {date} | {snippet}".format(**hit) for hit in hits)


def plain_text(markup: str | None) -> str:
    """Text of HTML, white space made one space. Tags go first, so that what entities write stays."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup or "")).split())


@cache
def client(provider: str) -> Any:
    """The SDK's client, made at the first call. It never repeats a call: a row tells what happened."""
    if provider == "anthropic":
        from anthropic import AsyncAnthropic  # late: an SDK takes its time to import

        return AsyncAnthropic(max_retries=0, timeout=TIMEOUT)
    from openai import AsyncOpenAI

    return AsyncOpenAI(max_retries=0, timeout=TIMEOUT)


async def ask(provider: str, body: Body) -> tuple[Body | None, str]:
    """Send one request as it is ("openai" or "anthropic"): the reply's body as sent, and what was wrong.

    The body is None if no reply came: a status, a time-out, a connection. "" is wrong if nothing was. A
    refusal is wrong, and a reply without words (nothing but thoughts): both were paid for.
    """
    calls = client(provider)
    create = calls.messages if provider == "anthropic" else calls.chat.completions
    try:
        reply = await create.create(**body)
    except _errors(provider) as error:
        status = getattr(error, "status_code", "")
        return None, " ".join(f"{type(error).__name__} {status}".split())
    if isinstance(reply, str):  # an SDK hands out as text what says that it is no JSON
        return None, f"The reply is no JSON: {reply[:80]!r}"
    found: Body = reply.model_dump(mode="json", exclude_unset=True)
    if found.get("stop_reason") == "refusal" or not said(found):
        return found, "The model refused, or said nothing."
    return found, ""


def _errors(provider: str) -> type[Exception]:
    """The class of all errors that the SDK raises about a call."""
    if provider == "anthropic":
        from anthropic import APIError as AnthropicError

        return AnthropicError
    from openai import APIError

    return APIError


def said(body: Body | None) -> str:
    """What the assistant said, stripped; "" without a reply, for a refusal, and for thoughts only."""
    if body is None:
        return ""
    if "choices" in body:
        return ((body["choices"] or [{}])[0].get("message", {}).get("content") or "").strip()
    parts = body.get("content") or []
    return "".join(part["text"] for part in parts if part.get("type") == "text").strip()


def blank(provider: str, model: str, task: str, system: str) -> Row:
    """A row in which nothing has happened yet."""
    return {
        "Provider": provider, "Model": model, "TaskID": task, "SystemType": system, "LatencySeconds": 0.0,
        "InputTokens": 0, "OutputTokens": 0, "CachedTokens": 0, "CacheCreationTokens": 0, "TotalTokens": 0,
        "NumLLMCalls": 0, "MCPTokensSaved": 0, "Error": "",
    }  # fmt: skip


def line(values: Iterable[Any]) -> str:
    r"""One line of a CSV file, ending in "\n"; line breaks inside of a value become spaces."""
    out = io.StringIO()
    flat = (" ".join(value.split()) if isinstance(value, str) else value for value in values)
    csv.writer(out, lineterminator="\n").writerow(flat)
    return out.getvalue()


HEADER = line(FIELDS)


def rows_of(text: str) -> list[Row]:
    """The rows that follow HEADER in the text of a whole file, with numbers as numbers."""
    return [_typed(each) for each in csv.DictReader(io.StringIO(text))]


def _typed(row: dict[str, str]) -> Row:
    kept: Any = {
        name: text if name in TEXTS else float(text) if name == "LatencySeconds" else int(text)
        for name, text in row.items()
    }
    found: Row = kept
    return found


def key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a row and its job have in common: Provider, Model, TaskID, SystemType."""
    return tuple(row[name] for name in FIELDS[:4])


def grouped(rows: Iterable[Any], *names: str) -> list[tuple[tuple[str, ...], list[Any]]]:
    """The rows by the values of these fields, in the order in which they first appear."""
    found: dict[tuple[str, ...], list[Any]] = {}
    for row in rows:
        found.setdefault(tuple(row[name] for name in names), []).append(row)
    return list(found.items())
