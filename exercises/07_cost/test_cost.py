"""Grades 07_cost: what calls cost, and guards that fail closed."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from statistics import median

import httpx2
import pytest
from cost import (
    bill,
    ceiling,
    close_switch,
    guarded,
    is_open,
    open_switch,
    release,
    reserve,
    settle,
    take,
    totals,
    usage_of,
    used,
    watch,
    worst_case,
)

from grader.meter import Refused, UnknownUsage, bound, opened
from grader.models import UnknownPrice, Usage, cost, model

# The first call imports an SDK, and on a busy machine that alone can take many seconds.
pytestmark = pytest.mark.limit(40)

NOON = 1_000_000.0
HOUR, DAY, HOLD = 3600, 86400, 600
ASKED = "Which of your wines goes with mussels?"
LIST = (
    "House rule: name the bottle, the year and the price, and offer nothing that is not on this list. " * 70
)
LIMITS = {"request": Decimal(1), "hour": Decimal(10), "day": Decimal(50), "rate": 1.0, "burst": 5}
TOKEN, KEY = "Moules-Frites-ü", "GUARD_TOKEN_SHA256"
KEYS = {KEY: hashlib.sha256(TOKEN.encode()).hexdigest()}


def asking(provider="openai", limit=200, question=ASKED, **more):
    """A request for one answer, with its limit in the words of the provider."""
    name = "max_completion_tokens" if provider == "openai" else "max_tokens"
    messages = [{"role": "user", "content": question}]
    return {"model": model("fast", provider), "messages": messages, name: limit, **more}


def most(request, made):
    """The worst case of a request whose output has so many tokens at most, from the price table."""
    sent = bound(request)
    prices = (cost(Usage(sent, made, 0, written), request["model"]) for written in (0, sent))
    return max(prices)


def post(host, path, request):
    """One request without any SDK; the body of the reply."""
    headers = {"authorization": "Bearer none", "anthropic-version": "2026-10-21"}
    return httpx2.post(f"https://{host}{path}", headers=headers, json=request, timeout=30).json()


def ask_openai():
    """Plain, written to the cache, read from it, cut short, refused: the bodies of five replies."""
    requests = [
        asking(), asking(question=LIST), asking(question=LIST),
        asking(question="Tell me about all of your wines.", limit=6), asking(question="Insult the cook."),
    ]  # fmt: skip
    return [post("api.openai.com", "/v1/chat/completions", request) for request in requests]


def ask_anthropic():
    """As `ask_openai`, with a mark where the prompt is to be cached."""
    rules = [{"type": "text", "text": LIST, "cache_control": {"type": "ephemeral"}}]
    requests = [
        asking("anthropic"), asking("anthropic", system=rules), asking("anthropic", system=rules),
        asking("anthropic", question="Tell me about all of your wines.", limit=6),
        asking("anthropic", question="Insult the cook."),
    ]  # fmt: skip
    return [post("api.anthropic.com", "/v1/messages", request) for request in requests]


def ask_deepseek():
    """Read in, and read from the cache."""
    return [
        post("api.deepseek.com", "/chat/completions", asking("deepseek", question=LIST)) for _ in range(2)
    ]


def priced(tape, batch=False):
    """Dollars of all recorded replies, from the price table."""
    return sum((cost(step.reply.usage, step.facts.model, batch=batch) for step in tape.steps), Decimal(0))


def all_used(tape):
    """Tokens of all recorded replies, as the field names of Usage have them."""
    return as_dict(sum((step.reply.usage for step in tape.steps), Usage()))


def as_dict(usage):
    return {name: getattr(usage, name) for name in Usage.__dataclass_fields__}


def rows(path, table):
    """A table of the store as another program reads it, oldest line first; without a store there is none."""
    with closing(sqlite3.connect(path)) as store:
        store.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in store.execute(f"SELECT * FROM {table} ORDER BY number")]
        except sqlite3.DatabaseError:  # no table, or no store at all: nothing was kept
            return []


def elsewhere(path, *statements):
    """Another program does this in the store, in one transaction."""
    with opened(path) as store:
        store.execute("BEGIN IMMEDIATE")
        for statement, values in statements:
            store.execute(statement, values)
        store.execute("COMMIT")


def booked(tenant, dollars, expires=NOON + HOLD):
    """What another worker writes when it reserves."""
    return "INSERT INTO spend (tenant, reserved, expires) VALUES (?, ?, ?)", (tenant, str(dollars), expires)


def money(windows):
    """What `used` returned, with dollars that can be compared."""
    return {name: Decimal(dollars) for name, dollars in windows.items()}


def noon():
    return NOON


def text(body):
    """What the assistant said, in either format."""
    if "choices" in body:
        return body["choices"][0]["message"]["content"]
    return "".join(part.get("text", "") for part in body["content"])


@pytest.fixture
def path(tmp_path):
    """Where the store is to be: no such file exists yet."""
    return str(tmp_path / "guard.sqlite")


# Task 1: bill what came back


@pytest.mark.task(1)
@pytest.mark.cassette("usage_openai")
def test_openai_counts_cached_tokens_inside(tape):
    """`prompt_tokens` holds everything sent; what was read and written stands in its details."""
    bodies = ask_openai()

    assert [usage_of(body) for body in bodies] == [as_dict(step.reply.usage) for step in tape.steps]


@pytest.mark.task(1)
@pytest.mark.cassette("usage_anthropic")
def test_anthropic_counts_cached_tokens_beside(tape):
    """`input_tokens` leaves out what the cache read or wrote: everything sent is the sum of the three."""
    bodies = ask_anthropic()

    assert [usage_of(body) for body in bodies] == [as_dict(step.reply.usage) for step in tape.steps]


@pytest.mark.task(1)
@pytest.mark.cassette("usage_deepseek")
def test_deepseek_names_its_hits_otherwise(tape):
    """What DeepSeek's cache read stands beside the details; where both say it, it is the same tokens."""
    bodies = ask_deepseek()
    both = {"prompt_tokens": 90, "completion_tokens": 5, "prompt_cache_hit_tokens": 64,
            "prompt_tokens_details": {"cached_tokens": 64}}  # fmt: skip

    assert [usage_of(body) for body in bodies] == [as_dict(step.reply.usage) for step in tape.steps]
    assert usage_of({"usage": both})["cached_tokens"] == 64
    both["prompt_tokens_details"] = {"cached_tokens": None}
    assert usage_of({"usage": both})["cached_tokens"] == 64


@pytest.mark.task(1)
def test_a_detail_that_is_missing_is_zero():
    """Details may be missing or null, whole or one by one: they count as zero, and the rest counts."""
    openai = {
        "prompt_tokens_details": {"cached_tokens": None, "cache_write_tokens": None},
        "completion_tokens_details": {"reasoning_tokens": None},
        "prompt_cache_hit_tokens": None,
    }
    anthropic = {
        "output_tokens_details": {"thinking_tokens": None},
        "cache_read_input_tokens": None,
        "cache_creation_input_tokens": None,
    }
    for sent, made, details in (
        ("prompt_tokens", "completion_tokens", openai),
        ("input_tokens", "output_tokens", anthropic),
    ):
        for more in ({}, details, dict.fromkeys(details)):
            assert usage_of({"usage": {sent: 7, made: 3, **more}}) == as_dict(Usage(7, 3))


@pytest.mark.task(1)
def test_reasoning_is_part_of_what_was_made():
    """Reasoning is told apart, and not added again: it is in the count of what was made."""
    openai = {
        "prompt_tokens": 9,
        "completion_tokens": 80,
        "completion_tokens_details": {"reasoning_tokens": 64},
    }
    anthropic = {"input_tokens": 9, "output_tokens": 80, "output_tokens_details": {"thinking_tokens": 64}}

    for usage in (openai, anthropic):
        assert usage_of({"usage": usage}) == as_dict(Usage(9, 80, reasoning_tokens=64))


@pytest.mark.task(1)
@pytest.mark.parametrize(
    "body",
    [{}, {"usage": None}, {"usage": {}}, {"usage": {"prompt_tokens": 5}}, {"usage": {"input_tokens": 5}},
     {"usage": {"completion_tokens": 5}}, {"usage": {"output_tokens": None, "input_tokens": 5}}],
    ids=["nothing", "null", "empty", "half", "half_anthropic", "other_half", "null_count"],
)  # fmt: skip
def test_what_was_not_counted_is_not_free(body):
    """Without one of the two main counts nobody knows what was used: UnknownUsage, and no zero."""
    with pytest.raises(UnknownUsage):
        usage_of(body)


@pytest.mark.task(1)
def test_zero_is_a_count():
    """Nothing made, or everything read from the cache, is known: it is no missing count."""
    cached = {"input_tokens": 0, "output_tokens": 3, "cache_read_input_tokens": 2000}

    assert usage_of({"usage": {"prompt_tokens": 7, "completion_tokens": 0}}) == as_dict(Usage(7, 0))
    assert usage_of({"usage": cached}) == as_dict(Usage(2000, 3, 2000))


@pytest.mark.task(1)
@pytest.mark.cassette("usage_openai")
def test_a_bill_is_the_sum_of_all_replies(tape):
    """All tokens and all dollars, also of the reply that was cut and of the refusal: they were paid for."""
    total = bill(ask_openai())

    assert total["calls"] == len(tape.steps)
    assert total["usage"] == all_used(tape)
    assert Decimal(total["dollars"]) == priced(tape)


@pytest.mark.task(1)
@pytest.mark.cassette("usage_anthropic")
def test_cached_tokens_have_their_own_price(tape):
    """Tokens that were read from the cache are cheaper, and those that were written are dearer."""
    total = bill(ask_anthropic())

    assert Decimal(total["dollars"]) == priced(tape)


@pytest.mark.task(1)
@pytest.mark.cassette("usage_openai")
def test_a_batch_has_its_own_price(tape):
    """A batch is billed at the batch price of each model."""
    total = bill(ask_openai(), batch=True)
    assert Decimal(total["dollars"]) == priced(tape, batch=True) < priced(tape)

    # Not every vendor sells batches for half.
    other = model("fast", "deepseek")
    body = {"model": other, "usage": {"prompt_tokens": 100, "completion_tokens": 9}}
    assert Decimal(bill([body], batch=True)["dollars"]) == cost(Usage(100, 9), other, batch=True)


@pytest.mark.task(1)
def test_each_reply_is_priced_at_its_own_model():
    """A bill over several tiers and vendors prices every reply at the model that its body names."""
    ids = [model(tier, "openai") for tier in ("fast", "balanced", "smart")] + [model("smart", "anthropic")]
    bodies = [{"model": each, "usage": {"prompt_tokens": 100, "completion_tokens": 9}} for each in ids]

    assert Decimal(bill(bodies)["dollars"]) == sum(cost(Usage(100, 9), each) for each in ids)
    assert Decimal(bill(bodies[::-1])["dollars"]) == sum(cost(Usage(100, 9), each) for each in ids)

    # Long prompts have another price: four of half the length have not.
    long = {"model": ids[1], "usage": {"prompt_tokens": 150_000, "completion_tokens": 9}}
    assert Decimal(bill([long] * 4)["dollars"]) == 4 * cost(Usage(150_000, 9), ids[1])


@pytest.mark.task(1)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_bill_is_never_priced_in_part(place):
    """One reply without a known price, wherever it stands, and there is no bill: its sum would be too low."""
    bodies = [{"model": model("fast"), "usage": {"prompt_tokens": 10, "completion_tokens": 9}}] * 2
    unknown = {"model": "nobody-1", "usage": {"prompt_tokens": 10, "completion_tokens": 9}}

    with pytest.raises(UnknownPrice):
        bill([*bodies[:place], unknown, *bodies[place:]])
    with pytest.raises(UnknownUsage):
        bill([*bodies[:place], {"model": model("fast")}, *bodies[place:]])


@pytest.mark.task(1)
def test_a_model_without_a_name_has_no_price():
    """A body that names no model cannot be priced, and no replies cost nothing."""
    with pytest.raises(UnknownPrice):
        bill([{"usage": {"prompt_tokens": 10, "completion_tokens": 9}}])

    assert Decimal(bill([])["dollars"]) == bill([])["calls"] == 0


# Task 2: meter


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("usage_anthropic")
def test_totals_accumulate(tape):
    """After each call the totals hold all calls up to then: nothing is overwritten."""
    told = list(totals([{"body": body, "useful": True} for body in ask_anthropic()]))

    assert [each["calls"] for each in told] == [1, 2, 3, 4, 5]
    spent = Usage()
    for each, step in zip(told, tape.steps, strict=True):
        spent += step.reply.usage
        assert each["usage"] == as_dict(spent)
    assert Decimal(told[-1]["dollars"]) == priced(tape)


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("usage_anthropic")
def test_the_hit_rate_is_a_ratio_of_sums(tape):
    """Cached tokens of all calls over input tokens of all calls: a mean of rates lets short calls decide."""
    told = list(totals([{"body": body, "useful": False} for body in ask_anthropic()]))

    read = sent = 0
    for each, step in zip(told, tape.steps, strict=True):
        read, sent = read + step.reply.usage.cached_tokens, sent + step.reply.usage.input_tokens
        assert each["hit_rate"] == pytest.approx(read / sent)


@pytest.mark.task(2, needs=[1])
@pytest.mark.cassette("usage_openai")
def test_useless_answers_make_useful_ones_dearer(tape):
    """Dollars per useful answer divide everything that was spent by the answers that were of use."""
    useful = [True, False, True, False, False]
    calls = [{"body": body, "useful": use} for body, use in zip(ask_openai(), useful, strict=True)]
    told = list(totals(calls))

    assert [each["failures"] for each in told] == [0, 1, 1, 2, 3]
    assert float(told[-1]["per_useful"]) == pytest.approx(float(priced(tape) / 2))
    assert float(told[0]["per_useful"]) == pytest.approx(float(told[0]["dollars"]))


@pytest.mark.task(2, needs=[1])
def test_nothing_is_divided_by_zero():
    """Before a token was sent the hit rate is 0, and before a useful answer there is no price of one."""
    body = {"model": model("fast"), "usage": {"prompt_tokens": 10, "completion_tokens": 9}}
    lost, useless = list(totals([{"body": None, "useful": False}, {"body": body, "useful": False}]))

    assert (lost["calls"], lost["failures"], lost["hit_rate"], lost["per_useful"]) == (1, 1, 0, None)
    assert (useless["calls"], useless["failures"], useless["per_useful"]) == (2, 2, None)
    assert Decimal(lost["dollars"]) == 0 < Decimal(useless["dollars"]) == cost(Usage(10, 9), model("fast"))


@pytest.mark.task(2, needs=[1])
def test_totals_are_never_priced_in_part():
    """A call whose model has no price ends the totals: what follows would be too low."""
    unknown = {"model": "nobody-1", "usage": {"prompt_tokens": 10, "completion_tokens": 9}}

    with pytest.raises(UnknownPrice):
        list(totals([{"body": unknown, "useful": True}]))
    with pytest.raises(UnknownUsage):
        list(totals([{"body": {"model": model("fast")}, "useful": True}]))


@pytest.mark.task(2, needs=[1])
def test_each_call_is_priced_at_its_own_model():
    """The totals over two tiers are the sum of what each call cost at the model that its body names."""
    ids = [model(tier) for tier in ("smart", "fast")]
    bodies = [{"model": each, "usage": {"prompt_tokens": 100, "completion_tokens": 9}} for each in ids]
    told = list(totals([{"body": body, "useful": True} for body in bodies]))

    assert Decimal(told[1]["dollars"]) == sum(cost(Usage(100, 9), each) for each in ids)


# Task 3: reserve before you spend


@pytest.mark.task(3)
@pytest.mark.parametrize("provider", ["openai", "anthropic", "deepseek"])
@pytest.mark.parametrize("limit", [1, 300])
def test_the_worst_case_is_all_input_and_the_whole_limit(provider, limit):
    """As much input as there can be, at the dearer price, and as much output as the request allows."""
    tool = {"type": "function", "function": {"name": "cellar", "description": LIST}}
    for request in (
        asking(provider, limit), asking(provider, limit, question=LIST),
        asking(provider, limit, question="漢字🍷" * 40), asking(provider, limit, tools=[tool]),
    ):  # fmt: skip
        assert Decimal(worst_case(request)) == most(request, limit)


@pytest.mark.task(3)
def test_every_name_of_the_limit_is_read():
    """The limit is the one that is sent: under either name, the greater of two, and for each of n answers."""
    for more, made in (
        ({"max_tokens": 70}, 70), ({"max_completion_tokens": 60}, 60),
        ({"max_tokens": 70, "max_completion_tokens": 60}, 70),
        ({"max_tokens": 50, "max_completion_tokens": 60}, 60), ({"max_completion_tokens": 60, "n": 4}, 240),
    ):  # fmt: skip
        request = {"model": model("balanced"), "messages": [{"role": "user", "content": ASKED}], **more}
        assert Decimal(worst_case(request)) == most(request, made)


@pytest.mark.task(3)
@pytest.mark.parametrize("more", [{}, {"max_tokens": None}, {"max_completion_tokens": 0}, {"max_tokens": -1}])
def test_an_output_without_a_limit_is_refused(more):
    """Without a limit above zero there is no worst case: the request is refused."""
    request = {"model": model("fast"), "messages": [{"role": "user", "content": ASKED}], **more}

    with pytest.raises(Refused) as error:
        worst_case(request)

    assert error.value.why == "request"


@pytest.mark.task(3)
def test_an_unknown_price_has_no_worst_case():
    """What has no price cannot be reserved: UnknownPrice, and not zero."""
    with pytest.raises(UnknownPrice):
        worst_case({**asking(), "model": "nobody-1"})


@pytest.mark.task(3)
@pytest.mark.cassette("usage_anthropic")
def test_no_recorded_call_cost_more_than_its_worst_case(tape):
    """The worst case is one: writing to the cache, and every token that was made, are in it."""
    ask_anthropic()

    for step in tape.steps:
        assert Decimal(worst_case(step.request["body"])) >= cost(step.reply.usage, step.facts.model)


@pytest.mark.task(3)
def test_what_is_reserved_counts_at_once(path):
    """A reservation takes its dollars from the hour and from the day before anything is spent."""
    reserve(path, "shop", Decimal("2.5"), LIMITS, NOON)
    reserve(path, "shop", Decimal("0.25"), LIMITS, NOON + 1)

    assert money(used(path, "shop", NOON + 1)) == {"hour": Decimal("2.75"), "day": Decimal("2.75")}
    assert money(used(path, "nobody", NOON + 1)) == {"hour": 0, "day": 0}


@pytest.mark.task(3)
def test_a_limit_may_be_reached_and_not_passed(path):
    """Up to the last cent of the limit is yours, and not a ten-millionth more: money is exact."""
    limits = {**LIMITS, "hour": Decimal("0.3")}
    for _ in range(3):
        reserve(path, "shop", Decimal("0.1"), limits, NOON)
    with pytest.raises(Refused) as error:
        reserve(path, "shop", Decimal("0.0000001"), limits, NOON)

    assert error.value.why == "budget"
    assert money(used(path, "shop", NOON)) == {"hour": Decimal("0.3"), "day": Decimal("0.3")}


@pytest.mark.task(3)
@pytest.mark.parametrize("window", ["hour", "day"])
def test_a_limit_of_zero_is_a_limit(path, window):
    """Nothing may be spent then: zero is neither "no limit" nor a reason to look away."""
    with pytest.raises(Refused):
        reserve(path, "shop", Decimal("0.01"), {**LIMITS, window: Decimal(0)}, NOON)
    with pytest.raises(Refused):
        reserve(path, "shop", LIMITS[window] + Decimal("0.01"), {**LIMITS, "hour": LIMITS[window]}, NOON)

    assert rows(path, "spend") == []


@pytest.mark.task(3)
def test_a_tenant_is_told_by_every_letter(path):
    """Neither case nor a sign that SQL takes for a pattern makes two tenants one."""
    for tenant in ("shop_1", "Shop_1", "shopA1", "shop%"):
        reserve(path, tenant, Decimal(3), LIMITS, NOON)

    for tenant in ("shop_1", "Shop_1", "shopA1", "shop%"):
        assert money(used(path, tenant, NOON))["hour"] == 3


@pytest.mark.task(3)
def test_no_digit_of_money_is_lost(path):
    """A million dollars and a trillionth are both in the sum: a float would have dropped one of them."""
    limits = {**LIMITS, "hour": Decimal(10) ** 7, "day": Decimal(10) ** 7}
    for dollars in ("1000000", "0.000000000001"):
        reserve(path, "shop", Decimal(dollars), limits, NOON)

    assert money(used(path, "shop", NOON))["day"] == Decimal("1000000.000000000001")


@pytest.mark.task(3)
@pytest.mark.parametrize("window", ["hour", "day"])
def test_each_window_has_its_limit(path, window):
    """Whichever window is full refuses: the day does while the hour has room, and the hour does too."""
    limits = {**LIMITS, window: Decimal(1)}
    reserve(path, "shop", Decimal("0.6"), limits, NOON)
    with pytest.raises(Refused):
        reserve(path, "shop", Decimal("0.6"), limits, NOON)

    assert len(rows(path, "spend")) == 1
    reserve(path, "other", Decimal("0.6"), limits, NOON)


@pytest.mark.task(3)
@pytest.mark.parametrize("dollars", [0.5, Decimal("-1"), Decimal("NaN"), Decimal("Infinity")])
def test_what_is_no_amount_is_not_booked(path, dollars):
    """A float, an amount below zero, and what is no number are errors: -1 would make room for a dollar."""
    with pytest.raises((TypeError, ValueError)):
        reserve(path, "shop", dollars, LIMITS, NOON)
    assert rows(path, "spend") == []
    number = reserve(path, "shop", Decimal(3), LIMITS, NOON)
    with pytest.raises((TypeError, ValueError)):
        settle(path, number, dollars, NOON)

    assert money(used(path, "shop", NOON))["hour"] == 3


@pytest.mark.task(3)
def test_a_missing_limit_is_not_infinite(path):
    """Limits without an hour or a day are a mistake of whoever set them: nothing is booked."""
    for limits in ({"hour": Decimal(10)}, {"day": Decimal(10)}, {**LIMITS, "day": None}):
        with pytest.raises(Exception):  # noqa: B017 - which one, is nobody's business
            reserve(path, "shop", Decimal(1), limits, NOON)

    assert rows(path, "spend") == []


@pytest.mark.task(3)
def test_settling_books_what_it_cost(path):
    """After settling the real cost counts, and the rest of the reservation is free for others."""
    number = reserve(path, "shop", Decimal(9), LIMITS, NOON)
    settle(path, number, Decimal("0.5"), NOON + 2)

    assert money(used(path, "shop", NOON + 2))["hour"] == Decimal("0.5")
    reserve(path, "shop", Decimal("9.5"), LIMITS, NOON + 3)


@pytest.mark.task(3)
def test_a_release_gives_everything_back(path):
    """A call that cost nothing leaves nothing in the windows."""
    number = reserve(path, "shop", Decimal(9), LIMITS, NOON)
    release(path, number, NOON + 2)

    assert money(used(path, "shop", NOON + 2)) == {"hour": 0, "day": 0}


@pytest.mark.task(3)
def test_a_reservation_is_closed_once(path):
    """Closing it again, or one that does not exist, is an error, and changes nothing."""
    number = reserve(path, "shop", Decimal(9), LIMITS, NOON)
    settle(path, number, Decimal(3), NOON + 2)
    for again in (number, number + 1):
        with pytest.raises(LookupError):
            settle(path, again, Decimal(1), NOON + 3)
        with pytest.raises(LookupError):
            release(path, again, NOON + 3)

    assert money(used(path, "shop", NOON + 3))["hour"] == Decimal(3)


@pytest.mark.task(3)
def test_spending_more_than_reserved_is_booked_all_the_same(path):
    """The money is gone: it is booked in full, over the limit too, and the budget is closed to the next."""
    number = reserve(path, "shop", Decimal(1), LIMITS, NOON)
    settle(path, number, Decimal(12), NOON + 2)

    assert money(used(path, "shop", NOON + 2))["hour"] == Decimal(12)
    with pytest.raises(Refused):
        reserve(path, "shop", Decimal("0.01"), LIMITS, NOON + 3)


@pytest.mark.task(3)
@pytest.mark.parametrize(("window", "length"), [("hour", HOUR), ("day", DAY)])
def test_what_was_settled_counts_for_a_window(path, window, length):
    """What was settled counts for the length of the window from then on, and then no longer."""
    settle(path, reserve(path, "shop", Decimal(9), LIMITS, NOON), Decimal(8), NOON + 100)

    assert money(used(path, "shop", NOON + 98))[window] == Decimal(8)  # a clock that is late
    assert money(used(path, "shop", NOON + 99 + length))[window] == Decimal(8)
    assert money(used(path, "shop", NOON + 101 + length))[window] == 0


@pytest.mark.task(3)
def test_a_new_hour_forgets_no_open_reservation(path):
    """At midnight a new hour and a new day begin, and what is reserved and not settled is in them."""
    midnight = 12 * DAY
    reserve(path, "shop", Decimal(7), LIMITS, midnight - HOLD + 2)
    elsewhere(path, booked("shop", 2, expires=midnight + 9 * DAY))

    assert money(used(path, "shop", midnight + 1)) == {"hour": Decimal(9), "day": Decimal(9)}
    assert money(used(path, "shop", midnight + 8 * DAY)) == {"hour": Decimal(2), "day": Decimal(2)}


@pytest.mark.task(3)
def test_a_killed_holder_has_spent_its_reservation(path):
    """Who dies between reserving and settling may have sent the call: it counts from when it expires."""
    reserve(path, "shop", Decimal(7), LIMITS, NOON)

    for later, hour in ((HOLD - 1, 7), (HOLD + 1, 7), (HOUR, 7), (HOUR + HOLD - 1, 7), (HOUR + HOLD + 1, 0)):
        assert money(used(path, "shop", NOON + later))["hour"] == hour, later
    assert money(used(path, "shop", NOON + DAY + HOLD - 1))["day"] == 7


@pytest.mark.task(3)
def test_late_news_is_booked(path):
    """A holder that was slow and not dead may close its reservation after it expired."""
    number = reserve(path, "shop", Decimal(7), LIMITS, NOON)
    settle(path, number, Decimal(2), NOON + HOLD + 60)

    assert money(used(path, "shop", NOON + HOLD + 61))["hour"] == 2
    assert money(used(path, "shop", NOON + HOLD + 59 + HOUR))["hour"] == 2
    number = reserve(path, "other", Decimal(7), LIMITS, NOON)
    release(path, number, NOON + 2 * DAY)
    assert money(used(path, "other", NOON + 2 * DAY))["day"] == 0


@pytest.mark.task(3)
def test_the_budget_is_in_the_file(path, tmp_path):
    """What other workers booked counts, and a copy of the file knows what was booked: none is in memory."""
    elsewhere(path, booked("shop", 4))
    reserve(path, "shop", Decimal(5), LIMITS, NOON)
    with pytest.raises(Refused):
        reserve(path, "shop", Decimal(2), LIMITS, NOON)

    restarted = copied(path, tmp_path)
    assert money(used(restarted, "shop", NOON))["hour"] == 9
    with pytest.raises(Refused):
        reserve(restarted, "shop", Decimal(2), LIMITS, NOON)


def copied(path, tmp_path):
    """The same store in another place: what a program knows that has just been started."""
    place = str(tmp_path / "restarted.sqlite")
    with closing(sqlite3.connect(path)) as store, closing(sqlite3.connect(place)) as copy:
        store.backup(copy)
    return place


def while_another_books(path, work, statement, values):
    """What eight workers get who ask while another program is in the middle of this statement."""
    elsewhere(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        futures = several(8, work)
        time.sleep(0.3)  # whoever reads outside of a transaction has read by now, before the statement
        other.execute(statement, values)
        other.execute("COMMIT")
        return done(futures)


@pytest.mark.task(3)
def test_nobody_passes_while_another_books(path):
    """While one worker takes the last dollars, no other may decide on what it read before."""
    admitted = while_another_books(
        path, lambda: reserve(path, "shop", Decimal(1), LIMITS, NOON), *booked("shop", 10)
    )

    assert admitted == []
    assert [Decimal(row["reserved"]) for row in rows(path, "spend")] == [Decimal(10)]


@pytest.mark.task(3)
def test_whoever_waited_reads_anew(path):
    """The other worker leaves two dollars: two of the eight who waited get one each, and none an error."""
    admitted = while_another_books(
        path, lambda: reserve(path, "shop", Decimal(1), LIMITS, NOON), *booked("shop", 8)
    )

    assert len(admitted) == 2
    assert money(used(path, "shop", NOON))["hour"] == 10


def several(count, work):
    """Threads that do this work, all from the same moment on."""
    together = threading.Barrier(count)

    def one():
        together.wait()
        return work()

    pool = ThreadPoolExecutor(count)
    futures = [pool.submit(one) for _ in range(count)]
    pool.shutdown(wait=False)
    return futures


def done(futures):
    """What the threads returned that were neither refused nor kept from the store."""
    found = []
    for future in futures:
        with suppress(Refused, sqlite3.OperationalError):
            found.append(future.result())
    return found


# Task 4: a bucket for each user


@pytest.mark.task(4)
def test_a_new_bucket_is_full(path):
    """At once there are `burst` tokens, and no more; another user has a bucket of their own."""
    for _ in range(LIMITS["burst"]):
        take(path, "ada", LIMITS, NOON)
    with pytest.raises(Refused) as error:
        take(path, "ada", LIMITS, NOON)

    assert error.value.why == "bucket"
    assert take(path, "bob", LIMITS, NOON) is None


@pytest.mark.task(4)
@pytest.mark.parametrize("step", [0.25, 0.75, 1.5, 5.0])
def test_a_bucket_refills_without_drift(path, step):
    """Over a long time exactly as many calls pass as tokens came: parts of a token are not lost."""
    limits = {**LIMITS, "rate": 0.5, "burst": 2}
    level, last, passed, expected = Fraction(2), Fraction(0), [], []
    for turn in range(30):
        at = Fraction(step) * turn
        level, last = min(Fraction(2), level + (at - last) / 2), at
        if level >= 1:
            level -= 1
            expected.append(turn)
        with suppress(Refused):
            take(path, "ada", limits, NOON + float(at))
            passed.append(turn)

    assert passed == expected


@pytest.mark.task(4)
def test_a_refusal_says_how_long_to_wait(path):
    """Who waits for so many seconds is served, and who comes a little earlier is not."""
    limits = {**LIMITS, "rate": 0.125, "burst": 1}
    take(path, "ada", limits, NOON)
    with pytest.raises(Refused) as error:
        take(path, "ada", limits, NOON + 2.5)

    assert error.value.wait == pytest.approx(5.5)
    with pytest.raises(Refused):
        take(path, "ada", limits, NOON + 7.9)
    assert take(path, "ada", limits, NOON + 8) is None


@pytest.mark.task(4)
def test_asking_too_early_costs_nothing(path):
    """A refused call takes no token: whoever knocks every second still gets the token when it is there."""
    limits = {**LIMITS, "rate": 0.25, "burst": 1}
    take(path, "ada", limits, NOON)
    for second in (1, 2, 3):
        with pytest.raises(Refused):
            take(path, "ada", limits, NOON + second)

    assert take(path, "ada", limits, NOON + 4) is None


@pytest.mark.task(4)
def test_a_bucket_never_overflows(path):
    """After a long night there are `burst` tokens, and not one for each second of it."""
    take(path, "ada", LIMITS, NOON)
    passed = 0
    for _ in range(LIMITS["burst"] + 3):
        with suppress(Refused):
            take(path, "ada", LIMITS, NOON + DAY)
            passed += 1

    assert passed == LIMITS["burst"]


@pytest.mark.task(4)
def test_a_bucket_outlives_the_program(path, tmp_path):
    """An empty bucket is empty in a copy of the file as well: a restart fills nothing."""
    for _ in range(LIMITS["burst"]):
        take(path, "ada", LIMITS, NOON)

    with pytest.raises(Refused):
        take(copied(path, tmp_path), "ada", LIMITS, NOON)


@pytest.mark.task(4)
def test_nobody_drinks_while_another_does(path):
    """While one worker takes the last tokens, no other may decide on the level that it read before."""
    passed = while_another_books(
        path, lambda: take(path, "ada", LIMITS, NOON), "REPLACE INTO bucket VALUES ('ada', 0, ?)", (NOON,)
    )

    assert passed == []


@pytest.mark.task(4)
def test_whoever_waited_for_the_bucket_looks_anew(path):
    """The other worker leaves two tokens: two of the eight who waited get one, and none an error."""
    passed = while_another_books(
        path, lambda: take(path, "ada", LIMITS, NOON), "REPLACE INTO bucket VALUES ('ada', 2, ?)", (NOON,)
    )

    assert len(passed) == 2


@pytest.mark.task(4)
def test_a_late_clock_neither_fills_nor_drains(path):
    """A worker whose clock is behind takes a token like any other, and time does not pass twice."""
    passed = 0
    for turn in range(12):
        with suppress(Refused):
            take(path, "ada", LIMITS, NOON - 1.9 * (turn % 2))
            passed += 1

    assert passed == LIMITS["burst"]


@pytest.mark.task(4)
@pytest.mark.parametrize("name", ["rate", "burst"])
def test_a_bucket_without_a_measure_is_no_free_pass(path, name):
    """A missing measure is an error, and not infinite; a bucket for no token refuses."""
    limits = {key: value for key, value in LIMITS.items() if key != name}

    def twice():
        take(path, "ada", limits, NOON)
        take(path, "ada", limits, NOON)

    with pytest.raises(Exception):  # noqa: B017 - which one, is nobody's business
        twice()
    with pytest.raises(Refused):
        take(path, "bob", {**LIMITS, "burst": 0}, NOON)


# Task 5: notice a runaway


def even(*values):
    return [Decimal(value) for value in values]


@pytest.mark.task(5)
@pytest.mark.parametrize("count", range(6))
def test_a_cold_start_has_a_fixed_limit(count):
    """With fewer hours than WARM there is nothing to compare with: the limit is COLD, whatever they cost."""
    assert Decimal(ceiling(even(*[40] * count))) == 5


@pytest.mark.task(5)
def test_the_ceiling_follows_median_and_spread():
    """The median of the last day plus six spreads, where the spread is the median distance from it."""
    drawn = Random(7)
    for count in (6, 7, 23, 24):
        before = even(*(drawn.randint(90, 130) for _ in range(count)))
        middle = median(before)
        spread = max(median(abs(hour - middle) for hour in before), middle / 10)
        assert Decimal(ceiling(before)) == min(middle + 6 * spread, 3 * median(before[:6]))


@pytest.mark.task(5)
def test_steady_hours_leave_some_room():
    """Where every hour cost the same, the spread is a tenth of it: a cent more is no runaway."""
    assert Decimal(ceiling(even(*[20] * 24))) == 20 + 6 * 2


@pytest.mark.task(5)
@pytest.mark.parametrize("place", [0, 5, 12, 23])
def test_one_big_hour_moves_nothing(place):
    """A single hour that got away does not raise the ceiling for the next one."""
    before = even(*[20] * 24)
    before[place] = Decimal(5000)

    assert Decimal(ceiling(before)) == 20 + 6 * 2


@pytest.mark.task(5)
def test_only_the_last_day_is_the_baseline():
    """Hours before the last day do not speak for the present: only the first ones, against a creep."""
    before = even(*[30] * 6, *[900] * 60, *[40] * 24)

    assert Decimal(ceiling(before)) == 40 + 6 * 4
    assert Decimal(ceiling(even(*[10] * 5, 4000, *[25] * 40))) == 3 * 10
    assert Decimal(ceiling(even(*[38, 42] * 3, *[900] * 60, *[40] * 20, *[48] * 4))) == 40 + 6 * 4
    assert Decimal(ceiling(even(*[10] * 3, *[20] * 3, *[90] * 24))) == 3 * 15
    assert Decimal(ceiling(even(*[10] * 6, *[90] * 18))) == 3 * 10


@pytest.mark.task(5)
def test_a_slow_creep_ends_somewhere():
    """Spending that grows by a twentieth every hour stays below each day's ceiling, but not below CREEP."""
    before = [Decimal(10)]
    while before[-1] <= Decimal(ceiling(before)) or len(before) < 6:
        before.append(before[-1] * Decimal("1.05"))

    assert Decimal(ceiling(before[:-1])) <= 3 * median(before[:6])
    assert len(before) < 40


@pytest.mark.task(5)
def test_a_quiet_night_is_no_trap():
    """After hours without any spending the first customer is no runaway: the ceiling is at least COLD."""
    assert Decimal(ceiling(even(*[0] * 24))) == 5
    assert Decimal(ceiling(even(*[0] * 6, *[2] * 18))) == 5
    assert Decimal(ceiling(even(*[20] * 6, *[0] * 13, *[20] * 11))) == 5


# Task 6: a switch that stays closed


def lines(path):
    """The audit of the switch, without moments."""
    return [(row["who"], row["action"], row["why"]) for row in rows(path, "switch")]


@pytest.mark.task(6)
def test_the_switch_is_open_until_somebody_closes_it(path):
    """A new store lets calls through; closed, it is closed for everybody who asks, at once."""
    assert is_open(path) is True
    close_switch(path, "eve", "costs look odd", NOON)

    assert is_open(path) is False
    assert lines(path) == [("eve", "close", "costs look odd")]
    assert rows(path, "switch")[0]["at"] == NOON


@pytest.mark.task(6)
def test_the_last_line_decides(path):
    """However often it was opened before, one "close" closes it, and one "open" opens it; each is a line."""
    for action in ("open", "open", "close", "close", "close", "open"):
        if action == "open":
            open_switch(path, "ada", "it is over", TOKEN, NOON, KEYS)
        else:
            close_switch(path, "eve", "costs look odd", NOON)
        assert is_open(path) is (action == "open")

    assert [action for _, action, _ in lines(path)] == ["open", "open", "close", "close", "close", "open"]


@pytest.mark.task(6)
def test_a_switch_that_could_not_be_closed_is_no_secret(path):
    """Where the line cannot be written, whoever closes it is told: they would believe that it is closed."""
    full(path, "switch", "INSERT")
    with pytest.raises(Exception):  # noqa: B017 - the store's own, or one that says it better
        close_switch(path, "eve", "costs look odd", NOON)

    assert is_open(path) is True


@pytest.mark.task(6)
def test_a_restart_opens_nothing(path, tmp_path):
    """The state is in the file: its copy is closed too, another store is not, and others' lines count."""
    close_switch(path, "eve", "costs look odd", NOON)
    other = str(tmp_path / "other.sqlite")

    assert is_open(copied(path, tmp_path)) is False
    assert is_open(other) is True
    elsewhere(other, ("INSERT INTO switch (at, who, action, why) VALUES (1, 'bob', 'close', 'x')", ()))
    assert is_open(other) is False


@pytest.mark.task(6)
def test_a_person_with_the_token_opens_it(path):
    """The right token opens the switch, and the audit tells who did it and why."""
    close_switch(path, "eve", "costs look odd", NOON)
    open_switch(path, "ada", "it was the importer", TOKEN, NOON + 60, KEYS)

    assert is_open(path) is True
    assert lines(path)[1:] == [("ada", "open", "it was the importer")]
    close_switch(path, "eve", "again", NOON - 70)  # a machine whose clock is late
    assert is_open(path) is False


@pytest.mark.task(6)
@pytest.mark.parametrize(
    ("token", "keys"),
    [("guess", KEYS), (TOKEN.lower(), KEYS), (f"{TOKEN} ", KEYS), ("", KEYS), (TOKEN, {}), ("", {}),
     ("", {KEY: ""}), (TOKEN, {KEY: ""}), (KEYS[KEY], KEYS), (TOKEN[:-1], KEYS), (TOKEN, {KEY: TOKEN}),
     (TOKEN, {KEY: KEYS[KEY][:8] + "0" * 56}), (TOKEN, {KEY: KEYS[KEY][:8]})],
    ids=["wrong", "case", "space", "empty", "no_hash", "nothing", "both_empty", "empty_hash", "hash", "part",
         "plain_text", "other_end", "begin"],
)  # fmt: skip
def test_nobody_else_opens_it(path, monkeypatch, token, keys):
    """A wrong token, and any token where no hash is set, open nothing; the attempt is in the audit."""
    monkeypatch.setenv(KEY, KEYS[KEY])  # these `keys` are asked, and not the environment
    close_switch(path, "guard", "costs look odd", NOON)
    with pytest.raises(PermissionError):
        open_switch(path, "mallory", "let me in", token, NOON + 60, keys)

    assert is_open(path) is False
    assert lines(path)[1:] == [("mallory", "denied", "let me in")]


@pytest.mark.task(6)
def test_a_denied_attempt_closes_nothing(path):
    """A wrong token at an open switch leaves it open: or anybody could stop the shop."""
    with pytest.raises(PermissionError):
        open_switch(path, "mallory", "let me in", "guess", NOON, KEYS)

    assert is_open(path) is True


@pytest.mark.task(6)
@pytest.mark.parametrize(("who", "why"), [("", "costs"), ("ada", ""), (" ", "costs"), ("ada", " \n")])
def test_the_audit_has_no_blanks(path, who, why):
    """Who does not say who, or why, neither closes nor opens anything."""
    with pytest.raises(ValueError):
        close_switch(path, who, why, NOON)
    assert is_open(path) is True
    close_switch(path, "eve", "costs look odd", NOON)
    with pytest.raises(ValueError):
        open_switch(path, who, why, TOKEN, NOON, KEYS)

    assert is_open(path) is False


@pytest.mark.task(6)
def test_a_store_that_cannot_be_read_is_closed(path):
    """When nobody can tell whether it was closed, it is closed."""
    Path(path).write_text("this is no database, and it never was one. " * 50, encoding="utf-8")

    assert is_open(path) is False


@pytest.mark.task(6, needs=[3, 5])
def test_the_guard_closes_the_switch_itself(path):
    """An hour above the ceiling closes the switch, with one line of the guard, and needs nobody awake."""
    limits = {**LIMITS, "hour": Decimal(100)}
    settle(path, reserve(path, "shop", Decimal(5), limits, NOON), Decimal(5), NOON)
    assert (watch(path, NOON), is_open(path)) == (False, True)
    settle(path, reserve(path, "other", Decimal(1), limits, NOON), Decimal("0.01"), NOON)

    assert (watch(path, NOON), is_open(path)) == (True, False)
    assert watch(path, NOON + 1) is False
    assert [(who, action) for who, action, _ in lines(path)] == [("guard", "close")]


@pytest.mark.task(6, needs=[3, 5])
def test_the_guard_judges_by_the_hours_before(path):
    """Where every hour costs twenty dollars, nineteen are none to wake anybody for, and ninety are."""
    for back in range(1, 31):
        elsewhere(path, spent("shop", 20, NOON - HOUR * back - 10))
    elsewhere(path, spent("shop", 19, NOON))
    assert watch(path, NOON) is False
    elsewhere(path, spent("shop", 71, NOON))

    assert watch(path, NOON) is True


@pytest.mark.task(6, needs=[3, 5])
def test_the_guard_closes_it_again(path):
    """A person may open the switch too early: the guard looks at every hour, and not at the first only."""
    elsewhere(path, spent("shop", 80, NOON))
    assert watch(path, NOON) is True
    open_switch(path, "ada", "it is over", TOKEN, NOON, KEYS)

    assert watch(path, NOON) is True
    assert is_open(path) is False


@pytest.mark.task(6, needs=[3, 5])
def test_the_guard_compares_with_hours_before_alone(path):
    """The hour that is judged is no hour before: with five of them it is still a cold start."""
    for back in range(1, 6):
        elsewhere(path, spent("shop", 10, NOON - HOUR * back - 10))
    elsewhere(path, spent("shop", 8, NOON))

    assert watch(path, NOON) is True


@pytest.mark.task(6, needs=[3, 5])
def test_the_guard_remembers_the_first_hours(path):
    """Forty dollars after a day of thirty are a creep for a shop that began with ten."""
    for back in range(1, 61):
        elsewhere(path, spent("shop", 10 if back > 40 else 30, NOON - HOUR * back - 10))
    elsewhere(path, spent("shop", 40, NOON))

    assert watch(path, NOON) is True


def full(path, table, *events, when=""):
    """From now on nobody gets these events past the table."""
    elsewhere(path)
    with closing(sqlite3.connect(path)) as store:
        for event in events:
            store.execute(f"CREATE TRIGGER full_{event} BEFORE {event} ON {table} {when}"
                          " BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")  # fmt: skip


def spent(tenant, dollars, at):
    """What another worker leaves that has reserved and settled."""
    row = (tenant, str(dollars), at + HOLD, str(dollars), at)
    return "INSERT INTO spend (tenant, reserved, expires, spent, closed) VALUES (?, ?, ?, ?, ?)", row


# Task 7: guard a call


def spends(path):
    """What each reservation came to: what was spent, or None while it is open."""
    return [row["spent"] and Decimal(row["spent"]) for row in rows(path, "spend")]


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
@pytest.mark.parametrize(
    "provider",
    [
        pytest.param("openai", marks=pytest.mark.cassette("answered_openai"), id="openai"),
        pytest.param("anthropic", marks=pytest.mark.cassette("answered_anthropic"), id="anthropic"),
    ],
)
async def test_a_guarded_call_is_settled_at_its_cost(tape, path, provider):
    """The reply comes back, and the books hold what it cost, beside the worst case that was reserved."""
    request = asking(provider)
    limits = {**LIMITS, "request": most(request, 200)}
    said = await guarded(path, request, "shop", "ada", limits, noon, text)

    assert said == tape.steps[0].reply.text
    assert [call.body for call in tape.calls] == [request]
    assert spends(path) == [tape.cost]
    assert Decimal(rows(path, "spend")[0]["reserved"]) == most(request, 200)


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
@pytest.mark.cassette("talks")
async def test_a_reply_that_cannot_be_read_was_paid_for(tape, path):
    """The reply is no JSON, so reading it fails: it is in the books all the same."""
    books = []

    def read(body):
        books.append(spends(path))
        return json.loads(text(body))

    with pytest.raises(ValueError):
        await guarded(path, asking(), "shop", "ada", LIMITS, noon, read)

    assert books == [[tape.cost]]
    assert spends(path) == [tape.cost]


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
@pytest.mark.cassette("talks")
async def test_a_loop_of_unreadable_replies_ends_itself(tape, path):
    """It is the runaway of the chapter: the guard looks at the hour although nobody can read the reply."""
    elsewhere(path, spent("other", 5, NOON))
    with pytest.raises(ValueError):
        await guarded(path, asking(), "shop", "ada", LIMITS, noon, lambda body: json.loads(text(body)))

    assert len(tape.calls) == 1
    assert is_open(path) is False


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
@pytest.mark.cassette("dear")
async def test_a_call_that_cost_more_than_its_worst_case_is_booked_in_full(tape, path):
    """The bill counts, and not the estimate."""
    await guarded(path, asking(), "shop", "ada", LIMITS, noon, text)

    assert spends(path) == [tape.cost]
    assert tape.cost > most(asking(), 200)


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("RateLimitError", marks=pytest.mark.cassette("limited"), id="429"),
        pytest.param("BadRequestError", marks=pytest.mark.cassette("invalid"), id="400"),
        pytest.param("AuthenticationError", marks=pytest.mark.cassette("locked"), id="401"),
    ],
)
async def test_a_call_that_was_turned_away_is_released(tape, path, name):
    """A rate limit, a bad request, a bad key: the provider did nothing, and nothing is spent."""
    with pytest.raises(Exception) as error:
        await guarded(path, asking(), "shop", "ada", LIMITS, noon, text)

    assert type(error.value).__name__ == name
    assert [dollars for dollars in spends(path) if dollars != 0] == []
    assert len(tape.calls) == 1


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
@pytest.mark.cassette("limited_anthropic")
async def test_another_vendor_turns_away_as_well(tape, path):
    """A rate limit of Anthropic is as free as one of OpenAI."""
    with pytest.raises(Exception) as error:
        await guarded(path, asking("anthropic"), "shop", "ada", LIMITS, noon, text)

    assert type(error.value).__name__ == "RateLimitError"
    assert [dollars for dollars in spends(path) if dollars != 0] == []


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
@pytest.mark.parametrize(
    "provider",
    [
        pytest.param("openai", marks=pytest.mark.cassette("unreachable"), id="openai"),
        pytest.param("anthropic", marks=pytest.mark.cassette("unreachable_anthropic"), id="anthropic"),
    ],
)
async def test_a_connection_that_was_refused_is_released(tape, path, provider):
    """No connection, no request, no cost: the SDK's error has an httpx2.ConnectError as its cause."""
    with pytest.raises(Exception) as error:
        await guarded(path, asking(provider), "shop", "ada", LIMITS, noon, text)

    assert type(error.value).__name__ == "APIConnectionError"
    assert [dollars for dollars in spends(path) if dollars != 0] == []
    assert len(tape.calls) == 1


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
@pytest.mark.parametrize(
    "provider",
    [
        pytest.param("openai", marks=pytest.mark.cassette("timed_out"), id="timeout"),
        pytest.param("openai", marks=pytest.mark.cassette("cut_off"), id="cut"),
        pytest.param("anthropic", marks=pytest.mark.cassette("cut_off_anthropic"), id="cut_anthropic"),
        pytest.param("openai", marks=pytest.mark.cassette("broken"), id="500"),
        pytest.param("anthropic", marks=pytest.mark.cassette("overloaded"), id="529"),
        pytest.param("openai", marks=pytest.mark.cassette("page"), id="page"),
        pytest.param("openai", marks=pytest.mark.cassette("late"), id="408"),
    ],
)
async def test_what_nobody_knows_is_settled_at_the_worst(tape, path, provider):
    """A time-out, a cut, a server error, a page instead of a reply: it may have been billed in full."""
    request = asking(provider)
    with pytest.raises(Exception):  # noqa: B017 - the SDK's own, or that of the body
        await guarded(path, request, "shop", "ada", LIMITS, noon, text)

    assert spends(path) == [most(request, 200)]
    assert len(tape.calls) == 1


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
@pytest.mark.parametrize(
    "trouble",
    [
        pytest.param("no usage", marks=pytest.mark.cassette("uncounted"), id="no_usage"),
        pytest.param("no price", marks=pytest.mark.cassette("stranger"), id="no_price"),
    ],
)
async def test_a_reply_without_a_price_is_settled_at_the_worst(tape, path, trouble):
    """A reply that does not say what it used, or whose model has no price, is read, and paid as the worst."""
    request = asking()
    said = await guarded(path, request, "shop", "ada", LIMITS, noon, text)

    assert said == tape.steps[0].reply.text
    assert spends(path) == [most(request, 200)]


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
@pytest.mark.cassette("never_answered")
async def test_a_cancelled_call_is_settled_at_the_worst(tape, path):
    """Who cancels has sent the request already: the provider may go on and bill it, so: the worst case.

    A loop of calls that are given up spends as well: the guard looks at the hour.
    """
    request = asking()
    elsewhere(path, spent("other", 5, NOON))
    call = asyncio.create_task(guarded(path, request, "shop", "ada", LIMITS, noon, text))
    for _ in range(300):
        await asyncio.wait({call}, timeout=0.02)
        if tape.calls:
            break
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    assert spends(path)[1:] == [most(request, 200)]
    assert is_open(path) is False


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
@pytest.mark.cassette("together", scale=2.0)
async def test_calls_made_together_share_the_budget(tape, path):
    """Five calls at once where the worst cases of two fit: two are made, and three are refused before."""
    elsewhere(path)
    request = asking()
    limits = {**LIMITS, "hour": 2 * most(request, 200)}
    calls = (guarded(path, request, "shop", "ada", limits, noon, text) for _ in range(5))
    said = await asyncio.gather(*calls, return_exceptions=True)

    assert len(tape.calls) == 2
    assert [each.why for each in said if isinstance(each, Refused)] == ["budget"] * 3
    assert sum(spends(path)) == tape.cost


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
@pytest.mark.cassette("together")
async def test_what_a_call_left_over_is_there_for_the_next(tape, path):
    """Settling frees what the worst case had taken, so that a budget of one worst case serves many calls."""
    request = asking()
    limits = {**LIMITS, "hour": most(request, 200) + cost(Usage(0, 60), model("fast"))}
    for _ in range(2):
        await guarded(path, request, "shop", "ada", limits, noon, text)

    assert len(tape.calls) == 2
    assert sum(spends(path)) == tape.cost


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
@pytest.mark.cassette("answered_openai")
async def test_the_clock_is_read_before_and_after(tape, path):
    """A call takes time: what it cost is booked at the moment when it ended."""
    ticks = iter(range(int(NOON), int(NOON) + 900, 10))
    await guarded(path, asking(), "shop", "ada", LIMITS, lambda: float(next(ticks)), text)

    [row] = rows(path, "spend")
    assert row["closed"] > row["expires"] - HOLD >= NOON
    assert len(tape.calls) == 1


async def refused(path, request=None, limits=LIMITS):
    """The reason for which a guarded call was refused; that no request left, the missing recording tells."""
    with pytest.raises(Refused) as error:
        await guarded(path, request or asking(), "shop", "ada", limits, noon, text)
    return error.value.why


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
async def test_a_closed_switch_lets_nothing_out(path):
    """While the switch is closed, no request leaves, and nothing is reserved."""
    close_switch(path, "eve", "costs look odd", NOON)

    assert await refused(path) == "switch"
    assert spends(path) == []


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
async def test_one_request_has_a_cap(path):
    """A request that could cost more than one request may is refused, however much budget there is."""
    request = asking()
    limits = {**LIMITS, "request": most(request, 200) - Decimal("0.0000001")}

    assert await refused(path, request, limits) == "request"
    assert await refused(path, request, {**LIMITS, "request": Decimal(0)}) == "request"
    del limits["request"]
    with pytest.raises(Exception):  # noqa: B017 - which one, is nobody's business
        await guarded(path, request, "shop", "ada", limits, noon, text)
    assert spends(path) == []


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
async def test_the_guards_stand_in_their_order(path):
    """Switch, cap, bucket, budget: the first that refuses is named, and those behind it lose nothing."""
    poor = {**LIMITS, "request": Decimal(0), "hour": Decimal(0), "burst": 1}
    assert await refused(path, limits=poor) == "request"
    poor["request"] = Decimal(1)
    assert await refused(path, limits=poor) == "budget"  # the bucket had its token
    assert await refused(path, limits=poor) == "bucket"
    poor["request"] = Decimal(0)
    assert await refused(path, limits=poor) == "request"
    close_switch(path, "eve", "costs look odd", NOON)
    assert await refused(path, limits=poor) == "switch"


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
async def test_a_request_without_a_limit_is_not_sent(path):
    """Without an output limit nobody knows what it may cost: it stays here."""
    request = asking()
    del request["max_completion_tokens"]

    assert await refused(path, request) == "request"
    with pytest.raises(UnknownPrice):
        await guarded(path, {**asking(), "model": "nobody-1"}, "shop", "ada", LIMITS, noon, text)
    assert spends(path) == []


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
async def test_an_empty_bucket_lets_nothing_out(path):
    """A user who calls too often is refused, with the seconds to wait, and costs the tenant nothing."""
    for _ in range(LIMITS["burst"]):
        take(path, "ada", LIMITS, NOON)
    with pytest.raises(Refused) as error:
        await guarded(path, asking(), "shop", "ada", LIMITS, noon, text)

    assert (error.value.why, error.value.wait) == ("bucket", pytest.approx(1))
    assert spends(path) == []


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
async def test_an_empty_budget_lets_nothing_out(path):
    """What other workers have reserved counts for this one: the request stays here."""
    elsewhere(path, booked("shop", 10))

    assert await refused(path) == "budget"
    assert len(spends(path)) == 1


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
async def test_a_store_that_is_broken_lets_nothing_out(path):
    """A store that cannot be read refuses: a guard that cannot see does not wave through."""
    Path(path).write_text("this is no database, and it never was one. " * 50, encoding="utf-8")

    assert await refused(path) in ("store", "switch")


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
@pytest.mark.parametrize("table", ["spend", "bucket"])
async def test_a_store_that_takes_nothing_lets_nothing_out(path, table):
    """What cannot be booked is not sent: a full disk refuses."""
    full(path, table, "INSERT", "UPDATE")

    assert await refused(path) == "store"
    assert spends(path) == []


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
@pytest.mark.cassette("answered_openai")
async def test_a_store_that_fails_afterwards_takes_no_reply(tape, path):
    """The reply was paid for, so it is read; what could not be settled stays reserved in full."""
    full(path, "spend", "INSERT", "UPDATE", "DELETE", when="WHEN EXISTS (SELECT 1 FROM spend)")
    request = asking()
    said = await guarded(path, request, "shop", "ada", LIMITS, noon, text)

    assert said == tape.steps[0].reply.text
    assert money(used(path, "shop", NOON + 1))["hour"] == most(request, 200)


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
@pytest.mark.cassette("limited")
async def test_a_store_that_fails_afterwards_hides_no_error(tape, path):
    """What the call raised is raised, and not what the store raised when the call was to be closed."""
    full(path, "spend", "INSERT", "UPDATE", "DELETE", when="WHEN EXISTS (SELECT 1 FROM spend)")
    with pytest.raises(Exception) as error:
        await guarded(path, asking(), "shop", "ada", LIMITS, noon, text)

    assert type(error.value).__name__ == "RateLimitError"
    assert len(tape.calls) == 1


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
async def test_a_locked_store_lets_nothing_out(path):
    """While another program holds the store for longer than one waits, the answer is no."""
    elsewhere(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert await refused(path) in ("store", "switch")


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
@pytest.mark.cassette("answered_openai")
async def test_a_runaway_ends_itself(tape, path):
    """The call after which the hour is above its ceiling is the last: the switch is closed behind it."""
    limits = {**LIMITS, "hour": Decimal(100)}
    settle(path, reserve(path, "shop", Decimal(5), limits, NOON), Decimal(5), NOON)
    await guarded(path, asking(), "shop", "ada", limits, noon, text)

    assert await refused(path, limits=limits) == "switch"
    assert len(tape.calls) == 1
    assert [(who, action) for who, action, _ in lines(path)] == [("guard", "close")]


@pytest.mark.task(7, needs=[1, 3, 4, 5, 6])
@pytest.mark.cassette("broken")
async def test_failures_can_run_away_too(tape, path):
    """A loop of failing calls spends as well: the guard looks at the hour after a failure, too."""
    limits = {**LIMITS, "hour": Decimal(100)}
    settle(path, reserve(path, "shop", Decimal(5), limits, NOON), Decimal(5), NOON)
    with pytest.raises(Exception):  # noqa: B017 - the SDK's own
        await guarded(path, asking(), "shop", "ada", limits, noon, text)

    assert is_open(path) is False
    assert len(tape.calls) == 1
