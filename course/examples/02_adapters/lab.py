"""The numbers of 02_adapters: ten turns with and without a window, and two miscounts: grader lab 02_adapters

Tokens come from the module's recordings, prices from the price table.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from decimal import Decimal

from grader.course import module
from grader.learn.figure import INK, MARK, SOFT, drawing
from grader.models import cost
from grader.replay.cassette import load
from grader.replay.steps import Step

ADAPTERS = module("02_adapters")
ASSETS = ADAPTERS.chapter.parent / "assets"
WAYS = {"everything": "ten_turns", "three turns": "ten_turns_windowed"}


def steps(cassette: str) -> list[Step]:
    """The calls of a recording, in order."""
    return list(load(ADAPTERS.cassette(cassette)).steps)


def sent(cassette: str) -> list[int]:
    """Tokens sent by each call."""
    return [step.reply.usage.input_tokens for step in steps(cassette)]


def price(cassette: str) -> Decimal:
    """Dollars for all calls of a recording."""
    return sum((cost(step.reply.usage, step.facts.model) for step in steps(cassette)), Decimal(0))


def miscounts() -> dict[str, str]:
    """What an adapter reports, or bills, if it reads one vendor's fields as if they were another's."""
    read = next(step for step in steps("usage_anthropic") if step.reply.usage.cached_tokens)
    hit = next(step for step in steps("usage_deepseek") if step.reply.usage.cached_tokens)
    real = cost(hit.reply.usage, hit.facts.model)
    blind = cost(replace(hit.reply.usage, cached_tokens=0), hit.facts.model)
    return {
        "sent, cached prompt": f"{read.reply.usage.input_tokens:,}",
        "input_tokens of it": f"{read.reply.json['usage']['input_tokens']}",
        "DeepSeek hits ignored": f"{blind / real:.1f} times",
    }


def numbers() -> dict[str, object]:
    """What a text may quote, as it is to be written."""
    every, few = (sent(cassette) for cassette in WAYS.values())
    dear, cheap = (price(cassette) for cassette in WAYS.values())
    return {
        "sent": {name: sent(cassette) for name, cassette in WAYS.items()},
        "quotes": {
            "all, everything": f"{sum(every):,}",
            "all, three turns": f"{sum(few):,}",
            "last, everything": f"{every[-1]}",
            "last, three turns": f"{few[-1]}",
            "input saved": f"{100 * (1 - sum(few) / sum(every)):.0f} %",
            "cost, everything": f"${dear:.6f}",
            "cost, three turns": f"${cheap:.6f}",
            "cost saved": f"{100 * (1 - cheap / dear):.0f} %",
            **miscounts(),
        },
    }


def draw() -> None:
    """Tokens sent by each call: everything that was said, and the window."""
    every, few = (sent(cassette) for cassette in WAYS.values())
    calls = list(range(1, len(every) + 1))
    with drawing(ASSETS / "02_adapters_window.svg") as axes:
        axes.bar(calls, every, color=SOFT, width=0.6)
        axes.bar(calls, few, color=MARK, width=0.6)
        for call in (calls[0], calls[-1]):
            axes.annotate(str(every[call - 1]), (call, every[call - 1]), xytext=(0, 4),
                          textcoords="offset points", ha="center", color=INK)  # fmt: skip
        axes.annotate("everything", (calls[-4], every[-4]), xytext=(-24, 6), textcoords="offset points",
                      ha="right", color=INK)  # fmt: skip
        axes.annotate("three turns", (calls[-1] + 0.4, few[-1]), xytext=(6, -10),
                      textcoords="offset points", color=MARK)  # fmt: skip
        axes.set(xlabel="call", ylabel="tokens sent", xticks=calls, xlim=(0.4, len(calls) + 2.2))
        axes.grid(axis="x", visible=False)


def main() -> int:
    """Print the table, write the numbers and the figure."""
    found = numbers()
    print(f"{'':<14}{'tokens sent':>12}{'last call':>11}{'cost':>12}")
    for name, cassette in WAYS.items():
        tokens = sent(cassette)
        print(f"{name:<14}{sum(tokens):>12,}{tokens[-1]:>11}{f'${price(cassette):.6f}':>12}")
    print("\n".join(f"{name}: {text}" for name, text in found["quotes"].items()))
    print("Tokens were recorded from the stand-in, which estimates them by a fixed rule.")
    (ASSETS / "02_adapters_numbers.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    draw()
    return 0


if __name__ == "__main__":
    sys.exit(main())
