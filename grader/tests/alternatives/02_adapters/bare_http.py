"""No SDK: every wire by hand over httpx2, and one table that says how the wires differ."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from itertools import groupby

import httpx2

from grader.models import Usage, model


class TooLong(ValueError):
    pass


class ProviderError(Exception):
    pass


class RateLimited(ProviderError):
    pass


class Overloaded(ProviderError):
    pass


class TimedOut(ProviderError):
    pass


class CutStream(ProviderError):
    pass


class BadKey(ProviderError):
    pass


class BadRequest(ProviderError):
    pass


class NobodyAnswered(ProviderError):
    pass


@dataclass
class Completion:
    provider: str
    text: str
    usage: Usage
    finish: str


def extract_user(client, text):
    asked = "Find the user in the text. Answer in JSON: name, email."
    return json.loads(client([{"role": "system", "content": asked}, {"role": "user", "content": text}]).text)


def size(messages):
    return sum(4 + len(message["content"]) // 4 for message in messages)


def window(messages, turns, max_tokens=None):
    head, blocks = [], []
    for message in messages:
        if message["role"] == "system":
            head.append(message)
        elif message["role"] == "user" or not blocks:
            blocks.append([message])
        else:
            blocks[-1].append(message)
    kept = []
    for block in reversed(blocks[-turns:]):
        if max_tokens is not None and size(head + block + kept) > max_tokens:
            break
        kept = block + kept
    if not kept:
        raise TooLong(max_tokens)
    return head + kept


def dig(body, *path):
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return body or 0


def usage_of(provider, body):
    said = (body or {}).get("usage")
    if "anthropic" == provider:
        read, made = dig(said, "cache_read_input_tokens"), dig(said, "cache_creation_input_tokens")
        thought = dig(said, "output_tokens_details", "thinking_tokens")
        return Usage(dig(said, "input_tokens") + read + made, dig(said, "output_tokens"), read, made, thought)
    return Usage(
        dig(said, "prompt_tokens"),
        dig(said, "completion_tokens"),
        dig(said, "prompt_tokens_details", "cached_tokens") or dig(said, "prompt_cache_hit_tokens"),
        dig(said, "prompt_tokens_details", "cache_write_tokens"),
        dig(said, "completion_tokens_details", "reasoning_tokens"),
    )


def llama_prompt(messages):
    prompt = "<|begin_of_text|>"
    for message in [*messages, {"role": "assistant", "content": ""}]:
        content = re.sub(r"<\|", "< |", message["content"]).strip()
        prompt += f"<|start_header_id|>{message['role']}<|end_header_id|>\n\n{content}<|eot_id|>"
    return prompt.removesuffix("<|eot_id|>")


def request(config, messages):
    name, room = config["provider"], config.get("max_tokens", 500)
    body = {"model": model(config.get("tier", "fast"), name)}
    if name == "llama":
        return "/generate", body | {"prompt": llama_prompt(messages), "max_tokens": room}
    if name == "openai":
        return "/v1/chat/completions", body | {"messages": messages, "max_completion_tokens": room}
    if name == "deepseek":
        return "/chat/completions", body | {"messages": messages, "max_tokens": room}
    head = [{"type": "text", "text": m["content"]} for m in messages if m["role"] == "system"]
    rest = groupby((m for m in messages if m["role"] != "system"), key=lambda m: m["role"])
    talk = [
        {"role": role, "content": [{"type": "text", "text": m["content"]} for m in block]}
        for role, block in rest
    ]
    return "/v1/messages", body | {"messages": talk, "max_tokens": room} | ({"system": head} if head else {})


HOSTS = {"openai": "https://api.openai.com", "anthropic": "https://api.anthropic.com"}


def answer(config, messages):
    name = config["provider"]
    path, body = request(config, messages)
    headers = {"anthropic-version": "2026-10-21",
               "authorization": "Bearer " + os.environ.get(name.upper() + "_API_KEY", "none")}  # fmt: skip
    url = (config.get("base_url") or HOSTS[name]) + path
    try:
        reply = httpx2.post(url, json=body, headers=headers, timeout=config.get("timeout", 20))
    except httpx2.TimeoutException as late:
        raise TimedOut(name) from late
    except httpx2.TransportError as lost:
        raise CutStream(name) from lost
    if reply.status_code != 200:
        raise error_of(reply.status_code, False)(f"{name} said {reply.status_code}")
    return reply.json()


def error_of(status, timed_out):
    if timed_out:
        return TimedOut
    match status:
        case None:
            return CutStream
        case 429:
            return RateLimited
        case 401 | 403:
            return BadKey
        case 408 | 504:
            return TimedOut
        case _:
            return Overloaded if status > 499 else BadRequest


def complete(config, messages):
    name, body = config["provider"], answer(config, messages)
    usage = usage_of(name, body)
    if name == "llama":
        return Completion(name, body["generated_text"], usage, body["finish_reason"])
    if name == "anthropic":
        said = [block["text"] for block in body["content"] if block["type"] == "text"]
        end = body["stop_reason"]
        words = {"end_turn": "stop", "max_tokens": "length", "refusal": "content_filter"}
        return Completion(name, "".join(said), usage, words.get(end, end))
    choice = body["choices"][0]
    return Completion(name, choice["message"]["content"] or "", usage, choice["finish_reason"])


def client_for(config):
    return lambda messages: complete(config, messages)


def signup(config, text):
    return extract_user(client_for(config), text)


def failover(configs, messages):
    def attempt(left, failed):
        if not left:
            raise NobodyAnswered(", ".join(failed))
        try:
            return complete(left[0], messages)
        except (BadKey, BadRequest):
            raise
        except ProviderError as reason:
            return attempt(left[1:], [*failed, str(reason)])

    return attempt(sorted(configs, key=lambda config: config.get("priority", 1)), [])
