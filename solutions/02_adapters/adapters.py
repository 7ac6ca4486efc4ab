"""One protocol, many providers: messages go in, one kind of completion comes out, whoever answers.

Grade it: pytest exercises/02_adapters
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import anthropic
import httpx2
import openai

from grader.models import Usage, model

Messages = list[dict[str, str]]
Config = dict[str, Any]  # `provider`, and what differs from DEFAULTS; seconds for `timeout`
DEFAULTS = {"tier": "fast", "base_url": None, "max_tokens": 500, "timeout": 20.0, "priority": 1}
USER = "Extract the user from the text. Reply with one JSON object with the fields name and email."
# Why a reply ended, in one vocabulary; a reason that is not listed keeps its name.
FINISH = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "refusal": "content_filter"}
FAILURES = (openai.APIError, anthropic.APIError, httpx2.HTTPError)
TIMEOUTS = (openai.APITimeoutError, anthropic.APITimeoutError, httpx2.TimeoutException)


class TooLong(ValueError):
    """Not even the system prompt and the newest turn fit."""


class ProviderError(Exception):
    """No completion: a subclass says why."""


class RateLimited(ProviderError):
    """Too many requests: 429."""


class Overloaded(ProviderError):
    """The provider has trouble of its own: 500 and above."""


class TimedOut(ProviderError):
    """No answer in time: by our clock, or by theirs (408, 504)."""


class CutStream(ProviderError):
    """The connection ended before the reply did."""


class BadKey(ProviderError):
    """The key is not valid, or may not do this: 401, 403."""


class BadRequest(ProviderError):
    """What was sent is wrong, and stays wrong: every other status."""


class NobodyAnswered(ProviderError):
    """Every provider failed; the message holds each one's reason."""


@dataclass(frozen=True)
class Completion:
    """A reply; `finish` is "stop", "length" or "content_filter", and otherwise the vendor's own word."""

    provider: str
    text: str
    usage: Usage
    finish: str


class ModelClient(Protocol):
    """What business code knows of a provider. Raises ProviderError."""

    def __call__(self, messages: Messages) -> Completion: ...


def extract_user(client: ModelClient, text: str) -> dict[str, str]:
    """Business code: name and email of the user in `text`, from whatever model it is given."""
    reply = client([{"role": "system", "content": USER}, {"role": "user", "content": text}])
    return json.loads(reply.text)


def size(messages: Messages) -> int:
    """Tokens of the messages, roughly: four characters each, and four tokens around every message."""
    return sum(4 + len(message["content"]) // 4 for message in messages)


def window(messages: Messages, turns: int, max_tokens: int | None = None) -> Messages:
    """The system messages, if any, and the newest turns: at most `turns`, and `max_tokens` by `size` in all.

    A turn begins with a user's message and is kept whole or dropped whole, the oldest first; the newest is
    never dropped. What fits exactly is kept, and only None is no limit. Raises TooLong if it does not fit.
    """
    system = [message for message in messages if message["role"] == "system"]
    talk = [message for message in messages if message["role"] != "system"]
    begins = [at for at, message in enumerate(talk) if message["role"] == "user"] or [0]
    for begin in begins[-turns:]:
        kept = [*system, *talk[begin:]]
        if max_tokens is None or size(kept) <= max_tokens:
            return kept
    raise TooLong(f"The newest turn needs {size(kept)} tokens, and {max_tokens} are allowed. Shorten it.")


def usage_of(provider: str, body: dict[str, Any] | None) -> Usage:
    """The tokens in a reply's JSON body, in one meaning; what is missing or null, or all of it (None), is 0.

    `input_tokens` counts everything sent: read from a cache (`cached_tokens`), written to one
    (`cache_write_tokens`), or neither; `output_tokens` everything made, with the `reasoning_tokens`.
    """
    said = {name: told or 0 for name, told in ((body or {}).get("usage") or {}).items()}
    if provider == "anthropic":
        read, written = said.get("cache_read_input_tokens", 0), said.get("cache_creation_input_tokens", 0)
        thought = (said.get("output_tokens_details") or {}).get("thinking_tokens") or 0
        sent = said.get("input_tokens", 0) + read + written
        return Usage(sent, said.get("output_tokens", 0), read, written, thought)
    sent, made = said.get("prompt_tokens_details") or {}, said.get("completion_tokens_details") or {}
    return Usage(
        input_tokens=said.get("prompt_tokens", 0),
        output_tokens=said.get("completion_tokens", 0),
        cached_tokens=sent.get("cached_tokens") or said.get("prompt_cache_hit_tokens", 0),
        cache_write_tokens=sent.get("cache_write_tokens") or 0,
        reasoning_tokens=made.get("reasoning_tokens") or 0,
    )


def sdk(config: Config) -> Any:
    """The vendor's client, without retries of its own: `failover` decides who is asked next, and at once."""
    return connected(config["provider"], config["base_url"], config["timeout"])


@cache  # a client takes 20 ms to make, and keeps its connections open
def connected(provider: str, base_url: str | None, timeout: float) -> Any:
    """One client per provider, host and patience."""
    maker = anthropic.Anthropic if provider == "anthropic" else openai.OpenAI
    key = os.environ.get(f"{provider.upper()}_API_KEY", "none")
    return maker(api_key=key, base_url=base_url, timeout=timeout, max_retries=0)


def ask_openai(config: Config, messages: Messages) -> Completion:
    """One chat completion: from OpenAI, or from a host that speaks its format, such as DeepSeek.

    The limit is `max_completion_tokens` for OpenAI, wherever its host is, and `max_tokens` for the others.
    """
    limit = "max_completion_tokens" if config["provider"] == "openai" else "max_tokens"
    reply = sdk(config).chat.completions.create(
        model=model(config["tier"], config["provider"]), messages=messages, **{limit: config["max_tokens"]}
    )
    choice, usage = reply.choices[0], usage_of(config["provider"], reply.model_dump())
    return Completion(config["provider"], choice.message.content or "", usage, choice.finish_reason)


def ask_anthropic(config: Config, messages: Messages) -> Completion:
    """One message: `max_tokens` is required, system messages go apart, and the roles take turns.

    Neighbours of one role become one new message, a blank line between them; the given ones stay as they are.
    Without system messages no `system` is sent. The text is that of all blocks of type `text`, put together.
    """
    apart = [message["content"] for message in messages if message["role"] == "system"]
    talk: Messages = []
    for message in (message for message in messages if message["role"] != "system"):
        if talk and talk[-1]["role"] == message["role"]:
            talk[-1] = {**message, "content": f"{talk[-1]['content']}\n\n{message['content']}"}
        else:
            talk.append(message)
    system = {"system": "\n\n".join(apart)} if apart else {}
    reply = sdk(config).messages.create(
        model=model(config["tier"], "anthropic"), messages=talk, max_tokens=config["max_tokens"], **system
    )
    # A model that thinks puts a thinking block first, and one that refuses may send no block at all.
    text = "".join(block.text for block in reply.content if block.type == "text")
    finish = FINISH.get(reply.stop_reason, reply.stop_reason)
    return Completion("anthropic", text, usage_of("anthropic", reply.model_dump()), finish)


def llama_prompt(messages: Messages) -> str:
    """The conversation in Llama 3's special tokens, up to the header that the model answers under.

    `<|begin_of_text|>` stands once, at the start. Each message is `<|start_header_id|>`, its role,
    `<|end_header_id|>`, two line breaks, its content without outer white space, `<|eot_id|>`.
    Nothing in a content is read as a special token: each `<|` in it becomes `< |`.
    """
    header = "<|start_header_id|>{}<|end_header_id|>\n\n"
    said = (header.format(m["role"]) + m["content"].strip().replace("<|", "< |") for m in messages)
    return "<|begin_of_text|>" + "".join(f"{words}<|eot_id|>" for words in said) + header.format("assistant")


def ask_llama(config: Config, messages: Messages) -> Completion:
    """One completion of a raw prompt, from your own server at `base_url`."""
    body = {"model": model(config["tier"], "llama"), "prompt": llama_prompt(messages),
            "max_tokens": config["max_tokens"], "stop": ["<|eot_id|>"]}  # fmt: skip
    reply = httpx2.post(f"{config['base_url']}/generate", json=body, timeout=config["timeout"])
    said = reply.raise_for_status().json()
    return Completion("llama", said["generated_text"], usage_of("llama", said), said["finish_reason"])


def error_of(status: int | None, timed_out: bool) -> type[ProviderError]:
    """The class of a failure, by its HTTP status; without one it is TimedOut or CutStream."""
    if timed_out or status in (408, 504):
        return TimedOut
    if status is None or status >= 500:
        return CutStream if status is None else Overloaded
    return {429: RateLimited, 401: BadKey, 403: BadKey}.get(status, BadRequest)


def client_for(config: Config) -> ModelClient:
    """The factory: the adapter that a configuration names, its failures as ProviderError."""
    adapters = {"openai": ask_openai, "deepseek": ask_openai, "anthropic": ask_anthropic, "llama": ask_llama}
    config = {**DEFAULTS, **config}
    ask = adapters[config["provider"]]

    def client(messages: Messages) -> Completion:
        try:
            return ask(config, messages)
        except FAILURES as reason:
            status = getattr(getattr(reason, "response", None), "status_code", None)
            kind = error_of(status, isinstance(reason, TIMEOUTS))
            raise kind(f"{config['provider']}: {reason}") from reason

    return client


def complete(config: Config, messages: Messages) -> Completion:
    """One call as the configuration says. Raises ProviderError."""
    return client_for(config)(messages)


def signup(config: Config, text: str) -> dict[str, str]:
    """The user in `text`, from the provider that the configuration names."""
    return extract_user(client_for(config), text)


def failover(configs: list[Config], messages: Messages) -> Completion:
    """The completion of the first provider that gives one; the lowest `priority` is asked first.

    After RateLimited, Overloaded, TimedOut and CutStream the next one is asked, at once. What would fail
    there as well, or must be seen by a person, is raised. The given list stays as it is.
    Raises NobodyAnswered at the end.
    """
    reasons = []
    for config in sorted(configs, key=lambda config: config.get("priority", DEFAULTS["priority"])):
        try:
            return client_for(config)(messages)
        except (RateLimited, Overloaded, TimedOut, CutStream) as reason:
            reasons.append(str(reason))
    raise NobodyAnswered("; ".join(reasons))
