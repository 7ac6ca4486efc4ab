"""The examples of 05_voting run on their recordings, and every number in its chapter is a computed one."""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from grader.course import module
from grader.replay.cassette import load
from grader.review import alike
from grader.tests.examples_support import imported
from grader.tests.test_site_prose import FENCE

VOTING = module("05_voting")
ASSETS = VOTING.chapter.parent / "assets"
STORED = json.loads((ASSETS / "05_voting_numbers.json").read_text(encoding="utf-8"))
TEXT = VOTING.chapter.read_text(encoding="utf-8")
LEVELS = ["emergency", "appointment", "home"]
# What is no measurement: keys, names, an arXiv id, symbols in formulas, the two ends of a probability.
NAMES = re.compile(
    r"# 05 · |05_voting\S*|GSM8K|PaLM 540B|\barXiv \d{4}\.\d{5}|abs/\d{4}\.\d{5}|et al\..*?, 2022|"
    r"hint 05_voting \d|\$\$.*?\$\$|\$p = 0\.8\$|(?<!\$)\$[^$\d\n][^$\n]*\$|^\d\. ",
    re.DOTALL | re.MULTILINE,
)


@pytest.fixture(scope="module")
def examples() -> Iterator[Any]:
    with imported(VOTING) as modules:
        yield modules


def claims() -> list[str]:
    """Every part of the chapter's text that holds a number, with the number as it is computed."""
    said, kinds, layers = STORED["quotes"], STORED["kinds"], STORED["layers"]
    exact, simulated = STORED["independent"], STORED["simulated"]
    shares = {name: f"{share:.0%}" for name, (share, _) in (*kinds.items(), *layers.items())}
    rights = {name: f"{100 * right:g}%" for name, (_, right) in (*kinds.items(), *layers.items())}
    gains = [said[f"gain of {n}, independent"].lstrip("+") for n in (3, 5, 7, 11)]
    return [
        # Wang et al. 2022, PaLM 540B on GSM8K: greedy chain of thought against self-consistency
        "solved 74.4% of the problems in GSM8K, where a single chain had solved 56.5%.",
        "a confidence of 1.00 out of two valid votes of seven",
        f"gains {gains[0]} points with three votes, {gains[1]} with five, {gains[2]} with seven and "
        f"{gains[3]} with eleven.",
        f'"up to 22 points" in print; from {exact["1"]:.0%} there are {1 - exact["1"]:.0%}'.rstrip("%")
        + " to gain at most.",
        f"{STORED['cases']:,} made-up cases, of which {shares['clear']} are clear "
        f"(a vote is right in {rights['clear']}), "
        f"{shares['middling']} middling ({rights['middling']}) and {shares['hard']} hard ({rights['hard']}).",
        f"right in {exact['1']:.0%} of the cases, exactly as above.",
        f"climb from {exact['1']:.0%} to {exact['11']:.1%}. The simulated cases climb from "
        f"{simulated['1']:.1%} to {simulated['11']:.1%},",
        f"gain {said['gain of 7, simulated']} here, and not {gains[2]}.",
        "let every vote weigh 1 where",
        f"saves {said['saved one by one']} of the calls if you ask one at a time, "
        f"{said['saved in threes']} in waves of three, and {said['saved in fours']} in waves of four.",
        f"rules {shares['rules']} of the cases and {rights['rules']} right, six or seven votes "
        f"{shares['sure votes']} and {rights['sure votes']}, five votes {shares['likely votes']} and "
        f"{rights['likely votes']}, people {shares['people']} and {rights['people']}.",
        f"It concludes {said['claimed']}.",
        f"is {said['layers']}; for {said['claimed']} the large layer would have to be right in "
        f"{said['needed']} of its cases.",
        f"nothing makes {rights['sure votes']} true.",
        f"agree on {said['sure, share']} of the cases, and are right in {said['sure, right']} of these.",
        f"So {said['sure and wrong']} of all cases",
        f"list price {said['seven votes']} for 1,000 cases, where one vote each costs {said['one vote']}.",
    ]


def test_every_number_in_the_chapter_is_the_computed_one() -> None:
    """Each claim stands in the text, word for word, and no number stands outside of a claim."""
    rest = FENCE.sub("", TEXT)
    for claim in claims():
        assert claim in TEXT, f"the chapter does not say {claim!r}; the numbers: grader lab 05_voting"
        rest = rest.replace(claim, " ")

    left = [each.strip() for each in NAMES.sub(" ", rest).splitlines() if re.search(r"\d", each)]
    assert [each for each in left if "--8<--" not in each] == [], "numbers held to no computation"


def test_the_stored_numbers_are_the_labs(examples: Any) -> None:
    """What the chapter shows is what `grader lab 05_voting` computes today, table and figure included."""
    found = examples.lab.numbers()

    assert json.loads(json.dumps(found)) == STORED
    assert examples.lab.table(found) == (ASSETS / "05_voting_table.txt").read_text(encoding="utf-8")


def test_the_figure_is_drawn_from_the_stored_numbers(
    examples: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """The same numbers give the same figure, in which the simulated curve lies below the exact one."""
    pytest.importorskip("matplotlib")
    monkeypatch.setattr(examples.lab, "ASSETS", tmp_path)
    by_size = {name: {int(n): v for n, v in STORED[name].items()} for name in ("independent", "simulated")}
    examples.lab.draw(by_size)

    drawn = (tmp_path / "05_voting_accuracy.svg").read_text(encoding="utf-8")
    assert drawn == (ASSETS / "05_voting_accuracy.svg").read_text(encoding="utf-8")
    assert all(by_size["simulated"][n] < by_size["independent"][n] for n in examples.lab.SIZES)


def test_the_arithmetic_of_independent_voters_is_exact(examples: Any) -> None:
    """The formula agrees with counting all outcomes, and no number of votes gains more than there is."""
    for n in (1, 3, 5):
        outcomes = itertools.product((True, False), repeat=n)
        counted = sum(0.8 ** sum(each) * 0.2 ** (n - sum(each)) for each in outcomes if 2 * sum(each) > n)
        assert examples.lab.independent(n) == pytest.approx(counted)

    gains = [round(100 * (examples.lab.independent(n) - 0.8), 1) for n in (3, 5, 7, 11)]
    assert gains == [9.6, 14.2, 16.7, 18.8]
    assert examples.lab.independent(201) - 0.8 < 0.2


def test_the_layers_add_up_to_less_than_the_source_says(examples: Any) -> None:
    """98.12 % and not 99.2 %: shares add up to one, and with the needed accuracy the claim would hold."""
    lab = examples.lab
    assert sum(share for share, _ in lab.LAYERS.values()) == pytest.approx(1)
    assert lab.layered() == pytest.approx(0.9812, abs=1e-9)

    wished = {**lab.LAYERS, "sure votes": (0.75, lab.needed())}
    assert lab.layered(wished) == pytest.approx(lab.CLAIMED)


def test_the_simulated_voter_is_as_good_as_the_independent_one(examples: Any) -> None:
    """Both curves begin with the same average voter: the difference is what the votes share."""
    lab = examples.lab
    assert sum(share * right for share, right in lab.KINDS.values()) == pytest.approx(lab.RIGHT)
    assert STORED["simulated"]["1"] == pytest.approx(lab.RIGHT, abs=0.015)


def test_stopping_early_changes_calls_and_nothing_else(examples: Any) -> None:
    """The accuracy is that of all seven votes; waves of four save more than waves of three."""
    waves, full = STORED["waves"], STORED["simulated"]["7"]

    assert {wave["accuracy"] for wave in waves.values()} == {full}
    assert waves["1"]["saved"] > waves["4"]["saved"] > waves["3"]["saved"] > 0
    found = examples.lab.cases(300)
    for case in found:
        asked = examples.lab.asked_early(case, 1)
        said = examples.lab.voting.majority([*case.votes[:asked]], LEVELS).winner
        assert said == examples.lab.voting.majority([*case.votes[:7]], LEVELS).winner


def test_seven_votes_are_paid_for_seven_times() -> None:
    """The bill is that of the recorded usage."""
    bill = {name: Decimal(value) for name, value in STORED["bill"].items()}
    assert bill["seven"] == pytest.approx(7 * bill["one"])


def test_the_naive_vote_fails_as_the_chapter_says(examples: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """A tie by arrival, a sentence that counts, one failure for all: all three on recordings."""
    examples.naive_demo.main()

    printed = capsys.readouterr().out
    tied = [line.split(":")[1].split(",")[0].strip() for line in printed.splitlines()[:2]]
    assert len(set(tied)) == 2
    assert "counts for home" in printed
    assert "BadRequestError" in printed


def counts(name: str) -> list[int]:
    """How often each label was said in a recording, dress taken off, the most frequent first."""
    said = [step.reply.text for step in load(VOTING.cassette(name)).steps if step.reply.status == 200]
    labels = [(text or "").strip("\"'`“”. \n").casefold() for text in said]
    return sorted(Counter(label for label in labels if label in LEVELS).values(), reverse=True)


def test_the_recordings_hold_what_they_are_named_for() -> None:
    """The checks compute what to expect from a recording: here is what makes each of them worth playing."""
    assert counts("unanimous") == [7]
    assert counts("six_of_seven") == [6, 1]
    assert counts("five_of_seven") == [5, 2]
    assert counts("five_and_no_more") == [5]
    assert counts("four_and_no_more") == [4]
    assert max(counts("split")) < 5
    assert len(set(counts("tied")[:2])) == 1
    assert sum(counts("nearly_silent")) < 4
    assert counts("three_splits") == [7, 7, 7] or max(counts("three_splits")) < 12
    assert sum(counts("some_fail")) == 4


def test_a_slip_is_one_letter() -> None:
    """Wrong, missing, too many, swapped: one of these, and only in words of four letters or more."""
    assert all(
        alike(word, "pain") for word in ("pain", "pian", "pin", "paain", "paim", "apin", "pains", "ain")
    )
    assert not any(alike(word, "pain") for word in ("painting", "pani c", "nip", "pa", "paining", "inpa", ""))
    assert alike("out", "out")
    assert not alike("oat", "out")
