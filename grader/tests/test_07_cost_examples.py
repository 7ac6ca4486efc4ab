"""The examples of 07_cost: each number in its chapter is computed, and guards hold between processes."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from grader import meter
from grader.course import module
from grader.models import model
from grader.replay.cassette import load
from grader.tests.examples_support import imported
from grader.tests.test_site_prose import FENCE

COST = module("07_cost")
ASSETS = COST.chapter.parent / "assets"
STORED = json.loads((ASSETS / "07_cost_numbers.json").read_text(encoding="utf-8"))
TEXT = COST.chapter.read_text(encoding="utf-8")
# What is no measurement: keys, names and the numbers of a list.
NAMES = re.compile(r"# 07 · |07_cost\S*|hint 07_cost \d|^\d\. ", re.MULTILINE)
NOW = 1_000_000.0


@pytest.fixture(scope="module")
def examples() -> Iterator[Any]:
    with imported(COST) as modules:
        yield modules


def claims(lab: Any) -> list[str]:
    """Every part of the chapter's text that holds a number, with the number as it is computed."""
    said, levers, runaway = STORED["quotes"], lab.levers, lab.runaway
    limits, shrunk = runaway.LIMITS, round(levers.SYSTEM * levers.SQUEEZED)
    nothing, budget, both = (said[f"night, {way}"] for way in runaway.WAYS)
    calls = [said[f"calls, {way}"] for way in runaway.WAYS]
    return [
        f"{levers.COUNT:,} requests in six hours to the balanced tier, with {levers.SYSTEM:,} tokens of",
        f"sends {levers.EASY:.0%} of them to the fast tier, the output limit is {levers.LONGEST} tokens, "
        f"compression halves the input, and {levers.PATIENT:.0%} can wait for a batch.",
        f"you expect {said['multiplied']} together; it is {said['together']}.",
        f"shrinks the rules to {shrunk} tokens",
        f"below its minimum, and here that is {lab.minimum():,}.",
        f"The four others save {said['all but compression']},",
        f"caching saves {said['short prompt']} of a prompt with {levers.SHORT} tokens of rules",
        f"in one transaction, {int(lab.callers.LIMITS['hour'] / lab.callers.EACH)} of them get it,",
        f"climbs to {nothing}. With a budget it stops at {budget}. With budget and switch it ends within the "
        f"first minute, at {both}.",
        f"nine workers, {said['each call']} for each call.",
        f"The budget is ${limits['hour']} an hour and ${limits['day']} a day,",
        f"{calls[0]} calls become {calls[1]} with the budget, and {calls[2]} with the switch.",
        f"These {calls[2]} include the nine",
    ]


def test_every_number_in_the_chapter_is_the_computed_one(examples: Any) -> None:
    """Each claim stands in the text, word for word, and no number stands outside of a claim."""
    rest = FENCE.sub("", TEXT)
    for claim in claims(examples.lab):
        assert claim in TEXT, f"the chapter does not say {claim!r}; the numbers: grader lab 07_cost"
        rest = rest.replace(claim, " ")

    left = [each.strip() for each in NAMES.sub(" ", rest).splitlines() if re.search(r"\d", each)]
    assert [each for each in left if "--8<--" not in each] == [], "numbers held to no computation"


def test_the_stored_numbers_are_the_labs(
    examples: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """What the chapter shows is what `grader lab 07_cost` computes today, table and figure included."""
    pytest.importorskip("matplotlib")
    found = examples.lab.numbers()
    monkeypatch.setattr(examples.lab, "ASSETS", tmp_path)
    examples.lab.draw(found)

    assert json.loads(json.dumps(found)) == STORED
    assert examples.lab.table(found) == (ASSETS / "07_cost_table.txt").read_text(encoding="utf-8")
    drawn = (tmp_path / "07_cost_runaway.svg").read_text(encoding="utf-8")
    assert drawn == (ASSETS / "07_cost_runaway.svg").read_text(encoding="utf-8")


def test_savings_do_not_multiply(examples: Any) -> None:
    """Together they save less than the product, less without compression, and nothing below the minimum."""
    levers = STORED["levers"]

    assert levers["together"] < levers["multiplied"]
    assert levers["without"]["compression"] > levers["together"]
    assert levers["without"]["caching"] == levers["together"]
    assert levers["short prompt"] == 0
    assert examples.levers.SHORT < examples.lab.minimum() < examples.levers.SYSTEM


def test_the_night_stays_below_its_budget(examples: Any) -> None:
    """On the scale of the story: some 2,700 dollars without a guard, at most a hundred with the budget."""
    night = {way: Decimal(dollars) for way, dollars in STORED["night"]["dollars"].items()}

    assert 2600 < night["nothing"] < 2800
    assert night["budget and switch"] < night["budget"] <= examples.runaway.LIMITS["day"]
    # The prompt is as long in bytes as four letters a token make it: the worst case covers the call.
    assert Decimal(STORED["night"]["worst"]) > Decimal(STORED["night"]["each"])


def test_callers_of_several_processes_never_pass_the_budget(examples: Any) -> None:
    """150 callers in three processes want ten cents each, where there are ten dollars."""
    assert examples.lab.crowd("reserve", processes=3, threads=50) == 100


def test_the_naive_budget_fails_as_the_chapter_says(
    examples: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """A reply that is no JSON is free, two callers pass together, a restart fills the budget."""
    examples.naive_demo.main()

    json_, together, restarted = capsys.readouterr().out.splitlines()
    paid, budget = (Decimal(found) for found in re.findall(r"\$([\d.]+\d)", together))
    assert "JSONDecodeError, $0 booked" in json_
    assert paid > budget
    assert "$0 booked" in restarted


def test_a_microsecond_count_is_one(examples: Any) -> None:
    """The lab times real checks."""
    assert examples.lab.microseconds(3) > 0


def test_the_recordings_hold_what_they_are_named_for() -> None:
    """The checks compute what to expect from a recording: here is what makes each of them worth playing."""
    for name in ("usage_openai", "usage_anthropic"):
        replies = [step.reply for step in load(COST.cassette(name)).steps]
        assert [bool(reply.usage.cache_write_tokens) for reply in replies] == [
            False,
            True,
            False,
            False,
            False,
        ]
        assert [bool(reply.usage.cached_tokens) for reply in replies] == [False, False, True, False, False]
        assert replies[3].finish == "length"
        assert replies[4].text == "" or replies[4].finish == "content_filter"
    assert load(COST.cassette("usage_deepseek")).steps[1].reply.usage.cached_tokens > 0
    with pytest.raises(ValueError, match="Expecting"):
        json.loads(load(COST.cassette("talks")).steps[0].reply.text)


def test_a_store_keeps_what_is_committed(tmp_path: Any) -> None:
    """A statement outside of BEGIN is kept, and a transaction without COMMIT is undone."""
    path = str(tmp_path / "guard.sqlite")
    with meter.opened(path) as store:
        store.execute("INSERT INTO bucket VALUES ('ada', 1, 1)")
        store.execute("BEGIN IMMEDIATE")
        store.execute("INSERT INTO bucket VALUES ('bob', 1, 1)")
    with meter.opened(path) as store:
        assert store.execute("SELECT user FROM bucket").fetchall() == [("ada",)]
    with pytest.raises(sqlite3.Error), meter.opened(str(tmp_path)):
        pass


def test_hours_are_those_before_now(tmp_path: Any) -> None:
    """Each hour has what was spent in it; open reservations are in none, expired ones where they expired."""
    path = str(tmp_path / "guard.sqlite")
    assert meter.hours(path, NOW) == ([], Decimal(0))
    rows = [("1", NOW - 10, "2", NOW - 5), ("1", NOW, "3", NOW - 3600), ("4", NOW - 7300, None, None),
            ("8", NOW + 1, None, None), ("16", NOW, None, None)]  # fmt: skip
    with meter.opened(path) as store:
        query = "INSERT INTO spend (tenant, reserved, expires, spent, closed) VALUES ('shop', ?, ?, ?, ?)"
        store.executemany(query, rows)

    assert meter.hours(path, NOW) == ([Decimal(4), Decimal(3)], Decimal(18))


def test_a_bound_is_never_too_low() -> None:
    """One byte a token: other scripts have several bytes for a letter, and what has no text counts too."""
    said = {"model": model("fast"), "messages": [{"role": "user", "content": "日本"}]}

    assert meter.bound(said) > meter.bound({**said, "messages": []}) + len("日本".encode())
    assert meter.bound({**said, "tools": [{"name": "look"}]}) > meter.bound(said)


def test_an_audit_line_says_who_and_why(tmp_path: Any) -> None:
    """Blanks are refused before anything is written."""
    path = str(tmp_path / "guard.sqlite")
    for who, why in (("", "x"), ("ada", " ")):
        with pytest.raises(ValueError, match="Say who"):
            meter.log(path, NOW, who, "close", why)
    meter.log(path, NOW, "ada", "close", "x")

    with meter.opened(path) as store:
        assert store.execute("SELECT at, who, action, why FROM switch").fetchall() == [
            (NOW, "ada", "close", "x")
        ]
