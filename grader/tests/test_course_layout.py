"""Where things are, and what models cost: the two tables everything else reads."""

from __future__ import annotations

from decimal import Decimal

import pytest

from grader import course
from grader.models import TIERS, UnknownPrice, UnknownTier, Usage, _table, capabilities, cost, model, tier_of


@pytest.fixture
def small_course(tmp_path):
    for key in ("04_cot", "42_answer", "notes", "7_short"):
        (tmp_path / "exercises" / key).mkdir(parents=True)
    return tmp_path


def test_modules_are_the_numbered_folders_in_order(small_course):
    assert [m.key for m in course.modules(small_course)] == ["04_cot", "42_answer"]


@pytest.mark.parametrize(
    "name", ["04_cot", "cot", "04", "4", "exercises/04_cot", "exercises/04_cot/", "test_cot.py"]
)
def test_a_module_answers_to_all_its_names(small_course, name):
    assert course.module(name, small_course).key == "04_cot"


def test_an_unknown_module_lists_the_known_ones(small_course):
    with pytest.raises(course.UnknownModule, match="Known modules: 04_cot, 42_answer"):
        course.module("05_voting", small_course)


def test_a_file_knows_its_module(small_course):
    module = course.module("42", small_course)

    assert course.module_of(module.wrong_folder / "x.py", small_course) == module
    assert course.module_of(small_course / "README.md", small_course) is None


def test_every_tier_names_a_model_that_the_table_describes_and_can_price():
    for provider in _table()["tiers"]:
        for tier in TIERS:
            name = model(tier, provider)
            assert capabilities(name).provider == provider
            assert cost(Usage(1000, 100), name) >= 0


def test_unknown_tiers_and_providers_list_the_known_ones():
    with pytest.raises(UnknownTier, match="fast, balanced, smart"):
        model("huge")
    with pytest.raises(UnknownTier, match="openai, anthropic"):
        model("fast", "acme")
    assert tier_of("no-such-model") is None


def test_cost_follows_the_price_table():
    # gpt-6-luna: $0.10 per million in, $0.50 out; a cached token costs a tenth.
    fresh = cost(Usage(1_000, 1_000), "gpt-6-luna")
    cached = cost(Usage(1_000, 1_000, cached_tokens=1_000), "gpt-6-luna")

    assert fresh == Decimal("0.0006")
    assert cached == Decimal("0.00051")
    assert cost(Usage(1_000, 1_000), "gpt-6-luna", batch=True) == fresh / 2


def test_an_unknown_price_is_refused_not_zero():
    with pytest.raises(UnknownPrice, match="'no-such-model'"):
        cost(Usage(1, 1), "no-such-model")


def test_usage_adds_up():
    assert Usage(1, 2, 3, 4, 5) + Usage(1, 1, 1, 1, 1) == Usage(2, 3, 4, 5, 6)
    assert (Usage(10, 5) + Usage(1, 1)).total_tokens == 17
