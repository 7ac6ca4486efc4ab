"""The numbers of 08_dag: grader lab 08_dag

Runs the reference's benchmark, 15 questions on 4 models through 2 systems, 4 times, with the real SDKs over
HTTP against a stand-in that this lab starts; then pulls each lever alone. About half a minute.
Tokens and cached prefixes are counted by the vendors' published rules. Seconds come from the speeds in
clerk.py, on a clock that leaps: they were not measured at a vendor.

    python course/examples/08_dag/lab.py --live --cap 2     # asks the vendors, with your keys and your money
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from statistics import median
from typing import Any

import levers
import payloads
import race
from levers import MODELS
from stage import DAG, KEYS, Stage, dag, played

from grader import graph
from grader.course import ROOT
from grader.learn.figure import INK, MARK, SOFT, drawing
from grader.models import Usage, cost

ASSETS = DAG.chapter.parent / "assets"
SYSTEMS = {"baseline": dag.baseline, "dag": dag.dag}
RUNS, CAP = 4, Decimal(10)  # dollars: the stand-in takes none, and the reference stops there all the same
FEW = list(payloads.TOPICS)[:5]  # the questions on which the levers are pulled
MEASURES = {"TotalTokens": "tokens", "Dollars": "dollars", "LatencySeconds": "seconds"}
COLOURS = {"TotalTokens": SOFT, "Dollars": MARK, "LatencySeconds": INK}


async def search(question: str) -> str:
    """The tool as the systems call it; both wait for it equally, so it takes no time here."""
    return payloads.search(question)


@cache
def bounds() -> dict[str, list[int]]:
    """Input and output tokens of a run at most, by system: every answer as long as it may be."""
    found = (payloads.search(topic["question"]) for topic in payloads.TOPICS.values())
    rules, words = graph.tokens(graph.HANDBOOK, "anthropic"), 200  # words: questions, prompts, borders
    raw = rules + words + max(graph.tokens(payload, "anthropic") for payload in found)
    hits = rules + words + 2 * dag.ROOM  # ROOM counts as OpenAI does
    # The graph splits twice at most: the second time it sends what was wrong with the first.
    return {
        "baseline": [3 * raw + 3 * graph.LIMIT, 3 * graph.LIMIT],
        "dag": [6 * hits + (2 + 3 + 3) * graph.LIMIT, 6 * graph.LIMIT],
    }


async def run_of(job: dict[str, Any], clock: Callable[[], float]) -> graph.Row:
    """One row: seconds to the millisecond, and the same ones wherever on the clock it began."""
    task = {"id": job["TaskID"], "question": payloads.TOPICS[job["TaskID"]]["question"]}
    row = (await SYSTEMS[job["SystemType"]](task, job["Provider"], job["Tier"], search, clock))["row"]
    row["LatencySeconds"] = round(round(row["LatencySeconds"], 9), 3)
    return row


async def _bench(stage: Stage, path: str, jobs: list[dict[str, Any]], name: str) -> None:
    async def run(job: dict[str, Any]) -> graph.Row:
        stage.cache.forget()  # what a system reads from the cache, it has written itself
        return await run_of(job, stage.clock)

    await dag.bench(path, jobs, run, bounds(), CAP, progress=bar(name))


def measured(path: str, keys: list[str], runs: int = RUNS) -> list[graph.Row]:
    """The rows of the benchmark, in a file at `path`; each run has a voice, so other words, of its own."""
    for number in range(1, runs + 1):
        jobs = dag.plan(keys, MODELS, list(SYSTEMS), number)  # what the file has of them is not run again
        played(partial(_bench, path=path, jobs=jobs, name=f"run {number} of {runs}"), voice=number)
    return graph.rows_of(Path(path).read_text(encoding="utf-8"))


def bar(name: str) -> Callable[[int, int], None]:
    """Tells on one line how far it is; into a file or a pipe it says nothing."""
    begun = time.monotonic()

    def show(done: int, of: int) -> None:
        if sys.stderr.isatty():
            at = f"{'=' * round(30 * done / of):<30} {done}/{of} rows, {time.monotonic() - begun:.0f} s"
            print(f"\r{name}  {at}", end="\n" if done == of else "", file=sys.stderr, flush=True)

    return show


def billed(rows: list[Any]) -> list[Any]:
    """The rows with their dollars."""
    return [{**row, "Dollars": float(dag.paid(row, bounds()))} for row in rows]


def surcharge(rows: list[Any]) -> float:
    """The share of the baseline's bill at OpenAI that is the extra price of writing prefixes."""
    written = [row for row in rows if row["Provider"] == "openai" and row["SystemType"] == "baseline"]
    plain = sum(float(cost(Usage(row["InputTokens"], row["OutputTokens"]), row["Model"])) for row in written)
    return 1 - plain / sum(row["Dollars"] for row in written)


def entries(rows: list[Any]) -> list[dict[str, Any]]:
    """One entry per model: medians of seconds, factors with their intervals, the graph's share from cache."""
    found = []
    by = {name: dag.factors(rows, name) for name in MEASURES}
    seconds = {(each["Model"], each["SystemType"]): each for each in dag.summarize(rows, "LatencySeconds")}
    for at, each in enumerate(by["Dollars"]):
        model = each["Model"]
        own = [row for row in rows if row["Model"] == model and row["SystemType"] == "dag"]
        found.append({
            "model": model,
            "seconds": {system: seconds[model, system]["median"] for system in SYSTEMS},
            "rows": {system: seconds[model, system]["rows"] for system in SYSTEMS},
            "factors": {name: by[name][at]["factor"] for name in MEASURES},
            "intervals": {name: by[name][at]["interval"] for name in MEASURES},
            "cached": sum(row["CachedTokens"] for row in own) / sum(row["InputTokens"] for row in own),
        })  # fmt: skip
    return found


def numbers(rows: list[Any], pulled: dict[str, dict[str, float]]) -> dict[str, Any]:
    """What the chapter may quote, as it is to be written; `rows` with dollars, `pulled` from the levers."""
    jobs = dag.plan(list(payloads.TOPICS), MODELS, list(SYSTEMS), RUNS)
    found, cold = entries(rows), race.measured()
    raw = [graph.tokens(payloads.search(topic["question"])) for topic in payloads.TOPICS.values()]
    kept = [size - row["MCPTokensSaved"] for size, row in zip(raw, _firsts(rows), strict=True)]
    quotes = {
        **{f"{lever}, {MEASURES[name]}": f"{value:.1f}" for lever, way in pulled.items()
           for name, value in way.items()},
        **{f"{MEASURES[name]}, {side}": f"{pick(each['factors'][name] for each in found):.1f}"
           for name in MEASURES for side, pick in (("least", min), ("most", max))},
        "payload": f"{median(raw):,.0f}",
        "hits": f"{median(kept):,.0f}",
        "filtered away": f"{1 - sum(kept) / sum(raw):.0%}",
        "calls": f"{sum(row['NumLLMCalls'] for row in rows):,}",
        "estimate": f"${dag.estimate(jobs, bounds()):.2f}",
        "billed": f"${sum(row['Dollars'] for row in rows):.2f}",
        "surcharge": f"{surcharge(rows):.0%}",
        "short prompt": f"{levers.saved(levers.SHORT):.0%}",
        "long prompt": f"{levers.saved(levers.LONG):.0%}",
        "level": f"{found[0]['intervals']['Dollars']['level']:.1%}",
        "cold over warm": f"{cold['cold'].dollars / cold['warm'].dollars:.1f}",
    }  # fmt: skip
    return {
        "note": "words and speeds are the stand-in's",
        "models": found,
        "levers": pulled,
        "quotes": quotes,
    }


def _firsts(rows: list[Any]) -> list[Any]:
    """The first row of the graph for each question."""
    first = {row["TaskID"]: row for row in reversed(rows) if row["SystemType"] == "dag"}
    return [first[key] for key in payloads.TOPICS]


def table(found: list[dict[str, Any]]) -> str:
    """The models in Markdown, for the chapter to include; as `.txt`, or it became a page."""
    lines = [
        "| Model | Baseline | Graph | Latency | Tokens | Dollars | From cache |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for each in found:
        seconds = " | ".join(f"{each['seconds'][system]:.1f} s" for system in SYSTEMS)
        cells = [
            spanned(each["factors"][name], each["intervals"][name])
            for name in ("LatencySeconds", *list(MEASURES)[:2])
        ]
        lines.append(f"| `{each['model']}` | {seconds} | {' | '.join(cells)} | {each['cached']:.0%} |")
    return "\n".join(lines) + "\n"


def spanned(factor: float, interval: dict[str, float] | None) -> str:
    """A factor with its interval, if it has one."""
    return f"{factor:.2f}" + (f" ({interval['low']:.2f}–{interval['high']:.2f})" if interval else "")


def draw(pulled: dict[str, dict[str, float]]) -> None:
    """Three bars per lever: by how much the run without any has more tokens, dollars and seconds."""
    with drawing(ASSETS / "08_dag_levers.svg", height=4.4) as axes:
        for group, way in enumerate(pulled.values()):
            for at, (name, factor) in enumerate(way.items()):
                place = 4 * group + at
                faint = 0.45 if list(pulled)[group] == "multiplied" else 1.0  # nobody measured this one
                axes.barh(place, max(factor - 1, 0), left=1, height=0.8, color=COLOURS[name], alpha=faint)
                words, end = f"{MEASURES[name]} ÷ {factor:.1f}", (max(factor, 1), place)
                style: Any = {"va": "center", "color": COLOURS[name], "fontsize": 9}
                axes.annotate(words, end, xytext=(4, 0), textcoords="offset points", **style)
        axes.set(xlabel="divided by, against a run without any of the three", xscale="log", xlim=(1, 14))
        axes.set_xticks([1, 2, 4, 8], ["1", "2", "4", "8"])
        axes.minorticks_off()
        axes.set_yticks([4 * group + 1 for group in range(len(pulled))], list(pulled))
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=False, axis="y")
        axes.invert_yaxis()


def live(path: str, cap: Decimal, runs: int) -> int:
    """The same benchmark at the vendors: an estimate first, then rows until the cap would be passed.

    Nobody can empty a vendor's cache: here a row may read what an earlier one has written.
    """
    if missing := [name for name in KEYS if not os.environ.get(name)]:
        print(f"Not set: {', '.join(missing)}. A live run needs both keys.", file=sys.stderr)
        return 1
    jobs = dag.plan(list(payloads.TOPICS), MODELS, list(SYSTEMS), runs)
    print(f"{len(jobs)} rows, at most ${dag.estimate(jobs, bounds()):.2f}; stops before ${cap}. Rows: {path}")

    def run(job: dict[str, Any]) -> Awaitable[graph.Row]:
        return run_of(job, time.perf_counter)

    Path(path).parent.mkdir(parents=True, exist_ok=True)
    done = asyncio.run(dag.bench(path, jobs, run, bounds(), cap, progress=bar("live")))
    print(f"{done['made']} rows made, {done['left']} left, ${done['spent']:.2f} spent at most.")
    print(table(entries(billed(graph.rows_of(Path(path).read_text(encoding="utf-8"))))))
    return 0


def main() -> int:
    """Measure, print, and write the rows, the numbers, the table and the figure."""
    cli = argparse.ArgumentParser()
    cli.add_argument("--live", action="store_true")
    cli.add_argument("--cap", type=Decimal, default=Decimal(0), help="dollars, for --live")
    cli.add_argument("--runs", type=int, default=1, help="for --live")
    cli.add_argument("--csv", default=str(ROOT / "build" / "08_dag_live.csv"), help="for --live")
    args, _ = cli.parse_known_args()  # `grader lab 08_dag` has words of its own
    if args.live:
        return live(args.csv, args.cap, args.runs)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        rows = billed(measured(str(path), list(payloads.TOPICS)))
        (ASSETS / "08_dag_rows.csv").write_bytes(path.read_bytes())
    pulled = levers.factors(levers.measured(FEW))
    found = numbers(rows, pulled)
    print(table(found["models"]))
    print("\n".join(f"{name}: {text}" for name, text in found["quotes"].items()))
    (ASSETS / "08_dag_numbers.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (ASSETS / "08_dag_table.txt").write_text(table(found["models"]), encoding="utf-8")
    draw(pulled)
    return 0


if __name__ == "__main__":
    sys.exit(main())
