"""Alternative: whole picodollars, rows filtered in Python, dicts instead of classes, own words."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import sqlite3
from decimal import Decimal
from fractions import Fraction

import httpx2

from grader.meter import Refused, UnknownUsage, bound, hours, log, opened, send
from grader.models import UnknownPrice, Usage, cost

PICO = 10**15


def first(*found):
    return next((each for each in found if each), 0)


def usage_of(body):
    told = body.get("usage") or {}
    if told.get("prompt_tokens") is not None and told.get("completion_tokens") is not None:
        sent, made = told.get("prompt_tokens_details") or {}, told.get("completion_tokens_details") or {}
        return Usage(
            input_tokens=told["prompt_tokens"],
            output_tokens=told["completion_tokens"],
            cached_tokens=first(sent.get("cached_tokens"), told.get("prompt_cache_hit_tokens")),
            cache_write_tokens=first(sent.get("cache_write_tokens")),
            reasoning_tokens=first(made.get("reasoning_tokens")),
        )
    if told.get("input_tokens") is not None and told.get("output_tokens") is not None:
        read = first(told.get("cache_read_input_tokens"))
        written = first(told.get("cache_creation_input_tokens"))
        return Usage(
            input_tokens=told["input_tokens"] + read + written,
            output_tokens=told["output_tokens"],
            cached_tokens=read,
            cache_write_tokens=written,
            reasoning_tokens=first((told.get("output_tokens_details") or {}).get("thinking_tokens")),
        )
    raise UnknownUsage("no counts")


def bill(bodies, batch=False):
    used = [usage_of(body) for body in bodies]
    dollars = [cost(u, body.get("model") or "?", batch=batch) for u, body in zip(used, bodies, strict=True)]
    return {"calls": len(used), "usage": sum(used, Usage()), "dollars": sum(dollars, Decimal(0))}


def totals(calls):
    shown, so_far = [], []
    for call in calls:
        so_far.append(call)
        all_of_it = bill([each["body"] for each in so_far if each["body"]])
        useful = len([each for each in so_far if each["useful"]])
        usage = all_of_it["usage"]
        shown.append(
            {
                "calls": len(so_far),
                "failures": len(so_far) - useful,
                "usage": usage,
                "dollars": all_of_it["dollars"],
                "hit_rate": usage.cached_tokens / max(1, usage.input_tokens),
                "per_useful": all_of_it["dollars"] / useful if useful else None,
            }
        )
    return shown


def worst_case(request):
    limits = [request.get(name) or 0 for name in ("max_tokens", "max_completion_tokens")]
    if max(limits) < 1:
        raise Refused("request", "say how long the reply may be")
    made, sent = max(limits) * request.get("n", 1), bound(request)
    plain = cost(Usage(input_tokens=sent, output_tokens=made), request["model"])
    cached = cost(Usage(input_tokens=sent, output_tokens=made, cache_write_tokens=sent), request["model"])
    return cached if cached > plain else plain


def pico(text):
    return int(Fraction(text) * PICO)


def counted(store, tenant, now):
    sums = {"hour": 0, "day": 0}
    for number, who, reserved, expires, spent, closed in store.execute("SELECT * FROM spend"):
        del number
        if who != tenant:
            continue
        amount, ended = (reserved, expires) if spent is None else (spent, closed)
        for name, length in (("hour", 3600), ("day", 86400)):
            if ended > now - length:
                sums[name] += pico(amount)
    return {name: Decimal(amount) / PICO for name, amount in sums.items()}


def used(path, tenant, now):
    with opened(path) as store:
        return counted(store, tenant, now)


def money(dollars):
    if type(dollars) is not Decimal:
        raise TypeError("money is Decimal")
    if dollars.is_nan() or dollars.is_infinite() or dollars < 0:
        raise ValueError("money is a number from zero on")
    return format(dollars, "f")


def reserve(path, tenant, dollars, limits, now):
    text = money(dollars)
    with opened(path) as store:
        store.execute("BEGIN EXCLUSIVE")
        try:
            there = counted(store, tenant, now)
            full = [name for name in there if there[name] + dollars > limits[name]]
            if full:
                raise Refused("budget", " and ".join(full))
            [number] = store.execute(
                "INSERT INTO spend (tenant, reserved, expires) VALUES (?, ?, ?) RETURNING number",
                (tenant, text, now + 600),
            ).fetchone()
        except BaseException:
            store.execute("ROLLBACK")
            raise
        store.execute("COMMIT")
        return number


def settle(path, number, dollars, now):
    text = money(dollars)
    with opened(path) as store:
        store.execute("BEGIN IMMEDIATE")
        row = store.execute("SELECT closed FROM spend WHERE number = ?", [number]).fetchone()
        if row is None or row[0] is not None:
            raise KeyError(number)
        store.execute("UPDATE spend SET spent = ?, closed = ? WHERE number = ?", [text, now, number])
        store.execute("COMMIT")


def release(path, number, now):
    settle(path, number, Decimal("0.00"), now)


def take(path, user, limits, now):
    rate, burst = Fraction(limits["rate"]), Fraction(limits["burst"])
    with opened(path) as store:
        store.execute("BEGIN IMMEDIATE")
        row = store.execute("SELECT level, at FROM bucket WHERE user = ?", [user]).fetchone()
        level = burst
        if row:
            now = max(now, row[1])
            level = min(burst, Fraction(row[0]) + max(Fraction(0), Fraction(now) - Fraction(row[1])) * rate)
        if level < 1:
            store.execute("ROLLBACK")
            raise Refused("bucket", "too fast", float((1 - level) / rate))
        store.execute("DELETE FROM bucket WHERE user = ?", [user])
        store.execute("INSERT INTO bucket VALUES (?, ?, ?)", [user, float(level - 1), now])
        store.execute("COMMIT")


def middle(values):
    ranked = sorted(values)
    return (ranked[(len(ranked) - 1) // 2] + ranked[len(ranked) // 2]) / 2


def ceiling(before):
    if len(before) < 6:
        return Decimal("5.00")
    day = before[-24:]
    usual = middle(day)
    spread = middle([abs(each - usual) for each in day])
    if spread < usual / 10:
        spread = usual / 10
    return max(Decimal(5), min(usual + 6 * spread, 3 * middle(before[:6])))


def is_open(path):
    try:
        with opened(path) as store:
            actions = [row[0] for row in store.execute("SELECT action FROM switch ORDER BY number")]
    except sqlite3.DatabaseError:
        return False
    changes = [action for action in actions if action in ("open", "close")]
    return not changes or changes[-1] == "open"


def close_switch(path, who, why, now):
    log(path, now, who, "close", why)


def open_switch(path, who, why, token, now, keys=None):
    wanted = (os.environ if keys is None else keys).get("GUARD_TOKEN_SHA256") or ""
    same = hmac.compare_digest(hashlib.sha256(token.encode()).hexdigest().encode(), wanted.encode())
    if not same:
        log(path, now, who, "denied", why)
        raise PermissionError("no")
    log(path, now, who, "open", why)


def watch(path, now):
    if not is_open(path):
        return False
    before, current = hours(path, now)
    if current > ceiling(before):
        close_switch(path, "guard", f"{current} is too much", now)
        return True
    return False


def free(error):
    if isinstance(error.__cause__, httpx2.ConnectError):
        return True
    return getattr(error, "status_code", 0) in (400, 401, 403, 404, 413, 422, 429)


async def guarded(path, request, tenant, user, limits, clock, read):
    worst = worst_case(request)
    if not is_open(path):
        raise Refused("switch", "closed")
    if not worst <= limits["request"]:
        raise Refused("request", "too dear")
    try:
        take(path, user, limits, clock())
        number = reserve(path, tenant, worst, limits, clock())
    except sqlite3.DatabaseError as error:
        raise Refused("store", str(error)) from error
    try:
        body = await send(request)
    except asyncio.CancelledError:
        close(path, number, worst, clock)
        raise
    except Exception as error:
        close(path, number, Decimal(0) if free(error) else worst, clock)
        raise
    try:
        dollars = bill([body])["dollars"]
    except (UnknownUsage, UnknownPrice):
        dollars = worst
    close(path, number, dollars, clock)
    return read(body)


def close(path, number, dollars, clock):
    """Afterwards a store that fails raises nothing."""
    try:
        if dollars:
            settle(path, number, dollars, clock())
        else:
            release(path, number, clock())
        watch(path, clock())
    except sqlite3.DatabaseError as error:
        print(error)
