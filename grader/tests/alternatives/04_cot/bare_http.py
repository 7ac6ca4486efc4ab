"""Alternative: no SDK at all, httpx2 and the wire format by hand, and other words in every prompt."""

from __future__ import annotations

import asyncio
import json
import os
import time

import httpx2
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from grader.models import model

URL = os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1") + "/chat/completions"
FIELDS = ("step_type", "thought", "action", "result", "next_step_needed")


class InvalidStep(Exception):
    """Not a step."""


class CorrectionFailed(Exception):
    """Never a step."""


class StepLimit(Exception):
    """Too many steps."""


class CutStream(Exception):
    """Half an answer."""


def parse_step(text):
    try:
        step = json.loads(text)
        assert isinstance(step, dict), "an object is wanted"
        wrong = {f"{name} is not asked for" for name in step if name not in FIELDS}
        wrong |= {f"{name} is text" for name in FIELDS[:4] if not isinstance(step.get(name), str)}
        if step.get("step_type") not in ("analyze", "calculate", "verify", "final_answer"):
            wrong.add("step_type is unknown")
        if not isinstance(step.get("next_step_needed"), bool):
            wrong.add("next_step_needed is true or false")
        assert not wrong, ", ".join(sorted(wrong))
    except (ValueError, AssertionError) as reason:
        raise InvalidStep(f"Invalid: {reason}") from None
    return step


def body(messages, tier, **more):
    return {"model": model(tier), "messages": messages, **more}


def headers():
    return {"authorization": f"Bearer {os.environ.get('OPENAI_API_KEY', '')}"}


def ask(messages, tier="balanced", form="json_object"):
    for attempt in range(3):
        reply = httpx2.post(
            URL, headers=headers(), json=body(messages, tier, response_format={"type": form}), timeout=60
        )
        if reply.status_code != 429:
            break
        time.sleep(float(reply.headers.get("retry-after-ms", 500)) / 1000 * 2**attempt)
    found = reply.raise_for_status().json()
    used = found["usage"]
    spent = {"input_tokens": used["prompt_tokens"], "output_tokens": used["completion_tokens"]}
    return found["choices"][0]["message"]["content"], spent


def added(one, other):
    return {name: one[name] + other[name] for name in one}


def next_step(messages, corrections=2):
    said, spent = ask(messages)
    while True:
        try:
            return parse_step(said), said, spent
        except InvalidStep as reason:
            if corrections == 0:
                raise CorrectionFailed(f"{spent['input_tokens'] + spent['output_tokens']} tokens") from None
            corrections -= 1
            messages = [
                *messages,
                {"role": "assistant", "content": said},
                {"role": "user", "content": f"I cannot read your last message. {reason}. Again, please."},
            ]
            said, more = ask(messages)
            spent = added(spent, more)


def solve(question, max_steps=8, done=(), spent=None):
    """Recursive: each step solves the question given the steps that are done."""
    spent = spent or {"input_tokens": 0, "output_tokens": 0}
    if len(done) == max_steps:
        raise StepLimit(f"{spent['input_tokens'] + spent['output_tokens']} tokens spent")
    messages = [
        {
            "role": "user",
            "content": f"Reason in JSON, one object ({', '.join(FIELDS)}) at a time.\n\n{question}",
        }
    ]
    messages += [{"role": "assistant", "content": said} for _, said in done]
    step, said, more = next_step(messages)
    done, spent = (*done, (step, said)), added(spent, more)
    if step["step_type"] == "final_answer":
        return {"answer": step["result"], "steps": [step for step, _ in done], "usage": spent}
    return solve(question, max_steps, done, spent)


def read_steps(text, ended=False):
    steps = []
    while "\n" in text or (ended and text):
        line, _, text = text.partition("\n")
        if line.strip():
            steps.append(parse_step(line))
    return steps, text


async def stream_steps(question):
    ask_for = f"All of your reasoning, one JSON object ({', '.join(FIELDS)}) per line.\n\n{question}"
    sent = body([{"role": "user", "content": ask_for}], "balanced", stream=True)
    rest, finish, step = "", None, {}
    try:
        asked = {"headers": headers(), "json": sent}
        async with httpx2.AsyncClient(timeout=60) as client, client.stream("POST", URL, **asked) as reply:
            async for line in reply.aiter_lines():
                if not line.startswith("data: {"):
                    continue
                chunk = json.loads(line[6:])
                if "error" in chunk:
                    raise CutStream(chunk["error"]["message"])
                for choice in chunk["choices"]:
                    finish = choice["finish_reason"] or finish
                    steps, rest = read_steps(rest + (choice["delta"].get("content") or ""))
                    for step in steps:
                        yield step
    except httpx2.RemoteProtocolError as reason:
        raise CutStream("the line went dead") from reason
    if finish != "stop":
        raise CutStream("the line went quiet")
    for step in read_steps(rest, True)[0]:
        yield step
    if step.get("step_type") != "final_answer":
        raise CutStream("the thoughts lead nowhere")


def create_app(patience=10.0):
    async def endpoint(request):
        question = request.query_params.get("question", "")
        if not question.strip() or len(question) > 500:
            return PlainTextResponse("no question", 422)
        steps = stream_steps(question)
        try:
            async with asyncio.timeout(patience):
                first = await anext(steps)
        except TimeoutError:
            return PlainTextResponse("no answer", 504)
        except (CutStream, InvalidStep) as reason:
            return PlainTextResponse(str(reason), 502)

        async def events():
            step = first
            try:
                yield event("thinking", step)
                async for step in steps:
                    yield event("thinking", step)
                yield event("complete", {"answer": step["result"]})
            except (CutStream, InvalidStep) as reason:
                yield event("error", {"error": str(reason)})
            finally:
                await steps.aclose()

        return StreamingResponse(events(), media_type="text/event-stream")

    return Starlette(routes=[Route("/solve", endpoint)])


def event(name, data):
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def answer(question):
    label, spent = ask(
        [{"role": "user", "content": f"{question}\n\nIs that SIMPLE or COMPLEX to answer? One word."}],
        "fast",
        "text",
    )
    if label != "SIMPLE":
        solution = solve(question)
        return {**solution, "usage": added(spent, solution["usage"])}
    said, more = ask([{"role": "user", "content": question}], "fast", "text")
    return {"answer": said, "steps": [], "usage": added(spent, more)}
