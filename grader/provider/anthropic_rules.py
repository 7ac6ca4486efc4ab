"""What does Anthropic refuse? Checks of a Messages request under the version that its header names."""

from __future__ import annotations

from typing import Any

from grader.models import Capabilities, UnknownTier, capabilities
from grader.provider.errors import ProviderError
from grader.provider.tool_rules import check_anthropic as check_tools

CURRENT, OLD = "2026-10-21", "2023-06-01"
SAMPLING = {"temperature": 1, "top_p": None, "top_k": None}
BREAKPOINTS = 4
# Forced tools are refused by the models that think by default; Haiku 5.5 is not on the vendor's list.
THINKERS = ("claude-sonnet-5", "claude-opus-5", "claude-fable-5")


def check_version(headers: dict[str, str]) -> str:
    """The API version. Raises 400 for a missing or unknown one."""
    version = headers.get("anthropic-version")
    if not version:
        raise ProviderError(400, "anthropic-version: header is required")
    if version not in (CURRENT, OLD):
        raise ProviderError(400, f"anthropic-version: {version!r} is not a valid version. Use {CURRENT}.")
    return version


def check_messages(body: Any, version: str, *, counting: bool = False) -> None:
    """Raises ProviderError for a request that the vendor would refuse; `counting` asks for no reply."""
    if not isinstance(body, dict):
        raise ProviderError(400, "The request body is not valid JSON.")
    known = check_model(body.get("model"))
    _check_sampling(body, version, known)
    if not counting:
        _check_limit(body)
    _check_dialogue(body)
    _check_cache(body)
    _check_modes(body)
    check_tools(body)


def check_model(model: Any) -> Capabilities:
    """What a model accepts. Raises 400 without a model and 404 for one that does not exist."""
    if not isinstance(model, str) or not model:
        raise ProviderError(400, "model: Field required")
    try:
        known = capabilities(model)
    except UnknownTier:
        raise ProviderError(404, f"model: {model}") from None
    if known.provider != "anthropic":
        raise ProviderError(404, f"model: {model}")
    return known


def thinks_by_default(model: str) -> bool:
    """Whether replies begin with a thinking block unless the request switches it off."""
    return model.startswith(THINKERS)


def _check_sampling(body: dict[str, Any], version: str, known: Capabilities) -> None:
    """Removed in the current version, even at default values; in the old one refused by current models."""
    for name, neutral in SAMPLING.items():
        if name not in body:
            continue
        if version != OLD:
            raise ProviderError(400, f"{name}: Extra inputs are not permitted")
        if not known.temperature and body[name] not in (None, neutral):
            raise ProviderError(400, f"{name}: this model accepts no value but the default")


def _check_limit(body: dict[str, Any]) -> None:
    """`max_tokens` is required; 0 only warms the cache."""
    limit = body.get("max_tokens")
    if limit is None:
        raise ProviderError(400, "max_tokens: Field required")
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 0:
        raise ProviderError(400, "max_tokens: Input should be an integer greater than or equal to 0")


def _check_dialogue(body: dict[str, Any]) -> None:
    """Roles, contents, no system message inside, no prefilled reply at the end."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise ProviderError(400, "messages: at least one message is required")
    for position, message in enumerate(messages):
        role = message.get("role") if isinstance(message, dict) else None
        if role == "system":
            raise ProviderError(
                400,
                'messages: Unexpected role "system". The Messages API accepts a top-level `system` '
                'parameter, not "system" as an input message role.',
            )
        if role not in ("user", "assistant"):
            raise ProviderError(400, f"messages.{position}.role: Input should be 'user' or 'assistant'")
        _check_content(message.get("content"), f"messages.{position}")
    if messages[0]["role"] != "user":
        raise ProviderError(400, 'messages: first message must use the "user" role')
    if messages[-1]["role"] == "assistant":
        raise ProviderError(
            400,
            "This model does not support assistant message prefill. "
            "The conversation must end with a user message.",
        )


def _check_content(content: Any, where: str) -> None:
    """A message's content: text, or blocks with a type, of which no text is empty."""
    if not content:
        raise ProviderError(400, f"{where}: all messages must have non-empty content")
    for position, block in enumerate(content if isinstance(content, list) else []):
        if not isinstance(block, dict) or "type" not in block:
            raise ProviderError(400, f"{where}.content.{position}.type: Field required")
        if block["type"] == "text" and not block.get("text"):
            raise ProviderError(400, f"{where}.content.{position}: text content blocks must be non-empty")


def _check_cache(body: dict[str, Any]) -> None:
    """At most four breakpoints, with a known lifetime."""
    marks = [block["cache_control"] for block in cacheable(body) if block.get("cache_control")]
    marks += [body["cache_control"]] if body.get("cache_control") else []
    if len(marks) > BREAKPOINTS:
        raise ProviderError(
            400, f"A maximum of {BREAKPOINTS} blocks with cache_control may be provided. Found {len(marks)}."
        )
    for mark in marks:
        if mark.get("type") != "ephemeral" or mark.get("ttl", "5m") not in ("5m", "1h"):
            raise ProviderError(400, f"cache_control: {mark} is not 'ephemeral' with a ttl of '5m' or '1h'")


def cacheable(body: dict[str, Any]) -> list[dict[str, Any]]:
    """Everything that can carry a breakpoint, in the order of the prompt: tools, system, messages."""
    found = list(body.get("tools") or ())
    for content in (body.get("system"), *(m["content"] for m in body.get("messages", ()))):
        found += [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []
    return found


def _check_modes(body: dict[str, Any]) -> None:
    """Thinking budgets and forced tools, which current models refuse."""
    thinking = body.get("thinking") or {}
    if thinking.get("type") == "enabled" and "budget_tokens" in thinking:
        raise ProviderError(
            400, "thinking.enabled.budget_tokens: this model decides on its own; use 'adaptive'"
        )
    choice = (body.get("tool_choice") or {}).get("type")
    if choice in ("any", "tool") and thinks_by_default(body["model"]):
        raise ProviderError(
            400, f"tool_choice: type {choice!r} is not supported by {body['model']}; use 'auto'"
        )
    shape = (body.get("output_config") or {}).get("format")
    if shape and (shape.get("type") != "json_schema" or not isinstance(shape.get("schema"), dict)):
        raise ProviderError(400, "output_config.format: needs type 'json_schema' and a schema")
