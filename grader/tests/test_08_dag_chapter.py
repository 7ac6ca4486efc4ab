"""The chapter of 08_dag: each number in it is computed, and the stored ones follow from the stored rows."""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Iterator
from typing import Annotated, Any, TypedDict

import pytest

from grader import graph
from grader.course import module
from grader.models import Usage, capabilities, cost, model
from grader.tests.examples_support import imported
from grader.tests.test_site_prose import FENCE

DAG = module("08_dag")
ASSETS = DAG.chapter.parent / "assets"
STORED = json.loads((ASSETS / "08_dag_numbers.json").read_text(encoding="utf-8"))
ROWS = graph.rows_of((ASSETS / "08_dag_rows.csv").read_text(encoding="utf-8"))
TEXT = DAG.chapter.read_text(encoding="utf-8")
# What is no measurement: keys, names, links and encodings.
NAMES = re.compile(r"# 08 · |08_dag\S*|hint 08_dag \d|\[07\]\(07_cost\.md\)|base64")
WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}


@pytest.fixture(scope="module")
def examples() -> Iterator[Any]:
    pytest.importorskip("langgraph")
    with imported(DAG) as modules:
        yield modules


def times(way: str) -> str:
    """What a lever does to tokens, dollars and seconds, as the text says it."""
    tokens, dollars, seconds = (
        STORED["quotes"][f"{way}, {name}"] for name in ("tokens", "dollars", "seconds")
    )
    return f"{tokens}, {dollars} and {seconds}"


def claims(examples: Any) -> list[str]:
    """Every part of the chapter's text that holds a number, with the number as it is computed."""
    said, lab, levers = STORED["quotes"], examples.lab, examples.levers
    fast, balanced = (examples.clerk.SPEEDS[tier] for tier in ("fast", "balanced"))
    name = model("fast", "anthropic")
    extra = cost(Usage(10**6, 0, 0, 10**6), name) / cost(Usage(10**6), name)
    rows, questions = len(ROWS), len(examples.payloads.TOPICS)
    minimum = capabilities(model("fast")).cache_minimum
    return [
        f"All three write it, at {extra:.2f} times the price of a token,",
        f"Its workers cost {said['cold over warm']} times less,",
        f"Usually it is {minimum:,} tokens, for Anthropic's fast tier {capabilities(name).cache_minimum};",
        f"a marked system prompt of {levers.SHORT} tokens saves {said['short prompt']}, and one of "
        f"{levers.LONG:,} saves {said['long prompt']} of five calls.",
        f"{said['surcharge']} of its bill is for writing what nobody reads.",
        f"Here a payload has {said['payload']} tokens in the median, and what a worker needs of it has "
        f"{said['hits']}: filtering takes {said['filtered away']} away.",
        f"to the fourth largest of {questions} ratios, and for independent questions it holds the true "
        f"median with {said['level']} probability",
        f"runs {questions} questions on {len(levers.MODELS)} models through both systems, {lab.RUNS} times: "
        f"{rows} rows, {said['calls']} calls, at most {said['estimate']} by the estimate and "
        f"{said['billed']} by the usage.",
        f"waits {fast.first} s, reads {fast.reads:,} tokens a second and writes {fast.writes}; the balanced "
        f"tier waits {balanced.first} s, reads {balanced.reads:,} and writes {balanced.writes}.",
        f"Caching alone divides them by {times('caching')}, filtering by {times('filtering')}, working in "
        f"parallel by {times('parallel')}. Multiplied, that would be {times('multiplied')}; together it is "
        f"{times('together')}.",
        f"The median of {len(lab.FEW)} questions on {len(levers.MODELS)} models.",
        f"dollars fall by {said['multiplied, dollars']}; together they fall by {said['together, dollars']}.",
    ]


def test_every_number_in_the_chapter_is_the_computed_one(examples: Any) -> None:
    """Each claim stands in the text, word for word, and no number stands outside of a claim."""
    rest = FENCE.sub("", TEXT)
    for claim in claims(examples):
        assert claim in TEXT, f"the chapter does not say {claim!r}; the numbers: grader lab 08_dag"
        rest = rest.replace(claim, " ")

    left = [each.strip() for each in NAMES.sub(" ", rest).splitlines() if re.search(r"\d", each)]
    assert [each for each in left if "--8<--" not in each] == [], "numbers held to no computation"


def test_the_stored_numbers_follow_from_the_stored_rows(
    examples: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """Quotes, table and figure are those of the rows that lie beside them, and of the stored levers."""
    pytest.importorskip("matplotlib")
    lab = examples.lab
    found = lab.numbers(lab.billed(ROWS), STORED["levers"])
    monkeypatch.setattr(lab, "ASSETS", tmp_path)
    lab.draw(STORED["levers"])

    assert json.loads(json.dumps(found)) == STORED
    assert lab.table(found["models"]) == (ASSETS / "08_dag_table.txt").read_text(encoding="utf-8")
    drawn = (tmp_path / "08_dag_levers.svg").read_text(encoding="utf-8")
    assert drawn == (ASSETS / "08_dag_levers.svg").read_text(encoding="utf-8")


def test_the_rows_are_a_whole_benchmark(examples: Any) -> None:
    """15 questions on 4 models through 2 systems, 4 times, none with an Error."""
    jobs = examples.stage.dag.plan(
        list(examples.payloads.TOPICS), examples.levers.MODELS, list(examples.lab.SYSTEMS), examples.lab.RUNS
    )

    assert [graph.key(row) for row in ROWS] == [graph.key(job) for job in jobs]
    assert len(ROWS) == 15 * 4 * 2 * 4
    assert {row["Error"] for row in ROWS} == {""}
    assert (ASSETS / "08_dag_rows.csv").stat().st_size < 40_000


def test_the_words_between_the_numbers_hold(examples: Any) -> None:
    """Comparisons that the chapter makes without a number."""
    levers, found = STORED["levers"], STORED["models"]
    tokens, dollars, seconds = "TotalTokens", "Dollars", "LatencySeconds"

    # Levers do not multiply; only filtering sends less; parallel workers save time and nothing else.
    assert levers["together"][dollars] < levers["multiplied"][dollars]
    assert levers["together"][seconds] < levers["multiplied"][seconds]
    assert levers["caching"][tokens] == pytest.approx(1, abs=0.01)
    assert levers["filtering"][tokens] > 2
    assert levers["parallel"][tokens] == levers["parallel"][dollars] == 1
    # The graph makes two calls more than the baseline.
    calls = {row["SystemType"]: row["NumLLMCalls"] for row in ROWS}
    assert calls["dag"] - calls["baseline"] == 2
    # "A tenth of the price or less", on all four models.
    for provider, tier in examples.levers.MODELS:
        name = model(tier, provider)
        assert cost(Usage(10**4, 0, 10**4), name) <= cost(Usage(10**4), name) / 10
    # "From the fourth smallest to the fourth largest of 15".
    assert examples.stage.dag.interval(list(range(1, 16)))["low"] == WORDS["four"]
    assert all(each["intervals"][dollars]["low"] > 1 for each in found)


def test_the_toy_graph_is_as_the_chapter_says(examples: Any) -> None:
    """Lengths are added by a reducer; without one LangGraph refuses, and a whole list doubles."""
    from langgraph.errors import InvalidUpdateError
    from langgraph.graph import START, StateGraph

    class Bare(TypedDict, total=False):
        found: list[int]

    class Added(TypedDict, total=False):
        found: Annotated[list[int], operator.add]

    def graph_of(state: Any, node: Any) -> Any:
        made = StateGraph(state)
        for name in ("a", "b"):
            made.add_node(name, node)
            made.add_edge(START, name)
        return made.compile()

    assert examples.fan.built().invoke({"words": ["map", "and", "reduce"]})["total"] == 12
    with pytest.raises(InvalidUpdateError):
        graph_of(Bare, lambda _: {"found": [1]}).invoke({"found": []})
    whole = graph_of(Added, lambda state: {"found": [*state["found"], 1]}).invoke({"found": [0]})
    assert whole["found"] == [0, 0, 1, 0, 1]
