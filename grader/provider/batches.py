"""How far is a batch? What both vendors' batches share: progress, and what becomes of each item.

A batch moves when its status is asked for, not with the clock, so that every recording of it is the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from grader.provider.desk import Desk
from grader.provider.errors import ProviderError
from grader.provider.script import Batch

WORKING, DONE = "working", "done"


@dataclass(frozen=True)
class Item:
    """One request of a batch and its end: succeeded, errored, expired or canceled."""

    custom_id: str
    end: str
    body: dict[str, Any] | None = None
    error: ProviderError | None = None


@dataclass
class Job:
    """One batch; `asked` counts status questions, `stopped` says at which of them it was canceled."""

    id: str
    plan: Batch
    requests: list[dict[str, Any]]
    headers: dict[str, str]
    created: float
    asked: int = 0
    stopped: int | None = None
    items: list[Item] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def done(self) -> bool:
        """Whether the batch has ended: after its polls, or at the first question after it was canceled."""
        return self.asked > (self.plan.polls if self.stopped is None else min(self.stopped, self.plan.polls))

    @property
    def worked(self) -> int:
        """How many requests were worked off when it ended or was canceled."""
        if self.stopped is None:
            return len(self.requests)
        return len(self.requests) * min(self.stopped, self.plan.polls) // (self.plan.polls + 1)

    def counts(self) -> dict[str, int]:
        """How many items came to each end."""
        ends = [item.end for item in self.items]
        return {end: ends.count(end) for end in ("succeeded", "errored", "canceled", "expired")}


def plan(desk: Desk, headers: dict[str, str]) -> Batch:
    """How the scenario wants its batch to go; a batch without a scenario goes well."""
    key = headers.get("x-stand-in-scenario")
    return desk.library.get(key).batch if key else Batch()


def work(job: Job, answer: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Fills in the items, in an order of its own: neither vendor promises that of the requests."""
    if job.items:
        return
    for position, request in enumerate(job.requests):
        job.items.append(_item(job, position, request, answer))
    job.items.sort(key=lambda item: hashlib.sha256(item.custom_id.encode()).digest())


def _item(
    job: Job, position: int, request: dict[str, Any], answer: Callable[[dict[str, Any]], dict[str, Any]]
) -> Item:
    """The end of one request: as the plan says, else as the provider answers it."""
    name = request["custom_id"]
    if position >= job.worked or name in job.plan.canceled:
        return Item(name, "canceled")
    if name in job.plan.expired:
        return Item(name, "expired")
    if name in job.plan.errored:
        return Item(name, "errored", error=ProviderError(500))
    try:
        return Item(name, "succeeded", body=answer(request))
    except ProviderError as reason:
        return Item(name, "errored", error=reason)
