"""Every number in chapter 04 is computed, cited, or a name; none is typed in and forgotten."""

from __future__ import annotations

import re
import sys
from datetime import date

import pytest

from grader.course import module
from grader.tests.test_site_prose import FENCE

COT = module("04_cot")
EXAMPLES = COT.examples
TEXT = COT.chapter.read_text(encoding="utf-8")
# What is no measurement: years, names with numbers in them, status codes, symbols in formulas.
NAMES = re.compile(
    r"httpx2|"
    r"# 04 · |04_cot\S*|task \d|\bCtrl\+\w|\b504\b|PaLM 540B|GSM8K|\barXiv \d{4}\.\d{5}|abs/\d{4}\.\d{5}"
    r"|\b20(?:22|23|24)\b|hint 04_cot \d|\$\$.*?\$\$|(?<!\$)\$[^$\d\n][^$\n]*\$",
    re.DOTALL,
)


@pytest.fixture(scope="module")
def lab():
    """The chapter's lab and examples, imported as they are when the lab is run."""
    before = set(sys.modules)
    sys.path.insert(0, str(EXAMPLES))
    try:
        import lab
        import refund
        import refund_order

        yield lab, refund, refund_order
    finally:
        sys.path.remove(str(EXAMPLES))
        for name in set(sys.modules) - before:
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(EXAMPLES)):
                del sys.modules[name]


def claims(lab, refund, orders) -> list[str]:
    """Every sentence part of the chapter that holds a number, with the number as it is computed now."""
    ways = lab.ways()
    once, chain, stream = ways
    legs, speeds = (2.5, 1.5), (60, 80)
    assert once.answer.startswith(f"{sum(speeds) / 2:.0f}"), "the wrong answer is no longer the plain mean"
    assert chain.answer.startswith(f"{sum(map(lambda t, v: t * v, legs, speeds)) / sum(legs):.1f}")
    assert stream.last < chain.last / 2
    assert round(chain.usage.total_tokens / stream.usage.total_tokens) == 7
    late = (orders.JACKET.asked - orders.JACKET.bought).days - refund.POLICY["changed_mind"]
    apart = (orders.LATE_HINGE.asked - orders.HINGE.asked).days
    days = refund.POLICY
    bought, asked = orders.JACKET.bought, orders.JACKET.asked
    return [
        # Wei et al. 2022, PaLM 540B on GSM8K, standard prompting against chain of thought
        "from 17.9% to 56.9% of",
        f"for {days['defective']} days, unwanted ones for {days['changed_mind']}, "
        f"and goods damaged in shipping for {days['damaged_in_shipping']}.",
        f"on {written(bought)} {bought.year} prefers another one, and asks for a refund on {written(asked)}.",
        f"a refund that is {late} days late.",
        f"the second one {apart} days later",
        f"At once: the answer after {once.last:.1f} s.",
        f"the first after {chain.first:.1f} s, the answer after {chain.last:.1f} s.",
        f"the first after {stream.first:.1f} s, the answer after {stream.last:.1f} s.",
        *(row(way) for way in ways),
        f"wrong: {once.answer.split()[0]} is the mean",
        f"takes {chain.usage.total_tokens / once.usage.total_tokens:.0f} times the tokens",
    ]


def written(day: date) -> str:
    return f"{day.day} {day:%B}"


def row(way) -> str:
    """A way to ask, as its row in the chapter's table."""
    first = f"{way.first:.1f} s | " if len(way.seen) > 1 else "| "
    return (
        f"| {way.name} | {way.calls} | {first}{way.last:.1f} s | {way.usage.total_tokens:,} "
        f"| ${way.dollars:.6f} | {way.answer} |"
    )


def test_every_number_in_the_chapter_is_the_computed_one(lab):
    """Each claim stands in the text, word for word, and no number stands outside of a claim."""
    rest = FENCE.sub("", TEXT)
    for claim in claims(*lab):
        assert claim in TEXT, f"the chapter does not say {claim!r}; the numbers: grader lab 04_cot"
        rest = rest.replace(claim, " ")

    left = [line.strip() for line in NAMES.sub(" ", rest).splitlines() if re.search(r"\d", line)]
    assert left == [], "numbers that nothing holds to a computation"


def test_words_for_numbers_agree_with_the_recordings(lab):
    """The figure's description counts the steps that the recordings hold."""
    _, chain, stream = lab[0].ways()
    words = {4: "four", 7: "seven"}

    assert f"{words[len(chain.seen)]} steps, the first" in TEXT
    assert f"{words[len(stream.seen)]} steps, the first" in TEXT
    assert "a seventh of the chain's tokens and in less than half of its time" in TEXT


def test_half_of_the_chains_tokens_are_its_history(lab):
    """What a chain sends beyond its first prompt, in every call, is what was said before."""
    from grader.replay.cassette import load

    steps = load(COT.cassette("train")).steps
    first, total = steps[0].reply.usage.input_tokens, lab[0].ways()[1].usage
    history = total.input_tokens - len(steps) * first

    assert round(history / total.total_tokens, 1) == 0.5
    assert "half of them are its own history" in TEXT


def test_formula_is_the_sum_it_says():
    """Both sides of the chapter's formula agree, and doubling the steps quadruples the history."""

    def sent(n: int, p: int = 80, s: int = 45) -> int:
        return sum(p + (k - 1) * s for k in range(1, n + 1))

    def history(n: int) -> float:
        return n * (n - 1) / 2

    assert all(sent(n) == n * 80 + history(n) * 45 for n in range(1, 40))
    assert history(2000) / history(1000) == pytest.approx(4, rel=0.01)
