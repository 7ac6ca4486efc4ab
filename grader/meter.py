"""What module 07 is given: the call itself, the store that a guard keeps, and the words of a refusal."""

from __future__ import annotations

import json
import math
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any, TypedDict

from grader.models import Usage, capabilities

WAIT = 2.0  # seconds that a statement waits for another program's transaction
WEEK = 7 * 24
# A row of `spend` is a reservation. It is open while `spent` is NULL; `closed` is when that ended. Dollars
# are text, so that no digit is lost; moments are seconds. A `bucket` held `level` tokens at the moment `at`.
# A line of `switch` is its audit: `action` is "close", "open", or "denied" for an attempt to open it that
# failed.
SCHEMA = """
CREATE TABLE IF NOT EXISTS spend (
    number INTEGER PRIMARY KEY, tenant TEXT NOT NULL, reserved TEXT NOT NULL, expires REAL NOT NULL,
    spent TEXT, closed REAL);
CREATE INDEX IF NOT EXISTS counting ON spend (tenant, coalesce(closed, expires));
CREATE TABLE IF NOT EXISTS bucket (user TEXT PRIMARY KEY, level REAL NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS switch (
    number INTEGER PRIMARY KEY, at REAL NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL, why TEXT NOT NULL);
"""
HOSTS = {"openai": None, "deepseek": "https://api.deepseek.com"}


class Limits(TypedDict):
    """Dollars for a request, an hour, a day; and a bucket: calls per second (above 0), at once at most."""

    request: Decimal
    hour: Decimal
    day: Decimal
    rate: float
    burst: int


class Refused(RuntimeError):
    """Nothing was sent: `why` is "switch", "request", "bucket", "budget" or "store", `wait` is in seconds."""

    def __init__(self, why: str, words: str, wait: float | None = None) -> None:
        super().__init__(f"Refused ({why}): {words}")
        self.why, self.wait = why, wait


class UnknownUsage(LookupError):
    """A reply that does not say what it used: it was paid for all the same."""


@dataclass
class Bill:
    """What several replies used and cost together."""

    calls: int = 0
    usage: Usage = field(default_factory=Usage)
    dollars: Decimal = Decimal(0)


@dataclass
class Totals:
    """What all calls up to now came to; `per_useful` is None before the first useful answer."""

    calls: int
    failures: int
    usage: Usage
    dollars: Decimal
    hit_rate: float
    per_useful: Decimal | None


@contextmanager
def opened(path: str) -> Iterator[sqlite3.Connection]:
    """The store in this file, with the tables of SCHEMA, for the block. Raises sqlite3.Error.

    Every statement is a transaction of its own, until you say BEGIN; what has no COMMIT when the block ends
    is undone. What is committed survives the program; a power cut may take the last moments with it.
    """
    with closing(sqlite3.connect(path, timeout=WAIT, isolation_level=None)) as store:
        _share(store)
        store.execute("PRAGMA synchronous = NORMAL")
        store.executescript(SCHEMA)
        yield store


def _share(store: sqlite3.Connection) -> None:
    """Let readers and a writer work at once; SQLite itself does not wait when several begin a new file."""
    until = time.monotonic() + WAIT
    while True:
        try:
            store.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


def amount(dollars: Decimal) -> str:
    """Dollars as text for the store. Raises TypeError for no Decimal, ValueError below zero or not finite."""
    if not isinstance(dollars, Decimal):
        raise TypeError(f"{dollars!r} is not a Decimal: no other type keeps money exactly.")
    if not dollars.is_finite() or dollars < 0:
        raise ValueError(f"{dollars} is no amount: it has to be finite, and not below zero.")
    return str(dollars)


def log(path: str, now: float, who: str, action: str, why: str) -> None:
    """Add a line to `switch`. Raises ValueError if `who` or `why` is blank."""
    if not who.strip() or not why.strip():
        raise ValueError("Say who does this, and why: the audit has to tell it.")
    with opened(path) as store:
        row = (now, who, action, why)
        store.execute("INSERT INTO switch (at, who, action, why) VALUES (?, ?, ?, ?)", row)


def hours(path: str, now: float) -> tuple[list[Decimal], Decimal]:
    """Dollars of all tenants: in each hour before the last one, oldest first, and in the hour up to `now`.

    They begin with the first hour of the store, a week ago at most. An open reservation is not among them: it
    is a worst case, and would wake somebody for nothing. One that expired counts in the hour in which it did.
    """
    query = "SELECT coalesce(spent, reserved), coalesce(closed, expires) FROM spend"
    sums: dict[int, Decimal] = {}
    with opened(path) as store:
        for dollars, at in store.execute(query + " WHERE closed IS NOT NULL OR expires <= ?", (now,)):
            back = max(0, math.floor((now - at) / 3600))
            sums[back] = sums.get(back, Decimal(0)) + Decimal(dollars)
    oldest = min(WEEK, max(sums, default=0))
    return [sums.get(back, Decimal(0)) for back in range(oldest, 0, -1)], sums.get(0, Decimal(0))


def bound(request: dict[str, Any]) -> int:
    """More input tokens than the request can have: no token is shorter than one byte of its JSON.

    What a provider adds that nobody sent, for tools for example, is not in it; the bill tells.
    """
    return len(json.dumps(request, ensure_ascii=False).encode())


@cache
def client(provider: str) -> Any:
    """The SDK's client, made at the first call. It never repeats a call: each needs its own reservation."""
    if provider == "anthropic":
        from anthropic import AsyncAnthropic  # late: an SDK takes its time to import

        return AsyncAnthropic(max_retries=0)
    from openai import AsyncOpenAI

    key = os.environ.get(f"{provider.upper()}_API_KEY", "none")
    return AsyncOpenAI(base_url=HOSTS[provider], api_key=key, max_retries=0)


async def send(request: dict[str, Any]) -> dict[str, Any]:
    """One request, to the provider of its model; returns the body of the reply as the provider sent it.

    Raises what the SDK raises, and ValueError for a body that is no JSON object.
    """
    provider = capabilities(request["model"]).provider
    calls = client(provider)
    create = calls.messages if provider == "anthropic" else calls.chat.completions
    reply = await create.create(**request)
    if isinstance(reply, str):  # an SDK hands out as text what says that it is no JSON
        raise ValueError(f"The reply is no JSON: {reply[:80]!r}")
    body: dict[str, Any] = reply.model_dump(mode="json", exclude_unset=True)
    return body
