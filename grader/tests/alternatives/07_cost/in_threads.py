"""Alternative: the store is asked in threads, so that the loop goes on; sums are kept as sorted lists."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import os
import sqlite3
from decimal import Decimal
from itertools import accumulate
from operator import add
from statistics import median_high, median_low

from httpx2 import ConnectError

from grader.meter import SCHEMA, WAIT, Bill, Refused, Totals, UnknownUsage, amount, bound, hours, log, send
from grader.models import UnknownPrice, Usage, cost

LENGTHS = (("hour", 3600), ("day", 24 * 3600))


def connect(path):
    """An own connection: the transaction begins with BEGIN IMMEDIATE, and is undone when it is closed."""
    db = sqlite3.connect(path, timeout=WAIT, isolation_level=None)
    try:
        db.executescript("PRAGMA journal_mode = WAL;" + SCHEMA)
    except sqlite3.Error:
        db.close()
        raise
    return db


def in_transaction(path, work):
    db = connect(path)
    try:
        db.execute("BEGIN IMMEDIATE")
        found = work(db)
        db.execute("COMMIT")
        return found
    finally:
        db.close()


def zero(value):
    return 0 if value is None else value


def usage_of(body):
    used = body.get("usage") if isinstance(body.get("usage"), dict) else {}
    details = {}
    for name in ("prompt_tokens_details", "completion_tokens_details", "output_tokens_details"):
        details.update(zero_or({}, used.get(name)))
    if "input_tokens" in used:
        read, written = (
            zero(used.get("cache_read_input_tokens")),
            zero(used.get("cache_creation_input_tokens")),
        )
        sent, made = used["input_tokens"], used.get("output_tokens")
    else:
        read = zero(details.get("cached_tokens")) or zero(used.get("prompt_cache_hit_tokens"))
        written = zero(details.get("cache_write_tokens"))
        sent, made = used.get("prompt_tokens"), used.get("completion_tokens")
    if None in (sent, made):
        raise UnknownUsage("this reply does not say what it used")
    if "input_tokens" in used:
        sent = sent + read + written
    thought = zero(details.get("reasoning_tokens")) or zero(details.get("thinking_tokens"))
    return Usage(sent, made, read, written, thought)


def zero_or(default, value):
    return default if value is None else value


def bill(bodies, batch=False):
    usages, dollars = [Usage()], [Decimal("0")]
    for body in bodies:
        usages.append(usage_of(body))
        dollars.append(cost(usages[-1], f"{body.get('model')}", batch=batch))
    return Bill(len(usages) - 1, list(accumulate(usages, add))[-1], sum(dollars))


def totals(calls):
    calls = list(calls)
    bills = [bill([call["body"]]) if call["body"] is not None else Bill() for call in calls]
    usages = accumulate((each.usage for each in bills), add)
    dollars = accumulate(each.dollars for each in bills)
    useful = accumulate(int(call["useful"]) for call in calls)
    for count, (usage, spent, good) in enumerate(zip(usages, dollars, useful, strict=True), 1):
        rate = usage.cached_tokens / usage.input_tokens if usage.input_tokens > 0 else 0.0
        yield Totals(count, count - good, usage, spent, rate, None if good == 0 else spent / good)


def worst_case(request):
    limits = [v for k, v in request.items() if k in ("max_tokens", "max_completion_tokens") and v]
    if not limits or max(limits) < 0:
        raise Refused("request", "it has no end")
    n = request["n"] if request.get("n") else 1
    sent, made = bound(request), n * max(limits)
    return max(cost(Usage(sent, made), request["model"]), cost(Usage(sent, made, 0, sent), request["model"]))


def counted(store, tenant, now):
    rows = store.execute(
        "SELECT reserved, expires, spent, closed FROM spend WHERE tenant = ?", (tenant,)
    ).fetchall()
    ends = [(e if c is None else c, Decimal(r if c is None else s)) for r, e, s, c in rows]
    return {name: sum((d for end, d in ends if end > now - length), Decimal(0)) for name, length in LENGTHS}


def used(path, tenant, now):
    return in_transaction(path, lambda db: counted(db, tenant, now))


def reserve(path, tenant, dollars, limits, now):
    text = amount(dollars)

    def work(db):
        for (name, _), limit in zip(LENGTHS, (limits["hour"], limits["day"]), strict=True):
            if limit - counted(db, tenant, now)[name] < dollars:
                raise Refused("budget", f"the {name} is full")
        row = (tenant, text, now + 600.0)
        return db.execute("INSERT INTO spend (tenant, reserved, expires) VALUES (?, ?, ?)", row).lastrowid

    return in_transaction(path, work)


def settle(path, number, dollars, now):
    text = amount(dollars)

    def work(db):
        row = db.execute("SELECT 1 FROM spend WHERE number = ? AND closed IS NULL", (number,)).fetchone()
        if not row:
            raise LookupError(number)
        db.execute("UPDATE spend SET closed = ?, spent = ? WHERE number = ?", (now, text, number))

    in_transaction(path, work)


def release(path, number, now):
    return settle(path, number, Decimal(0), now)


def take(path, user, limits, now):
    def work(db):
        rows = db.execute("SELECT level, at FROM bucket WHERE user = ?", (user,)).fetchall()
        level = limits["burst"]
        for before, at in rows:
            level = min(level, before + limits["rate"] * max(now - at, 0))
        if level < 1:
            raise Refused("bucket", "slower, please", (1 - level) / limits["rate"])
        db.execute(
            "INSERT INTO bucket VALUES (?, ?, ?) ON CONFLICT (user)"
            " DO UPDATE SET level = excluded.level, at = excluded.at",
            (user, level - 1, max([now, *(at for _, at in rows)])),
        )

    in_transaction(path, work)


def median(values):
    values = list(values)
    return (median_low(values) + median_high(values)) / 2


def ceiling(before):
    if not before[5:]:
        return Decimal(5)
    day, start = before[max(0, len(before) - 24) :], before[:6]
    middle = median(day)
    spread = max(median(abs(middle - hour) for hour in day), middle / 10)
    found = min(middle + spread * 6, median(start) * 3)
    return found if found > 5 else Decimal(5)


def is_open(path):
    try:
        rows = in_transaction(
            path, lambda db: db.execute("SELECT action FROM switch ORDER BY number DESC").fetchall()
        )
    except sqlite3.Error:
        return False
    return next((action == "open" for (action,) in rows if action != "denied"), True)


def close_switch(path, who, why, now):
    log(path, now, who, "close", why)


def open_switch(path, who, why, token, now, keys=None):
    stored = (keys if keys is not None else os.environ).get("GUARD_TOKEN_SHA256", "")
    given = hashlib.sha256(bytes(token, "utf-8")).hexdigest()
    if stored and hmac.compare_digest(bytes(given, "utf-8"), bytes(stored, "utf-8")):
        return log(path, now, who, "open", why)
    log(path, now, who, "denied", why)
    raise PermissionError("the token is not the one")


def watch(path, now):
    past, present = hours(path, now)
    if present > ceiling(past) and is_open(path):
        log(path, now, "guard", "close", f"{present} dollars")
        return True
    return False


def free(error):
    if hasattr(error, "status_code"):
        return error.status_code in {400, 401, 403, 404, 413, 422, 429}
    return isinstance(error.__cause__, ConnectError)


async def guarded(path, request, tenant, user, limits, clock, read):
    worst = worst_case(request)
    now = clock()
    if not await asyncio.to_thread(is_open, path):
        raise Refused("switch", "closed")
    if worst > limits["request"]:
        raise Refused("request", "too dear")

    def before():
        take(path, user, limits, now)
        return reserve(path, tenant, worst, limits, now)

    try:
        number = await asyncio.to_thread(before)
    except sqlite3.Error as error:
        raise Refused("store", "no store") from error
    return read(await paid(path, number, worst, request, clock))


async def paid(path, number, worst, request, clock):
    """The reply, settled."""
    dollars = worst
    try:
        body = await send(request)
        try:
            dollars = bill([body]).dollars
        except (UnknownPrice, UnknownUsage):
            dollars = worst
        return body
    except Exception as error:
        dollars = Decimal(0) if free(error) else worst
        raise
    finally:
        after = clock()
        with contextlib.suppress(sqlite3.Error):
            settle(path, number, dollars, after)
            watch(path, after)
