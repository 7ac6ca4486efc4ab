"""The numbers of 99_capstone: grader lab 99_capstone

What rounding between the steps costs, what a long chain sends with and without folding, and what a call is
reserved for against what it costs. Writes the numbers and the figure that the chapter shows.
"""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from types import ModuleType
from typing import Any

from figure import drawn

from grader.capstone import command
from grader.capstone.files import loaded
from grader.models import cost, model
from grader.provider.serve import running
from grader.replay.cassette import load

ASSETS = command.MODULE.chapter.parent / "assets"
PLACES = (3, 4, 5, 6)
WHOLE = 10**6  # steps: so many that nothing is folded


@dataclass(frozen=True)
class Rounded:
    """$1000 at 5% a year, compounded monthly for two years, every result rounded to `places`; dollars."""

    places: int | None
    dollars: Decimal


@dataclass(frozen=True)
class Chain:
    """The same question asked with and without folding: input tokens of each call, and what the run cost."""

    name: str
    tokens: tuple[int, ...]
    dollars: Decimal


def rounded(capstone: ModuleType) -> list[Rounded]:
    """What the savings come to when every step rounds its result; last, when no step does."""
    return [_rounded(capstone, places) for places in (*PLACES, None)]


def _rounded(capstone: ModuleType, places: int | None) -> Rounded:
    factor = _to(capstone.calculate("1 + 5% / 12"), places)
    growth = _to(capstone.calculate(f"{factor} ^ 24"), places)
    return Rounded(places, Decimal(capstone.calculate(f"1000 * {growth}")).quantize(Decimal("0.01")))


def _to(value: str, places: int | None) -> str:
    return value if places is None else f"{round(Decimal(value), places)}"


def chains(capstone: ModuleType) -> list[Chain]:
    """The bakery's week asked of the stand-in twice: with the reference's memory, and with all of it."""
    question = (
        load(command.MODULE.cassette("week_at_the_bakery")).steps[0].request["body"]["messages"][1]["content"]
    )
    return [_chain(capstone, name, after, question) for name, after in (("folded", None), ("whole", WHOLE))]


def _chain(capstone: ModuleType, name: str, after: int | None, question: str) -> Chain:
    tokens: list[int] = []

    def watch(event: dict[str, Any]) -> None:
        if event["event"] == "call":
            tokens.append(event["usage"]["input_tokens"])

    with running(pace=0) as url, folding(capstone, after):
        run = capstone.solve(question, base_url=f"{url}/v1", watch=watch)
    return Chain(name, tuple(tokens), run.cost_usd)


@contextmanager
def folding(capstone: ModuleType, after: int | None) -> Any:
    """Within it, the history is folded after so many steps; None leaves it as it is."""
    usual = capstone.SUMMARIZE_AFTER
    capstone.SUMMARIZE_AFTER = usual if after is None else after
    try:
        yield
    finally:
        capstone.SUMMARIZE_AFTER = usual


def reserved(capstone: ModuleType) -> tuple[Decimal, Decimal]:
    """Dollars taken before the first call about 15% of 240, and dollars that it cost."""
    step = load(command.MODULE.cassette("fifteen_percent")).steps[0]
    taken = capstone.Budget(Decimal(1)).reserve(step.request["body"]["messages"], model("fast"))
    return taken, cost(step.reply.usage, model("fast"))


def numbers(capstone: ModuleType) -> dict[str, Any]:
    """What a text may quote, as it is to be written."""
    sums, (folded, whole), (taken, paid) = rounded(capstone), chains(capstone), reserved(capstone)
    exact = sums[-1].dollars
    first_folded = next(
        n for n, (a, b) in enumerate(zip(folded.tokens, whole.tokens, strict=True), 1) if a < b
    )
    return {
        "rounded": {str(r.places or "unrounded"): str(r.dollars) for r in sums},
        "off": {str(r.places): str(abs(exact - r.dollars)) for r in sums[:-1]},
        "tokens": {chain.name: chain.tokens for chain in (folded, whole)},
        "quotes": {
            "exact": f"${exact:,}",
            **{f"{r.places} places": f"${r.dollars:,}" for r in sums[:-1]},
            "first folded call": f"call {first_folded}",
            "last call, whole": f"{whole.tokens[-1]:,} tokens",
            "last call, folded": f"{folded.tokens[-1]:,} tokens",
            "run, whole": f"{sum(whole.tokens):,} tokens",
            "run, folded": f"{sum(folded.tokens):,} tokens",
            "last call saved": f"{1 - folded.tokens[-1] / whole.tokens[-1]:.0%}",
            "run saved": f"{1 - sum(folded.tokens) / sum(whole.tokens):.0%}",
            "reserved": capstone.dollars(taken),
            "paid": capstone.dollars(paid),
            "reserved over paid": f"{taken / paid:.0f} times",
        },
    }


def main() -> int:
    """Print the numbers, write them and the figure."""
    found = numbers(loaded(command.MODULE, command.MODULE.reference))
    for name, words in found["quotes"].items():
        print(f"{name:<20}{words}")
    print("Replies from the stand-in: scripted words, estimated tokens.")
    written = {
        ASSETS / "99_capstone_numbers.json": json.dumps(found, indent=1) + "\n",
        ASSETS / "99_capstone_memory.svg": drawn(found["tokens"]["whole"], found["tokens"]["folded"]),
    }
    for path, text in written.items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
