"""What does a request mean? One pure, versioned function from a request to its facts, shared by everybody."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from grader.models import tier_of

FACTS_VERSION = 1

# The path's ending decides, because base paths vary: OpenAI has /v1, DeepSeek has none, vLLM often a prefix.
_OPERATIONS = (
    (re.compile(r"/messages/count_tokens$"), "anthropic.count_tokens"),
    (re.compile(r"/messages/batches(/.*)?$"), "anthropic.batches"),
    (re.compile(r"/messages$"), "anthropic.messages"),
    (re.compile(r"/chat/completions$"), "openai.chat"),
    (re.compile(r"/responses$"), "openai.responses"),
    (re.compile(r"/embeddings$"), "openai.embeddings"),
    (re.compile(r"/files(/[^/]+(/content)?)?$"), "openai.files"),
    (re.compile(r"/batches(/[^/]+(/cancel)?)?$"), "openai.batches"),
    (re.compile(r"/models(/[^/]+)?$"), "openai.models"),
    (re.compile(r"/generate$"), "generate"),
)
_COLLECTIONS = ("openai.files", "openai.batches", "openai.models", "anthropic.batches")
_ITEM_ACTIONS = ("cancel", "content", "results")
_ID = re.compile(r"/((?:file|batch|msgbatch)[-_][^/]+)")
_NUMBER_COMMA = re.compile(r"(?<=\d),(?=\d{3})")
_WORD = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+")
_STOP = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be been but by can could did do does for from had has have he her his how i "
        "if in into is it its just me my no not of on one only or our out over she should so some than "
        "that the their them then there these they this to too up us very was we were what when where "
        "which who why will with would you your",
    )
)


@dataclass(frozen=True)
class Facts:
    """What one request means, in words that survive any rewording of its prompts."""

    operation: str
    action: str = "create"
    tier: str | None = None
    model: str | None = None
    stream: bool = False
    temperature: str = "unset"
    roles: tuple[str, ...] = ()
    turn: int = 0
    tool_result: bool = False
    format: str = "text"
    schema_fields: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    inputs: int = 0
    mentions: frozenset[str] = frozenset()

    def readable(self) -> dict[str, Any]:
        """The facts as a cassette shows them: defaults and the bag of words left out, tuples as lists."""
        blank = Facts(self.operation)
        shown: dict[str, Any] = {"operation": self.operation}
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            if name not in ("operation", "mentions") and value != getattr(blank, name):
                shown[name] = list(value) if isinstance(value, tuple) else value
        return shown


def facts(method: str, path: str, body: Any) -> Facts:
    """The facts of a request; `path` may be a path or a URL, `body` is parsed JSON, other text, or None."""
    path = urlsplit(path).path
    operation = operation_of(path)
    said = _mapping(body)
    messages = messages_of(said)
    named = said.get("model")
    return Facts(
        operation=operation,
        action=_action(method, path, operation),
        tier=tier_of(named),
        model=named if isinstance(named, str) else None,
        stream=bool(said.get("stream")),
        temperature=_temperature(said.get("temperature")),
        roles=tuple(message["role"] for message in messages),
        turn=sum(message["role"] == "assistant" for message in messages),
        tool_result=_answers_a_tool(_turns(said)),
        format=str(_format(said).get("type", "text")),
        schema_fields=tuple(sorted(_mapping(_schema(said).get("properties")))),
        tools=tuple(sorted(_tool_name(tool) for tool in _listed(said.get("tools")))),
        inputs=_inputs(said),
        mentions=mentions([*_ID.findall(path), *texts_of(body)]),
    )


def operation_of(path: str) -> str:
    """`openai.chat`, `anthropic.messages`, ... or the path itself when it is none of the known ones."""
    for pattern, operation in _OPERATIONS:
        if pattern.search(path.rstrip("/")):
            return operation
    return path


def known_operation(operation: str) -> bool:
    """Whether the operation is one that the course's providers offer."""
    return any(operation == name for _, name in _OPERATIONS)


def messages_of(body: Any) -> list[dict[str, str]]:
    """The conversation as `{"role", "content"}` pairs of plain text, the system prompt folded in first."""
    if not isinstance(body, dict):
        return []
    system = body.get("system") or body.get("instructions")
    folded = [{"role": "system", "content": text_of(system)}] if system else []
    for turn in _turns(body):
        role = str(turn.get("role", "?"))
        folded.append(
            {"role": "system" if role == "developer" else role, "content": text_of(turn.get("content"))}
        )
    return folded


def text_of(content: Any) -> str:
    """The text of a message's content: a string, or blocks of which text and tool results count."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = (
            text_of(part.get("text") or part.get("content")) for part in content if isinstance(part, dict)
        )
        return "\n".join(part for part in parts if part)
    return ""


def texts_of(body: Any) -> Iterator[str]:
    """Every text that a request sends: conversation, tool arguments, inputs, prompt, batched requests."""
    if isinstance(body, str):
        yield body
    if not isinstance(body, dict):
        return
    for message in messages_of(body):
        yield message["content"]
    for turn in _turns(body):
        yield from _tool_arguments(turn)
    for name in ("input", "prompt"):
        value = body.get(name)
        yield from (item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str))
    for request in _listed(body.get("requests")):
        yield from texts_of(_mapping(request).get("params"))


def mentions(texts: Iterable[str]) -> frozenset[str]:
    """The lower-case content words and numbers of some texts; `1,000` counts as `1000`."""
    found: set[str] = set()
    for text in texts:
        found |= _words(text)
    return frozenset(found)


@lru_cache(maxsize=1024)
def _words(text: str) -> frozenset[str]:
    # A conversation repeats its history with every call: remembering each text keeps long chains cheap.
    return frozenset(_WORD.findall(_NUMBER_COMMA.sub("", text.lower()))) - _STOP


def _mapping(value: Any) -> dict[str, Any]:
    # What a learner sends may have any shape, and the grader must still say what it was.
    return value if isinstance(value, dict) else {}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _turns(body: dict[str, Any]) -> list[dict[str, Any]]:
    # `input` holds the turns of the Responses API; an embedding's inputs are strings and drop out here.
    return [turn for turn in _listed(body.get("messages", body.get("input"))) if isinstance(turn, dict)]


def _action(method: str, path: str, operation: str) -> str:
    if operation not in _COLLECTIONS:
        return "create" if method.upper() == "POST" else method.lower()
    last = path.rstrip("/").rsplit("/", 1)[-1]
    if last in _ITEM_ACTIONS:
        return last
    if last in ("files", "batches", "models"):
        return "create" if method.upper() == "POST" else "list"
    return {"GET": "read", "DELETE": "delete"}.get(method.upper(), method.lower())


def _temperature(value: Any) -> str:
    if value is None:
        return "unset"
    return "positive" if value else "zero"


def _format(body: dict[str, Any]) -> dict[str, Any]:
    """The format asked for, where each API puts it: chat, messages (two spellings), responses."""
    native, text = _mapping(body.get("output_config")), _mapping(body.get("text"))
    asked = (body.get("response_format"), native.get("format"), body.get("output_format"), text.get("format"))
    return next((found for found in asked if isinstance(found, dict)), {})


def _schema(body: dict[str, Any]) -> dict[str, Any]:
    asked = _format(body)
    return _mapping(_mapping(asked.get("json_schema", asked)).get("schema"))


def _tool_name(tool: Any) -> str:
    named = _mapping(_mapping(tool).get("function", tool))
    return str(named.get("name") or named.get("type") or "?")


def _inputs(body: dict[str, Any]) -> int:
    given = body.get("input", body.get("requests", body.get("prompt")))
    return len(given) if isinstance(given, list) else int(given is not None)


def _answers_a_tool(turns: list[dict[str, Any]]) -> bool:
    """Whether a tool's result stands after the last thing that the user said."""
    for turn in reversed(turns):
        if turn.get("role") == "tool" or _has_tool_result(turn):
            return True
        if turn.get("role") == "user":
            return False
    return False


def _has_tool_result(turn: dict[str, Any]) -> bool:
    return any(_mapping(part).get("type") == "tool_result" for part in _listed(turn.get("content")))


def _tool_arguments(turn: dict[str, Any]) -> Iterator[str]:
    for call in _listed(turn.get("tool_calls")):
        yield str(_mapping(_mapping(call).get("function")).get("arguments", ""))
    for part in _listed(turn.get("content")):
        if _mapping(part).get("type") == "tool_use":
            yield json.dumps(part.get("input"), ensure_ascii=False)
