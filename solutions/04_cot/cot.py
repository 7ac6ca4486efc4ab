"""Chain of thought as an orchestrator: the model proposes one step at a time, your code decides what follows.

Grade it: pytest exercises/04_cot
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any, Literal

import httpx2
from fastapi import FastAPI, HTTPException
from openai import APIError, APITimeoutError, AsyncOpenAI, OpenAI
from pydantic import BaseModel, StringConstraints, ValidationError
from sse_starlette import EventSourceResponse, JSONServerSentEvent

from grader.models import Usage, model

STEP = """You solve a problem step by step. A step is one JSON object:
{"step_type": "analyze" | "calculate" | "verify" | "final_answer", "thought": "what you see",
 "action": "what you do about it", "result": "what came out", "next_step_needed": true | false}
Only a final_answer needs no next step; its result is the whole answer.
"""
ONE_STEP = STEP + "Reply with the next step only."
ALL_STEPS = STEP + "Reply with all steps, each on one line, and nothing else."
CLASSIFY = """How hard is the user's question? SIMPLE: one fact answers it.
COMPLEX: it takes arithmetic, a comparison, dates or a policy. Reply with one word, SIMPLE or COMPLEX."""
DIRECT = "Answer the question in one short sentence."

# Made at the first call, so that the import needs no key. They repeat a rate-limited call themselves, twice.
client, async_client = cache(OpenAI), cache(AsyncOpenAI)
Messages = list[dict[str, Any]]
Question = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class ChainError(RuntimeError):
    """The chain gave no answer."""


class InvalidStep(ChainError):
    """The model's words are not a step."""


class CorrectionFailed(ChainError):
    """The model was shown its mistake, as often as allowed, and repeated it."""


class StepLimit(ChainError):
    """The model was still thinking after the last step allowed."""


class CutStream(ChainError):
    """The stream ended before the model said that it was done."""


class ReasoningStep(BaseModel, strict=True, extra="forbid"):
    """One step as STEP describes it: nothing is converted, added or left out."""

    step_type: Literal["analyze", "calculate", "verify", "final_answer"]
    thought: str
    action: str
    result: str
    next_step_needed: bool


@dataclass
class Solution:
    """An answer, the steps that led to it, and what all of its calls cost."""

    answer: str
    steps: list[ReasoningStep]
    usage: Usage


def opening(prompt: str, question: str) -> Messages:
    """The first messages: our words in the system role, the user's in the user role."""
    return [{"role": "system", "content": prompt}, {"role": "user", "content": question}]


def parse_step(text: str) -> ReasoningStep:
    """The step in `text`. Raises InvalidStep: "not JSON: ...", or every wrong field with its name."""
    try:
        return ReasoningStep.model_validate_json(text)
    except ValidationError as reason:
        wrong = reason.errors()
    if wrong[0]["type"] == "json_invalid":
        raise InvalidStep(f"not JSON: {wrong[0]['msg']}. Send one JSON object and nothing around it.")
    fields = (": ".join(map(str, (*error["loc"], error["msg"]))) for error in wrong)
    raise InvalidStep(f"not a step: {'; '.join(fields)}.")


def ask(messages: Messages, tier: str = "balanced", form: str = "json_object") -> tuple[str, Usage]:
    """What the tier's model said, word for word, and what it cost; `form` is `json_object` or `text`."""
    reply = client().chat.completions.create(
        model=model(tier), messages=messages, response_format={"type": form}
    )
    spent = Usage(reply.usage.prompt_tokens, reply.usage.completion_tokens)
    return reply.choices[0].message.content or "", spent


def next_step(messages: Messages, corrections: int = 2) -> tuple[ReasoningStep, str, Usage]:
    """A valid step, the words that it came in, and what it cost, calls that brought none included.

    What is no step goes back with its error, in a new list. Raises CorrectionFailed, naming the tokens spent.
    """
    usage = Usage()
    for _ in range(1 + corrections):
        said, spent = ask(messages)
        usage += spent
        try:
            return parse_step(said), said, usage
        except InvalidStep as reason:
            error = str(reason)
        # A new list: the caller's history gets the corrected step and never pays for the mistake again.
        wrong = {"role": "assistant", "content": said}
        messages = [*messages, wrong, {"role": "user", "content": f"{error}\nSend this step again."}]
    raise CorrectionFailed(f"{error} {corrections} corrections and {usage.total_tokens} tokens did not help.")


def solve(question: str, max_steps: int = 8) -> Solution:
    """The answer, one call per step. Raises CorrectionFailed; at `max_steps` StepLimit, naming the tokens."""
    messages, steps, usage = opening(ONE_STEP, question), [], Usage()
    while len(steps) < max_steps:
        step, said, spent = next_step(messages)
        steps.append(step)
        usage += spent
        if step.step_type == "final_answer":
            return Solution(step.result, steps, usage)
        # The model forgets everything between calls: what it said is known only because we send it again.
        messages.append({"role": "assistant", "content": said})
    raise StepLimit(f"{max_steps} steps and {usage.total_tokens} tokens brought no answer: allow more steps.")


def read_steps(text: str, ended: bool = False) -> tuple[list[ReasoningStep], str]:
    """The steps on the finished lines of `text`, and the unfinished line, to put before the next piece.

    When the stream has `ended`, every line is finished. Raises InvalidStep.
    """
    *lines, rest = text.split("\n")
    if ended:
        lines, rest = [*lines, rest], ""
    return [parse_step(line) for line in lines if line.strip()], rest


async def stream_steps(question: str) -> AsyncGenerator[ReasoningStep, None]:
    """The steps of one streamed call, each as soon as its line is finished; closing it closes the call.

    Raises CutStream unless the model says `stop` (`length` is a cut, too), after a final answer.
    """
    step, rest, finish = None, "", None
    asked = {"model": model("balanced"), "messages": opening(ALL_STEPS, question), "timeout": 30}
    usage = {"stream_options": {"include_usage": True}}  # without it nobody learns what the stream cost
    try:
        async with await async_client().chat.completions.create(**asked, **usage, stream=True) as stream:
            async for chunk in stream:
                for choice in chunk.choices:  # a chunk that reports usage has none
                    steps, rest = read_steps(rest + (choice.delta.content or ""))
                    for step in steps:
                        yield step
                    finish = choice.finish_reason or finish
    except httpx2.TransportError as reason:
        raise CutStream(f"the connection broke: {reason}") from reason
    # The SDK ends a stream that lost its end without a word: only the missing finish reason tells.
    if finish != "stop":
        raise CutStream(f"the stream ended with finish reason {finish!r}: the answer is not complete")
    for step in read_steps(rest, ended=True)[0]:
        yield step
    if step is None or step.step_type != "final_answer":
        raise CutStream("the model stopped without a final answer")


def create_app(patience: float = 10.0) -> FastAPI:
    """GET /solve?question=...: a `thinking` event per step, then `complete` {"answer"} or `error` {"error"}.

    No first step within `patience` seconds is a 504, any other failure before it a 502, no Question a 422.
    """
    app = FastAPI(title="Chain of thought, aloud")

    @app.get("/solve")
    async def think(question: Question) -> EventSourceResponse:
        steps = stream_steps(question)
        # The status goes out before the first event: wait for the first step, then choose it.
        try:
            async with asyncio.timeout(patience):
                first = await anext(steps)
        except (TimeoutError, APITimeoutError) as reason:
            raise HTTPException(504, f"no step within {patience} seconds") from reason
        except (ChainError, APIError) as reason:
            raise HTTPException(502, str(reason)) from reason
        return EventSourceResponse(aloud(first, steps))

    return app


async def aloud(
    step: ReasoningStep, steps: AsyncGenerator[ReasoningStep, None]
) -> AsyncGenerator[JSONServerSentEvent, None]:
    """The events for `step` and for those after it; however it ends, `steps` is closed."""
    async with aclosing(steps):
        try:
            yield JSONServerSentEvent(step.model_dump(), event="thinking")
            async for step in steps:
                yield JSONServerSentEvent(step.model_dump(), event="thinking")
            yield JSONServerSentEvent({"answer": step.result}, event="complete")
        except (ChainError, APIError) as reason:
            yield JSONServerSentEvent({"error": str(reason)}, event="error")


def answer(question: str) -> Solution:
    """What the fast tier calls SIMPLE it answers directly; anything else takes the chain."""
    label, spent = ask(opening(CLASSIFY, question), "fast", "text")
    if label.strip() == "SIMPLE":
        said, more = ask(opening(DIRECT, question), "fast", "text")
        return Solution(said, [], spent + more)
    solution = solve(question)
    return replace(solution, usage=spent + solution.usage)
