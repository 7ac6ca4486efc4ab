"""What does OpenAI refuse? Checks of a chat request, in the vendor's words where they are known."""

from __future__ import annotations

import re
from typing import Any

from grader.models import Capabilities, UnknownTier, capabilities
from grader.provider.ask import content_text
from grader.provider.errors import ProviderError
from grader.provider.tool_rules import check_openai as check_tools

# Sent at their defaults these pass; at any other value current models refuse them.
SAMPLING = {"temperature": 1, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0}


def check_chat(body: Any) -> None:
    """Raises ProviderError for a chat completion request that the vendor would refuse."""
    if not isinstance(body, dict):
        raise ProviderError(400, "We could not parse the JSON body of your request.")
    known = check_model(body.get("model"))
    if known.provider == "anthropic":
        raise _unknown(body["model"])
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise ProviderError(
            400,
            "Missing required parameter: 'messages'.",
            param="messages",
            code="missing_required_parameter",
        )
    for position, message in enumerate(messages):
        _check_message(message, position)
    _check_sampling(body, known)
    _check_limit(body, known)
    _check_format(body)
    _check_tools(body)
    check_tools(body)


def check_model(model: Any) -> Capabilities:
    """What a model accepts. Raises 400 without a model and 404 for one that does not exist."""
    if not isinstance(model, str) or not model:
        raise ProviderError(400, "you must provide a model parameter", param="model")
    try:
        return capabilities(model)
    except UnknownTier:
        raise _unknown(model) from None


def _unknown(model: str) -> ProviderError:
    return ProviderError(
        404,
        f"The model `{model}` does not exist or you do not have access to it.",
        param="model",
        code="model_not_found",
    )


def _check_message(message: Any, position: int) -> None:
    """Role and content of one message."""
    where = f"messages[{position}]"
    roles = ("system", "developer", "user", "assistant", "tool", "function")
    if not isinstance(message, dict) or message.get("role") not in roles:
        role = message.get("role") if isinstance(message, dict) else message
        raise ProviderError(
            400,
            f"Invalid value: {role!r}. Supported values are: {', '.join(map(repr, roles))}.",
            param=f"{where}.role",
            code="invalid_value",
        )
    content = message.get("content")
    if content is None and message["role"] != "assistant":
        raise ProviderError(
            400,
            "Invalid value for 'content': expected a string, got null.",
            param=f"{where}.content",
            code="invalid_type",
        )
    if isinstance(content, list) and not all(
        isinstance(block, dict) and "type" in block for block in content
    ):
        content = 0
    if content is not None and not isinstance(content, str | list):
        raise ProviderError(
            400,
            f"Invalid type for '{where}.content': expected a string or an array of objects.",
            param=f"{where}.content",
            code="invalid_type",
        )


def _check_sampling(body: dict[str, Any], known: Capabilities) -> None:
    """Sampling parameters and logprobs, by what the model accepts."""
    for name, neutral in SAMPLING.items():
        value = body.get(name)
        if value not in (None, neutral) and not known.temperature:
            raise ProviderError(
                400,
                f"Unsupported value: '{name}' does not support {value} with this model. "
                f"Only the default ({neutral}) value is supported.",
                param=name,
                code="unsupported_value",
            )
    if body.get("top_logprobs") is not None and not body.get("logprobs"):
        raise ProviderError(
            400, "'top_logprobs' needs 'logprobs' to be true.", param="top_logprobs", code="invalid_value"
        )
    if body.get("logprobs") and not known.logprobs:
        raise ProviderError(
            400,
            "Unsupported parameter: 'logprobs' is not supported with this model.",
            param="logprobs",
            code="unsupported_parameter",
        )


def _check_limit(body: dict[str, Any], known: Capabilities) -> None:
    """GPT-5 and later know `max_completion_tokens` only; other vendors still say `max_tokens`."""
    found = re.match(r"gpt-(\d+)", body["model"])
    if known.provider == "openai" and found and int(found[1]) >= 5 and body.get("max_tokens") is not None:
        raise ProviderError(
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model. "
            "Use 'max_completion_tokens' instead.",
            param="max_tokens",
            code="unsupported_parameter",
        )
    for name in ("max_tokens", "max_completion_tokens"):
        if (value := body.get(name)) is not None and (not isinstance(value, int) or value < 1):
            raise ProviderError(
                400,
                f"Invalid '{name}': expected a value >= 1, got {value}.",
                param=name,
                code="invalid_value",
            )


def _check_format(body: dict[str, Any]) -> None:
    """JSON mode must be announced in the messages; a strict schema must close every object."""
    wanted = body.get("response_format") or {}
    kind = wanted.get("type", "text")
    if kind not in ("text", "json_object", "json_schema"):
        raise ProviderError(
            400, f"Invalid value: {kind!r}.", param="response_format.type", code="invalid_value"
        )
    words = " ".join(content_text(message.get("content")) for message in body["messages"])
    if kind == "json_object" and "json" not in words.lower():
        raise ProviderError(
            400,
            "'messages' must contain the word 'json' in some form, "
            "to use 'response_format' of type 'json_object'.",
            param="messages",
        )
    if kind == "json_schema":
        asked = wanted.get("json_schema") or {}
        if not asked.get("name"):
            raise ProviderError(
                400,
                "Missing required parameter: 'response_format.json_schema.name'.",
                param="response_format.json_schema.name",
                code="missing_required_parameter",
            )
        if asked.get("strict"):
            _check_closed(asked.get("schema") or {}, asked["name"], "()")


def _check_closed(schema: Any, name: str, context: str) -> None:
    """A strict schema: every object names all its properties as required and allows no others."""
    if isinstance(schema, list):
        for entry in schema:
            _check_closed(entry, name, context)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object" or "properties" in schema:
        fields = set(schema.get("properties", {}))
        if schema.get("additionalProperties") is not False:
            fault = "'additionalProperties' is required to be supplied and to be false."
        elif fields - set(schema.get("required", [])):
            fault = (
                "'required' is required to be supplied and to be an array including every key in properties."
            )
        else:
            fault = ""
        if fault:
            raise ProviderError(
                400,
                f"Invalid schema for response_format '{name}': In context={context}, {fault}",
                param="response_format",
                code="invalid_json_schema",
            )
    for key, inner in schema.items():
        if isinstance(inner, dict | list) and key not in ("enum", "const", "default", "examples"):
            _check_closed(inner, name, f"('{key}')")


def _check_tools(body: dict[str, Any]) -> None:
    """GPT-5.6 and GPT-6 Luna take function tools on this endpoint only without reasoning."""
    needs_none = body["model"].startswith(("gpt-5.6", "gpt-6-luna"))
    if body.get("tools") and needs_none and body.get("reasoning_effort") != "none":
        raise ProviderError(
            400,
            f"Function tools are not supported with {body['model']} in /v1/chat/completions "
            "unless 'reasoning_effort' is 'none'.",
            param="reasoning_effort",
            code="unsupported_value",
        )
