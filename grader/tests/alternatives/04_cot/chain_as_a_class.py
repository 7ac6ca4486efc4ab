"""Alternative: a class holds the conversation and asks asynchronously inside; steps are checked by hand.

It stops at `next_step_needed`, and asks the model to go on after each step.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from types import SimpleNamespace

import openai
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from sse_starlette.sse import EventSourceResponse

from grader.models import model

KINDS = ("analyze", "calculate", "verify", "final_answer")
FIELDS = {"step_type": str, "thought": str, "action": str, "result": str, "next_step_needed": bool}
RULES = f"""Work on the user's problem in small steps and answer in JSON.
Keys: {", ".join(FIELDS)}. Kinds of step: {", ".join(KINDS)}. One object per reply."""


class InvalidStep(Exception):
    pass


class CorrectionFailed(Exception):
    pass


class StepLimit(Exception):
    pass


class CutStream(Exception):
    pass


def parse_step(text):
    try:
        fields = json.loads(text)
    except ValueError as reason:
        raise InvalidStep(f"This is no JSON ({reason}).") from reason
    if not isinstance(fields, dict):
        raise InvalidStep(f"A step is an object, this is {fields!r}.")
    wrong = [f"There is no field {name!r}." for name in fields if name not in FIELDS]
    for name, kind in FIELDS.items():
        if type(fields.get(name)) is not kind:
            wrong.append(f"The field {name!r} must be a {kind.__name__}.")
        elif name == "step_type" and fields[name] not in KINDS:
            wrong.append(f"step_type is {fields[name]!r}; use one of {KINDS}.")
    if wrong:
        raise InvalidStep(" ".join(wrong))
    return fields


class Chain:
    def __init__(self, messages):
        self.messages = list(messages)
        self.spent = {"input_tokens": 0, "output_tokens": 0}

    async def say(self, tier="balanced", **options):
        async with openai.AsyncOpenAI() as client:
            reply = await client.chat.completions.create(model=model(tier), messages=self.messages, **options)
        self.spent["input_tokens"] += reply.usage.prompt_tokens
        self.spent["output_tokens"] += reply.usage.completion_tokens
        return reply.choices[0].message.content

    async def step(self, corrections=2):
        for attempt in range(corrections + 1):
            words = await self.say(response_format={"type": "json_object"})
            self.messages.append({"role": "assistant", "content": words})
            try:
                return parse_step(words), words
            except InvalidStep as reason:
                if attempt == corrections:
                    raise CorrectionFailed(f"{reason} Spent so far: {self.total} tokens.") from reason
                self.messages.append({"role": "user", "content": f"That was wrong. {reason}"})
        return None

    @property
    def total(self):
        return sum(self.spent.values())


def ask(messages, tier="balanced", form="json_object"):
    chain = Chain(messages)
    words = asyncio.run(chain.say(tier, response_format={"type": form}))
    return words, chain.spent


def next_step(messages, corrections=2):
    chain = Chain(messages)
    step, words = asyncio.run(chain.step(corrections))
    return step, words, chain.spent


def solve(question, max_steps=8):
    chain = Chain(
        [{"role": "developer", "content": RULES}, {"role": "user", "content": f"My problem: {question}"}]
    )

    async def work():
        steps, clean = [], list(chain.messages)
        for _ in range(max_steps):
            chain.messages = list(clean)
            step, words = await chain.step()
            steps.append(step)
            if not step["next_step_needed"]:
                return {"answer": step["result"], "steps": steps, "usage": chain.spent}
            clean += [{"role": "assistant", "content": words}, {"role": "user", "content": "Go on."}]
        raise StepLimit(f"No answer in {max_steps} steps; that was {chain.total} tokens.")

    return asyncio.run(work())


def read_steps(text, ended=False):
    steps, start = [], 0
    while (end := text.find("\n", start)) >= 0:
        if line := text[start:end].strip():
            steps.append(parse_step(line))
        start = end + 1
    rest = text[start:]
    if ended and rest.strip():
        return [*steps, parse_step(rest)], ""
    return steps, "" if ended else rest


async def stream_steps(question) -> AsyncIterator[dict]:
    state = SimpleNamespace(rest="", stopped=False)
    client = openai.AsyncOpenAI()
    stream = None
    try:
        stream = await client.chat.completions.create(
            model=model("balanced"),
            messages=[
                {"role": "developer", "content": f"{RULES} Write all objects at once, one per line."},
                {"role": "user", "content": question},
            ],
            stream=True,
            stream_options={"include_usage": True},
        )
        async for event in stream:
            if not event.choices:
                continue
            state.rest += event.choices[0].delta.content or ""
            steps, state.rest = read_steps(state.rest)
            for step in steps:
                yield step
            state.stopped = state.stopped or event.choices[0].finish_reason == "stop"
        if not state.stopped:
            raise CutStream("no stop")
        for step in read_steps(state.rest, ended=True)[0]:
            yield step
        if step["next_step_needed"]:
            raise CutStream("no answer")
    except (openai.APIError, OSError) as reason:
        raise CutStream(str(reason)) from reason
    except Exception as reason:
        if type(reason).__module__.startswith("httpx"):
            raise CutStream(str(reason)) from reason
        raise
    finally:
        if stream is not None:
            await stream.close()
        await client.close()


def create_app(patience=10.0):
    app = FastAPI()

    @app.get("/solve")
    async def solve_aloud(question: str = ""):
        question = question.strip()
        if not 0 < len(question) <= 500:
            return JSONResponse({"detail": "Ask a question of 1 to 500 characters."}, 422)
        source = stream_steps(question)
        try:
            first = await asyncio.wait_for(source.__anext__(), patience)
        except TimeoutError:
            return JSONResponse({"detail": "too slow"}, 504)
        except (CutStream, InvalidStep):
            return JSONResponse({"detail": "the model broke off"}, 502)

        async def events():
            last = first
            try:
                yield {"event": "thinking", "data": json.dumps(first)}
                async for last in source:
                    yield {"event": "thinking", "data": json.dumps(last)}
            except (CutStream, InvalidStep) as reason:
                yield {"event": "error", "data": json.dumps({"error": str(reason)})}
            else:
                yield {"event": "complete", "data": json.dumps({"answer": last["result"], "last": True})}
            finally:
                await source.aclose()

        return EventSourceResponse(events())

    return app


def answer(question):
    rules = "Sort this question: SIMPLE (known by heart) or COMPLEX (needs thought)? Only that word."
    label, spent = ask(
        [{"role": "system", "content": rules}, {"role": "user", "content": question}], "fast", "text"
    )
    if label == "SIMPLE":
        words, more = ask([{"role": "user", "content": question}], "fast", "text")
        return {"answer": words, "steps": [], "usage": {name: spent[name] + more[name] for name in spent}}
    solution = solve(question)
    return {**solution, "usage": {name: spent[name] + solution["usage"][name] for name in spent}}
