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
    raise NotImplementedError("Task 1: keep what a model needs, by rank, in whole hits")


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
    raise NotImplementedError("Task 2: what is shared first, what varies last")


def usage_row(replies: list[Body | None]) -> dict[str, int]:
    """What all calls of a run used together, by the names of a Row: the five counts of tokens and the calls.

    A body is a reply as its provider sent it. OpenAI's `prompt_tokens` hold everything sent; what was read
    and written stands in `prompt_tokens_details` as `cached_tokens` and `cache_write_tokens`, either of which
    may be missing or null. Anthropic's `input_tokens` leave out `cache_read_input_tokens` and
    `cache_creation_input_tokens`: InputTokens is the sum of the three. TotalTokens is input and output.
    A call that brought no reply is None: it counts as a call, and nobody knows its tokens.
    """
    raise NotImplementedError("Task 3: sum up all calls, everything sent counted")


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
    raise NotImplementedError("Task 4: three calls, one after the other")


def parse_parts(text: str) -> list[str]:
    """The parts of a question, stripped: a JSON array of three different strings that are not blank.

    Raises BadParts, whose words tell a model what is wrong, for anything else, as for words or a fence around
    the array.
    """
    raise NotImplementedError("Task 5: three parts, or BadParts")


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
    raise NotImplementedError("Task 5: search, filter, and lay down the prefix")


async def orchestrate(state: State) -> State:
    """Split the question. A reply that is no three parts is told so, once."""
    raise NotImplementedError("Task 5: split the question, and correct a wrong split once")


def fan_out(state: State) -> Any:
    """One worker per part, or the end."""
    raise NotImplementedError("Task 5: send a part to each worker")


async def work(state: State) -> State:
    """Answer one part. Only what is new is returned: the reducers add it to what is there."""
    raise NotImplementedError("Task 5: answer one part, and return what is new")


async def merge(state: State) -> State:
    """Write the report, if one part at most is missing."""
    raise NotImplementedError("Task 5: put the answers in order, and write the report")


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
    raise NotImplementedError("Task 5: build the graph, run it, fill the row")


def plan(tasks: list[str], models: list[list[str]], systems: list[str], runs: int) -> list[Job]:
    """The jobs of a benchmark: each has Provider, Tier, Model, TaskID, SystemType and Run (from 1).

    Runs are the outermost loop, then tasks, then models (pairs of provider and tier), then systems: what
    stops early has whole comparisons, and what changes during the day meets all of them.
    """
    raise NotImplementedError("Task 6: every combination, in order")


def worst(job: Job | Row, bounds: Bounds) -> Decimal:
    """Dollars that one run can cost at most."""
    raise NotImplementedError("Task 6: the greater of two prices")


def estimate(jobs: list[Job], bounds: Bounds) -> Decimal:
    """Dollars that the jobs can cost at most; `bounds` has input and output tokens of a run, by SystemType.

    Nobody knows what the cache will do, so a run costs the greater of two prices: nothing cached, or all of
    the input written. Raises UnknownPrice: what has no price is not free.
    """
    raise NotImplementedError("Task 6: add up the worst cases")


def paid(row: Row, bounds: Bounds) -> Decimal:
    """Dollars of a row that was run: what its tokens cost; with an Error nobody knows, so it is the worst."""
    raise NotImplementedError("Task 6: what a row cost")


def resumed(path: str) -> list[Row]:
    """The whole rows of the file, which ends with the last of them from now on; a new one gets its header."""
    raise NotImplementedError("Task 6: cut off what is torn, refuse what is not ours")


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
    raise NotImplementedError("Task 6: run what is missing, row by row, within the cap")


def interval(values: list[float], level: float = 0.95) -> dict[str, float] | None:
    """An interval for the median of what the values were drawn from: two of the values, `low` and `high`.

    From the k-th smallest to the k-th largest, it holds the median unless fewer than k values fall on one
    side of it; each side has probability 1/2 for each value. The k is the largest whose probability to hold
    it, the `level` that is returned, is at least the one asked for. None if there is no such k.
    """
    raise NotImplementedError("Task 7: two of the values that hold the median")


def summarize(rows: list[Row], name: str) -> list[Job]:
    """One entry per Provider, Model and SystemType, in the order in which they first appear.

    `rows` is how many have no Error: the `median` of `name` (None without any) and its `interval` are theirs.
    `errors` is how many have one: they are counted, and nothing else.
    """
    raise NotImplementedError("Task 7: medians without errors")


def factors(rows: list[Row], name: str) -> list[Job]:
    """One entry per Provider and Model: by which `factor` the baseline has more of `name` than the dag.

    The runs of one task make one ratio: the median of its baseline rows over the median of its dag rows,
    without rows that have an Error. The factor is the median of these ratios, None without any, with its
    `interval`: tasks are compared with themselves, and long ones do not outvote short ones. `tasks` is how
    many ratios there are, `left_out` how many tasks have none, because one side is missing, or dag has 0.
    """
    raise NotImplementedError("Task 7: compare each task with itself")
