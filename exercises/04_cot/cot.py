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
    raise NotImplementedError("Task 1: validate the text as a ReasoningStep, and say what is wrong")


def ask(messages: Messages, tier: str = "balanced", form: str = "json_object") -> tuple[str, Usage]:
    """What the tier's model said, word for word, and what it cost; `form` is `json_object` or `text`."""
    raise NotImplementedError("Task 2: make one call, return its words and its tokens")


def next_step(messages: Messages, corrections: int = 2) -> tuple[ReasoningStep, str, Usage]:
    """A valid step, the words that it came in, and what it cost, calls that brought none included.

    What is no step goes back with its error, in a new list. Raises CorrectionFailed, naming the tokens spent.
    """
    raise NotImplementedError("Task 3: ask for a step, send a bad one back with its error")


def solve(question: str, max_steps: int = 8) -> Solution:
    """The answer, one call per step. Raises CorrectionFailed; at `max_steps` StepLimit, naming the tokens."""
    raise NotImplementedError("Task 4: ask for step after step until one is the final answer")


def read_steps(text: str, ended: bool = False) -> tuple[list[ReasoningStep], str]:
    """The steps on the finished lines of `text`, and the unfinished line, to put before the next piece.

    When the stream has `ended`, every line is finished. Raises InvalidStep.
    """
    raise NotImplementedError("Task 5: parse the finished lines, keep the unfinished one")


async def stream_steps(question: str) -> AsyncGenerator[ReasoningStep, None]:
    """The steps of one streamed call, each as soon as its line is finished; closing it closes the call.

    Raises CutStream unless the model says `stop` (`length` is a cut, too), after a final answer.
    """
    raise NotImplementedError("Task 6: stream one call, yield each step when its line ends")
    yield  # keeps this an async generator


def create_app(patience: float = 10.0) -> FastAPI:
    """GET /solve?question=...: a `thinking` event per step, then `complete` {"answer"} or `error` {"error"}.

    No first step within `patience` seconds is a 504, any other failure before it a 502, no Question a 422.
    """
    raise NotImplementedError("Task 7: wait for the first step, then choose the status")


async def aloud(
    step: ReasoningStep, steps: AsyncGenerator[ReasoningStep, None]
) -> AsyncGenerator[JSONServerSentEvent, None]:
    """The events for `step` and for those after it; however it ends, `steps` is closed."""
    raise NotImplementedError("Task 7: turn the steps, and a late failure, into events")
    yield  # keeps this an async generator


def answer(question: str) -> Solution:
    """What the fast tier calls SIMPLE it answers directly; anything else takes the chain."""
    raise NotImplementedError("Task 8: let the fast tier choose the route, trust only its exact word")
