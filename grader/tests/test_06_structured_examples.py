"""The examples of 06_structured do what the chapter says, and its numbers are those that were measured."""

from __future__ import annotations

import json
import os
import re
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from grader.course import module
from grader.letters import opened
from grader.tests.examples_support import imported
from grader.tests.test_site_prose import FENCE

pytest.importorskip("instructor", reason="get it: pip install -e '.[structured]'")

STRUCTURED = module("06_structured")
ASSETS = STRUCTURED.chapter.parent / "assets"
STORED = json.loads((ASSETS / "06_structured_numbers.json").read_text(encoding="utf-8"))
KILLS = json.loads((ASSETS / "06_structured_kills.json").read_text(encoding="utf-8"))
TEXT = STRUCTURED.chapter.read_text(encoding="utf-8")
# What is no measurement: keys, commands, and the numbers of a list.
NAMES = re.compile(r"# 06 · |06_structured\S*|hint 06_structured \d|^\d\. ", re.MULTILINE)
FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")


@pytest.fixture(scope="module")
def examples() -> Iterator[Any]:
    with imported(STRUCTURED) as modules:
        yield modules


@pytest.fixture(scope="module")
def found(examples: Any) -> list[Any]:
    return examples.mails.cases()


@pytest.fixture(scope="module")
def where(examples: Any, found: list[Any]) -> Iterator[Any]:
    with examples.kill.ward(found) as ward:
        yield ward


def claims() -> list[str]:
    """Every part of the chapter's text that holds a number, with the number as it is computed."""
    said = STORED["quotes"]
    dropped, kept = (STORED["attempts"][run] for run in ("dropped", "kept"))
    mails = STORED["mails"]
    return [
        f"Here are {mails} mails with a reply to each, of which {mails - STORED['shares']['fine']} are a "
        "mess.",
        f"Bars over {mails} mails. Without a schema {dropped[0]['now']} are accepted at the first attempt, "
        f"{dropped[1]['now']} more at the second, {dropped[2]['now']} more at the third. With a strict "
        f"schema {kept[0]['now']}, {kept[1]['now']} and {kept[2]['now']}.",
        f"Without a schema {said['all, dropped']} mails become tickets, and {said['people, dropped']} are "
        f"left for people; with one, {said['all, kept']} and {said['people, kept']}.",
        f"Of the tickets accepted without a schema {said['wrong, dropped']} are wrong, and of those with one "
        f"{said['wrong, kept']}.",
        f"{said['tokens, second call']} tokens where the first took {said['tokens, first call']}, and a "
        f"third takes {said['tokens, third call']}.",
        f"costs {said['a ticket by correction']} as much as a first call.",
        f"the bill for 1,000 mails is {said['bill, kept']} with it and {said['bill, dropped']} without.",
        f"it takes {said['calls, instructor']} calls and {said['tokens, instructor']} tokens, by hand "
        f"{said['calls, dropped']} and {said['tokens, dropped']}; it leaves {said['people, instructor']} "
        f"mails, by hand {said['people, dropped']}.",
    ]


def test_every_number_in_the_chapter_is_the_computed_one() -> None:
    """Each claim stands in the text, word for word, and no number stands outside of a claim."""
    rest = FENCE.sub("", TEXT)
    for claim in claims():
        assert claim in TEXT, f"the chapter does not say {claim!r}; the numbers: grader lab 06_structured"
        rest = rest.replace(claim, " ")

    left = [each.strip() for each in NAMES.sub(" ", rest).splitlines() if re.search(r"\d", each)]
    assert [each for each in left if "--8<--" not in each] == [], "numbers held to no computation"


def test_the_stored_numbers_are_the_labs(examples: Any) -> None:
    """What the chapter shows is what `grader lab 06_structured` measures today, tables included."""
    lab = examples.lab
    now = json.loads(json.dumps(lab.numbers(), default=str))
    now["quotes"] = lab.quotes(now)

    assert now == STORED
    assert lab.table(now) == (ASSETS / "06_structured_table.txt").read_text(encoding="utf-8")
    assert lab.kill_table(KILLS) == (ASSETS / "06_structured_kills.txt").read_text(encoding="utf-8")


def test_the_figure_is_drawn_from_the_stored_numbers(examples: Any, tmp_path: Path) -> None:
    """The same numbers give the same figure, and every bar begins where the one above it ended."""
    pytest.importorskip("matplotlib")
    examples.lab.draw(STORED, tmp_path)

    name = "06_structured_attempts.svg"
    assert (tmp_path / name).read_text(encoding="utf-8") == (ASSETS / name).read_text(encoding="utf-8")
    for rows in STORED["attempts"].values():
        assert [row["before"] for row in rows] == [0, rows[0]["now"], rows[0]["now"] + rows[1]["now"]]
        assert all(row["asked"] == sum(row[key] for key in ("now", *examples.lab.LAYERS)) for row in rows)


def test_the_set_has_the_shares_that_it_states(examples: Any, found: list[Any]) -> None:
    """200 mails, drawn with a seed: the kinds as often as stated, and each of them really a mess."""
    mails, structured = examples.mails, examples.pipeline.structured
    assert Counter(case.kind for case in found) == mails.SHARES
    assert sum(mails.SHARES.values()) == len(found) == STORED["mails"] == 200
    assert mails.cases() == found
    assert mails.cases(seed=7) != found

    for case in found:
        structured.read(json.dumps(case.truth), case.mail)  # the right ticket stands in its mail
        first = case.free[0]
        if case.kind in ("fine", "wrong but valid"):
            assert (structured.read(first["say"], case.mail).model_dump() == case.truth) == (
                case.kind == "fine"
            )
        elif "say" in first:
            with pytest.raises(structured.Unreadable):
                structured.read(first["say"], case.mail)


def test_the_layers_catch_what_they_are_for(examples: Any, found: list[Any]) -> None:
    """Every kind of mess is caught at the layer that the chapter says, on the first attempt."""
    lab = examples.lab
    caught: dict[str, set[str]] = {}
    for each in lab.measure(found, examples.pipeline.structured.extract, drops=True):
        caught.setdefault(each.case.kind, set()).add(each.layers[0])

    by_layer = {
        "call": {"cut at the limit", "refusal", "empty"},
        "JSON": {"fenced", "prose around", "trailing comma"},
        "form": {"wrong enum", "missing field", "extra field", "order as number", "long summary"},
        "mail": {"invented order", "date computed"},
        "": {"fine", "wrong but valid"},
    }
    assert caught == {kind: {name} for name, kinds in by_layer.items() for kind in kinds}


def test_a_bound_reply_keeps_the_schema_that_was_sent(examples: Any, found: list[Any]) -> None:
    """The replies for a strict schema fit the schema of the reference, patterns included."""
    from grader.provider.schema import violation

    sent = examples.pipeline.structured.schema()["json_schema"]["schema"]
    pattern = re.compile(sent["properties"]["order"]["anyOf"][0]["pattern"])
    bound = [reply for case in found for reply in case.bound if "say" in reply and "finish" not in reply]
    for said in (json.loads(reply["say"]) for reply in bound):
        assert violation(said, sent) == ""
        assert said["order"] is None or pattern.search(said["order"])
    assert len(bound) > 500


def test_what_the_library_does_otherwise(examples: Any, found: list[Any]) -> None:
    """It asks again after a refusal, gives up at a cut, counts retries only, and is not strict."""
    structured = examples.pipeline.structured
    some = {kind: next(c for c in found if c.kind == kind) for kind in ("refusal", "cut at the limit")}
    never = next(c for c in found if c.kind == "fenced" and all("```" in reply["say"] for reply in c.free))
    calls = {}
    for case in (*some.values(), never):
        with examples.replies.asked(structured, [case], drops=True) as wire:
            with suppress(structured.Unusable):
                structured.extract_with_instructor(case.mail, 3)
            calls[case.kind] = len(wire.bodies)
            assert not wire.bodies[0]["response_format"]["json_schema"].get("strict")

    assert calls == {"refusal": 2, "cut at the limit": 1, "fenced": 3}
    assert set(STORED["without a ticket"]["instructor"]["cut at the limit"]) == {"1"}


def test_the_gateway_drops_the_schema_and_nothing_else(examples: Any, found: list[Any]) -> None:
    """What the reference sends is the same in both runs; only what arrives differs."""
    structured = examples.pipeline.structured
    case = next(c for c in found if c.kind == "fenced" and c.free[1] == c.bound[1])
    sent, said = [], []
    for drops in (True, False):
        with examples.replies.asked(structured, [case], drops=drops) as wire:
            structured.extract(case.mail)
            sent.append(wire.bodies[0])
            said.append(wire.replies[0]["choices"][0]["message"]["content"])

    assert sent[0] == sent[1]
    assert sent[0]["response_format"]["json_schema"]["strict"] is True
    assert [text.startswith("```") for text in said] == [True, False]


def test_the_naive_code_fails_as_the_chapter_says(examples: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Two errors, five wrong tickets, and a mail that arrives twice."""
    examples.naive_demo.main()

    printed = dict(line.split(":", 1) for line in capsys.readouterr().out.splitlines())
    assert sum("Error" in text for text in printed.values()) == 2
    assert sum("the mail has" in text for text in printed.values()) == 5
    assert "2 tickets" in printed["interrupted"]
    assert "billing" in printed["wrong enum"]


@FORKS
def test_a_killed_pipeline_loses_nothing_and_delivers_once(examples: Any, where: Any) -> None:
    """SIGKILL at random times: every mail has one ticket at the receiver, or waits for a person."""
    tally = examples.kill.killed(where, "whole", 12)

    assert tally.kills == 12
    assert tally.mails >= examples.kill.AT_ONCE
    assert (tally.lost, tally.double) == (0, 0)


@FORKS
@pytest.mark.parametrize(("way", "double", "again"), [("whole", 0, 1), ("deliver_then_mark", 1, 0)])
def test_a_kill_between_the_desk_and_the_mark(
    examples: Any, where: Any, way: str, double: int, again: int
) -> None:
    """The desk has the ticket, and its sender dies before it knows: the key makes it one ticket."""
    taken, dead, tally = Event(), Event(), examples.kill.Tally()

    def told() -> None:
        taken.set()
        dead.wait(30)

    with where.round(way, told) as (job, desk):
        assert where.nursery.run(job, lambda: taken.wait(30)) == -signal.SIGKILL
        dead.set()
        assert where.nursery.run(job) == 0
        examples.kill.count(tally, job, desk)

    assert (tally.lost, tally.double, tally.again) == (0, double, again)


@FORKS
@pytest.mark.parametrize(("way", "lost"), [("whole", 0), ("mark_then_deliver", 1)])
def test_a_kill_before_the_desk_has_it(examples: Any, where: Any, way: str, lost: int) -> None:
    """On its way to the desk: what was marked before it arrived is nowhere any more."""
    arrived, dead, tally = Event(), Event(), examples.kill.Tally()
    with where.round(way) as (job, desk):
        take = desk.take

        def lose_the_first(key: str, ticket: str) -> None:
            if not arrived.is_set():
                arrived.set()
                dead.wait(30)
                raise OSError("the line went dead")
            take(key, ticket)

        desk.take = lose_the_first
        assert where.nursery.run(job, lambda: arrived.wait(30)) == -signal.SIGKILL
        dead.set()
        assert where.nursery.run(job) == 0
        examples.kill.count(tally, job, desk)

    assert (tally.lost, tally.double) == (lost, 0)


def _done(path: str) -> int:
    with opened(path) as store:
        return store.execute("SELECT COUNT(*) FROM mail WHERE state = 'done'").fetchone()[0]


def test_the_stored_kills_are_a_whole_run() -> None:
    """A hundred kills lose and double nothing; each naive order fails in its own way, and in no other."""
    whole, late, early = (KILLS[way] for way in ("whole", "deliver_then_mark", "mark_then_deliver"))

    assert whole["kills"] == 100
    assert (whole["lost"], whole["double"]) == (0, 0)
    assert whole["again"] > 0
    assert (late["lost"], late["double"] > 0) == (0, True)
    assert (early["lost"] > 0, early["double"]) == (True, 0)


def test_a_pipeline_that_fails_by_itself_is_no_kill(examples: Any, where: Any) -> None:
    """An error in what is killed must not be counted as a kill that lost nothing."""
    with where.round("whole") as (job, _), pytest.raises(RuntimeError, match="by itself"):
        where.nursery.run(job | {"desk": ["127.0.0.1", 1], "store": "/no/such/folder/store"})


def test_the_desk_takes_a_key_once(examples: Any, tmp_path: Path) -> None:
    """Over HTTP: two arrivals under one key are one ticket, and the first one stays."""
    with examples.desk.opened(str(tmp_path / "desk"), told=lambda: None) as desk:
        for summary in ("first", "second"):
            examples.desk.send(desk.address, "m001", {"summary": summary})
        examples.desk.send(desk.address, "m002", {"summary": "other"})

    assert [key for key, _ in desk.rows("arrivals")] == ["m001", "m001", "m002"]
    assert desk.rows("tickets") == [("m001", {"summary": "first"}), ("m002", {"summary": "other"})]


def test_the_page_is_served_with_letters_in_it(examples: Any, tmp_path: Path) -> None:
    """`serve.py` fills a store: every mail of the set is a ticket or a dead letter."""
    chosen = examples.serve.load(STRUCTURED.reference)
    counts = examples.serve.fill(chosen, str(tmp_path / "store"), 60)

    assert counts["done"] + counts["dead"] == 60
    assert counts["dead"] > 0
    assert _done(str(tmp_path / "store")) == counts["done"]
