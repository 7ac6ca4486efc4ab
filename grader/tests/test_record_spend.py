"""The spend cap: reserved before, settled after, never passed by two callers on the same dollars."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from grader.models import Usage, cost, model
from grader.record.spend import MOST_OUTPUT, Budget, SpendRefused, worst_case

FAST = model("fast")


def chat(limit=100, text="hello", **more):
    return {
        "model": FAST,
        "messages": [{"role": "user", "content": text}],
        "max_completion_tokens": limit,
        **more,
    }


def worst(operation, body):
    return worst_case(operation, body)[0]


def test_the_worst_case_bounds_what_any_tokenizer_counts():
    body = chat(limit=100, text="Straße 12 🚀 " * 50)
    every_byte = len(json.dumps(body, ensure_ascii=False).encode())

    assert worst("openai.chat", body) == cost(Usage(every_byte, 100), FAST)
    assert worst("openai.chat", body) > cost(Usage(50 * 12, 100), FAST)


def test_an_answer_without_a_limit_may_be_as_long_as_any():
    body = chat()
    del body["max_completion_tokens"]

    assert worst("openai.chat", body) >= cost(Usage(0, MOST_OUTPUT), FAST)


def test_several_choices_are_several_answers():
    assert worst("openai.chat", chat(n=5)) > 4 * cost(Usage(0, 100), FAST)


def test_writing_into_a_cache_costs_more():
    marked = chat(text="cache_control")

    assert worst("openai.chat", marked) > worst("openai.chat", chat(text="catch_control"))


def test_a_batch_is_the_sum_of_its_requests_at_batch_prices():
    lines = "\n".join(json.dumps({"custom_id": str(n), "body": chat()}) for n in range(3))
    listed = {"requests": [{"custom_id": "a", "params": chat()}, {"custom_id": "b", "params": chat()}]}

    assert worst("openai.files", lines) == 3 * worst("openai.files", lines.splitlines()[0])
    assert worst("openai.files", lines.splitlines()[0]) < worst("openai.chat", chat())
    assert worst("anthropic.batches", listed) == 2 * worst("openai.files", lines.splitlines()[0])


@pytest.mark.parametrize(("operation", "body"), [("openai.models", None), ("anthropic.count_tokens", chat())])
def test_what_costs_nothing_reserves_nothing(operation, body):
    assert worst(operation, body) == 0


def test_the_actual_replaces_the_worst_case():
    budget = Budget(Decimal("1"))
    held = budget.reserve("openai.chat", chat())

    assert budget.held == held.most > 0
    actual = budget.settle(held, Usage(input_tokens=10, output_tokens=5))

    assert actual == cost(Usage(10, 5), FAST) < held.most
    assert (budget.held, budget.spent, budget.usage.total_tokens) == (0, actual, 15)


def test_a_call_that_broke_counts_with_its_worst_case():
    budget = Budget(Decimal("1"))
    held = budget.reserve("openai.chat", chat())

    budget.keep(held)

    assert budget.spent == held.most
    assert budget.held == 0


def test_a_call_past_the_cap_is_refused_and_holds_nothing():
    budget = Budget(worst("openai.chat", chat()) * 2)
    first = budget.reserve("openai.chat", chat())
    budget.settle(first, Usage(1, 1))
    budget.reserve("openai.chat", chat())

    with pytest.raises(SpendRefused, match="of the cap") as refused:
        budget.reserve("openai.chat", chat())

    assert budget.refused == [str(refused.value)]
    assert budget.held == worst("openai.chat", chat())


def test_an_unknown_price_is_refused_even_without_a_cap():
    with pytest.raises(SpendRefused, match="No price is known for 'gpt-99-unheard-of'"):
        Budget(None).reserve("openai.chat", chat() | {"model": "gpt-99-unheard-of"})


def test_a_request_that_names_no_model_is_refused():
    with pytest.raises(SpendRefused, match="names no model"):
        Budget(None).reserve("openai.chat", {"messages": []})


def test_no_except_exception_swallows_a_refusal():
    assert not issubclass(SpendRefused, Exception)


def test_many_callers_never_hold_more_than_the_cap():
    one = worst("openai.chat", chat())
    budget = Budget(one * 10)

    def call(_):
        try:
            budget.reserve("openai.chat", chat())
        except SpendRefused:
            return 0
        return 1

    with ThreadPoolExecutor(16) as pool:
        granted = sum(pool.map(call, range(200)))

    assert granted == 10
    assert budget.held <= budget.cap
