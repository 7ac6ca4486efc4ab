"""Alternative: three named nodes that a join waits for, own prompts, and csv.DictWriter for the file."""

from __future__ import annotations

import csv
import json
import math
import statistics
import time
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Annotated, Any, TypedDict
from uuid import NAMESPACE_URL, uuid5

from langgraph.graph import END, START, StateGraph

from grader.graph import (
    FIELDS,
    HANDBOOK,
    HEADER,
    LIMIT,
    MISSING,
    BadParts,
    BadPayload,
    WrongFile,
    ask,
    plain_text,
    rows_of,
    said,
    shown,
    tokens,
)
from grader.models import Usage, capabilities, cost, model

EMPTY = dict.fromkeys(FIELDS[5:12], 0)


def compact(payload, limit=1000):
    try:
        envelope = json.loads(payload)
    except ValueError:
        raise BadPayload("The search tool does not speak JSON today.") from None
    if not (isinstance(envelope, dict) and isinstance(envelope.get("results"), list)):
        raise BadPayload("There is no list of results.")
    usable = [r for r in envelope["results"] if isinstance(r, dict) and r.get("url") and r.get("document")]
    usable = [r for r in usable if r["document"].get("id")]
    usable.sort(key=lambda r: r["rank"])
    pages, kept = set(), []
    for found in usable:
        page, document = found["url"].split("#", 1)[0], found["document"]
        if page in pages:
            continue
        hit = {name: plain_text(document.get(name)) for name in ("id", "title", "date", "snippet")}
        hit["url"] = found["url"]
        if tokens(shown([*kept, hit])) > limit:
            break
        pages.add(page)
        kept.append(hit)
    return {"saved": tokens(payload) - tokens(shown(kept)), "hits": kept}


def conversation(turns):
    return [{"role": "assistant" if at % 2 else "user", "content": text} for at, text in enumerate(turns)]


def request(provider, tier, shared, turns):
    made = {"model": model(tier, provider)}
    if provider == "openai":
        system = [{"role": "system", "content": "\n\n".join(shared)}] if shared else []
        made |= {"messages": system + conversation(turns), "max_completion_tokens": LIMIT}
        return made | (
            {"prompt_cache_key": str(uuid5(NAMESPACE_URL, system[0]["content"]))} if shared else {}
        )
    if shared:
        blocks = [dict(type="text", text=text) for text in shared]
        least = capabilities(made["model"]).cache_minimum
        if least == 0 or tokens("".join(shared), "anthropic") >= least:
            blocks[-1] = {**blocks[-1], "cache_control": {"type": "ephemeral"}}
        made["system"] = blocks
    return made | {"max_tokens": LIMIT, "messages": conversation(turns)}


def one_usage(body):
    used = body["usage"]
    get = lambda name: used.get(name) or 0  # noqa: E731
    if "input_tokens" in used:
        read, written = get("cache_read_input_tokens"), get("cache_creation_input_tokens")
        return Usage(used["input_tokens"] + read + written, used["output_tokens"], read, written)
    details = used.get("prompt_tokens_details") or {}
    read, written = details.get("cached_tokens") or 0, details.get("cache_write_tokens") or 0
    return Usage(used["prompt_tokens"], used["completion_tokens"], read, written)


def usage_row(replies):
    total = sum((one_usage(body) for body in replies if body is not None), Usage())
    values = (total.input_tokens, total.output_tokens, total.cached_tokens, total.cache_write_tokens)
    return dict(zip(FIELDS[5:11], (*values, total.total_tokens, len(replies)), strict=True))


def finished(task, provider, tier, system, seconds, replies, error, report=None, saved=0):
    row = {"Provider": provider, "Model": model(tier, provider), "TaskID": task["id"], "SystemType": system}
    row |= {"LatencySeconds": seconds, **usage_row(replies), "MCPTokensSaved": saved, "Error": error}
    return {"row": row, "report": report}


async def baseline(task, provider, tier, search, clock=time.perf_counter):
    begun = clock()
    text = f"{HANDBOOK}\n{await search(task['question'])}\nThe question: {task['question']}"
    replies, report, error = [], None, ""
    for wish in ("Take notes.", "Criticise the notes.", "Write it up."):
        reply, error = await ask(provider, request(provider, tier, [], [f"{text}\n\n{wish}"]))
        replies.append(reply)
        report = None if error else said(reply)
        if error:
            break
        text += f"\n\nBefore, you were told: {wish} You said:\n{report}"
    return finished(task, provider, tier, "baseline", clock() - begun, replies, error, report)


def parse_parts(text):
    try:
        match json.loads(text):
            case [str(a), str(b), str(c)] if len({a.strip(), b.strip(), c.strip()} - {""}) == 3:
                return [a.strip(), b.strip(), c.strip()]
            case other:
                raise BadParts(f"Three different strings in an array, please, and not {other!r}.")
    except ValueError as reason:
        if isinstance(reason, BadParts):
            raise
        raise BadParts("Nothing but a JSON array, please.") from None


def joined(left, right):
    return {**(left or {}), **right}


class Desk(TypedDict, total=False):
    question: str
    beginning: list[str]
    saved: int
    parts: list[str]
    calls: Annotated[dict[str, tuple[Any, str]], joined]
    report: str


def graph(provider, tier, search):
    async def call(name, state, turns):
        return {"calls": {name: await ask(provider, request(provider, tier, state["beginning"], turns))}}

    async def look(state):
        found = compact(await search(state["question"]))
        return {"beginning": [HANDBOOK, shown(found["hits"])], "saved": found["saved"]}

    async def split(state):
        wish = f"Into which three questions does this one fall? A JSON array of strings. {state['question']}"
        first = await call("split", state, [wish])
        reply, wrong = first["calls"]["split"]
        if wrong:
            return first
        try:
            return {**first, "parts": parse_parts(said(reply))}
        except BadParts as reason:
            turns = [wish, said(reply), f"No. {reason}"]
        second = await call("split again", state, turns)
        reply, wrong = second["calls"]["split again"]
        both = {**first["calls"], **second["calls"]}
        if wrong:
            return {"calls": both}
        try:
            return {"calls": both, "parts": parse_parts(said(reply))}
        except BadParts as reason:
            return {"calls": {**both, "split again": (reply, str(reason))}}

    async def answer(at, state):
        return await call(f"part {at + 1}", state, [f"Please answer: {state['parts'][at]}"])

    async def merge(state):
        done = [state["calls"][f"part {at}"] for at in (1, 2, 3)]
        if sum(1 for _, wrong in done if wrong) > 1:
            return {}
        lines = [f"Q: {part}\nA: {MISSING if wrong else said(reply)}"
                 for part, (reply, wrong) in zip(state["parts"], done, strict=True)]  # fmt: skip
        made = await call("merge", state, ["\n".join([state["question"], *lines, "Make it one text."])])
        reply, wrong = made["calls"]["merge"]
        return made if wrong else {**made, "report": said(reply)}

    workers = ["first", "second", "third"]
    made = StateGraph(Desk)
    for name, node in (("look", look), ("split", split), ("merge", merge)):
        made.add_node(name, node)
    for at, name in enumerate(workers):
        made.add_node(name, partial(answer, at))
    made.add_edge(START, "look")
    made.add_edge("look", "split")
    made.add_conditional_edges("split", lambda state: workers if "parts" in state else END, [*workers, END])
    made.add_edge(workers, "merge")
    return made.compile()


async def dag(task, provider, tier, search, clock=time.perf_counter):
    begun = clock()
    end = await graph(provider, tier, search).ainvoke({"question": task["question"]})
    seconds, calls = clock() - begun, end["calls"]
    errors = [f"{name}: {wrong}" for name, (_, wrong) in sorted(calls.items()) if wrong]
    replies = [reply for reply, _ in calls.values()]
    report = end.get("report")
    return finished(task, provider, tier, "dag", seconds, replies, " / ".join(errors), report, end["saved"])


def plan(tasks, models, systems, runs):
    jobs = []
    for run in range(runs):
        for task in tasks:
            for provider, tier in models:
                for system in systems:
                    jobs.append({"Run": run + 1, "TaskID": task, "SystemType": system, "Provider": provider,
                                 "Tier": tier, "Model": model(tier, provider)})  # fmt: skip
    return jobs


def most(name, bound):
    return max(cost(Usage(*bound), name), cost(Usage(*bound, 0, bound[0]), name))


def estimate(jobs, bounds):
    return sum([most(job["Model"], bounds[job["SystemType"]]) for job in jobs], start=Decimal(0))


def identity(row):
    return "|".join(row[name] for name in ("Provider", "Model", "TaskID", "SystemType"))


def price(row, bounds):
    if row["Error"]:
        return most(row["Model"], bounds[row["SystemType"]])
    names = ("InputTokens", "OutputTokens", "CachedTokens", "CacheCreationTokens")
    return cost(Usage(*[int(row[name]) for name in names]), row["Model"])


def mended(path):
    file = Path(path)
    data = file.read_bytes() if file.exists() else b""
    if data and not (data + b"\n").startswith(HEADER.encode()) and not HEADER.encode().startswith(data):
        raise WrongFile(path)
    lines = data.splitlines(keepends=True)
    if lines and not lines[-1].endswith(b"\n"):
        lines.pop()
    with file.open("r+b" if file.exists() else "w+b") as out:
        out.truncate(sum(map(len, lines)))
        out.seek(0, 2)
        if not lines:
            out.write(HEADER.encode())
    return rows_of(b"".join(lines).decode()) if lines else []


async def bench(path, jobs, run, bounds, cap, again=False, progress=None):
    estimate(jobs, bounds)
    rows = mended(path)
    spent = sum([price(row, bounds) for row in rows], start=Decimal(0))
    there = [identity(row) for row in rows if not again or not row["Error"]]
    left = []
    for job in jobs:
        if identity(job) in there:
            there.remove(identity(job))
        else:
            left.append(job)
    made = 0
    for job in left:
        if spent + most(job["Model"], bounds[job["SystemType"]]) > cap:
            break
        try:
            row = await run(job)
        except Exception as error:
            row = {**{name: job.get(name, "") for name in FIELDS}, "LatencySeconds": 0.0, **EMPTY}
            row["Error"] = f"{type(error).__name__}: {error}"
        row = {**row, "Error": " ".join(row["Error"].split())}
        with Path(path).open("a", encoding="utf-8", newline="") as file:
            csv.DictWriter(file, FIELDS, lineterminator="\n").writerow(row)
        spent += price(row, bounds)
        made += 1
        if progress is not None:
            progress(len(jobs) - len(left) + made, len(jobs))
    return {"made": made, "left": len(left) - made, "spent": spent}


def interval(values, level=0.95):
    values, n = sorted(values), len(values)
    outside, k, found = 0.0, 0, None
    while 2 * (k + 1) <= n:
        outside += 2 * math.comb(n, k) * 0.5**n
        if outside > 1 - level + 1e-12:
            break
        k += 1
        found = {"low": values[k - 1], "high": values[-k], "level": 1 - outside}
    return found


def middle(values):
    return {"median": statistics.median(values) if values else None, "interval": interval(values)}


def summarize(rows, name):
    kinds = list(dict.fromkeys((row["Provider"], row["Model"], row["SystemType"]) for row in rows))
    told = []
    for kind in kinds:
        mine = [row for row in rows if (row["Provider"], row["Model"], row["SystemType"]) == kind]
        good = [row[name] for row in mine if row["Error"] == ""]
        entry = dict(zip(("Provider", "Model", "SystemType"), kind, strict=True), **middle(good))
        told.append({**entry, "rows": len(good), "errors": len(mine) - len(good)})
    return told


def factors(rows, name):
    told = []
    for provider, model_id in dict.fromkeys((row["Provider"], row["Model"]) for row in rows):
        mine = [row for row in rows if (row["Provider"], row["Model"]) == (provider, model_id)]
        tasks, ratios = {row["TaskID"] for row in mine}, []
        for task in tasks:
            good = [row for row in mine if row["TaskID"] == task and not row["Error"]]
            before, after = (
                [row[name] for row in good if row["SystemType"] == s] for s in ("baseline", "dag")
            )
            if before and after and statistics.median(after) != 0:
                ratios.append(statistics.median(before) / statistics.median(after))
        found = middle(ratios)
        entry = {"Provider": provider, "Model": model_id, "tasks": len(ratios), "factor": found["median"]}
        told.append({**entry, "left_out": len(tasks) - len(ratios), "interval": found["interval"]})
    return told
