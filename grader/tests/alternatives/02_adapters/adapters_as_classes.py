"""A class for each wire, a registry of them, pydantic for the completion, and other words everywhere."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod

import anthropic
import httpx2
import openai
from pydantic import BaseModel

from grader.models import model


class TooLong(ValueError): ...


class ProviderError(Exception):
    again = True


class RateLimited(ProviderError): ...


class Overloaded(ProviderError): ...


class TimedOut(ProviderError): ...


class CutStream(ProviderError): ...


class BadKey(ProviderError):
    again = False


class BadRequest(ProviderError):
    again = False


class NobodyAnswered(ProviderError): ...


class Counted(BaseModel):
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0


class Completion(BaseModel):
    provider: str
    text: str
    usage: Counted
    finish: str


def size(messages):
    total = 0
    for message in messages:
        total += 4 + len(message["content"]) // 4
    return total


def window(messages, turns, max_tokens=None):
    rules = [m for m in messages if m["role"] == "system"]
    rest = [m for m in messages if m["role"] != "system"]
    while True:
        asked = [n for n, m in enumerate(rest) if m["role"] == "user"]
        fits = max_tokens is None or size(rules + rest) <= max_tokens
        if fits and len(asked) <= turns:
            return rules + rest
        if len(asked) == 1:
            raise TooLong("shorten the question")
        rest = rest[asked[1] :]


def usage_of(provider, body):
    usage = dict(body["usage"]) if body and body.get("usage") else {}
    usage = {name: value for name, value in usage.items() if value is not None}
    inner = {}
    for name in ("prompt_tokens_details", "completion_tokens_details", "output_tokens_details"):
        inner.update(usage.get(name) or {})
    if provider == "anthropic":
        cached, written = usage.get("cache_read_input_tokens", 0), usage.get("cache_creation_input_tokens", 0)
        sent, made = usage.get("input_tokens", 0) + cached + written, usage.get("output_tokens", 0)
    else:
        cached = inner.get("cached_tokens", usage.get("prompt_cache_hit_tokens", 0))
        written = inner.get("cache_write_tokens", 0)
        sent, made = usage.get("prompt_tokens", 0), usage.get("completion_tokens", 0)
    thought = inner.get("thinking_tokens", 0) + inner.get("reasoning_tokens", 0)
    return Counted(input_tokens=sent, output_tokens=made, cached_tokens=cached, cache_write_tokens=written,
                   reasoning_tokens=thought)  # fmt: skip


def llama_prompt(messages):
    def part(message):
        content = message["content"].strip().replace("<|", "< |")
        return opened(message["role"]) + content + "<|eot_id|>"

    def opened(role):
        return "<|start_header_id|>" + role + "<|end_header_id|>" + 2 * "\n"

    return "".join(("<|begin_of_text|>", *map(part, messages), opened("assistant")))


class Client(ABC):
    def __init__(self, config):
        self.config = {"tier": "fast", "max_tokens": 600, "timeout": 30, "base_url": None, **config}
        self.name, self.room = config["provider"], self.config["max_tokens"]
        self.model = model(self.config["tier"], self.name)

    def options(self):
        wanted = {name: self.config[name] for name in ("base_url", "timeout")}
        return {"api_key": "none", "max_retries": 0, **wanted}

    def __call__(self, messages):
        try:
            text, body, finish = self.ask(messages)
        except (openai.APIError, anthropic.APIError, httpx2.HTTPError) as reason:
            late = "timeout" in type(reason).__name__.lower()
            status = reason.response.status_code if hasattr(reason, "response") else None
            raise error_of(status, late)(f"{self.name} failed") from reason
        return Completion(provider=self.name, text=text, usage=usage_of(self.name, body), finish=finish)

    @abstractmethod
    def ask(self, messages): ...


class Chat(Client):
    limit = "max_tokens"

    def ask(self, messages):
        sdk = openai.OpenAI(**self.options())
        raw = sdk.chat.completions.with_raw_response.create(
            model=self.model, messages=messages, **{self.limit: self.room}
        )
        body = json.loads(raw.text)
        return body["choices"][0]["message"]["content"] or "", body, body["choices"][0]["finish_reason"]


class OwnChat(Chat):
    limit = "max_completion_tokens"


class Messages(Client):
    ends = (("end_turn", "stop"), ("max_tokens", "length"), ("refusal", "content_filter"))

    def ask(self, messages):
        talk = []
        for m in messages:
            if m["role"] == "system":
                continue
            if talk and talk[-1]["role"] == m["role"]:
                talk[-1]["content"] += "\n" + m["content"]
            else:
                talk.append(dict(m))
        rules = "\n".join(m["content"] for m in messages if m["role"] == "system")
        sdk = anthropic.Anthropic(**self.options())
        reply = sdk.messages.create(
            model=self.model, messages=talk, max_tokens=self.room, system=rules or anthropic.omit
        )
        text = "".join(block.text for block in reply.content if block.type == "text")
        return text, reply.to_dict(), dict(self.ends).get(reply.stop_reason, reply.stop_reason)


class Raw(Client):
    def ask(self, messages):
        with httpx2.Client(base_url=self.config["base_url"], timeout=self.config["timeout"]) as http:
            body = {"prompt": llama_prompt(messages), "max_tokens": self.room, "model": self.model}
            made = http.post("/generate", json=body).raise_for_status().json()
        return made["generated_text"], made, made["finish_reason"]


REGISTRY = {"openai": OwnChat, "deepseek": Chat, "anthropic": Messages, "llama": Raw}


def client_for(config):
    return REGISTRY[config["provider"]](config)


def complete(config, messages):
    return client_for(config)(messages)


def extract_user(client, text):
    return json.loads(client([{"role": "user", "content": f"Name and email as JSON: {text}"}]).text)


def error_of(status, timed_out):
    if timed_out:
        return TimedOut
    named = {None: CutStream, 401: BadKey, 403: BadKey, 408: TimedOut, 429: RateLimited, 504: TimedOut}
    return named.get(status) or (Overloaded if status >= 500 else BadRequest)


def signup(config, text):
    return extract_user(client_for(config), text)


def failover(configs, messages):
    reasons = {}
    for config in sorted(configs, key=lambda config: config.get("priority", 1)):
        try:
            return complete(config, messages)
        except ProviderError as reason:
            if not reason.again:
                raise
            reasons[config["provider"]] = reason
    raise NobodyAnswered(f"nobody answered: {reasons}")
