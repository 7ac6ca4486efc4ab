"""Alternative: no SDK and no `ast`: httpx2, server-sent events and a recursive-descent parser by hand."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import httpx2

from grader.capstone.endings import CotError, NoAnswer, OverBudget, ProviderFailed
from grader.capstone.terminal import options, parser, watching
from grader.models import UnknownPrice, Usage, cost, model

RULES = (
    'Solve step by step. Answer in JSON: {"step_type", "thought", "action", "result", "next_step_needed"}.'
)
FIELDS = {
    "step_type": str,
    "thought": str,
    "action": str,
    "result": (str, int, float),
    "next_step_needed": bool,
}
KINDS = ("analyze", "calculate", "verify", "final_answer")
HOSTS = {"openai": "https://api.openai.com/v1", "anthropic": "https://api.anthropic.com",
         "deepseek": "https://api.deepseek.com"}  # fmt: skip
ROOM = 1_500  # tokens of a reply


class NotArithmetic(Exception):
    """Refused by the calculator."""


class Invalid(Exception):
    """Not a step."""


class Sum:
    """One expression, read from left to right; every rule of the grammar is a method."""

    def __init__(self, text: str) -> None:
        if len(text) > 300:
            raise NotArithmetic("too long")
        text = text.replace("**", "^").replace(" x ", "*")
        text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
        self.rest = re.findall(r"\d+\.?\d*|\.\d+|of\b|[-+*/^%()×÷−]|[^\s$]", text.strip())
        self.depth = 0

    def take(self, *wanted: str) -> str:
        return self.rest.pop(0) if self.rest and self.rest[0] in wanted else ""

    def whole(self) -> Fraction:
        value = self.sum()
        if self.rest or abs(value) > 10**25:
            raise NotArithmetic(f"{self.rest[:1]}")
        return value

    def sum(self) -> Fraction:
        value = self.product()[0]
        while sign := self.take("+", "-", "−"):
            more, percent = self.product()
            if percent and value != 1:
                raise NotArithmetic("a percentage of what?")
            value += more if sign == "+" else -more
        return value

    def product(self) -> tuple[Fraction, bool]:
        value, percent = self.signed()
        while sign := self.take("*", "×", "/", "÷", "of"):
            other, percent = self.signed()[0], False
            if sign in "/÷" and not other:
                raise NotArithmetic("division by zero")
            value = value / other if sign in "/÷" else value * other
        return value, percent

    def signed(self) -> tuple[Fraction, bool]:
        self.depth += 1
        if self.depth > 100:
            raise NotArithmetic("too deep")
        if sign := self.take("-", "−", "+"):
            value, percent = self.signed()
            return (-value if sign != "+" else value), percent
        return self.power()

    def power(self) -> tuple[Fraction, bool]:
        base, percent = self.atom()
        if not self.take("^"):
            return base, percent
        exponent = self.signed()[0]
        if exponent.denominator != 1 or abs(exponent) > 200 or (not base and exponent <= 0):
            raise NotArithmetic(f"power {exponent}")
        return base**exponent.numerator, False

    def atom(self) -> tuple[Fraction, bool]:
        if self.take("("):
            value = self.sum()
            if not self.take(")"):
                raise NotArithmetic("missing )")
            return value, False
        if not self.rest or not re.fullmatch(r"[\d.]+", self.rest[0]):
            raise NotArithmetic(f"{self.rest[:1]} is no number")
        value = Fraction(self.rest.pop(0))
        return (value / 100, True) if self.take("%") else (value, False)


def calculate(expression: str) -> str:
    value = Sum(expression).whole()
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.12g}"


def complete(
    messages: list[dict[str, str]], *, provider: str = "openai", model_id: str | None = None,
    base_url: str | None = None, on_text: Callable[[str], Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    claude = provider == "anthropic"
    key = os.environ.get(f"{provider.upper()}_API_KEY", "none")
    body: dict[str, Any] = {
        "model": model_id or model("fast", provider),
        "messages": messages,
        "stream": bool(on_text),
    }
    body["max_completion_tokens" if provider == "openai" else "max_tokens"] = ROOM
    if claude:
        body["system"] = messages[0]["content"]
        body["messages"] = [m for m in messages if m["role"] != "system"]
    else:
        body["response_format"] = {"type": "json_object"}
        if on_text:
            body["stream_options"] = {"include_usage": True}
    url = (base_url or HOSTS[provider]).rstrip("/") + ("/v1/messages" if claude else "/chat/completions")
    headers = {"authorization": f"Bearer {key}", "anthropic-version": "2026-10-21"}
    with httpx2.Client(timeout=30) as http:
        for _ in range(3):
            with http.stream("POST", url, json=body, headers=headers) as response:
                if response.status_code == 200:
                    return _streamed(response, on_text) if on_text else _whole(json.loads(response.read()))
                said = response.read().decode()
                if response.status_code != 429 and response.status_code < 500:
                    break
    raise ProviderFailed(f"{response.status_code}: {said}")


def _whole(said: dict[str, Any]) -> dict[str, Any]:
    if "choices" in said:
        choice = said["choices"][0]
        return {
            "text": choice["message"]["content"],
            "usage": _usage(said["usage"]),
            "finish": choice["finish_reason"],
        }
    text = "".join(block["text"] for block in said["content"] if block["type"] == "text")
    finish = {"end_turn": "stop", "max_tokens": "length"}.get(said["stop_reason"], said["stop_reason"])
    return {"text": text, "usage": _usage(said["usage"]), "finish": finish}


def _events(response: Any) -> Iterator[dict[str, Any]]:
    try:
        for line in response.iter_lines():
            if line.startswith("data: {"):
                yield json.loads(line[6:])
    except httpx2.TransportError:
        return


def _streamed(response: Any, on_text: Callable[[str], Any]) -> dict[str, Any]:
    text, finish, counts = "", None, {}
    for event in _events(response):
        counts |= event.get("usage") or event.get("message", {}).get("usage") or {}
        piece = event.get("delta", {}).get("text", "")
        finish = event.get("delta", {}).get("stop_reason") or finish
        for choice in event.get("choices") or []:
            piece = choice["delta"].get("content") or ""
            finish = choice["finish_reason"] or finish
        if piece:
            on_text(piece)
            text += piece
    finish = {"end_turn": "stop", None: "cut"}.get(finish, finish)
    return {"text": text, "usage": _usage(counts), "finish": finish}


def _usage(said: dict[str, Any]) -> dict[str, int]:
    sent, made = said.get("prompt_tokens_details") or {}, said.get("completion_tokens_details") or {}
    made = made or said.get("output_tokens_details") or {}
    read, written = said.get("cache_read_input_tokens") or 0, said.get("cache_creation_input_tokens") or 0
    return {
        "input_tokens": said.get("prompt_tokens") or said.get("input_tokens", 0) + read + written,
        "output_tokens": said.get("completion_tokens") or said.get("output_tokens", 0),
        "cached_tokens": read or sent.get("cached_tokens") or said.get("prompt_cache_hit_tokens") or 0,
        "cache_write_tokens": written or sent.get("cache_write_tokens") or 0,
        "reasoning_tokens": made.get("reasoning_tokens") or made.get("thinking_tokens") or 0,
    }


def history(question: str, steps: list[dict[str, Any]]) -> list[dict[str, str]]:
    messages = [{"role": "system", "content": RULES}, {"role": "user", "content": f"The problem: {question}"}]
    if len(steps) > 6:
        done = "; ".join(f"{s['action']} -> {s['result']}" for s in steps[:-2])
        messages[1:] = [messages[1], _model(f"So far: {done}."), _user("Go on.")]
        steps = steps[-2:]
    for s in steps:
        messages += [_model(json.dumps(s, ensure_ascii=False)), _user("Go on.")]
    return messages


def _model(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def _user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def read(text: str, finish: str) -> dict[str, Any]:
    try:
        step = json.loads(text)
        if finish != "stop" or any(not isinstance(step.get(n), kind) for n, kind in FIELDS.items()):
            raise Invalid("every field, please, and a whole reply")
        if step["step_type"] not in KINDS:
            raise Invalid(f"step_type is one of {KINDS}")
        if step["step_type"] == "calculate":
            step["result"] = calculate(step["action"])
    except (ValueError, NotArithmetic) as reason:
        raise Invalid(f"this cannot be read: {reason}") from reason
    return step


class Book:
    """What a run did and cost."""

    def __init__(self, question: str, model_id: str, budget: str | None) -> None:
        self.limit = None if budget is None else Decimal(budget)
        self.told: dict[str, Any] = {
            "question": question, "model": model_id, "answer": None, "steps": [], "calls": 0,
            "usage": vars(Usage()), "cost_usd": "0", "uncounted": 0,
        }  # fmt: skip
        self.kept = Decimal(0)

    def price(self, usage: dict[str, int]) -> Decimal | None:
        try:
            return cost(Usage(**usage), self.told["model"])
        except UnknownPrice:
            return None

    def reserve(self, messages: list[dict[str, str]]) -> Decimal:
        size = len(json.dumps(messages).encode()) + 50
        most = self.price({"input_tokens": size, "output_tokens": ROOM, "cache_write_tokens": size})
        if self.limit is None:
            return Decimal(0)
        if most is None or Decimal(self.told["cost_usd"]) + self.kept + most > self.limit:
            raise OverBudget(f"{most} is not there")
        return most

    def enter(self, reply: dict[str, Any], reserved: Decimal) -> None:
        cut = reply["finish"] == "cut"
        self.kept += reserved if cut else 0
        self.told["uncounted"] += cut
        self.told["usage"] = {n: count + reply["usage"][n] for n, count in self.told["usage"].items()}
        spent = self.price(reply["usage"])
        self.told["cost_usd"] = None if spent is None else str(Decimal(self.told["cost_usd"]) + spent)


def solve(question: str, **settings: Any) -> dict[str, Any]:
    return _run(question, **settings).told


def _run(
    question: str, *, provider: str = "openai", tier: str = "fast", model_id: str | None = None,
    base_url: str | None = None, max_steps: int = 12, budget: str | None = None, stream: bool = False,
    watch: Callable[[dict[str, Any]], Any] = lambda _: None,
) -> Book:  # fmt: skip
    book = Book(question, model_id or model(tier, provider), budget)
    on_text = (lambda piece: watch({"event": "text", "piece": piece})) if stream else None
    again: list[dict[str, str]] = []
    try:
        while len(book.told["steps"]) < max_steps:
            messages = history(question, book.told["steps"]) + again
            reserved = book.reserve(messages)
            book.told["calls"] += 1
            asked = {
                "provider": provider,
                "model_id": book.told["model"],
                "base_url": base_url,
                "on_text": on_text,
            }
            reply = complete(messages, **asked)
            book.enter(reply, reserved)
            told = {"reply": reply["text"], "finish": reply["finish"], "usage": reply["usage"]}
            watch({"event": "call", "call": book.told["calls"], "messages": messages, **told})
            try:
                step = read(reply["text"], reply["finish"])
            except Invalid as reason:
                again += [_model(reply["text"] or "?"), _user(f"No, {reason}.")]
                watch({"event": "invalid", "reason": str(reason), "asked_again": len(again) < 6})
                if len(again) == 6:
                    raise NoAnswer(str(reason)) from reason
                continue
            again = []
            book.told["steps"].append(step)
            watch({"event": "step", "number": len(book.told["steps"]), **step})
            if step["step_type"] == "final_answer" or not step["next_step_needed"]:
                book.told["answer"] = step["result"]
                return book
        raise NoAnswer("too many steps")
    except CotError as stop:
        stop.run = book.told
        raise


def main(
    argv: list[str] | None = None, *, write: Callable[[str], Any] = sys.stdout.write,
    complain: Callable[[str], Any] = sys.stderr.write, source: str = "live",
) -> int:  # fmt: skip
    as_json = "--json" in (argv or [])
    try:
        args = parser().parse_args(argv)
        asked = options(args)
        with watching(args, write) as watch:
            told = _run(**asked, watch=watch).told
        ending = {"exit_code": 0, "error": None}
    except SystemExit:
        return 0
    except CotError as stop:
        told, ending = stop.run or {}, {"exit_code": stop.code, "error": str(stop)}
    if as_json and told:
        write(json.dumps({**ending, "source": source, **told}))
    else:
        if told:
            write(f"{told['usage']['input_tokens']:,} tokens for {told['cost_usd']} dollars\n")
        if ending["error"]:
            complain(ending["error"])
    return int(ending["exit_code"])
