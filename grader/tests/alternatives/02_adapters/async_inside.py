"""Asynchronous clients run to their end, NamedTuples for results, windows and prompts by comprehension."""

from __future__ import annotations

import asyncio
import json
import os
from itertools import accumulate, chain, groupby
from typing import NamedTuple

import anthropic
import httpx2
import openai

from grader.models import Usage, model


class TooLong(ValueError):
    """Nothing can be left out any more."""


class ProviderError(Exception):
    """The root of all."""


class Elsewhere(ProviderError):
    """Another provider may do better."""


class RateLimited(Elsewhere):
    """Come back later."""


class Overloaded(Elsewhere):
    """Their fault."""


class TimedOut(Elsewhere):
    """Too late."""


class CutStream(Elsewhere):
    """Half a reply, or none."""


class BadKey(ProviderError):
    """Who are you?"""


class BadRequest(ProviderError):
    """Our fault."""


class NobodyAnswered(ProviderError):
    """All of them."""


class Setting(NamedTuple):
    provider: str
    tier: str = "fast"
    base_url: str | None = None
    max_tokens: int = 400
    timeout: float = 15
    priority: int = 1

    @property
    def model(self):
        return model(self.tier, self.provider)

    def client(self, kind):
        key = os.environ.get(f"{self.provider.upper()}_API_KEY") or "none"
        return kind(api_key=key, base_url=self.base_url, timeout=self.timeout, max_retries=0)


def size(messages):
    return sum(4 + len(message["content"]) // 4 for message in messages)


def window(messages, turns, max_tokens=None):
    rules, talk = ([m for m in messages if (m["role"] == "system") is wanted] for wanted in (True, False))
    numbers = list(accumulate(int(m["role"] == "user") for m in talk))
    last = numbers[-1]
    for first in range(max(1, last - turns + 1), last + 1):
        chosen = rules + [m for m, number in zip(talk, numbers, strict=True) if number >= first]
        if max_tokens is None or size(chosen) <= max_tokens:
            return chosen
    raise TooLong(f"{max_tokens} tokens hold not even the last question")


def usage_of(provider, body):
    flat = {}
    for name, value in ((body or {}).get("usage") or {}).items():
        flat |= value if isinstance(value, dict) else {name: value}
    flat = {name: value or 0 for name, value in flat.items()}
    get = lambda *names: next((flat[name] for name in names if name in flat), 0)  # noqa: E731
    read = get("cached_tokens", "prompt_cache_hit_tokens", "cache_read_input_tokens")
    written = get("cache_write_tokens", "cache_creation_input_tokens")
    beside = read + written if provider == "anthropic" else 0
    return Usage(get("prompt_tokens", "input_tokens") + beside, get("completion_tokens", "output_tokens"),
                 read, written, get("reasoning_tokens", "thinking_tokens"))  # fmt: skip


def llama_prompt(messages):
    pairs = [(m["role"], m["content"].strip().replace("<|", "< |") + "<|eot_id|>") for m in messages]
    lines = chain.from_iterable(
        ("<|start_header_id|>", role, "<|end_header_id|>", "\n\n", text)
        for role, text in [*pairs, ("assistant", "")]
    )
    return "<|begin_of_text|>" + "".join(lines)


async def chat(setting, messages):
    limit = {"max_completion_tokens" if setting.provider == "openai" else "max_tokens": setting.max_tokens}
    async with setting.client(openai.AsyncOpenAI) as client:
        made = await client.chat.completions.create(messages=messages, model=setting.model, **limit)
    return made.choices[0].message.content, made.to_dict(), made.choices[0].finish_reason


async def message(setting, messages):
    rules = [{"type": "text", "text": m["content"]} for m in messages if m["role"] == "system"]
    rest = (m for m in messages if m["role"] != "system")
    talk = [
        {"role": role, "content": "\n\n".join(m["content"] for m in same)}
        for role, same in groupby(rest, key=lambda m: m["role"])
    ]
    more = {"system": rules} if rules else {}
    async with setting.client(anthropic.AsyncAnthropic) as client:
        made = await client.messages.create(
            max_tokens=setting.max_tokens, model=setting.model, messages=talk, **more
        )
    words = {"end_turn": "stop", "max_tokens": "length", "refusal": "content_filter"}
    said = [block.text for block in made.content if isinstance(block, anthropic.types.TextBlock)]
    return "".join(said), made.to_dict(), words.get(made.stop_reason) or made.stop_reason


async def raw(setting, messages):
    body = {"prompt": llama_prompt(messages), "model": setting.model, "max_tokens": setting.max_tokens}
    async with httpx2.AsyncClient(timeout=setting.timeout) as client:
        made = await client.post(f"{setting.base_url}/generate", json=body)
    said = made.raise_for_status().json()
    return said["generated_text"], said, said["finish_reason"]


def error_of(status, timed_out):
    if status is None or timed_out:
        return TimedOut if timed_out else CutStream
    ours = {401: BadKey, 403: BadKey, 408: TimedOut, 429: RateLimited, 504: TimedOut}
    return ours.get(status) or (Overloaded if status >= 500 else BadRequest)


async def called(setting, messages):
    how = {"anthropic": message, "llama": raw}.get(setting.provider, chat)
    try:
        text, body, finish = await how(setting, messages)
    except (openai.APITimeoutError, anthropic.APITimeoutError, httpx2.TimeoutException) as late:
        raise TimedOut(setting.provider) from late
    except (openai.APIStatusError, anthropic.APIStatusError, httpx2.HTTPStatusError) as said:
        raise error_of(said.response.status_code, False)(setting.provider) from said
    except (openai.APIConnectionError, anthropic.APIConnectionError, httpx2.TransportError) as cut:
        raise CutStream(setting.provider) from cut
    usage = usage_of(setting.provider, body)
    return Completion(setting.provider, text or "", usage, finish)


class Completion:
    def __init__(self, provider, text, usage, finish):
        self.all = {"provider": provider, "text": text, "usage": usage, "finish": finish}


def client_for(config):
    return lambda messages: complete(config, messages)


def complete(config, messages):
    return asyncio.run(called(Setting(**config), messages)).all


def extract_user(client, text):
    rules = {"role": "system", "content": "JSON with name and email, please."}
    return json.loads(client([rules, {"role": "user", "content": text}])["text"])


def signup(config, text):
    return extract_user(client_for(config), text)


def failover(configs, messages):
    failed = []
    for setting in sorted((Setting(**config) for config in configs), key=lambda setting: setting.priority):
        try:
            return asyncio.run(called(setting, messages)).all
        except Elsewhere as reason:
            failed.append(f"{reason} ({type(reason).__name__})")
    raise NobodyAnswered(failed)
