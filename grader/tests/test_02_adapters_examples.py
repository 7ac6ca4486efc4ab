"""The examples of 02_adapters run, its usage agrees with a table made by hand, its chapter with its lab."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from grader.course import module
from grader.models import Usage, cost, model
from grader.replay.cassette import load
from grader.tests.examples_support import imported
from grader.tests.test_site_prose import FENCE

ADAPTERS = module("02_adapters")
TEXT = ADAPTERS.chapter.read_text(encoding="utf-8")
# What is no measurement: chapters, statuses, and literals that the text discusses.
NAMES = re.compile(r"# 02 · |chapter 00|00_start|02_adapters(?: 1\b)?|\((?:03|04|07|08)\)|Llama 3"
                   r"|max_retries=0|\b(?:400|401|403|408|429|500|504|529)\b")  # fmt: skip

# Recording, step, then by hand from the vendors' wire rules, looking at the recorded body:
# everything sent, received, read from the cache, written to it, reasoned.
BY_HAND = [
    ("usage_openai", 1, Usage(18, 5)),
    ("usage_openai", 2, Usage(1359, 4, 0, 1280)),  # written to the cache: inside of the 1,359
    ("usage_openai", 3, Usage(1359, 5, 1280)),  # read from the cache: inside as well
    ("usage_openai", 4, Usage(12, 6)),  # cut short by the limit of 6
    ("usage_openai", 5, Usage(12, 7)),  # refused; the refusal's words are paid
    ("usage_openai", 6, Usage(16, 70, 0, 0, 64)),  # 64 of the 70 were thought, not said
    ("usage_anthropic", 1, Usage(24, 7)),
    ("usage_anthropic", 2, Usage(15 + 1763, 8, 0, 1763)),  # written: beside the 15
    ("usage_anthropic", 3, Usage(15 + 1763, 4, 1763)),  # read: beside the 15
    ("usage_anthropic", 4, Usage(16, 6)),  # cut short
    ("usage_anthropic", 5, Usage(16, 10)),  # refused
    ("usage_anthropic", 6, Usage(21, 27, 0, 0, 19)),  # a thinking block first
    ("usage_deepseek", 1, Usage(1359, 4)),
    ("usage_deepseek", 2, Usage(15 + 1344, 5, 1344)),  # misses and hits
    ("usage_llama", 1, Usage(10, 5)),
    ("usage_cut", 1, Usage()),  # half a body reports nothing
]
# A batch's results are lines, in no order: by their request, counted by hand in the same way.
BATCHED = {
    "turn-0": Usage(24, 7),
    "turn-1": Usage(15 + 1763, 8, 0, 1763),  # written: beside the 15
    "turn-2": Usage(15 + 1763, 4, 1763),  # read: beside the 15
    "turn-3": Usage(21, 27, 0, 0, 19),  # a thinking block first
}


@pytest.fixture(scope="module")
def examples() -> Iterator[Any]:
    with imported(ADAPTERS) as modules:
        yield modules


@pytest.fixture(scope="module")
def solved(examples) -> Any:
    return examples.business.reference()


@pytest.mark.parametrize(("cassette", "number", "counted"), BY_HAND, ids=lambda value: str(value)[:16])
def test_usage_agrees_with_the_table_made_by_hand(solved, cassette, number, counted):
    """The reference reads each recorded body as a person does who has the vendor's document open."""
    body = load(ADAPTERS.cassette(cassette)).steps[number - 1].reply.json

    assert solved.usage_of(cassette.removeprefix("usage_").replace("cut", "openai"), body) == counted


def test_the_table_covers_every_recorded_body():
    """Each recorded body that counts anything has its line in the table."""
    names = {cassette for cassette, _, _ in BY_HAND}
    recorded = {(name, step.number) for name in names for step in load(ADAPTERS.cassette(name)).steps}

    assert {(cassette, number) for cassette, number, _ in BY_HAND} == recorded
    assert len(recorded) >= 12


def test_a_batch_counts_the_same_and_costs_half(solved):
    """The tokens of a batched request are not fewer: the discount is the price table's."""
    results = load(ADAPTERS.cassette("usage_batch")).steps[-1].reply.raw
    messages = {
        line["custom_id"]: line["result"]["message"] for line in map(json.loads, results.splitlines())
    }
    counted = {name: solved.usage_of("anthropic", message) for name, message in messages.items()}

    assert {message["usage"]["service_tier"] for message in messages.values()} == {"batch"}
    assert counted == BATCHED
    for usage in counted.values():
        half = cost(usage, model("balanced", "anthropic"), batch=True)
        assert half == cost(usage, model("balanced", "anthropic")) / 2


def test_the_naive_program_meets_a_thinking_block(examples, capsys):
    """The chapter's opening holds: the first block of the recorded reply has no text."""
    examples.naive.main()

    assert capsys.readouterr().out == "AttributeError: 'ThinkingBlock' object has no attribute 'text'\n"


def test_the_business_function_is_the_exercises_own(examples):
    """What the chapter shows is, line for line, what the learner's file holds."""

    def source(path: Any) -> str:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        return next(ast.unparse(node) for node in tree.body if getattr(node, "name", "") == "extract_user")

    assert source(ADAPTERS.examples / "protocol.py") == source(ADAPTERS.starter)
    assert examples.protocol.extract_user(examples.protocol.canned, "?")["name"] == "Ada"


def test_one_business_function_runs_on_four_providers(examples, capsys):
    """Each line is one provider's, and all found a user."""
    examples.business.main()

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["openai", "anthropic", "deepseek", "llama"]
    assert all("ada@engine.example" in line for line in lines)


def test_both_recordings_hold_the_same_conversation():
    """Ten questions, the same replies: only what was sent again differs."""
    every, few = (load(ADAPTERS.cassette(name)).steps for name in ("ten_turns", "ten_turns_windowed"))

    assert len(every) == len(few) == 10
    assert [step.reply.text for step in every] == [step.reply.text for step in few]
    asked = [[step.request["body"]["messages"][-1] for step in steps] for steps in (every, few)]
    assert asked[0] == asked[1]


def test_the_window_is_cheaper_by_less_than_it_is_shorter(examples):
    """The chapter's reason: replies are not shortened, and they are dearer than what is sent."""
    every, few = (examples.lab.price(name) for name in ("ten_turns", "ten_turns_windowed"))
    sent = [sum(examples.lab.sent(name)) for name in ("ten_turns", "ten_turns_windowed")]

    assert 0 < 1 - few / every < 1 - Decimal(sent[1]) / sent[0]


def claims(found: dict[str, Any]) -> list[str]:
    """Every part of a sentence that holds a number, with the number as it is computed now."""
    quotes, sent = found["quotes"], found["sent"]
    every, few = sent["everything"], sent["three turns"]
    return [
        f"grow from {every[0]} to {every[-1]} tokens",
        f"stay below {max(few) + 1}.",
        f"has {quotes['sent, cached prompt']} tokens,",
        f"`input_tokens` says {quotes['input_tokens of it']}.",
        f"seems to cost {quotes['DeepSeek hits ignored']} what it costs",
        *(f"| {way} | {quotes[f'all, {way}']} | {quotes[f'last, {way}']} | {quotes[f'cost, {way}']} |"
          for way in sent),
        f"sends {quotes['input saved']} less and costs {quotes['cost saved']} less",
    ]  # fmt: skip


def test_every_number_in_the_chapter_is_the_computed_one(examples):
    """Each claim stands in the text, word for word, and no number stands outside of a claim."""
    rest = FENCE.sub("", TEXT)
    for claim in claims(examples.lab.numbers()):
        assert claim in TEXT, f"the chapter does not say {claim!r}; the numbers: grader lab 02_adapters"
        rest = rest.replace(claim, " ")

    left = [line.strip() for line in NAMES.sub(" ", rest).splitlines() if re.search(r"\d", line)]
    assert left == [], "numbers that nothing holds to a computation"


def test_the_written_numbers_and_the_figure_are_the_labs(examples, monkeypatch, tmp_path, capsys):
    """What the book shows is what `grader lab 02_adapters` writes today, and it prints both ways."""
    kept = examples.lab.ASSETS
    monkeypatch.setattr(examples.lab, "ASSETS", tmp_path)
    assert examples.lab.main() == 0

    for name in ("02_adapters_window.svg", "02_adapters_numbers.json"):
        assert (tmp_path / name).read_text(encoding="utf-8") == (kept / name).read_text(encoding="utf-8")
    assert (
        json.loads((kept / "02_adapters_numbers.json").read_text(encoding="utf-8")) == examples.lab.numbers()
    )
    printed = capsys.readouterr().out
    assert [way for way in examples.lab.WAYS if way not in printed] == []
