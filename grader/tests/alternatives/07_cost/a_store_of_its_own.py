"""Alternative: a class around the store, an aggregate of SQLite adds up the dollars, matching for usage."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import sqlite3
import statistics
from dataclasses import replace
from decimal import Decimal

import httpx2

import grader.meter as meter
from grader.meter import Bill, Refused, Totals, UnknownUsage
from grader.models import UnknownPrice, Usage
from grader.models import cost as price

NOTHING = Decimal(0)


class Adding:
    """The aggregate `dollars(text)`: an exact sum, as text."""

    def __init__(self):
        self.sum = NOTHING

    def step(self, text):
        self.sum += Decimal(text)

    def finalize(self):
        return str(self.sum)


class Store:
    def __init__(self, path):
        self.path = path

    @contextlib.contextmanager
    def writing(self):
        """One transaction: kept if the block ends well."""
        with meter.opened(self.path) as db:
            db.create_aggregate("dollars", 1, Adding)
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")

    def one(self, query, *values):
        with meter.opened(self.path) as db:
            return db.execute(query, values).fetchone()


def usage_of(body):
    match body.get("usage"):
        case {"prompt_tokens": int(sent), "completion_tokens": int(made), **rest}:
            inside, after = rest.get("prompt_tokens_details"), rest.get("completion_tokens_details")
            inside, after = inside or {}, after or {}
            hit = max(inside.get("cached_tokens") or 0, rest.get("prompt_cache_hit_tokens") or 0)
            found = Usage(sent, made, hit, inside.get("cache_write_tokens") or 0)
            return replace(found, reasoning_tokens=after.get("reasoning_tokens") or 0)
        case {"input_tokens": int(fresh), "output_tokens": int(made), **rest}:
            cache = [rest.get(f"cache_{what}_input_tokens") or 0 for what in ("read", "creation")]
            thought = (rest.get("output_tokens_details") or {}).get("thinking_tokens")
            return Usage(fresh + sum(cache), made, *cache, thought or 0)
        case other:
            raise UnknownUsage(repr(other))


def bill(bodies, batch=False):
    found = Bill()
    for body in bodies:
        found.calls += 1
        found.usage += usage_of(body)
        found.dollars += price(usage_of(body), str(body.get("model", "none")), batch=batch)
    return found


def totals(calls):
    count, good, sums = 0, 0, Bill()
    for call in calls:
        count += 1
        good += 1 if call["useful"] else 0
        if call.get("body"):
            one = bill([call["body"]])
            sums.usage, sums.dollars = sums.usage + one.usage, sums.dollars + one.dollars
        try:
            rate = sums.usage.cached_tokens / sums.usage.input_tokens
        except ZeroDivisionError:
            rate = 0
        yield Totals(
            count, count - good, sums.usage, sums.dollars, rate, sums.dollars / good if good else None
        )


def worst_case(request):
    longest = max((request.get(key) or 0 for key in request if key.startswith("max_")), default=0)
    if longest <= 0:
        raise Refused("request", "no limit")
    tokens = meter.bound(request)
    usage = Usage(tokens, longest * (request.get("n") or 1))
    return max(price(each, request["model"]) for each in (usage, replace(usage, cache_write_tokens=tokens)))


def counted(store, tenant, now):
    store.create_aggregate("dollars", 1, Adding)
    found = {}
    for name, seconds in {"hour": 60 * 60, "day": 24 * 60 * 60}.items():
        [text] = store.execute(
            "SELECT dollars(CASE WHEN closed IS NULL THEN reserved ELSE spent END) FROM spend"
            " WHERE tenant = :who AND :since < CASE WHEN closed IS NULL THEN expires ELSE closed END",
            {"who": tenant, "since": now - seconds},
        ).fetchone()
        found[name] = Decimal(text or 0)
    return found


def used(path, tenant, now):
    with meter.opened(path) as db:
        return counted(db, tenant, now)


def reserve(path, tenant, dollars, limits, now):
    text = meter.amount(dollars)
    with Store(path).writing() as db:
        there = counted(db, tenant, now)
        if there["hour"] + dollars > limits["hour"] or there["day"] + dollars > limits["day"]:
            raise Refused("budget", f"{there}")
        made = db.execute(
            "INSERT INTO spend VALUES (NULL, ?, ?, ?, NULL, NULL)", (tenant, text, now + 10 * 60)
        )
        number = made.lastrowid
    assert number
    return number


def settle(path, number, dollars, now):
    with Store(path).writing() as db:
        values = (meter.amount(dollars), now, number)
        done = db.execute(
            "UPDATE spend SET spent = ?, closed = ? WHERE number = ? AND closed IS NULL", values
        )
        if done.rowcount != 1:
            raise LookupError(f"reservation {number}?")


def release(path, number, now):
    settle(path, number, NOTHING, now)


def take(path, user, limits, now):
    with Store(path).writing() as db:
        db.execute("INSERT OR IGNORE INTO bucket VALUES (?, ?, ?)", (user, limits["burst"], now))
        level, at = db.execute("SELECT level, at FROM bucket WHERE user = ?", (user,)).fetchone()
        now = max(now, at)
        filled = min(level + (now - at) * limits["rate"], limits["burst"])
        missing = 1 - filled
        if missing > 0:
            raise Refused("bucket", "wait", wait=missing / limits["rate"])
        db.execute("UPDATE bucket SET level = ?, at = ? WHERE user = ?", (filled - 1, now, user))


def ceiling(before):
    cold = Decimal(5)
    if len(before) < 6:
        return cold
    last_day = before[-24:] if len(before) > 24 else before
    usual = statistics.median(last_day)
    distances = sorted(abs(hour - usual) for hour in last_day)
    by_the_day = usual + 6 * max(statistics.median(distances), usual * Decimal("0.1"))
    by_the_start = statistics.median(before[0:6]) * 3
    return sorted([cold, min(by_the_day, by_the_start)])[-1]


def is_open(path):
    try:
        closes = Store(path).one("SELECT coalesce(max(number), 0) FROM switch WHERE action = 'close'")
        opens = Store(path).one("SELECT coalesce(max(number), 0) FROM switch WHERE action = 'open'")
    except sqlite3.Error:
        return False
    return opens >= closes


def close_switch(path, who, why, now):
    if "" in (who.strip(), why.strip()):
        raise ValueError("who, and why?")
    with Store(path).writing() as db:
        db.execute("INSERT INTO switch VALUES (NULL, ?, ?, 'close', ?)", (now, who, why))


def open_switch(path, who, why, token, now, keys=os.environ):
    hashed = hashlib.sha256(token.encode("utf-8")).digest()
    try:
        known = bytes.fromhex(keys.get("GUARD_TOKEN_SHA256", ""))
    except ValueError:
        known = b""
    right = hmac.compare_digest(hashed, known)
    meter.log(path, now, who, {True: "open", False: "denied"}[right], why)
    if not right:
        raise PermissionError(who)


def watch(path, now):
    before, current = meter.hours(path, now)
    most = ceiling(before)
    closing = current > most and is_open(path)
    if closing:
        close_switch(path, "guard", f"{current} > {most}", now)
    return closing


def free(error):
    refused = isinstance(getattr(error, "__cause__", None), httpx2.ConnectError)
    status = getattr(error, "status_code", None)
    return refused or (status is not None and 400 <= status < 430 and status not in (402, 408, 409))


@contextlib.asynccontextmanager
async def reservation(path, tenant, worst, limits, clock):
    """Yields a dict: what stands under "dollars" at the end is settled."""
    number, found = reserve(path, tenant, worst, limits, clock()), {"dollars": worst}
    try:
        yield found
    finally:
        try:
            settle(path, number, found["dollars"], clock())
            watch(path, clock())
        except sqlite3.Error:
            pass


async def guarded(path, request, tenant, user, limits, clock, read):
    worst = worst_case(request)
    try:
        async with contextlib.AsyncExitStack() as stack:
            if not is_open(path):
                raise Refused("switch", "closed")
            if worst > limits["request"]:
                raise Refused("request", f"{worst}")
            take(path, user, limits, clock())
            found = await stack.enter_async_context(reservation(path, tenant, worst, limits, clock))
            try:
                body = await meter.send(request)
            except Exception as error:
                found["dollars"] = NOTHING if free(error) else worst
                raise
            with contextlib.suppress(LookupError):
                found["dollars"] = bill([body]).dollars
    except sqlite3.Error as error:
        raise Refused("store", "no store") from error
    assert issubclass(UnknownPrice, LookupError)
    return read(body)
