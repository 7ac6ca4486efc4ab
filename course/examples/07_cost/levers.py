"""What caching, cheaper tiers, output limits, compression and batches save, alone and together.

The workload is made up and seeded; its tokens are priced from the course's table, request by request.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from math import prod

from grader.models import Usage, capabilities, model
from grader.models import cost as price

COUNT, SEED = 2000, 7  # requests of one evening, and the seed of their sizes
EVENING = 6 * 3600  # seconds
SYSTEM, SHORT = 1800, 500  # tokens of the shop's rules, and of rules that no cache takes
STEP = 128  # a cache keeps prefixes in steps of so many tokens
LIVES = 30 * 60  # seconds that a prefix lives after its last use
EASY, PATIENT = 0.6, 0.3  # shares of the requests that the fast tier can answer, and that may wait
LONGEST, SQUEEZED = 200, 0.5  # the output limit in tokens, and what compression leaves of the input
LEVERS = ("caching", "tier mix", "output limit", "compression", "batch")


@dataclass(frozen=True)
class Asked:
    """A request: when (seconds), whether it is easy, whether it may wait, and its tokens."""

    at: float
    easy: bool
    patient: bool
    said: int
    made: int


def workload(count: int = COUNT, seed: int = SEED) -> list[Asked]:
    """One evening's requests, in the order of their moments."""
    drawn = random.Random(seed)
    moments = sorted(drawn.uniform(0, EVENING) for _ in range(count))
    return [
        Asked(
            at,
            easy=drawn.random() < EASY,
            patient=drawn.random() < PATIENT,
            said=drawn.randint(40, 900),
            made=drawn.randint(60, 500),
        )
        for at in moments
    ]


@cache
def dollars(usage: Usage, tier: str, batch: bool) -> Decimal:
    return price(usage, model(tier), batch=batch)


def bill(asked: Iterable[Asked], levers: Iterable[str] = (), system: int = SYSTEM) -> Decimal:
    """Dollars for the requests, with these levers pulled."""
    on, total = set(levers), Decimal(0)
    last: dict[tuple[str, bool], float] = {}  # when each cache was used last
    keep = SQUEEZED if "compression" in on else 1.0
    for each in asked:
        tier = "fast" if "tier mix" in on and each.easy else "balanced"
        batch = "batch" in on and each.patient
        made = min(each.made, LONGEST) if "output limit" in on else each.made
        rules = round(system * keep)
        prefix = rules // STEP * STEP
        read = written = 0
        if "caching" in on and prefix >= capabilities(model(tier)).cache_minimum:
            alive = each.at - last.get((tier, batch), float("-inf")) < LIVES
            read, written = (prefix, 0) if alive else (0, prefix)
            last[tier, batch] = each.at
        sent = rules + round(each.said * keep)
        total += dollars(Usage(sent, made, read, written), tier, batch)
    return total


def saved(asked: list[Asked], levers: Iterable[str], system: int = SYSTEM) -> float:
    """The share of the bill that these levers save."""
    return float(1 - bill(asked, levers, system) / bill(asked, system=system))


def numbers() -> dict[str, object]:
    """What each lever saves alone, what they save together, and what multiplying would promise."""
    asked = workload()
    alone = {lever: saved(asked, [lever]) for lever in LEVERS}
    without = {lever: saved(asked, [each for each in LEVERS if each != lever]) for lever in LEVERS}
    return {
        "requests": COUNT,
        "plain": str(bill(asked)),
        "alone": alone,
        "without": without,
        "together": saved(asked, LEVERS),
        "multiplied": 1 - prod(1 - each for each in alone.values()),
        "short prompt": saved(asked, ["caching"], SHORT),
    }
