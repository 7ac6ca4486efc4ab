"""The examples of 03_fewshot do what the chapter says, and its numbers are those that were measured."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest

from grader.course import ROOT, module
from grader.models import capabilities, model
from grader.provider.in_context import found, nearest
from grader.provider.tokens import count
from grader.tests.examples_support import imported

FEWSHOT = module("03_fewshot")
ASSETS = FEWSHOT.chapter.parent / "assets"
TEXT = FEWSHOT.chapter.read_text(encoding="utf-8")
DATA = json.loads((FEWSHOT.exercise / "contracts.json").read_text(encoding="utf-8"))
STORED = json.loads((ASSETS / "03_fewshot_numbers.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def examples() -> Iterator[Any]:
    pytest.importorskip("chromadb")
    with imported(FEWSHOT) as modules:
        yield modules


@pytest.fixture(scope="module")
def folder(examples, tmp_path_factory) -> str:
    place = str(tmp_path_factory.mktemp("shelf"))
    examples.lab.fewshot.index(DATA["examples"], place)
    return place


def test_the_contracts_are_what_their_script_makes(examples):
    """The data file is made, not edited: the script gives the same file again."""
    assert examples.make_contracts.made() == DATA


def test_there_are_enough_contracts_of_every_kind():
    """Twenty kinds, fifty examples with two or three of each, two hundred held out with ten of each."""
    assert (len(DATA["labels"]), len(DATA["examples"]), len(DATA["held_out"])) == (20, 50, 200)
    for label in DATA["labels"]:
        assert sum(e["label"] == label for e in DATA["examples"]) in (2, 3)
        assert sum(e["label"] == label for e in DATA["held_out"]) == 10


def test_no_held_out_contract_copies_an_example(examples):
    """No text stands on both sides, and no pair of a kind's clauses does: the filled gaps are made blanks."""
    kinds = examples.make_contracts.read("clauses.yaml")

    def clauses(text: str) -> frozenset[str]:
        every = (clause for material in kinds.values() for clause in material["clauses"])
        return frozenset(c for c in every if re.search(re.sub(r"\\{\w+\\}", ".+?", re.escape(c)), text))

    def pairs(entry: dict[str, str]) -> set[frozenset[str]]:
        own = clauses(entry["text"]) & set(kinds[entry["label"]]["clauses"])
        return {frozenset(pair) for pair in combinations(sorted(own), 2)}

    shown = set().union(*(pairs(entry) for entry in DATA["examples"]))
    held = [pairs(entry) for entry in DATA["held_out"]]
    assert all(held)
    assert not shown & set().union(*held)
    assert not {e["text"] for e in DATA["examples"]} & {e["text"] for e in DATA["held_out"]}


def test_accuracies_and_tokens_are_those_that_the_examples_give(examples, folder):
    """Without HTTP: the same prompts, the same reader and the same count give the stored table."""
    lab, labels, held_out = examples.lab, DATA["labels"], DATA["held_out"]
    for stored, (name, choose) in zip(
        STORED["rows"], lab.ways(DATA["examples"], folder).items(), strict=True
    ):
        prompts = [lab.fewshot.few_shot(case["text"], choose(case["text"]), labels) for case in held_out]
        read = [nearest(*found(prompt, labels), labels) for prompt in prompts]
        right = sum(label == case["label"] for label, case in zip(read, held_out, strict=True))
        tokens = sum(sum(count(m["content"]) + 5 for m in prompt) + 3 for prompt in prompts[::10]) / 20
        assert stored["name"] == name
        assert stored["accuracy"] == pytest.approx(right / 200)
        assert stored["tokens"] == pytest.approx(tokens, rel=0.05)


def test_the_lab_measures_over_http(examples):
    """The lab's own way, on four contracts: real calls, a report per way, what the cache reads included."""
    rows = examples.lab.measure(cases=4)

    assert [row.name for row in rows] == [row["name"] for row in STORED["rows"]]
    assert all(0 <= row.accuracy <= 1 and row.billed > 0 for row in rows)
    by = {row.name: row for row in rows}
    assert by["50 static"].usage.cached_tokens > by["50 static"].usage.input_tokens / 2
    assert by["3 retrieved"].usage.cached_tokens == 0
    assert by["3 retrieved"].billed == by["3 retrieved"].listed


def test_prices_table_and_figure_follow_from_the_stored_usage(examples, monkeypatch, tmp_path):
    """The bill per 1,000 at list price, the quotes, the table and the figure are those of the stored rows."""
    from grader.models import Usage

    lab = examples.lab
    rows = [
        lab.Row(row["name"], row["accuracy"], Usage(**row["usage"]), Decimal(row["billed"]),
                Decimal(row["listed"]), row["cases"])
        for row in STORED["rows"]
    ]  # fmt: skip

    assert json.loads(json.dumps(lab.numbers(rows), default=str)) == STORED
    assert lab.table(rows) == (ASSETS / "03_fewshot_table.txt").read_text(encoding="utf-8")
    monkeypatch.setattr(lab, "ASSETS", tmp_path)
    lab.draw(rows)
    drawn = (tmp_path / "03_fewshot_accuracy.svg").read_text(encoding="utf-8")
    assert drawn == (ASSETS / "03_fewshot_accuracy.svg").read_text(encoding="utf-8")
    for row in rows:
        dollars = row.usage.input_tokens * Decimal("0.1") + row.usage.output_tokens * Decimal("0.5")
        assert row.listed == pytest.approx(dollars / 1_000_000 * 5)


def test_every_number_in_the_prose_was_measured():
    """Percentages, dollars and points in the chapter are the lab's, the source's, or a paper's."""
    known = {*STORED["quotes"].values(), *STORED["source"].values(), "41.9%", "45.5%"}
    prose = re.sub(r"```.*?```|<figure.*?</figure>", "", TEXT, flags=re.DOTALL)

    quoted = re.findall(r"\$\d[\d.]*\d|\d[\d.]*%|\d[\d.]* points", prose)

    assert len(quoted) > 12
    assert [words for words in quoted if words not in known] == []
    for name in (
        "tokens saved",
        "saved at list price",
        "saved as billed",
        "accuracy change",
        "three, a month",
    ):
        assert STORED["quotes"][name] in quoted


def test_what_the_chapter_says_of_the_rows_is_so():
    """The comparisons in words hold for the stored rows."""
    by = {row["name"]: row for row in STORED["rows"]}
    billed = {name: float(row["billed"]) for name, row in by.items()}

    assert max(by.values(), key=lambda row: row["accuracy"])["name"] == "50 static"
    assert billed["3 retrieved"] < billed["50 static"] < billed["10 retrieved"]
    assert 1.5 < billed["10 retrieved"] / billed["50 static"] < 2.5  # "about twice as much"
    assert by["10 retrieved"]["usage"]["cache_write_tokens"] > 0
    assert by["10 retrieved"]["usage"]["cached_tokens"] == 0
    assert by["3 static"]["tokens"] < capabilities(model("fast")).cache_minimum <= by["10 static"]["tokens"]
    assert capabilities(model("fast")).cache_minimum == 1024
    assert by["3 static"]["usage"]["cached_tokens"] == 0
    assert billed["10 static"] < billed["3 static"]
    assert abs(by["3 retrieved"]["accuracy"] - by["3 retrieved, 3 kinds"]["accuracy"]) < 0.02


def test_the_saving_is_computed_right(examples):
    """$0.0756 to $0.0193 is 74.5%; the quoted 75.1% leaves the reply out."""
    assert examples.source.claim() == {
        "fifty": "$0.0756",
        "three": "$0.0193",
        "saving": "74.5%",
        "quoted": "75.1%",
    }


def test_three_prompts_show_three_degrees_of_order(examples, capsys):
    """Zero-shot gives three forms, the system prompt gives JSON, the examples give one key."""
    examples.three_prompts.main()
    said = capsys.readouterr().out.split("few_shot")[1].split("\n    ")[1:]

    assert [list(json.loads(text)) for text in said] == [["name"]] * 3


def test_another_process_finds_the_same_example(examples, folder):
    """The folder alone is enough: Chroma finds the embedding by the name that it stored."""
    asked = DATA["held_out"][0]["text"]

    out = subprocess.run(
        [sys.executable, str(FEWSHOT.examples / "reopen.py"), folder, asked],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=120,
    ).stdout  # fmt: skip

    assert out.strip() == examples.lab.fewshot.nearest(asked, folder, k=1)[0]["label"]


def test_another_process_indexes_nothing_again(examples, folder):
    """Ids and vectors are those of the content: a second process adds none and embeds none."""
    code = (
        "import json, sys; sys.path.insert(0, sys.argv[1]); import fewshot\n"
        "examples = json.load(open(sys.argv[2], encoding='utf-8'))['examples']\n"
        "print(fewshot.index(examples, sys.argv[3]))\n"
        "def embed(texts): raise SystemExit('embedded again')\n"
        "fewshot.embed_once([e['text'] for e in examples], sys.argv[3], embed)\n"
    )
    arguments = [str(FEWSHOT.solution), str(FEWSHOT.exercise / "contracts.json"), folder]

    made = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120
    )

    assert (made.returncode, made.stdout.strip(), made.stderr) == (0, "0", "")
