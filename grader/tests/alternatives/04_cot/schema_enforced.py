"""Alternative: Structured Outputs, not JSON mode; recursion for corrections; an app without a framework."""

from __future__ import annotations

import asyncio
import json
from enum import StrEnum
from urllib.parse import parse_qs

import httpx2
from openai import APIError, APITimeoutError, AsyncOpenAI, OpenAI
from pydantic import BaseModel, ConfigDict, StrictBool, StrictStr, ValidationError

from grader.models import Usage, model


class Kind(StrEnum):
    analyze = "analyze"
    calculate = "calculate"
    verify = "verify"
    final_answer = "final_answer"


class ReasoningStep(BaseModel):
    model_config = ConfigDict(extra="forbid")
    step_type: Kind
    thought: StrictStr
    action: StrictStr
    result: StrictStr
    next_step_needed: StrictBool


SCHEMA = {
    "type": "json_schema",
    "json_schema": {"name": "step", "schema": ReasoningStep.model_json_schema(), "strict": True},
}


class InvalidStep(ValueError):
    pass


class CorrectionFailed(RuntimeError):
    pass


class StepLimit(RuntimeError):
    pass


class CutStream(RuntimeError):
    pass


def parse_step(text: str) -> ReasoningStep:
    try:
        return ReasoningStep.model_validate_json(text)
    except ValidationError as reason:
        raise InvalidStep(str(reason)) from reason


def ask(messages, tier="balanced", form="schema"):
    options = {"response_format": SCHEMA} if form == "schema" else {}
    reply = OpenAI(max_retries=4).chat.completions.create(model=model(tier), messages=messages, **options)
    return reply.choices[0].message.content, Usage(reply.usage.prompt_tokens, reply.usage.completion_tokens)


def next_step(messages, corrections=2, spent=None):
    said, cost = ask(messages)
    spent = (spent or Usage()) + cost
    try:
        return parse_step(said), said, spent
    except InvalidStep as reason:
        if not corrections:
            raise CorrectionFailed(f"gave up, {spent.total_tokens} tokens spent") from reason
        more = [{"role": "assistant", "content": said}, {"role": "user", "content": f"Not a step:\n{reason}"}]
        return next_step([*messages, *more], corrections - 1, spent)


def solve(question, max_steps=8):
    prompt = "Think before you answer: one small step at a time. The last step is a final_answer."
    first = [
        {"role": "system", "content": prompt},
        {"role": "user", "content": f"<question>{question}</question>"},
    ]
    done, usage = [], Usage()
    while not done or done[-1].step_type != Kind.final_answer:
        if len(done) == max_steps:
            raise StepLimit(f"{usage.total_tokens} tokens for {max_steps} steps, and no answer")
        history = [{"role": "assistant", "content": step.model_dump_json()} for step in done]
        step, _, spent = next_step([*first, *history])
        done.append(step)
        usage += spent
    return {"answer": done[-1].result, "steps": done, "usage": usage}


def read_steps(text, ended=False):
    head, newline, rest = text.rpartition("\n")
    if ended:
        head, rest = text, ""
    elif not newline:
        return [], text
    return [parse_step(line) for line in head.split("\n") if line.strip()], rest


async def stream_steps(question):
    prompt = f"Think in small steps. One JSON object per line: {', '.join(ReasoningStep.model_fields)}."
    messages = [{"role": "system", "content": prompt}, {"role": "user", "content": question}]
    buffer, reasons = "", set()
    try:
        asked = {"model": model("balanced"), "messages": messages}
        async with AsyncOpenAI() as client, client.chat.completions.stream(**asked) as stream:
            async for event in stream:
                if event.type != "chunk" or not event.chunk.choices:
                    continue
                reasons.add(event.chunk.choices[0].finish_reason)
                found, buffer = read_steps(buffer + (event.chunk.choices[0].delta.content or ""))
                for step in found:
                    yield step
    except (httpx2.HTTPError, APIError) as reason:
        raise CutStream(repr(reason)) from reason
    if "stop" not in reasons:
        raise CutStream("the stream has no end")
    last = step if reasons else None
    for last in read_steps(buffer, ended=True)[0]:
        yield last
    if last.step_type != Kind.final_answer:
        raise CutStream("no answer among the steps")


def create_app(patience=10.0):
    async def app(scope, receive, send):
        question = parse_qs(scope["query_string"].decode()).get("question", [""])[0].strip()
        if not question or len(question) > 500:
            await reply(send, 422, "a question has 1 to 500 characters")
            return
        steps = stream_steps(question)
        try:
            first = await asyncio.wait_for(anext(steps), patience)
        except (TimeoutError, APITimeoutError):
            await reply(send, 504, "too late")
            return
        except (CutStream, InvalidStep):
            await reply(send, 502, "the model broke off")
            return
        work = asyncio.ensure_future(aloud(send, first, steps))
        leaves = asyncio.ensure_future(gone(receive))
        await asyncio.wait({work, leaves}, return_when=asyncio.FIRST_COMPLETED)
        for task in (work, leaves):
            task.cancel()
        await asyncio.gather(work, leaves, return_exceptions=True)
        await steps.aclose()

    return app


async def gone(receive):
    while (await receive())["type"] != "http.disconnect":
        pass


async def reply(send, status, text):
    await send(
        {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]}
    )
    await send({"type": "http.response.body", "body": text.encode()})


async def aloud(send, step, steps):
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def event(name, data):
        body = f"event: {name}\ndata: {data}\n\n".encode()
        await send({"type": "http.response.body", "body": body, "more_body": True})

    try:
        await event("thinking", step.model_dump_json())
        async for step in steps:
            await event("thinking", step.model_dump_json())
        await event("complete", json.dumps({"answer": step.result}))
    except (CutStream, InvalidStep) as reason:
        await event("error", json.dumps({"error": str(reason)}))
    await send({"type": "http.response.body", "body": b""})


def answer(question):
    prompt = "Reply SIMPLE if the answer is a fact that you know, COMPLEX if it has to be worked out."
    label, cost = ask(
        [{"role": "system", "content": prompt}, {"role": "user", "content": question}], "fast", "text"
    )
    match label.strip().upper():
        case "SIMPLE":
            said, more = ask([{"role": "user", "content": f"{question} (briefly, please)"}], "fast", "text")
            return {"answer": said, "steps": [], "usage": cost + more}
        case _:
            found = solve(question)
            return found | {"usage": cost + found["usage"]}
