"""What is being asked? One request of any vendor, reduced to what scripts, rules and the cache look at."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from grader.models import UnknownTier, capabilities, tier_of

HEADER = re.compile(r"<\|start_header_id\|>\s*(\w+)\s*<\|end_header_id\|>\s*(.*?)(?:<\|eot_id\|>|\Z)", re.S)


@dataclass(frozen=True)
class Message:
    """One message as text: `role` is system, user, assistant or tool."""

    role: str
    text: str


@dataclass(frozen=True)
class Ask:
    """A request that wants words back; `limit` in tokens, `forced` the tool that the caller insists on.

    `strict`: the vendor promises that the reply follows `schema`.
    """

    operation: str
    model: str
    messages: tuple[Message, ...]
    format: str = "text"
    schema: dict[str, Any] | None = None
    strict: bool = False
    tools: tuple[str, ...] = ()
    forced: str | None = None
    temperature: float | None = None
    limit: int | None = None
    stop: tuple[str, ...] = ()
    stream: bool = False
    thinks: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def provider(self) -> str:
        """The vendor behind the model, or the wire format's for a model without an entry."""
        try:
            return capabilities(self.model).provider
        except UnknownTier:
            return "anthropic" if self.operation.startswith("anthropic") else "openai"

    @property
    def tier(self) -> str | None:
        return tier_of(self.model)

    @property
    def turn(self) -> int:
        """How often the model has spoken already: the number of assistant messages sent along."""
        return sum(message.role == "assistant" for message in self.messages)

    @property
    def tool_result(self) -> bool:
        """Whether the conversation waits for the model's view of a tool's result."""
        return bool(self.messages) and self.messages[-1].role == "tool"

    @property
    def question(self) -> str:
        """The last user message, or "" when there is none."""
        return next((m.text for m in reversed(self.messages) if m.role == "user"), "")

    @property
    def system(self) -> str:
        return "\n".join(m.text for m in self.messages if m.role == "system")

    @property
    def text(self) -> str:
        """Everything that was sent, as one text."""
        return "\n".join(m.text for m in self.messages)

    def plain(self) -> list[dict[str, str]]:
        """The conversation as a reader gets it."""
        return [{"role": m.role, "content": m.text} for m in self.messages]


def block_text(block: Any) -> str:
    """The words of one content block; what has none (an image) is named by its type."""
    if isinstance(block, str):
        return block
    kind = block.get("type")
    if kind in ("text", "input_text", "refusal"):
        return str(block.get("text") or block.get("refusal") or "")
    if kind == "tool_result":
        return content_text(block.get("content"))
    if kind == "tool_use":
        return f"{block.get('name')}({json.dumps(block.get('input'), ensure_ascii=False)})"
    if kind == "thinking":
        return str(block.get("thinking", ""))
    return f"[{kind}]"


def content_text(content: Any) -> str:
    """The words of a message's content, which is text, a list of blocks, or None."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    return "\n".join(block_text(block) for block in content)


def from_openai(body: dict[str, Any], headers: dict[str, str]) -> Ask:
    """A chat completion request. The body has passed the rules."""
    wanted = body.get("response_format") or {}
    schema = (wanted.get("json_schema") or {}).get("schema")
    choice = body.get("tool_choice")
    offered = tuple(t["function"]["name"] for t in body.get("tools") or () if "function" in t)
    stop = body.get("stop") or ()
    effort = body.get("reasoning_effort")
    return Ask(
        operation="openai.chat",
        model=body["model"],
        messages=tuple(_openai_message(m) for m in body["messages"]),
        format=wanted.get("type", "text"),
        schema=schema,
        strict=bool((wanted.get("json_schema") or {}).get("strict")),
        tools=() if choice == "none" else offered,
        forced=_forced(choice, offered),
        temperature=body.get("temperature"),
        limit=body.get("max_completion_tokens") or body.get("max_tokens"),
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        stream=bool(body.get("stream")),
        thinks=effort != "none" and (body.get("thinking") or {}).get("type") != "disabled",
        headers=headers,
    )


def _openai_message(message: dict[str, Any]) -> Message:
    """One message; `developer` is the newer name of the system role, and tool calls count as words."""
    role = {"developer": "system", "function": "tool"}.get(message["role"], message["role"])
    words = content_text(message.get("content"))
    for call in message.get("tool_calls") or ():
        made = call.get("function", {})
        words += f"\n{made.get('name')}({made.get('arguments')})"
    return Message(role, words.strip("\n") if message.get("tool_calls") else words)


def _forced(choice: Any, offered: tuple[str, ...]) -> str | None:
    """The tool that must be called, in either vendor's notation, or None."""
    if choice == "required" or (isinstance(choice, dict) and choice.get("type") == "any"):
        return offered[0] if offered else None
    if isinstance(choice, dict) and choice.get("type") in ("function", "tool"):
        named = choice.get("name") or (choice.get("function") or {}).get("name")
        return named if named in offered else None
    return None


def from_anthropic(body: dict[str, Any], headers: dict[str, str]) -> Ask:
    """A Messages request. The body has passed the rules."""
    shape = (body.get("output_config") or {}).get("format") or {}
    offered = tuple(tool["name"] for tool in body.get("tools") or ())
    choice = body.get("tool_choice")
    messages = [Message("system", content_text(body["system"]))] if body.get("system") else []
    for message in body["messages"]:
        messages += _anthropic_message(message)
    return Ask(
        operation="anthropic.messages",
        model=body["model"],
        messages=tuple(messages),
        format=shape.get("type", "text"),
        schema=shape.get("schema"),
        strict=shape.get("type") == "json_schema",
        tools=() if choice == {"type": "none"} else offered,
        forced=_forced(choice, offered),
        temperature=body.get("temperature"),
        limit=body.get("max_tokens"),
        stop=tuple(body.get("stop_sequences") or ()),
        stream=bool(body.get("stream")),
        thinks=(body.get("thinking") or {}).get("type") != "disabled",
        headers=headers,
    )


def _anthropic_message(message: dict[str, Any]) -> list[Message]:
    """A message, its tool results apart: in this format they travel inside a user message."""
    content = message["content"]
    if isinstance(content, str):
        return [Message(message["role"], content)]
    results = [b for b in content if isinstance(b, dict) and b.get("type") == "tool_result"]
    rest = [b for b in content if b not in results]
    found = [Message(message["role"], content_text(rest))] if rest or not results else []
    return [*found, *(Message("tool", block_text(b)) for b in results)] if results else found


def from_prompt(body: dict[str, Any], headers: dict[str, str]) -> Ask:
    """A raw prompt; Llama-3's special tokens become messages again, other text is one user message."""
    prompt = body["prompt"]
    found = [Message(role, text.strip()) for role, text in HEADER.findall(prompt)]
    if found and found[-1].role == "assistant" and not found[-1].text:
        found.pop()  # the open header in which the model is to continue
    stop = body.get("stop") or ()
    return Ask(
        operation="generate",
        model=body.get("model") or "llama-3-8b-instruct",
        messages=tuple(found) or (Message("user", prompt),),
        temperature=body.get("temperature"),
        limit=body.get("max_tokens") or body.get("max_new_tokens"),
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        stream=bool(body.get("stream")),
        headers=headers,
    )
