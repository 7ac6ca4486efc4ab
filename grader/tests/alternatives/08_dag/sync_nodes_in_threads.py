"""Alternative: sync nodes that LangGraph runs in threads, with the sync clients of the SDKs, and a queue."""

from __future__ import annotations

import json
import operator
import os
import time
from collections import defaultdict
from decimal import Decimal
from functools import cache
from hashlib import blake2b
from itertools import chain
from math import comb
from statistics import median
from typing import Annotated, Any, TypedDict

from langgraph.graph import StateGraph
from langgraph.types import Command, Send

from grader import graph as given
from grader.models import Usage, capabilities, cost, model

MEASURES = ("InputTokens", "OutputTokens", "CachedTokens", "CacheCreationTokens")


def compact(payload, limit=1000):
    try:
        found = json.loads(payload)
    except json.JSONDecodeError as reason:
        raise given.BadPayload(str(reason)) from reason
    results = found.get("results") if type(found) is dict else None
    if type(results) is not list:
        raise given.BadPayload("no list of results")
    best = {}
    for result in sorted(filter(lambda each: type(each) is dict, results), key=lambda each: -each["rank"]):
        hit = dict.fromkeys(("id", "title", "url", "date", "snippet"), "")
        for name, text in (result.get("document") or {}).items():
            if name in hit:
                hit[name] = given.plain_text(text)
        hit["url"] = result.get("url") or ""
        if hit["id"] and hit["url"]:
            page = hit["url"].split("#")[0]
            best.pop(page, None)
            best[page] = hit  # the better rank comes later, and stays
    hits = list(best.values())[::-1]
    room = 0
    while room < len(hits) and given.tokens(given.shown(hits[: room + 1])) <= limit:
        room += 1
    kept = hits[:room]
    return {"hits": kept, "saved": given.tokens(payload) - given.tokens(given.shown(kept))}


def request(provider, tier, shared, turns):
    user = True
    messages = []
    for text in turns:
        messages.append({"role": "user" if user else "assistant", "content": text})
        user = not user
    body = {"model": model(tier, provider), "messages": messages}
    if provider == "anthropic":
        body["max_tokens"] = given.LIMIT
        if shared:
            body["system"] = [{"type": "text", "text": text} for text in shared]
            if given.tokens("".join(shared), provider) >= capabilities(body["model"]).cache_minimum:
                body["system"][-1].update(cache_control={"type": "ephemeral"})
    else:
        body["max_completion_tokens"] = given.LIMIT
        if shared:
            text = "\n\n".join(shared)
            messages.insert(0, {"role": "system", "content": text})
            body["prompt_cache_key"] = blake2b(text.encode(), digest_size=16).hexdigest()
    return body


def usage_row(replies):
    row = dict.fromkeys((*MEASURES, "TotalTokens"), 0)
    for body in filter(None, replies):
        used = {name: value or 0 for name, value in body["usage"].items() if not isinstance(value, dict)}
        inside = {k: v or 0 for k, v in (body["usage"].get("prompt_tokens_details") or {}).items()}
        if "prompt_tokens" in used:
            counts = (used["prompt_tokens"], used["completion_tokens"], inside.get("cached_tokens", 0),
                      inside.get("cache_write_tokens", 0))  # fmt: skip
        else:
            read, new = (used.get(f"cache_{what}_input_tokens", 0) for what in ("read", "creation"))
            counts = (used["input_tokens"] + read + new, used["output_tokens"], read, new)
        for name, count in zip(MEASURES, counts, strict=True):
            row[name] += count
    row["TotalTokens"] = row["InputTokens"] + row["OutputTokens"]
    return {**row, "NumLLMCalls": len(replies)}


@cache
def clients():
    from anthropic import Anthropic, APIError
    from openai import APIError as OtherError
    from openai import OpenAI

    openai, anthropic = OpenAI(max_retries=0), Anthropic(max_retries=0)
    return {"openai": openai.chat.completions, "anthropic": anthropic.messages}, (APIError, OtherError)


def call(provider, body):
    """The reply, or None, and what went wrong."""
    creators, errors = clients()
    try:
        reply = creators[provider].create(**body).model_dump(mode="json", exclude_unset=True)
    except errors as error:
        return None, repr(error)
    bad = reply.get("stop_reason") == "refusal" or not given.said(reply)
    return reply, "no answer" if bad else ""


def parse_parts(text):
    try:
        found = json.loads(text)
    except ValueError:
        raise given.BadParts("not JSON") from None
    if not isinstance(found, list) or len(found) != 3:
        raise given.BadParts("not an array of three")
    if any(not isinstance(each, str) or not each.strip() for each in found):
        raise given.BadParts("an entry is no text")
    found = [each.strip() for each in found]
    if found[0] in found[1:] or found[1] == found[2]:
        raise given.BadParts("two entries are the same")
    return found


async def baseline(task, provider, tier, search, clock=time.perf_counter):
    import asyncio

    row = given.blank(provider, model(tier, provider), task["id"], "baseline")
    begin, heard, replies = clock(), [], []
    payload = await search(task["question"])
    while len(replies) < 3 and not row["Error"]:
        so_far = "".join(f"<earlier>{text}</earlier>" for text in heard)
        turn = f"<rules>{given.HANDBOOK}</rules>{task['question']}<search>{payload}</search>{so_far}Go on."
        reply, row["Error"] = await asyncio.to_thread(call, provider, request(provider, tier, [], [turn]))
        replies.append(reply)
        heard.append(given.said(reply))
    row.update(usage_row(replies), LatencySeconds=clock() - begin)
    return {"row": row, "report": None if row["Error"] else heard[-1]}


class Board(TypedDict, total=False):
    todo: Any
    log: Annotated[list, operator.add]  # (order, reply, error, answer)
    found: dict


class Desk:
    """One run: nodes are methods, run in threads."""

    def __init__(self, provider, tier, question):
        self.provider, self.tier, self.question = provider, tier, question
        self.shared, self.parts, self.report = [], [], None

    def ask(self, *turns):
        return call(self.provider, request(self.provider, self.tier, self.shared, [*turns]))

    def split(self, board):
        turns, log = [f"Give me three sub-questions as a JSON array of strings: {self.question}"], []
        while len(log) < 2:
            reply, error = self.ask(*turns)
            log.append((0, reply, error and f"split {error}", None))
            if error:
                return {"log": log}
            try:
                self.parts = parse_parts(given.said(reply))
            except given.BadParts as reason:
                turns += [given.said(reply), f"This cannot be used: {reason}"]
                continue
            return Command(update={"log": log}, goto=[Send("part", {"todo": at}) for at in range(3)])
        return {"log": [*log[:1], (0, log[1][1], "no split", None)]}

    def part(self, board):
        at = board["todo"]
        reply, error = self.ask(f"Only this: {self.parts[at]}")
        answer = None if error else given.said(reply)
        return {"log": [(at + 1, reply, error and f"part {at + 1} {error}", answer)]}

    def merge(self, board):
        answers = {at: answer for at, _, _, answer in board["log"] if at and answer}
        if len(answers) >= 2:
            told = "".join(
                f"\n# {part}\n{answers.get(at, given.MISSING)}\n" for at, part in enumerate(self.parts, 1)
            )
            reply, error = self.ask(f"Summarise for the question {self.question}{told}")
            self.report = None if error else given.said(reply)
            return {"log": [(9, reply, error and f"merge {error}", None)]}
        return {}


async def dag(task, provider, tier, search, clock=time.perf_counter):
    begin = clock()
    found = compact(await search(task["question"]))
    desk = Desk(provider, tier, task["question"])
    desk.shared = [f"{given.HANDBOOK}\n{given.shown(found['hits'])}"]
    board = StateGraph(Board)
    board.add_node("split", desk.split, destinations=("part",))
    board.add_node("part", desk.part)
    board.add_node("merge", desk.merge)
    board.set_entry_point("split")
    board.add_edge("part", "merge")
    log = (await board.compile().ainvoke({"log": []}))["log"]
    row = given.blank(provider, model(tier, provider), task["id"], "dag")
    row.update(usage_row([reply for _, reply, _, _ in log]), LatencySeconds=clock() - begin)
    errors = [error for _, _, error, _ in sorted(log, key=lambda each: each[0]) if error]
    row.update(MCPTokensSaved=found["saved"], Error=", ".join(errors))
    return {"row": row, "report": desk.report}


def plan(tasks, models, systems, runs):
    return list(chain.from_iterable(
        [{"TaskID": task, "SystemType": system, "Run": run, "Provider": vendor, "Tier": tier,
          "Model": model(tier, vendor)} for vendor, tier in models for system in systems]
        for run in range(1, 1 + runs) for task in tasks
    ))  # fmt: skip


def dearest(entry, bounds):
    sent, made = bounds[entry["SystemType"]]
    plain = cost(Usage(input_tokens=sent, output_tokens=made), entry["Model"])
    return max(plain, cost(Usage(sent, made, cache_write_tokens=sent), entry["Model"]))


def estimate(jobs, bounds):
    total = Decimal("0")
    for job in jobs:
        total += dearest(job, bounds)
    return total


def spent_on(row, bounds):
    return dearest(row, bounds) if row["Error"] else cost(Usage(*(row[m] for m in MEASURES)), row["Model"])


class Table:
    """The file: read once, repaired, and written with one system call per line."""

    def __init__(self, path):
        self.file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        data = os.pread(self.file, 1 << 30, 0)
        head = given.HEADER.encode()
        if data[: len(head)] != head[: len(data)]:
            os.close(self.file)
            raise given.WrongFile(path)
        end = data.rfind(b"\n") + 1
        os.ftruncate(self.file, end)
        if end == 0:
            os.write(self.file, head)
        self.rows = given.rows_of(data[:end].decode()) if end else []

    def add(self, row):
        os.write(self.file, given.line([row[name] for name in given.FIELDS]).encode())
        self.rows.append(row)


async def bench(path, jobs, run, bounds, cap, again=False, progress=None):
    estimate(jobs, bounds)
    table = Table(path)
    try:
        waiting = defaultdict(int)
        for row in table.rows:
            waiting[given.key(row)] += not (again and row["Error"])
        queue, made = [], 0
        for job in jobs:
            if waiting[given.key(job)] > 0:
                waiting[given.key(job)] -= 1
            else:
                queue.append(job)
        known = len(jobs) - len(queue)
        while queue:
            spent = sum((spent_on(row, bounds) for row in table.rows), Decimal(0))
            if spent + dearest(queue[0], bounds) > cap:
                break
            job = queue[0]
            try:
                row = await run(job)
            except Exception as error:
                row = given.blank(*given.key(job))
                row["Error"] = f"{type(error).__name__}: {error}"
            queue.pop(0)
            table.add(row)
            made += 1
            (progress or (lambda *_: None))(known + made, len(jobs))
        spent = sum((spent_on(row, bounds) for row in table.rows), Decimal(0))
        return {"made": made, "left": len(queue), "spent": spent}
    finally:
        os.close(table.file)


def interval(values, level=0.95):
    n = len(values)
    sure = [(1 - sum(comb(n, i) for i in range(k)) / 2 ** (n - 1), k) for k in range(1, n // 2 + 1)]
    fitting = [(held, k) for held, k in sure if held >= level]
    if not fitting:
        return None
    held, k = min(fitting)
    ordered = sorted(values)
    return {"low": float(ordered[k - 1]), "high": float(ordered[n - k]), "level": held}


def summarize(rows, name):
    table = {}
    for row in rows:
        entry = table.setdefault((row["Provider"], row["Model"], row["SystemType"]), ([], []))
        entry[bool(row["Error"])].append(float(row[name]))
    return [
        {"Provider": vendor, "Model": name_of, "SystemType": system, "rows": len(good), "errors": len(bad),
         "median": float(median(good)) if good else None, "interval": interval(good)}
        for (vendor, name_of, system), (good, bad) in table.items()
    ]  # fmt: skip


def factors(rows, name):
    table = {}
    for row in rows:
        tasks = table.setdefault((row["Provider"], row["Model"]), {})
        sides = tasks.setdefault(row["TaskID"], {"baseline": [], "dag": []})
        if not row["Error"]:
            sides[row["SystemType"]].append(row[name])
    told = []
    for (vendor, name_of), tasks in table.items():
        medians = [(median(s["baseline"]), median(s["dag"])) for s in tasks.values() if all(s.values())]
        ratios = [float(before / after) for before, after in medians if after]
        told.append({
            "Provider": vendor, "Model": name_of, "factor": float(median(ratios)) if ratios else None,
            "interval": interval(ratios), "tasks": len(ratios), "left_out": len(tasks) - len(ratios),
        })  # fmt: skip
    return told
