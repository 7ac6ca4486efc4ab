"""Three workers at once, and what the cache had for them: python course/examples/08_dag/race.py"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import naive
import payloads
from stage import Stage, dag, played

from grader import graph
from grader.models import model

WHO = ("anthropic", "fast")
TOPIC = payloads.TOPICS["q01"]


@dataclass(frozen=True)
class Fan:
    """What three workers read from the cache and wrote into it, in tokens, and what they cost, in dollars."""

    read: list[int]
    written: list[int]
    dollars: float


def rules(hour: int = 0) -> list[str]:
    """The shared texts; with an hour, that stands in front of them."""
    hits = graph.shown(dag.compact(payloads.search(TOPIC["question"]))["hits"])
    return [*([f"It is {hour} o'clock."] if hour else []), graph.HANDBOOK, hits]


async def _fan(_: Stage, warm: Callable[[], list[str]] | None, shared: Callable[[], list[str]]) -> Fan:
    if warm:
        split = dag.request(*WHO, warm(), [graph.SPLIT.format(question=TOPIC["question"])])
        await dag.ask(WHO[0], split)
    replies = await naive.answers(shared(), [graph.WORK.format(part=part) for part in TOPIC["parts"]])
    used = [dag.usage_row([reply]) for reply in replies]
    row = graph.blank(WHO[0], model(WHO[1], WHO[0]), "", "") | dag.usage_row(replies)
    return Fan(
        [each["CachedTokens"] for each in used],
        [each["CacheCreationTokens"] for each in used],
        float(dag.paid(row, {})),
    )


def measured() -> dict[str, Fan]:
    """The fan-out cold, after one call with the same beginning, and after one with another hour in front."""
    ways: dict[str, Any] = {
        "cold": (None, rules),
        "warm": (rules, rules),
        "hour": (partial(rules, 9), partial(rules, 10)),
    }
    return {name: played(partial(_fan, warm=warm, shared=shared)) for name, (warm, shared) in ways.items()}


def main() -> None:
    """Print what the cache had for each of them."""
    words = {
        "cold": "all three at once",
        "warm": "one call first",
        "hour": "one call first, the hour in front",
    }
    for name, fan in measured().items():
        read, written = ("".join(f"{count:>6}" for count in counts) for counts in (fan.read, fan.written))
        print(f"{words[name]:<34} read{read}   written{written}   ${fan.dollars:.5f}")


if __name__ == "__main__":
    main()
