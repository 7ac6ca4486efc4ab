"""What does OpenAI refuse? Checks of a chat request, in the vendor's words where they are known."""

from __future__ import annotations

import re
from typing import Any

from grader.models import Capabilities, UnknownTier, capabilities
from grader.provider.ask import content_text
from grader.provider.errors import ProviderError
from grader.provider.schema import unclosed
from grader.provider.tool_rules import check_openai as check_tools

ROLES = ("system", "developer", "user", "assistant", "tool", "function")
# Sent at their defaults these pass; at any other value current models refuse them.
SAMPLING = {"temperature": 1, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0}


def check_chat(body: Any) -> None:
    """Raises ProviderError for a chat completion request that the vendor would refuse."""
    if not isinstance(body, dict):
        raise ProviderError(400, "We could not parse the JSON body of your request.")
    known = check_model(body.get("model"))
    if known.provider == "anthropic":
        raise _unknown(body["model"])
    if not isinstance(body.get("messages"), list) or not body["messages"]:
        raise _missing("messages")
    for position, message in enumerate(body["messages"]):
        _check_message(message, f"messages[{position}]")
    _check_sampling(body, known)
    _check_limit(body, known)
    _check_format(body)
    _check_effort(body)
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
    words = f"The model `{model}` does not exist or you do not have access to it."
    return ProviderError(404, words, param="model", code="model_not_found")


def _missing(param: str) -> ProviderError:
    words = f"Missing required parameter: '{param}'."
    return ProviderError(400, words, param=param, code="missing_required_parameter")


def _unsupported(param: str, remedy: str = "") -> ProviderError:
    words = f"Unsupported parameter: '{param}' is not supported with this model.{remedy}"
    return ProviderError(400, words, param=param, code="unsupported_parameter")


def _check_message(message: Any, where: str) -> None:
    """Role and content of one message."""
    role = message.get("role") if isinstance(message, dict) else message
    if not isinstance(message, dict) or role not in ROLES:
        words = f"Invalid value: {role!r}. Supported values are: {', '.join(map(repr, ROLES))}."
        raise ProviderError(400, words, param=f"{where}.role", code="invalid_value")
    content = message.get("content")
    if isinstance(content, list):
        fits = all(isinstance(block, dict) and "type" in block for block in content)
    else:
        fits = isinstance(content, str) or (content is None and role == "assistant")
    if not fits:
        words = f"Invalid type for '{where}.content': expected a string or an array of objects."
        raise ProviderError(400, words, param=f"{where}.content", code="invalid_type")


def _check_sampling(body: dict[str, Any], known: Capabilities) -> None:
    """Sampling parameters and logprobs, by what the model accepts."""
    for name, neutral in SAMPLING.items():
        value = body.get(name)
        if value not in (None, neutral) and not known.temperature:
            words = (
                f"Unsupported value: '{name}' does not support {value} with this model. "
                f"Only the default ({neutral}) value is supported."
            )
            raise ProviderError(400, words, param=name, code="unsupported_value")
    if body.get("logprobs") and not known.logprobs:
        raise _unsupported("logprobs")
    top = body.get("top_logprobs")
    if top is not None and not (body.get("logprobs") and isinstance(top, int) and 0 <= top <= 20):
        words = "'top_logprobs' must be 0 to 20, and needs 'logprobs' to be true."
        raise ProviderError(400, words, param="top_logprobs", code="invalid_value")


def _check_limit(body: dict[str, Any], known: Capabilities) -> None:
    """GPT-5 and later know `max_completion_tokens` only; other vendors still say `max_tokens`."""
    found = re.match(r"gpt-(\d+)", body["model"])
    if known.provider == "openai" and found and int(found[1]) >= 5 and body.get("max_tokens") is not None:
        raise _unsupported("max_tokens", " Use 'max_completion_tokens' instead.")
    for name in ("max_tokens", "max_completion_tokens"):
        value = body.get(name)
        if value is not None and (not isinstance(value, int) or value < 1):
            words = f"Invalid '{name}': expected a value >= 1, got {value}."
            raise ProviderError(400, words, param=name, code="invalid_value")


def _check_format(body: dict[str, Any]) -> None:
    """JSON mode must be announced in the messages; a strict schema must close every object."""
    wanted = body.get("response_format") or {}
    kind = wanted.get("type", "text")
    if kind not in ("text", "json_object", "json_schema"):
        raise ProviderError(
            400, f"Invalid value: {kind!r}.", param="response_format.type", code="invalid_value"
        )
    said = " ".join(content_text(message.get("content")) for message in body["messages"])
    if kind == "json_object" and "json" not in said.lower():
        words = (
            "'messages' must contain the word 'json' in some form, "
            "to use 'response_format' of type 'json_object'."
        )
        raise ProviderError(400, words, param="messages")
    if kind == "json_schema":
        _check_schema(wanted.get("json_schema") or {})


def _check_schema(asked: dict[str, Any]) -> None:
    """A schema has a name; a strict one leaves nothing open."""
    if not asked.get("name"):
        raise _missing("response_format.json_schema.name")
    if asked.get("strict") and (fault := unclosed(asked.get("schema") or {})):
        words = f"Invalid schema for response_format '{asked['name']}': {fault}"
        raise ProviderError(400, words, param="response_format", code="invalid_json_schema")


def _check_effort(body: dict[str, Any]) -> None:
    """GPT-5.6 and GPT-6 Luna take function tools on this endpoint only without reasoning."""
    needs_none = body["model"].startswith(("gpt-5.6", "gpt-6-luna"))
    if body.get("tools") and needs_none and body.get("reasoning_effort") != "none":
        words = (
            f"Function tools are not supported with {body['model']} in /v1/chat/completions "
            "unless 'reasoning_effort' is 'none'."
        )
        raise ProviderError(400, words, param="reasoning_effort", code="unsupported_value")
