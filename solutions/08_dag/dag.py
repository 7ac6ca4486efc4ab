"""Prompt caching and the DAG: send less, send the same beginning, send it at once, and measure.

A research desk answers questions about infrastructure: fetch, filter, split in three, work, merge.
Grade it: pytest exercises/08_dag
"""

from __future__ import annotations

import hashlib
import json
import operator
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from decimal import Decimal
from itertools import product
from math import comb
from pathlib import Path
from statistics import median
from typing import Annotated, Any, TypedDict

from langgraph.graph import END, START, StateGraph
from langgraph.types import Send

from grader import graph as desk
from grader.graph import BadParts, BadPayload, Body, Row, WrongFile, ask, grouped, key, said, shown, tokens
from grader.models import Usage, capabilities, cost, model

ROOM = 1_000  # tokens that the filtered hits may have
Search = Callable[[str], Awaitable[str]]
Clock = Callable[[], float]
Job = dict[str, Any]
Bounds = dict[str, list[int]]  # input and output tokens of a run at most, by SystemType


def compact(payload: str, limit: int = ROOM) -> dict[str, Any]:
    """What a model needs of a search tool's reply: `hits`, and how many tokens that `saved`.

    The payload is JSON with a list of `results`; one of these has a `rank`, a `url` and a `document` with
    `id`, `title`, `date` and `snippet`; a rank each has. A hit has the five texts id, title, url, date and
    snippet, title and snippet without HTML tags and entities, their white space made one space; what is
    missing or null is "".
    Hits come by rank, whatever the order of the list. Of two with the same URL, apart from what follows a #,
    the better rank stays. What is no object, or has no id or no URL, cannot be cited: it is left out.
    `tokens(shown(hits))` is at most `limit`: the first hit that does not fit whole ends the list.
    `saved` is the tokens of the payload less those of the shown hits.
    Raises BadPayload for what is not JSON, is no object, or has no list of results.
    """
    try:
        results = json.loads(payload)["results"]
    except (ValueError, TypeError, LookupError) as reason:
        raise BadPayload(f"The search tool sent {payload[:60]!r}: {reason}.") from reason
    if not isinstance(results, list):
        raise BadPayload(f"The results are {type(results).__name__}, not a list.")
    hits: dict[str, dict[str, str]] = {}
    for result in sorted((each for each in results if isinstance(each, dict)), key=lambda each: each["rank"]):
        hit = {
            name: desk.plain_text((result.get("document") or {}).get(name))
            for name in ("id", "title", "date", "snippet")
        }
        hit["url"] = result.get("url") or ""
        place = hit["url"].partition("#")[0]
        if not (hit["id"] and place) or place in hits:
            continue
        if tokens(shown([*hits.values(), hit])) > limit:
            break
        hits[place] = hit
    kept = list(hits.values())
    return {"hits": kept, "saved": tokens(payload) - tokens(shown(kept))}


def request(provider: str, tier: str, shared: list[str], turns: list[str]) -> Body:
    """The body of one call: what all calls of a run share comes first, byte for byte, then the `turns`.

    The turns are the user's and the assistant's in alternation, and begin with the user's. The answer has
    LIMIT tokens at most: `max_tokens` for Anthropic, `max_completion_tokens` for OpenAI.
    Anthropic: each text of `shared` is a block of `system`, and the last of them alone has `cache_control`
    {"type": "ephemeral"}, if together they have at least the model's `cache_minimum` of tokens, counted as
    its provider does; a minimum of 0 is unknown: mark. OpenAI: one system message, the texts with a blank
    line between; no marker exists. `prompt_cache_key` has at most 64 characters, is the same for the same
    `shared`, and another for another. Without `shared` there is no system prompt, no marker and no key.
    """
    name = model(tier, provider)
    roles = ("user", "assistant")
    messages = [{"role": roles[at % 2], "content": turn} for at, turn in enumerate(turns)]
    if provider == "anthropic":
        system: list[Body] = [{"type": "text", "text": text} for text in shared]
        if system and tokens("".join(shared), provider) >= capabilities(name).cache_minimum:
            system[-1]["cache_control"] = {"type": "ephemeral"}
        more = {"system": system} if system else {}
        return {"model": name, "max_tokens": desk.LIMIT, **more, "messages": messages}
    body: Body = {"model": name, "max_completion_tokens": desk.LIMIT, "messages": messages}
    if shared:
        prefix = "\n\n".join(shared)
        body["messages"] = [{"role": "system", "content": prefix}, *messages]
        body["prompt_cache_key"] = hashlib.sha256(prefix.encode()).hexdigest()
    return body


def usage_row(replies: list[Body | None]) -> dict[str, int]:
    """What all calls of a run used together, by the names of a Row: the five counts of tokens and the calls.

    A body is a reply as its provider sent it. OpenAI's `prompt_tokens` hold everything sent; what was read
    and written stands in `prompt_tokens_details` as `cached_tokens` and `cache_write_tokens`, either of which
    may be missing or null. Anthropic's `input_tokens` leave out `cache_read_input_tokens` and
    `cache_creation_input_tokens`: InputTokens is the sum of the three. TotalTokens is input and output.
    A call that brought no reply is None: it counts as a call, and nobody knows its tokens.
    """
    sent = made = read = written = 0
    for used in (body["usage"] for body in replies if body):
        details = used.get("prompt_tokens_details") or {}
        hit = used.get("cache_read_input_tokens") or details.get("cached_tokens") or 0
        new = used.get("cache_creation_input_tokens") or details.get("cache_write_tokens") or 0
        sent += used["prompt_tokens"] if "prompt_tokens" in used else used["input_tokens"] + hit + new
        made += used["completion_tokens"] if "prompt_tokens" in used else used["output_tokens"]
        read, written = read + hit, written + new
    return {
        "InputTokens": sent, "OutputTokens": made, "CachedTokens": read, "CacheCreationTokens": written,
        "TotalTokens": sent + made, "NumLLMCalls": len(replies),
    }  # fmt: skip


async def baseline(
    task: dict[str, str], provider: str, tier: str, search: Search, clock: Clock = time.perf_counter
) -> dict[str, Any]:
    """The naive desk: the `report` (None without one) and the `row`, system type "baseline".

    A task has an `id` and a `question`, which `search` is asked once. Three calls, one after the other, in
    the words of STEPS: each is one turn with the question, HANDBOOK, the raw payload, and all answers before
    it. There is no `shared`, and nothing is filtered: no tokens are saved. The report is the last answer.
    A call that fails, or an answer that is wrong to `ask`, ends the run: the row has an Error, and what was
    used. `clock` tells the seconds, and is read twice: before the search, and after the last call.
    """
    start, replies, answers, fault = clock(), [], [], ""
    payload = await search(task["question"])
    for step in desk.STEPS:
        turn = "\n\n".join([step, task["question"], desk.HANDBOOK, payload, *answers])
        reply, fault = await ask(provider, request(provider, tier, [], [turn]))
        replies.append(reply)
        if fault:
            break
        answers.append(said(reply))
    row = desk.blank(provider, model(tier, provider), task["id"], "baseline")
    row |= {**usage_row(replies), "LatencySeconds": clock() - start, "Error": fault}
    return {"report": None if fault else answers[-1], "row": row}


def parse_parts(text: str) -> list[str]:
    """The parts of a question, stripped: a JSON array of three different strings that are not blank.

    Raises BadParts, whose words tell a model what is wrong, for anything else, as for words or a fence around
    the array.
    """
    try:
        parts = json.loads(text)
    except ValueError as reason:
        raise BadParts(f"It is no JSON ({reason}).") from reason
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise BadParts("It is no array of strings.")
    found = [part.strip() for part in parts]
    if len(found) != desk.PARTS or len({*found} - {""}) != desk.PARTS:
        raise BadParts(f"It has {len({*found} - {''})} different parts, and {desk.PARTS} are needed.")
    return found


class State(TypedDict, total=False):
    """What the nodes share. Several write to a channel with a reducer: what they return is added to it."""

    job: tuple[str, str, str, Search]  # provider, tier, question, search
    shared: list[str]
    saved: int
    parts: list[str]
    part: tuple[int, str]  # number and text of the part that a worker got
    answers: Annotated[list[tuple[int, str]], operator.add]
    replies: Annotated[list[Body | None], operator.add]
    faults: Annotated[list[str], operator.add]
    report: str


async def fetch(state: State) -> State:
    """Search and filter; what comes of it is the prefix of every call of this run."""
    found = compact(await state["job"][3](state["job"][2]))
    return {"shared": [desk.HANDBOOK, "Hits:\n" + shown(found["hits"])], "saved": found["saved"]}


async def orchestrate(state: State) -> State:
    """Split the question. A reply that is no three parts is told so, once."""
    provider, tier, question, _ = state["job"]
    turns, replies = [desk.SPLIT.format(question=question)], []
    for _ in range(2):
        reply, fault = await ask(provider, request(provider, tier, state["shared"], turns))
        replies.append(reply)
        if fault:
            break
        try:
            return {"parts": parse_parts(said(reply)), "replies": replies}
        except BadParts as reason:
            fault = str(reason)
            turns += [said(reply), desk.AGAIN.format(reason=reason)]
    return {"replies": replies, "faults": [f"split: {fault}"]}


def fan_out(state: State) -> Any:
    """One worker per part, or the end."""
    parts = enumerate(state.get("parts", []), 1)
    return [Send("work", {**state, "part": part}) for part in parts] or END


async def work(state: State) -> State:
    """Answer one part. Only what is new is returned: the reducers add it to what is there."""
    (provider, tier, _, _), (number, part) = state["job"], state["part"]
    body = request(provider, tier, state["shared"], [desk.WORK.format(part=part)])
    reply, fault = await ask(provider, body)
    if fault:
        return {"replies": [reply], "faults": [f"part {number}: {fault}"]}
    return {"replies": [reply], "answers": [(number, said(reply))]}


async def merge(state: State) -> State:
    """Write the report, if one part at most is missing."""
    provider, tier, question, _ = state["job"]
    answers = dict(state.get("answers", []))
    if len(answers) < desk.PARTS - 1:
        return {}
    parts = enumerate(state["parts"], 1)
    found = "\n\n".join(f"{part}\n{answers.get(number, desk.MISSING)}" for number, part in parts)
    turn = desk.MERGE.format(question=question, found=found)
    reply, fault = await ask(provider, request(provider, tier, state["shared"], [turn]))
    if fault:
        return {"replies": [reply], "faults": [f"merge: {fault}"]}
    return {"replies": [reply], "report": said(reply)}


async def dag(
    task: dict[str, str], provider: str, tier: str, search: Search, clock: Clock = time.perf_counter
) -> dict[str, Any]:
    """The desk as a graph: the `report` (None without one) and the `row`, system type "dag".

    Search once, `compact`; split; three workers at once; merge. Every call has the same `shared`: HANDBOOK
    and the filtered hits. The call that splits comes first, alone, and so has written the prefix when the
    workers start: calls that start together cannot read what none of them has written yet. No format is
    asked for: it would stand before the prefix of this one call.
    The split goes through `parse_parts`. A reply that does not pass is answered once, with what was `said`
    and what is wrong with it as further turns; the second that does not pass ends the run.
    Each worker gets one part, in a single turn. The question stands in the first turn of the split and in the
    turn of the merge, which has every part once, in the order of the split, each followed by its answer,
    whenever that came, or by MISSING.
    A worker whose call fails, or whose answer is wrong to `ask`, takes nobody along. If one is missing, the
    merge is made, and Error names it ("part 2: ..."); if more are missing, there is no merge, and Error names
    them in order. Any other call that fails, or is wrong to `ask`, ends the run with an Error. The row has
    what all calls used, and what the filter saved; `clock` is read as by `baseline`. What `search` and
    `compact` raise is raised.
    """
    graph = StateGraph(State)
    for node in (fetch, orchestrate, work, merge):
        graph.add_node(node.__name__, node)
    graph.add_edge(START, "fetch")
    graph.add_edge("fetch", "orchestrate")
    graph.add_conditional_edges("orchestrate", fan_out, ["work", END])
    graph.add_edge("work", "merge")
    start = clock()
    end = await graph.compile().ainvoke({"job": (provider, tier, task["question"], search)})
    row = desk.blank(provider, model(tier, provider), task["id"], "dag")
    row |= {**usage_row(end["replies"]), "LatencySeconds": clock() - start, "MCPTokensSaved": end["saved"]}
    row["Error"] = "; ".join(sorted(end["faults"]))
    return {"report": end.get("report"), "row": row}


def plan(tasks: list[str], models: list[list[str]], systems: list[str], runs: int) -> list[Job]:
    """The jobs of a benchmark: each has Provider, Tier, Model, TaskID, SystemType and Run (from 1).

    Runs are the outermost loop, then tasks, then models (pairs of provider and tier), then systems: what
    stops early has whole comparisons, and what changes during the day meets all of them.
    """
    return [
        {"Provider": provider, "Tier": tier, "Model": model(tier, provider), "TaskID": task,
         "SystemType": system, "Run": run}
        for run, task, (provider, tier), system in product(range(1, runs + 1), tasks, models, systems)
    ]  # fmt: skip


def worst(job: Job | Row, bounds: Bounds) -> Decimal:
    """Dollars that one run can cost at most."""
    sent, made = bounds[job["SystemType"]]
    return max(cost(Usage(sent, made, 0, written), job["Model"]) for written in (0, sent))


def estimate(jobs: list[Job], bounds: Bounds) -> Decimal:
    """Dollars that the jobs can cost at most; `bounds` has input and output tokens of a run, by SystemType.

    Nobody knows what the cache will do, so a run costs the greater of two prices: nothing cached, or all of
    the input written. Raises UnknownPrice: what has no price is not free.
    """
    return sum((worst(job, bounds) for job in jobs), Decimal(0))


def paid(row: Row, bounds: Bounds) -> Decimal:
    """Dollars of a row that was run: what its tokens cost; with an Error nobody knows, so it is the worst."""
    if row["Error"]:
        return worst(row, bounds)
    used = Usage(row["InputTokens"], row["OutputTokens"], row["CachedTokens"], row["CacheCreationTokens"])
    return cost(used, row["Model"])


def resumed(path: str) -> list[Row]:
    """The whole rows of the file, which ends with the last of them from now on; a new one gets its header."""
    Path(path).touch()
    data, head = Path(path).read_bytes(), desk.HEADER.encode()
    if not (data.startswith(head) or head.startswith(data)):
        raise WrongFile(f"{path} holds something else: its first line is {data[:60]!r}.")
    whole = data[: data.rfind(b"\n") + 1]
    os.truncate(path, len(whole))
    if not whole:
        Path(path).write_bytes(head)
    return desk.rows_of(whole.decode())


async def bench(
    path: str, jobs: list[Job], run: Callable[[Job], Awaitable[Row]], bounds: Bounds, cap: Decimal,
    again: bool = False, progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Run the jobs that the CSV file at `path` does not have yet.

    Tells how many were `made` and are `left`, and the dollars `spent`, those of all rows, as a Decimal.
    The file begins with HEADER, once. After each run its row is appended with `line` and flushed, so that a
    program that is killed loses one run. A last line that does not end was torn by that: it is cut off, and
    run again; a torn header begins anew. A file of another header is refused with WrongFile: nothing is run,
    and it stays as it is.
    A row belongs to a job by its first four fields, and to one job only: two runs need two rows. Rows with an
    Error count too; with `again` they stay, and their jobs are run once more.
    `cap` is in dollars: before each run, what all rows of the file cost, also of earlier starts, and the
    worst case of this run, together, must not be above it; else nothing further is run. A row with an Error
    cost its worst case, because nobody knows. If `estimate` has no price for one job, nothing is run or
    written at all.
    What `run` raises becomes a row with its class and words ("KeyError: ...") as Error, and the benchmark
    goes on; whoever cancels it ends it. `progress` is called after each row, with the rows of the plan that
    are there and the number of jobs.
    """
    estimate(jobs, bounds)
    rows, made = resumed(path), 0
    spent = sum((paid(row, bounds) for row in rows), Decimal(0))
    there = Counter(map(key, (row for row in rows if not (again and row["Error"]))))
    todo = []
    for job in jobs:
        there[key(job)] -= 1
        if there[key(job)] < 0:
            todo.append(job)
    with Path(path).open("a", encoding="utf-8", newline="") as file:
        for job in todo:
            if spent + worst(job, bounds) > cap:
                break
            try:
                row = await run(job)
            except Exception as error:
                row = desk.blank(*key(job)) | {"Error": f"{type(error).__name__}: {error}"}
            file.write(desk.line(row[name] for name in desk.FIELDS))
            file.flush()
            spent, made = spent + paid(row, bounds), made + 1
            if progress:
                progress(len(jobs) - len(todo) + made, len(jobs))
    return {"made": made, "left": len(todo) - made, "spent": spent}


def interval(values: list[float], level: float = 0.95) -> dict[str, float] | None:
    """An interval for the median of what the values were drawn from: two of the values, `low` and `high`.

    From the k-th smallest to the k-th largest, it holds the median unless fewer than k values fall on one
    side of it; each side has probability 1/2 for each value. The k is the largest whose probability to hold
    it, the `level` that is returned, is at least the one asked for. None if there is no such k.
    """
    ordered, n, found = sorted(values), len(values), None
    for k in range(1, n // 2 + 1):
        held = 1 - 2 * sum(comb(n, below) for below in range(k)) / 2**n
        if held >= level:
            found = {"low": ordered[k - 1], "high": ordered[n - k], "level": held}
    return found


def summarize(rows: list[Row], name: str) -> list[Job]:
    """One entry per Provider, Model and SystemType, in the order in which they first appear.

    `rows` is how many have no Error: the `median` of `name` (None without any) and its `interval` are theirs.
    `errors` is how many have one: they are counted, and nothing else.
    """
    entries = []
    for (provider, model_id, system), group in grouped(rows, "Provider", "Model", "SystemType"):
        values = [row[name] for row in group if not row["Error"]]
        entries.append({
            "Provider": provider, "Model": model_id, "SystemType": system, "rows": len(values),
            "errors": len(group) - len(values), "median": median(values) if values else None,
            "interval": interval(values),
        })  # fmt: skip
    return entries


def factors(rows: list[Row], name: str) -> list[Job]:
    """One entry per Provider and Model: by which `factor` the baseline has more of `name` than the dag.

    The runs of one task make one ratio: the median of its baseline rows over the median of its dag rows,
    without rows that have an Error. The factor is the median of these ratios, None without any, with its
    `interval`: tasks are compared with themselves, and long ones do not outvote short ones. `tasks` is how
    many ratios there are, `left_out` how many tasks have none, because one side is missing, or dag has 0.
    """
    entries = []
    for (provider, model_id), group in grouped(rows, "Provider", "Model"):
        ratios = []
        tasks = grouped(group, "TaskID")
        for _, runs in tasks:
            sides = [
                [row[name] for row in runs if row["SystemType"] == system and not row["Error"]]
                for system in ("baseline", "dag")
            ]
            if all(sides) and median(sides[1]):
                ratios.append(median(sides[0]) / median(sides[1]))
        entries.append({
            "Provider": provider, "Model": model_id, "tasks": len(ratios),
            "left_out": len(tasks) - len(ratios), "factor": median(ratios) if ratios else None,
            "interval": interval(ratios),
        })  # fmt: skip
    return entries
