"""The numbers of 00_start, from its recording of six turns: grader lab 00_start"""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from itertools import accumulate

from grader.course import module
from grader.learn.figure import INK, MARK, drawing
from grader.models import cost
from grader.replay.cassette import load
from grader.replay.steps import Step

START = module("00_start")
ASSETS = START.chapter.parent / "assets"


def turns() -> list[Step]:
    """The six recorded calls, in order."""
    return list(load(START.cassette("six_turns")).steps)


def numbers(steps: list[Step]) -> dict[str, object]:
    """What the chapter may quote: tokens sent by each call, their sum, and what the conversation cost."""
    sent = [step.reply.usage.input_tokens for step in steps]
    dollars = sum((cost(step.reply.usage, step.facts.model) for step in steps), Decimal(0))
    return {
        "sent": sent,
        "quotes": {
            "first call": f"{sent[0]} tokens",
            "sixth call": f"{sent[-1]} tokens",
            "growth": f"{sent[-1] / sent[0]:.0f} times",
            "all calls": f"{sum(sent)} tokens",
            "cost": f"${dollars:.4f}",
        },
    }


def draw(steps: list[Step]) -> None:
    """Tokens sent by each call as bars, and their running sum as a line."""
    sent = [step.reply.usage.input_tokens for step in steps]
    calls = range(1, len(sent) + 1)
    with drawing(ASSETS / "00_start_turns.svg") as axes:
        axes.bar(calls, sent, color=INK, width=0.55)
        axes.plot(calls, list(accumulate(sent)), color=MARK, marker="o")
        for call, tokens in zip(calls, sent, strict=True):
            axes.annotate(str(tokens), (call, tokens), xytext=(0, 4), textcoords="offset points", ha="center")
        axes.annotate(
            f"{sum(sent)} in all", (len(sent), sum(sent)), xytext=(-10, -3), textcoords="offset points",
            ha="right", color=MARK,
        )  # fmt: skip
        axes.set(xlabel="call", ylabel="tokens sent", xticks=list(calls))
        axes.grid(axis="x", visible=False)


def main() -> int:
    """Print the table, write the numbers and the figure."""
    steps = turns()
    print("call  sent  received")
    for number, step in enumerate(steps, 1):
        print(f"{number:>4}{step.reply.usage.input_tokens:>6}{step.reply.usage.output_tokens:>10}")
    found = numbers(steps)
    print("\n".join(f"{name}: {text}" for name, text in found["quotes"].items()))
    (ASSETS / "00_start_numbers.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    draw(steps)
    return 0


if __name__ == "__main__":
    sys.exit(main())
