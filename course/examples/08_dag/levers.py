"""What each lever does alone: the same five calls of a question, with and without each of three levers.

A lever is pulled or not: `caching` (what is shared comes first, and is marked; else what varies comes first),
`filtering` (eight hits of text; else the raw payload) and `parallel` (three workers at once; else in a row).
"""

from __future__ import annotations

import asyncio
from itertools import product
from math import prod
from statistics import median
from typing import Any

import payloads
from stage import Stage, dag, played

from grader import graph
from grader.models import Usage, cost, model
from grader.provider.tokens import truncate

LEVERS = ("caching", "filtering", "parallel")
MODELS = [["openai", "fast"], ["openai", "balanced"], ["anthropic", "fast"], ["anthropic", "balanced"]]
MEASURES = ("TotalTokens", "Dollars", "LatencySeconds")
SHORT, LONG = 500, 1400  # tokens of two system prompts; no cache takes the first
WAYS = [
    frozenset(lever for lever, on in zip(LEVERS, ons, strict=True) if on) for ons in product((0, 1), repeat=3)
]


async def five_calls(
    stage: Stage, topic: dict[str, Any], who: list[str], way: frozenset[str]
) -> dict[str, Any]:
    """Split, three workers and merge: dollars, tokens and seconds of the run, from an empty cache."""
    stage.cache.forget()
    begun, replies = stage.clock(), []
    found = payloads.search(topic["question"])
    shared = [graph.HANDBOOK, graph.shown(dag.compact(found)["hits"]) if "filtering" in way else found]

    async def say(turn: str) -> str:
        texts = (shared, [turn]) if "caching" in way else ([], ["\n\n".join([turn, *shared])])
        reply, fault = await dag.ask(who[0], dag.request(*who, *texts))
        assert not fault, fault
        replies.append(reply)
        return graph.said(reply)

    parts = dag.parse_parts(await say(graph.SPLIT.format(question=topic["question"])))
    asked = [graph.WORK.format(part=part) for part in parts]
    answers = (
        await asyncio.gather(*map(say, asked)) if "parallel" in way else [await say(turn) for turn in asked]
    )
    merged = "\n\n".join(f"{part}\n{answer}" for part, answer in zip(parts, answers, strict=True))
    await say(graph.MERGE.format(question=topic["question"], found=merged))
    row = graph.blank(who[0], model(who[1], who[0]), "", "") | dag.usage_row(replies)
    return {**row, "LatencySeconds": stage.clock() - begun, "Dollars": float(dag.paid(row, {}))}


async def _all(stage: Stage, keys: list[str]) -> list[dict[str, Any]]:
    """One entry per model, question and way."""
    return [
        {**await five_calls(stage, payloads.TOPICS[key], who, way), "TaskID": key, "way": way}
        for who, key, way in product(MODELS, keys, WAYS)
    ]


def measured(keys: list[str]) -> list[dict[str, Any]]:
    """The runs of all ways, on these questions."""
    return played(lambda stage: _all(stage, keys))


def factor(runs: list[dict[str, Any]], way: frozenset[str], measure: str) -> float:
    """By how much the run without any lever has more of it: the median over questions and models."""
    of = {(run["Model"], run["TaskID"], run["way"]): run[measure] for run in runs}
    pairs = [(name, key) for name, key, each in of if not each]
    return median(of[name, key, frozenset()] / of[name, key, way] for name, key in pairs)


def factors(runs: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """What each lever does alone, what the three would do if they multiplied, and what they do together."""
    alone = {
        lever: {measure: factor(runs, frozenset({lever}), measure) for measure in MEASURES}
        for lever in LEVERS
    }
    multiplied = {measure: prod(alone[lever][measure] for lever in LEVERS) for measure in MEASURES}
    together = {measure: factor(runs, frozenset(LEVERS), measure) for measure in MEASURES}
    return {**alone, "multiplied": multiplied, "together": together}


async def _saved(_: Stage, size: int) -> float:
    replies, who = [], ("anthropic", "fast")
    for topic in list(payloads.TOPICS.values())[:5]:
        body = dag.request(*who, [truncate(graph.HANDBOOK, size, who[0])], topic["parts"][:1])
        body["system"][-1]["cache_control"] = {"type": "ephemeral"}  # also where it does nothing
        replies.append((await dag.ask(who[0], body))[0])
    used, name = dag.usage_row(replies), model(who[1], who[0])
    row = graph.blank(who[0], name, "", "") | used
    return float(1 - dag.paid(row, {}) / cost(Usage(used["InputTokens"], used["OutputTokens"]), name))


def saved(size: int) -> float:
    """The share of the bill for five calls that a marked system prompt of `size` tokens saves."""
    return played(lambda stage: _saved(stage, size))
