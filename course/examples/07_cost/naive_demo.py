"""What the naive budget does at night: python course/examples/07_cost/naive_demo.py"""

from __future__ import annotations

import asyncio
import os
from typing import Any

from naive import Budget, ask

from grader.course import module
from grader.models import model
from grader.replay.tape import Tape, use

COST = module("07_cost")
QUESTION = [{"role": "user", "content": "Which of your wines goes with mussels?"}]


def playing(name: str) -> Tape:
    """The recording `name` of this module, to be opened with `with`."""
    os.environ.setdefault("OPENAI_API_KEY", "none-needed-for-a-recording")
    return use(COST.cassette(name))


def request() -> dict[str, Any]:
    return {"model": model("fast"), "messages": QUESTION, "max_completion_tokens": 200}


async def both(budget: Budget) -> None:
    await asyncio.gather(*(ask(budget, request(), str) for _ in range(2)))


def main() -> None:
    """Print what a reply that is no JSON, two callers at once and a restart do to it."""
    budget = Budget(0.00001)
    with playing("talks") as tape:
        try:
            asyncio.run(ask(budget, request()))
        except ValueError as error:
            booked = f"${budget.spent:g} booked, ${tape.cost} paid"
            print(f"a reply that is no JSON: {type(error).__name__}, {booked}")
    with playing("together") as tape:
        asyncio.run(both(budget))
        print(f"two callers at once:     ${tape.cost} paid, and the budget was ${budget.dollars:.5f}")
    print(f"after a restart:         ${Budget(0.00001).spent:g} booked, and the loop goes on")


if __name__ == "__main__":
    main()
