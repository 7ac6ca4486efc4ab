"""Alternative: the workers are a graph inside of the desk's graph; state and parts are pydantic models."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable
from contextlib import ExitStack
from decimal import Decimal
from functools import reduce
from hashlib import md5
from io import BytesIO
from math import comb, ldexp
from pathlib import Path
from statistics import median
from typing import Annotated, Any

from langgraph.graph import END, START, StateGraph
from langgraph.types import Send
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

import grader.graph as house
from grader.models import Usage, capabilities, cost, model


class Document(BaseModel):
    model_config = ConfigDict(extra="ignore")
    id: str | None = None
    title: str | None = None
    date: str | None = None
    snippet: str | None = None


class Result(BaseModel):
    rank: float
    url: str | None = None
    document: Document | None = None


def compact(payload, limit=1000):
    try:
        raw = TypeAdapter(dict[str, Any]).validate_json(payload)["results"]
        raw = TypeAdapter(list[Any]).validate_python(raw, strict=True)
    except (ValidationError, KeyError) as reason:
        raise house.BadPayload(f"unusable: {reason}") from None
    results = sorted((Result(**each) for each in raw if isinstance(each, dict)), key=lambda each: each.rank)
    seen, hits = [], []
    for result in results:
        document = result.document or Document()
        where = (result.url or "").split("#")[0]
        if not where or not document.id or where in seen:
            continue
        seen.append(where)
        texts = {name: house.plain_text(text) for name, text in document.model_dump().items()}
        hits.append({**texts, "url": result.url})
    sizes = [house.tokens(house.shown(hits[:n])) for n in range(1, len(hits) + 1)]
    hits = hits[: bisect_right(sizes, limit)]
    return {"hits": hits, "saved": house.tokens(payload) - house.tokens(house.shown(hits))}


def request(provider, tier, shared, turns):
    name = model(tier, provider)
    pairs = [("user", "assistant")[at & 1] for at in range(len(turns))]
    said = [{"role": role, "content": text} for role, text in zip(pairs, turns, strict=True)]
    if provider == "openai":
        body = {"messages": said, "model": name, "max_completion_tokens": house.LIMIT}
        if shared:
            text = "\n\n".join(shared)
            body["messages"] = [{"role": "system", "content": text}, *said]
            body["prompt_cache_key"] = "desk-" + md5(text.encode(), usedforsecurity=False).hexdigest()
        return body
    body = {"model": name, "max_tokens": house.LIMIT}
    if shared:
        *first, last = ({"type": "text", "text": text} for text in shared)
        if house.tokens("".join(shared), provider) >= capabilities(name).cache_minimum:
            last["cache_control"] = {"type": "ephemeral"}
        body["system"] = [*first, last]
    return {**body, "messages": said}


def usage_row(replies):
    def of(body):
        used = body["usage"]
        deep = used.get("prompt_tokens_details") or {}
        match used:
            case {"prompt_tokens": sent, "completion_tokens": made}:
                return Usage(sent, made, deep.get("cached_tokens") or 0, deep.get("cache_write_tokens") or 0)
            case {"input_tokens": sent, "output_tokens": made}:
                hit, new = (used.get(f"cache_{word}_input_tokens") or 0 for word in ("read", "creation"))
                return Usage(sent + hit + new, made, hit, new)

    total = reduce(Usage.__add__, (of(body) for body in replies if body), Usage())
    return {
        "InputTokens": total.input_tokens, "OutputTokens": total.output_tokens,
        "CachedTokens": total.cached_tokens, "CacheCreationTokens": total.cache_write_tokens,
        "TotalTokens": total.total_tokens, "NumLLMCalls": len(replies),
    }  # fmt: skip


async def baseline(task, provider, tier, search, clock=time.perf_counter):
    began = clock()
    payload, replies, wrong = await search(task["question"]), [], ""
    for number in range(3):
        earlier = [f"Answer {at}: {house.said(reply)}" for at, reply in enumerate(replies)]
        lines = [house.HANDBOOK, payload, *earlier, f"Step {number} of: {task['question']}"]
        reply, wrong = await house.ask(provider, request(provider, tier, (), ["\n---\n".join(lines)]))
        replies.append(reply)
        if wrong:
            break
    row = house.blank(provider, model(tier, provider), task["id"], "baseline")
    row |= usage_row(replies) | {"LatencySeconds": clock() - began, "Error": wrong}
    return {"report": house.said(replies[-1]) if not wrong else None, "row": row}


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Three = TypeAdapter(Annotated[list[Text], Field(min_length=3, max_length=3)])


def parse_parts(text):
    try:
        parts = Three.validate_json(text, strict=True)
    except ValidationError as reason:
        raise house.BadParts(reason.errors()[0]["msg"]) from None
    if len(set(parts)) < 3:
        raise house.BadParts("Some of these are equal.")
    return parts


def merged(old: dict, new: dict) -> dict:
    return {**old, **new}


class State(BaseModel):
    """Calls by name; what a call was and what was wrong with it."""

    call: Callable[..., Any]
    question: str
    parts: list[str] = []
    number: int = 0
    calls: Annotated[dict[str, tuple[Any, str]], merged] = {}


async def split(state: State):
    turns = [f"Find the three questions inside of this one, as a JSON array: {state.question}"]
    calls = {}
    for name in ("split", "split, again"):
        reply, wrong = await state.call(*turns)
        calls[name] = (reply, wrong)
        if wrong:
            break
        try:
            return {"calls": calls, "parts": parse_parts(house.said(reply))}
        except house.BadParts as reason:
            complaint = str(reason)
            turns += [house.said(reply), f"Please repair: {complaint}"]
    else:
        calls["split, again"] = (reply, complaint)
    return {"calls": calls}


async def answer(state: State):
    got = await state.call(f"You see one question of three. {state.parts[state.number - 1]}")
    return {"calls": {f"part {state.number}": got}}


async def write(state: State):
    answered = [state.calls[f"part {at}"] for at in (1, 2, 3)]
    if [bool(wrong) for _, wrong in answered].count(True) >= 2:
        return {}
    told = [f"{part} -> {house.MISSING if wrong else house.said(reply)}"
            for part, (reply, wrong) in zip(state.parts, answered, strict=True)]  # fmt: skip
    return {"calls": {"write": await state.call("\n".join([f"Report on: {state.question}", *told]))}}


def workers():
    inner = StateGraph(State)
    inner.add_node("answer", answer)
    spread = lambda state: [Send("answer", state.model_copy(update={"number": at})) for at in (1, 2, 3)]  # noqa: E731
    inner.add_conditional_edges(START, spread, ["answer"])
    inner.add_edge("answer", END)
    return inner.compile()


async def dag(task, provider, tier, search, clock=time.perf_counter):
    began = clock()
    found = compact(await search(task["question"]))
    shared = (house.HANDBOOK, house.shown(found["hits"]))

    async def call(*turns):
        return await house.ask(provider, request(provider, tier, shared, turns))

    outer = StateGraph(State)
    outer.add_node("split", split)
    outer.add_node("workers", workers())
    outer.add_node("write", write)
    outer.add_edge(START, "split")
    outer.add_conditional_edges("split", lambda state: "workers" if state.parts else END, ["workers", END])
    outer.add_edge("workers", "write")
    end = await outer.compile().ainvoke({"call": call, "question": task["question"]})
    calls = end["calls"]
    row = house.blank(provider, model(tier, provider), task["id"], "dag")
    row |= usage_row([reply for reply, _ in calls.values()])
    row |= {"MCPTokensSaved": found["saved"], "LatencySeconds": clock() - began}
    row["Error"] = " & ".join(f"{name} ({wrong})" for name, (_, wrong) in sorted(calls.items()) if wrong)
    reply, wrong = calls.get("write", (None, "not written"))
    return {"row": row, "report": None if wrong else house.said(reply)}


def plan(tasks, models, systems, runs):
    def jobs():
        for index in range(runs * len(tasks) * len(models) * len(systems)):
            rest, system = divmod(index, len(systems))
            rest, which = divmod(rest, len(models))
            run, task = divmod(rest, len(tasks))
            vendor, tier = models[which]
            yield {"Provider": vendor, "Tier": tier, "Model": model(tier, vendor), "TaskID": tasks[task],
                   "SystemType": systems[system], "Run": run + 1}  # fmt: skip

    return [*jobs()]


def ceiling(entry, bounds):
    sent, made = bounds[entry["SystemType"]]
    usages = [Usage(sent, made), Usage(sent, made, cache_write_tokens=sent)]
    return sorted(cost(usage, entry["Model"]) for usage in usages)[-1]


def estimate(jobs, bounds):
    return reduce(lambda total, job: total + ceiling(job, bounds), jobs, Decimal(0))


async def bench(path, jobs, run, bounds, cap, again=False, progress=None):
    estimate(jobs, bounds)
    file, head = Path(path), house.HEADER.encode()
    old = file.read_bytes() if file.is_file() else b""
    lines = BytesIO(old).readlines()
    if lines and lines[0] != head and not (len(lines) == 1 and head.startswith(old)):
        raise house.WrongFile(f"{file.name} begins with {lines[0][:40]!r}")
    whole = [each for each in lines if each.endswith(b"\n")]
    rows = house.rows_of(b"".join(whole).decode()) if whole else []

    def price(row):
        if row["Error"]:
            return ceiling(row, bounds)
        used = (row[name] for name in ("InputTokens", "OutputTokens", "CachedTokens", "CacheCreationTokens"))
        return cost(Usage(*used), row["Model"])

    have, todo = [house.key(row) for row in rows if not (row["Error"] and again)], []
    for job in jobs:
        try:
            have.remove(house.key(job))
        except ValueError:
            todo.append(job)
    spent, made = sum(map(price, rows), Decimal(0)), 0
    with ExitStack() as stack:
        out = stack.enter_context(file.open("r+b" if file.exists() else "xb", buffering=0))
        out.seek(sum(map(len, whole)))
        out.truncate()
        if not whole:
            out.write(head)
        while made < len(todo) and spent + ceiling(todo[made], bounds) <= cap:
            try:
                row = await run(todo[made])
            except Exception as error:
                row = house.blank(*house.key(todo[made]))
                row["Error"] = ": ".join((type(error).__name__, str(error)))
            out.write(house.line(row[name] for name in house.FIELDS).encode())
            made, spent = made + 1, spent + price(row)
            if progress:
                progress(len(jobs) - len(todo) + made, len(jobs))
    return {"made": made, "left": len(todo) - made, "spent": spent}


def interval(values, level=0.95):
    n, ordered = len(values), sorted(values)
    for k in range(n // 2, 0, -1):
        sure = sum(comb(n, heads) for heads in range(k, n - k + 1))
        if ldexp(sure, -n) >= level:
            return {"low": ordered[k - 1], "high": ordered[-k], "level": ldexp(sure, -n)}
    return None


def summarize(rows, name):
    told = []
    for kind, group in house.grouped(rows, "Provider", "Model", "SystemType"):
        good = [row[name] for row in group if not row["Error"]]
        told.append(dict(zip(("Provider", "Model", "SystemType"), kind, strict=True)))
        told[-1].update(rows=len(good), errors=len(group) - len(good), interval=interval(good))
        told[-1]["median"] = median(good) if good else None
    return told


def factors(rows, name):
    told = []
    for (vendor, which), group in house.grouped(rows, "Provider", "Model"):
        table = {}
        for row in group:
            cell = table.setdefault(row["TaskID"], {})
            if not row["Error"]:
                cell.setdefault(row["SystemType"], []).append(row[name])
        halves = [{side: median(found) for side, found in cell.items()} for cell in table.values()]
        ratios = [half["baseline"] / half["dag"] for half in halves if half.get("dag") and "baseline" in half]
        told.append(dict(Provider=vendor, Model=which, tasks=len(ratios), left_out=len(table) - len(ratios)))
        told[-1].update(factor=median(ratios) if ratios else None, interval=interval(ratios))
    return told
