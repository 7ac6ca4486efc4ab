"""A retry loop at three in the morning, on a virtual clock, with the module's own guards or without.

Nine workers retry a call whose reply they cannot parse. A call takes ten seconds, and who is refused comes
back after a minute. The store is a real one, in a folder that is gone afterwards.
"""

from __future__ import annotations

import heapq
import random
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

from grader.course import module
from grader.meter import Limits, Refused, opened
from grader.models import Usage, model
from grader.models import cost as price

sys.path.insert(0, str(module("07_cost").solution))
import cost  # found by the line above

WORKERS, TAKES, PAUSE = 9, 10, 60  # workers; seconds of a call; seconds that who was refused waits
SENT, MADE = 60_000, 2000  # tokens of each call: the loop sends the whole conversation again
BEGIN, END = 3 * 3600, 9 * 3600  # from three o'clock until somebody comes to work
DAY, SEED = 86400, 3
LIMITS: Limits = {
    "request": Decimal(1), "hour": Decimal(50), "day": Decimal(100), "rate": 1.0, "burst": 9,
}  # fmt: skip
WAYS = ("nothing", "budget", "budget and switch")
# Four letters a token, so that the request is as long as the provider will count it.
REQUEST = {
    "model": model("smart"), "max_completion_tokens": MADE,
    "messages": [{"role": "user", "content": "wine" * SENT}],
}  # fmt: skip


def usual_day(path: str) -> Decimal:
    """A day of usual spending before the loop begins, hour by hour, in the store; returns its dollars."""
    drawn, total = random.Random(SEED), Decimal(0)
    with opened(path) as store:
        for back in range(24, 0, -1):
            at = DAY + BEGIN - 3600 * back + 1800
            dollars = Decimal(drawn.randint(100, 200)) / 100
            row = ("shop", str(dollars), at + 600, str(dollars), at)
            store.execute(
                "INSERT INTO spend (tenant, reserved, expires, spent, closed) VALUES (?, ?, ?, ?, ?)", row
            )
            total += dollars
    return total


def night(way: str) -> list[tuple[float, Decimal]]:
    """Moments in hours after midnight, and what the loop has cost by then, when guarded in this way."""
    each, worst = price(Usage(SENT, MADE), model("smart")), cost.worst_case(REQUEST)
    spent, curve = Decimal(0), [(BEGIN / 3600, Decimal(0))]
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "guard.sqlite")
        usual_day(path)
        events: list[tuple[float, int, int | None]] = [
            (BEGIN + n * TAKES / WORKERS, n, None) for n in range(WORKERS)
        ]
        while events and events[0][0] < END:
            now, worker, number = heapq.heappop(events)
            if number is not None:
                if way != "nothing":
                    cost.settle(path, number, each, DAY + now)
                spent += each
                curve.append((now / 3600, spent))
                if way == "budget and switch":
                    cost.watch(path, DAY + now)
            try:
                begun = begin(path, way, worst, DAY + now)
                heapq.heappush(events, (now + TAKES, worker, begun))
            except Refused:
                heapq.heappush(events, (now + PAUSE, worker, None))
    return [*curve, (END / 3600, spent)]


def begin(path: str, way: str, worst: Decimal, now: float) -> int:
    """The number of the reservation, 0 without a guard. Raises Refused."""
    if way == "nothing":
        return 0
    if way == "budget and switch" and not cost.is_open(path):
        raise Refused("switch", "a person has to open it.")
    return cost.reserve(path, "shop", worst, LIMITS, now)


def numbers() -> dict[str, object]:
    """Dollars and calls of the night, guarded in each way."""
    each = price(Usage(SENT, MADE), model("smart"))
    curves = {way: night(way) for way in WAYS}
    return {
        "each": str(each),
        "worst": str(cost.worst_case(REQUEST)),
        "dollars": {way: str(curve[-1][1]) for way, curve in curves.items()},
        "calls": {way: int(curve[-1][1] / each) for way, curve in curves.items()},
        # The last point of every five minutes is enough for a figure.
        "curves": {
            way: sorted({int(at * 12): (round(at, 3), float(spent)) for at, spent in curve}.values())
            for way, curve in curves.items()
        },
    }
