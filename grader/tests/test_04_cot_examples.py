"""The examples of 04_cot run on their recordings; `test_site_numbers.py` holds the chapter to the numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from grader.course import module
from grader.prove.reading import checks
from grader.replay.cassette import load
from grader.tests.examples_support import imported

COT = module("04_cot")


@pytest.fixture(scope="module")
def examples() -> Iterator[Any]:
    with imported(COT) as modules:
        yield modules


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    from openai import OpenAI

    return OpenAI()


def proposed(examples: Any, **changes: Any) -> Any:
    said = {"days": 65, "category": "defective", "allowed_days": 90, "decision": "APPROVE", "because": "so"}
    return examples.refund.Proposal(**(said | changes))


def test_the_naive_version_approves_against_the_policy(examples, client):
    """A changed mind has 30 days; after 65 the naive version pays, and leaves nothing to check."""
    with examples.recorded.playing("refund_naive"):
        assert examples.refund_naive.approve(client, examples.refund_order.JACKET)

    order = examples.refund_order.JACKET
    assert examples.refund.decide(order, proposed(examples, category="changed_mind")).outcome == "DENY"


def test_code_counts_the_days_itself(examples, client):
    """From 15 January to 20 March 2024 it is 65 days; the model says 64, and the audit trail shows it."""
    order = examples.refund_order.HINGE
    with examples.recorded.playing("refund_proposed") as tape:
        proposal, said = examples.refund.propose(client, order)

    decision = examples.refund.decide(order, proposal, said)

    assert proposal.days == 64
    assert said == tape.steps[0].reply.text
    assert decision.audit["code_found"]["days"] == 65
    assert decision.audit["differs_in"] == ["days"]
    assert decision.outcome == "APPROVE"


def test_one_day_decides_and_code_has_the_last_word(examples, client):
    """On day 91 of 90 the model approves by a miscount: the decision is code's."""
    order = examples.refund_order.LATE_HINGE
    with examples.recorded.playing("refund_on_the_edge"):
        proposal, said = examples.refund.propose(client, order)

    decision = examples.refund.decide(order, proposal, said)

    assert (proposal.decision, decision.outcome) == ("APPROVE", "DENY")
    assert decision.audit["differs_in"] == ["days", "decision"]


@pytest.mark.parametrize(
    ("category", "days", "outcome"),
    [
        ("defective", 90, "APPROVE"),
        ("defective", 91, "DENY"),
        ("changed_mind", 30, "APPROVE"),
        ("changed_mind", 31, "DENY"),
        ("damaged_in_shipping", 14, "APPROVE"),
        ("damaged_in_shipping", 15, "DENY"),
        ("other", 1, "REVIEW"),
        ("defective", -1, "REVIEW"),
    ],
)
def test_the_policy_holds_to_the_day(examples, category, days, outcome):
    """The limit itself is allowed; what no rule covers goes to a person, whatever the model says."""
    bought = date(2024, 1, 31)
    order = examples.refund_order.Order("A", bought, bought + timedelta(days), "-")

    for said in ("APPROVE", "DENY"):
        assert (
            examples.refund.decide(order, proposed(examples, category=category, decision=said)).outcome
            == outcome
        )


def test_no_proposal_goes_to_a_person(examples):
    """A reply that is no proposal decides nothing, and its words are kept."""
    decision = examples.refund.decide(examples.refund_order.HINGE, None, "I would rather not say.")

    assert decision.outcome == "REVIEW"
    assert decision.audit["model_said"] == "I would rather not say."


def test_the_audit_trail_explains_the_decision(examples):
    """One line of JSON holds the order, both views and the outcome."""
    order = examples.refund_order.HINGE
    line = examples.refund.trail(order, examples.refund.decide(order, proposed(examples, days=1), "said"))

    read = json.loads(line)
    assert "\n" not in line
    assert read["order"]["bought"] == "2024-01-15"
    assert (read["outcome"], read["audit"]["code_found"]["days"]) == ("APPROVE", 65)


def test_the_demo_prints_both_views(examples, capsys):
    """The demo shows where model and code differ."""
    examples.refund_demo.main()

    printed = capsys.readouterr().out
    assert "APPROVE after 90 days" in printed
    assert "DENY, 91 of 90 days" in printed


def test_all_ways_ask_the_same_question(examples):
    """The table compares ways to ask, so the question in the recordings must be one, and the page's too."""
    asked = {
        load(COT.cassette(name)).steps[0].request["body"]["messages"][-1]["content"]
        for name in ("train_at_once", "train", "streamed")
    }

    assert asked == {examples.direct.TRAIN}


def test_the_times_are_those_of_the_recordings(examples):
    """A chain's steps come when their calls end; a stream's when their lines are complete."""
    direct, chain, stream = examples.lab.ways()

    assert len(chain.seen) == chain.calls > 1
    assert direct.first == direct.last
    assert list(chain.seen) == sorted(chain.seen)
    assert 0 < stream.first < stream.last < chain.last
    assert len(stream.seen) > 1


def test_the_written_numbers_are_the_labs(examples):
    """The figure and the numbers in the book are what `grader lab 04_cot` writes today."""
    found = examples.lab.ways()
    rows = [(way.name, way.seen, way.answer) for way in found]

    written = (examples.lab.ASSETS / "04_cot_numbers.json").read_text(encoding="utf-8")
    assert json.loads(written) == json.loads(json.dumps(examples.lab.numbers(found), default=str))
    drawn = (examples.lab.ASSETS / "04_cot_timeline.svg").read_text(encoding="utf-8")
    assert drawn == examples.figure.drawn(rows)


def test_the_lab_command_prints_the_table(examples, capsys, monkeypatch, tmp_path):
    """`grader lab` shows every way and says where the numbers come from."""
    monkeypatch.setattr(examples.lab, "ASSETS", tmp_path)
    monkeypatch.setattr(examples.lab, "COT", SimpleNamespace(root=tmp_path, cassette=COT.cassette))
    assert examples.lab.main() == 0

    printed = capsys.readouterr().out
    for way in ("at once", "chain of calls", "one stream"):
        assert way in printed
    assert "stand-in" in printed
    assert (tmp_path / "04_cot_timeline.svg").is_file()


def test_the_examples_recordings_are_made_by_the_examples(examples):
    """Each recording that no check plays has its maker among the examples."""
    played = {name for check in checks(COT.test_file) for name in check.cassettes}
    assert {path.stem for path in COT.cassettes.glob("*.yaml")} - played == set(examples.recorded.MADE_BY)
