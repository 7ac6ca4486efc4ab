"""The examples of 01_gigo run, its prompts agree, and every number in its chapter is the lab's."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from grader.course import module
from grader.models import model
from grader.prove.reading import checks
from grader.replay.cassette import load
from grader.tests.examples_support import imported
from grader.tests.test_site_prose import FENCE

GIGO = module("01_gigo")
TEXT = GIGO.chapter.read_text(encoding="utf-8")
INJECTIONS = json.loads((GIGO.exercise / "injections.json").read_text(encoding="utf-8"))
BANK = json.loads((GIGO.exercise / "bank.json").read_text(encoding="utf-8"))
# What is no measurement: names with numbers in them, other chapters, and literals that the text discusses.
NAMES = re.compile(
    r"# 01 · |chapter 00|00_start|01_gigo\w*(?: 1\b)?|\((?:03|04|07)\)|and 08 explains|`deposit-9`|seed 1;"
    r"|from 0 to 1;|writes 95 means"
)


@pytest.fixture(scope="module")
def examples() -> Iterator[Any]:
    with imported(GIGO) as modules:
        yield modules


@pytest.fixture(scope="module")
def found(examples) -> Any:
    return examples.lab.numbers(examples.day.day())


def test_the_cascade_saves_what_was_to_be_saved(examples):
    """64 % less than one call with the whole handbook is the least that the module promises."""
    ways = examples.lab.ways(examples.day.day())

    assert 1 - ways["cascade"] / ways["whole handbook"] >= Decimal("0.64")


def test_a_warm_cache_beats_the_cascade_and_the_chapter_says_so(examples):
    """If prices change so that this no longer holds, the chapter's sentences have to change."""
    came = examples.day.day()
    ways = examples.lab.ways(came)

    assert ways["passed on"] < ways["whole handbook, cached"] < ways["cascade"] < ways["whole handbook"]
    assert ways["cascade"] < examples.lab.larger(came, 10)


def claims(found: dict[str, Any], examples: Any) -> list[str]:
    """Every part of a sentence that holds a number, with the number as it is computed now."""
    each, day, quotes, ended = found["per_query"], found["per_day"], found["quotes"], found["ended"]
    cents = {name: f"{100 * float(dollars[1:]):.4f}" for name, dollars in each.items()}
    free = sum(kind.percent for kind in examples.day.MIX if kind.tier in ("faq", "refused"))
    people = sum(kind.percent for kind in examples.day.MIX if kind.tier == "person")
    read = max(step.reply.usage.cached_tokens for step in examples.lab.steps("whole_handbook"))
    against = {"passed on": "saving against passing on", "whole handbook": "saving",
               "whole handbook, cached": "saving against a warm cache"}  # fmt: skip
    more = quotes["saving against a warm cache"].removeprefix("-")
    return [
        f"holds {len(INJECTIONS)} queries",
        f"A day of {found['queries']:,} queries",
        f"{found['queries']:,} queries with the shares above, seed {examples.day.SEED};",
        f"Cents per query: passed on {cents['passed on']}, whole handbook {cents['whole handbook']}, "
        f"whole handbook cached {cents['whole handbook, cached']}, cascade {cents['cascade']}.",
        f"FAQ {ended['faq']}, smart tier {ended['smart']}, person {ended['person']}, "
        f"refused {ended['refused']}.",
        *(f"| {name} | {each[name]} | {day[name]} | {quotes[key]} |" for name, key in against.items()),
        f"| cascade | {each['cascade']} | {day['cascade']} | |",
        f"the cascade saves {quotes['saving']}.",
        f"{free} of 100 queries need no model",
        f"{people} of 100 queries end with a person",
        f"takes {quotes['part of the fast tier']} of the cascade's cost",
        f"where {read:,} tokens of the whole handbook's prompt",
        f"the cascade costs {more} more.",
        f"ten times as long costs {quotes['cached, ten times the handbook']} per query",
        f"chapters of this length, saves {quotes['saving, ten times the handbook']}.",
    ]


def test_every_number_in_the_chapter_is_the_computed_one(found, examples):
    """Each claim stands in the text, word for word, and no number stands outside of a claim."""
    rest = FENCE.sub("", TEXT)
    for claim in claims(found, examples):
        assert claim in TEXT, f"the chapter does not say {claim!r}; the numbers: grader lab 01_gigo"
        rest = rest.replace(claim, " ")

    left = [line.strip() for line in NAMES.sub(" ", rest).splitlines() if re.search(r"\d", line)]
    assert left == [], "numbers that nothing holds to a computation"


def test_words_for_numbers_agree_with_the_bank(found):
    """One chapter of six, once with two corrections: counted where they are written."""
    assert len(BANK["handbook"]) == 6
    assert "one chapter of the handbook instead of six" in TEXT
    assert sum(found["mix"].values()) == 100


def test_the_written_numbers_and_the_figure_are_the_labs(found, examples, monkeypatch, tmp_path, capsys):
    """What the book shows is what `grader lab 01_gigo` writes today; it prints every way and every tier."""
    kept = examples.lab.ASSETS
    monkeypatch.setattr(examples.lab, "ASSETS", tmp_path)
    assert examples.lab.main() == 0

    assert json.loads((kept / "01_gigo_numbers.json").read_text(encoding="utf-8")) == found
    for name in ("01_gigo_day.svg", "01_gigo_numbers.json"):
        assert (tmp_path / name).read_text(encoding="utf-8") == (kept / name).read_text(encoding="utf-8")
    printed = capsys.readouterr().out
    assert [way for way in (*found["per_query"], *found["ended"]) if way not in printed] == []


def test_a_kind_is_priced_by_a_recording_of_its_own_query(examples):
    """The cascade's recordings hold the very query of their kind, and end where the mix says."""
    for kind in examples.day.MIX:
        recorded = load(GIGO.cassette(kind.cassette)).steps if kind.cassette else []
        for step in recorded:
            assert kind.query in step.request["body"]["messages"][1]["content"], kind.name
        assert bool(recorded) == (kind.tier in ("smart", "person"))
    for name in ("passed_on", "whole_handbook"):
        steps = load(GIGO.cassette(name)).steps
        asked = [step.request["body"]["messages"][-1]["content"] for step in steps]
        assert all(kind.query in words for kind, words in zip(examples.day.MIX, asked, strict=True))
        assert {step.facts.model for step in steps} == {model("smart")}


def test_the_day_is_the_same_for_everybody(examples):
    """The lot is seeded: every run counts the same queries, close to the shares of the mix."""
    came = examples.day.day()

    assert came == examples.day.day()
    assert sum(came.values()) == examples.day.QUERIES
    assert all(
        abs(came[kind] / examples.day.QUERIES - kind.percent / 100) < 0.005 for kind in examples.day.MIX
    )


def test_calls_that_failed_the_check_are_priced(examples):
    """A kind that was corrected, or never valid, costs all of its calls."""
    costs = {kind.name: dollars for kind, dollars in examples.lab.cascade().items()}

    assert costs["never valid"] > costs["corrected once"] > costs["transfer"] > costs["could be anything"] > 0


def test_both_desks_ask_with_the_same_words(examples):
    """The whole handbook differs from the exercise in the number of documents, not in the prompt."""
    constants = {
        node.targets[0].id: node.value.value
        for node in ast.parse(GIGO.reference.read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }

    assert constants["ANSWER"] == examples.direct.ANSWER


def test_the_injections_are_what_the_chapter_says():
    """At least twenty, each one different, and none asks for a label or a citation that exists."""
    texts = {case["text"] for case in INJECTIONS}
    known = {name for chapter in BANK["handbook"].values() for name in chapter}

    assert len(texts) == len({case["id"] for case in INJECTIONS}) == len(INJECTIONS) >= 20
    assert not {case["citation"] for case in INJECTIONS} & known
    assert not {case["label"] for case in INJECTIONS} & set(BANK["handbook"])


def test_the_naive_desk_gives_days_that_the_bank_never_wrote(examples, capsys):
    """The chapter's criticism holds: no document says what the recording says."""
    examples.naive_demo.main()

    printed = capsys.readouterr().out
    assert "three to five business days" in printed
    assert "three to five business days" not in json.dumps(BANK)
    assert "Wires are free" in printed


def test_the_naive_frame_is_closed_from_inside(examples, capsys):
    """The example shows what it says: the rule of the query stands outside of the frame."""
    examples.frames.main()

    printed = capsys.readouterr().out
    assert printed.index("</query>") < printed.index("New rule") < printed.rindex("<query>")


def test_the_examples_recordings_are_made_by_the_examples(examples):
    """Each recording that no check plays has its maker among the examples."""
    played = {name for check in checks(GIGO.test_file) for name in check.cassettes}

    assert {path.stem for path in GIGO.cassettes.glob("*.yaml")} - played == set(examples.recorded.MADE_BY)


def test_the_maker_of_a_recording_sends_what_was_recorded(examples, monkeypatch):
    """Played on its recording, each maker finds an answer to each of its requests."""
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    from openai import OpenAI

    for name, make in examples.recorded.MADE_BY.items():
        with examples.recorded.playing(name) as tape:
            make(OpenAI())
        assert [call.body for call in tape.calls] == [step.request["body"] for step in tape.steps], name
