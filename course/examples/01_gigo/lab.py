"""The numbers of 01_gigo: a day of 100,000 queries, three ways to answer them: grader lab 01_gigo

Each kind of query costs what its recordings used, at list price; how many of each come is drawn from day.MIX.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from day import MIX, QUERIES, Kind, day
from figure import draw
from recorded import GIGO

from grader.models import Usage, cost, model
from grader.replay.cassette import load
from grader.replay.steps import Step

ASSETS = GIGO.chapter.parent / "assets"
Costs = dict[Kind, Decimal]


def steps(cassette: str | None) -> list[Step]:
    """The recorded calls that were answered; without a recording there was no call."""
    every = load(GIGO.cassette(cassette)).steps if cassette else []
    return [step for step in every if step.reply and step.reply.usage.total_tokens]


def price(step: Step) -> Decimal:
    """Dollars for one call as it was recorded, cached tokens at their price."""
    return cost(step.reply.usage, step.facts.model)


def uncached(step: Step) -> Decimal:
    """Dollars for one call as if its beginning had never been sent before."""
    return cost(replace(step.reply.usage, cached_tokens=0, cache_write_tokens=0), step.facts.model)


def one_call(cassette: str, priced: Callable[[Step], Decimal]) -> Costs:
    """What each kind costs where every query is one call; the recording holds them in the order of MIX."""
    return dict(zip(MIX, map(priced, steps(cassette)), strict=True))


def warm() -> Costs:
    """The whole handbook in every prompt, and its beginning in the cache, as it is all day long."""
    # The day's first call fills the cache; a hundred thousand later ones find it filled.
    read = max(step.reply.usage.cached_tokens for step in steps("whole_handbook"))

    def priced(step: Step) -> Decimal:
        return cost(replace(step.reply.usage, cached_tokens=read, cache_write_tokens=0), step.facts.model)

    return one_call("whole_handbook", priced)


def cascade(tier: str | None = None) -> Costs:
    """What each kind costs in the cascade, all of its calls or those of one tier; bad calls count."""
    return {
        kind: sum((price(s) for s in steps(kind.cassette) if tier in (None, s.facts.tier)), Decimal(0))
        for kind in MIX
    }


def per_query(costs: Costs, came: Counter[Kind]) -> Decimal:
    """Dollars per query over the whole day."""
    return sum((costs[kind] * number for kind, number in came.items()), Decimal(0)) / QUERIES


def ended(came: Counter[Kind]) -> dict[str, float]:
    """The share of the queries that each tier ended."""
    tiers = dict.fromkeys(("faq", "smart", "person", "refused"), 0.0)
    for kind, number in came.items():
        tiers[kind.tier] += number / QUERIES
    return tiers


def calls(came: Counter[Kind], tier: str) -> float:
    """Calls to a tier per query."""
    made = {kind: sum(step.facts.tier == tier for step in steps(kind.cassette)) for kind in MIX}
    return sum(made[kind] * number for kind, number in came.items()) / QUERIES


def ways(came: Counter[Kind]) -> dict[str, Decimal]:
    """Dollars per query for each way to answer."""
    return {
        "passed on": per_query(one_call("passed_on", uncached), came),
        "whole handbook": per_query(one_call("whole_handbook", uncached), came),
        "whole handbook, cached": per_query(warm(), came),
        "cascade": per_query(cascade(), came),
    }


def larger(came: Counter[Kind], times: int) -> Decimal:
    """Dollars per query with a cached handbook so many times as long; the cascade would send one chapter."""
    read = max(step.reply.usage.cached_tokens for step in steps("whole_handbook"))
    more = cost(Usage((times - 1) * read, 0, (times - 1) * read), model("smart"))
    return per_query(warm(), came) + more


def saving(before: Decimal, after: Decimal) -> str:
    """How much less the second is than the first: "76 %", or "-3 %" when it is more."""
    return f"{100 * (1 - after / before):.0f} %"


def numbers(came: Counter[Kind]) -> dict[str, object]:
    """What a text may quote, as it is to be written."""
    found = ways(came)
    whole, cached, now = found["whole handbook"], found["whole handbook, cached"], found["cascade"]
    return {
        "queries": QUERIES,
        "mix": {kind.name: kind.percent for kind in MIX},
        "came": {kind.name: came[kind] for kind in MIX},
        "per_query": {name: f"${dollars:.6f}" for name, dollars in found.items()},
        "per_day": {name: f"${dollars * QUERIES:,.0f}" for name, dollars in found.items()},
        "ended": {tier: f"{100 * share:.1f} %" for tier, share in ended(came).items()},
        "quotes": {
            "saving": saving(whole, now),
            "saving against a warm cache": saving(cached, now),
            "saving against passing on": saving(found["passed on"], now),
            "saving of the cache alone": saving(whole, cached),
            "part of the fast tier": f"{100 * per_query(cascade('fast'), came) / now:.1f} %",
            "fast calls": f"{calls(came, 'fast'):.2f}",
            "smart calls": f"{calls(came, 'smart'):.2f}",
            "cached, ten times the handbook": f"${larger(came, 10):.6f}",
            "saving, ten times the handbook": saving(larger(came, 10), now),
        },
    }


def table(came: Counter[Kind]) -> str:
    """The ways side by side, then the tiers."""
    found = ways(came)
    rows = [f"{'':<24}{'per query':>12}{'per day':>10}{'cascade saves':>15}"]
    for name, dollars in found.items():
        less = "" if name == "cascade" else saving(dollars, found["cascade"])
        rows.append(f"{name:<24}{f'${dollars:.6f}':>12}{f'${dollars * QUERIES:,.0f}':>10}{less:>15}")
    rows += ["", f"{'ended by':<24}{'queries':>12}"]
    return "\n".join(
        rows + [f"{tier:<24}{f'{100 * share:.1f} %':>12}" for tier, share in ended(came).items()]
    )


def main() -> int:
    """Print the tables, write the numbers and the figure."""
    came = day()
    found = numbers(came)
    print(f"{QUERIES:,} queries, drawn with the shares of day.MIX\n\n{table(came)}\n")
    print("\n".join(f"{name}: {text}" for name, text in found["quotes"].items()))
    print("Tokens were recorded from the stand-in, prices are list prices; people's time is not in it.")
    (ASSETS / "01_gigo_numbers.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    parts = {tier: per_query(cascade(tier), came) for tier in ("fast", "smart")}
    draw(ASSETS / "01_gigo_day.svg", ways(came), parts, ended(came))
    return 0


if __name__ == "__main__":
    sys.exit(main())
