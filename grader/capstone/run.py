"""What passes between the capstone's parts: messages, completions, the run, and the events of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from grader.capstone.endings import CotError, Interrupted
from grader.models import Usage

Messages = list[dict[str, str]]
# Gets what happens while it happens, as dictionaries:
#   {"event": "text", "piece"}                                        a piece of a streamed reply
#   {"event": "call", "call", "messages", "reply", "finish", "usage"} a call that was answered
#   {"event": "failed", "call", "messages", "reason"}                 a call that was refused
#   {"event": "invalid", "reason", "asked_again"}                     a reply that was no step
#   {"event": "step", "number", and the step's own fields}            a step
Watch = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True)
class Completion:
    """What every provider's reply is reduced to; `finish` is stop, length, cut or the vendor's own word."""

    text: str
    usage: Usage
    finish: str


@dataclass
class Run:
    """A question on its way: usage summed over all calls, `cost_usd` None where the price is unknown."""

    question: str
    model: str
    answer: str | None = None
    steps: list[dict[str, Any]] = field(default_factory=list)
    calls: int = 0
    usage: Usage = field(default_factory=Usage)
    cost_usd: Decimal | None = Decimal(0)
    uncounted: int = 0  # calls whose tokens nobody reported; their reservation stays spent


def said_by(role: str, content: str) -> dict[str, str]:
    """One message; `role` is system, user or assistant."""
    return {"role": role, "content": content}


@contextmanager
def reported(run: Run) -> Iterator[None]:
    """An error that leaves this block carries the run: what was done and spent is told, answer or not."""
    try:
        yield
    except CotError as stop:
        stop.run = run
        raise
    except KeyboardInterrupt as stop:
        ended = Interrupted("Interrupted.")
        ended.run = run
        raise ended from stop
