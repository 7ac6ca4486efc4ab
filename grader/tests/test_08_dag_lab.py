"""The lab of 08_dag: a benchmark on a clock that leaps has the same rows everywhere, and can be killed."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from grader import graph
from grader.course import module
from grader.tests.examples_support import imported

DAG = module("08_dag")
ASSETS = DAG.chapter.parent / "assets"
STORED = json.loads((ASSETS / "08_dag_numbers.json").read_text(encoding="utf-8"))
ROWS = (ASSETS / "08_dag_rows.csv").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def examples() -> Iterator[Any]:
    pytest.importorskip("langgraph")
    with imported(DAG) as modules:
        yield modules


def test_one_question_measured_again_gives_the_stored_rows(examples: Any, tmp_path: Any) -> None:
    """Over HTTP, through the SDKs, in all four voices: byte for byte."""
    path = tmp_path / "rows.csv"
    examples.lab.measured(str(path), ["q07"])

    assert path.read_text(encoding="utf-8").splitlines() == [
        ROWS[0],
        *(row for row in ROWS if ",q07," in row),
    ]


def test_the_levers_are_the_stored_ones(examples: Any) -> None:
    """All eight ways of the questions that the chapter speaks of."""
    found = examples.levers.factors(examples.levers.measured(examples.lab.FEW))

    assert found == {way: pytest.approx(values) for way, values in STORED["levers"].items()}


def test_a_benchmark_that_was_killed_goes_on(examples: Any, tmp_path: Any) -> None:
    """Half of the rows and a torn line: what is missing is run, and the file is as if nothing had been.

    Two questions, and the second reads nothing from the cache that the first has written.
    """
    path, keys = tmp_path / "rows.csv", ["q02", "q03"]
    examples.lab.measured(str(path), keys, runs=1)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    examples.lab.measured(str(path), keys, runs=1)

    assert path.read_bytes() == whole
    assert whole.decode().splitlines()[1:] == [row for row in ROWS[1:121] if row.split(",")[2] in keys]


def test_seconds_are_the_stated_waits(examples: Any) -> None:
    """A row of three calls in a row takes three waits, and the time to read and to write its tokens."""
    speed = examples.clerk.SPEEDS["balanced"]
    rows = [
        row
        for row in graph.rows_of("\n".join(ROWS) + "\n")
        if row["SystemType"] == "baseline" and row["Model"] == examples.levers.model("balanced", "anthropic")
    ]

    assert rows
    for row in rows:
        spent = 3 * speed.first + row["InputTokens"] / speed.reads + row["OutputTokens"] / speed.writes
        assert row["LatencySeconds"] == pytest.approx(spent, abs=0.002)


def test_calls_that_start_together_take_the_time_of_the_longest(examples: Any) -> None:
    """Parallel workers overlap, on a clock that knows only what was waited for."""
    runs = examples.levers.measured(["q03"])
    seconds = {run["way"]: run["LatencySeconds"] for run in runs if run["Model"] == runs[0]["Model"]}

    assert seconds[frozenset({"parallel"})] < 0.7 * seconds[frozenset()]


def test_the_clock_leaps_over_waits_and_stands_still_at_work(examples: Any) -> None:
    """An hour of waiting takes no time; a thread's work takes none on the clock."""
    loop = examples.hours.Leaping()

    async def hours() -> list[float]:
        at = [loop.time()]
        await asyncio.gather(asyncio.sleep(3600), asyncio.sleep(1800))
        at.append(loop.time())
        sleeping = asyncio.create_task(asyncio.sleep(7))
        await asyncio.to_thread(time.sleep, 0.05)
        at.append(loop.time())
        await sleeping
        return [*at, loop.time()]

    begun = time.monotonic()
    try:
        found = loop.run_until_complete(hours())
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    assert found == pytest.approx([0, 3600, 3600, 3607])
    assert time.monotonic() - begun < 30


def test_three_at_once_miss_and_after_one_call_they_hit(examples: Any) -> None:
    """Cold: nothing read, all written three times. Warm: all read. The hour in front: nothing again."""
    fans = examples.race.measured()

    assert fans["cold"].read == fans["hour"].read == [0, 0, 0]
    assert fans["warm"].read == fans["cold"].written
    assert fans["warm"].written == [0, 0, 0]
    assert len({*fans["cold"].written}) == 1
    assert fans["cold"].written[0] > 1024
    assert fans["cold"].dollars > 3 * fans["warm"].dollars


def test_a_payload_is_bloated_and_the_same_each_time(examples: Any) -> None:
    """Eight hits remain of ten results, and at least four fifths of the tokens go."""
    for topic in examples.payloads.TOPICS.values():
        found = examples.payloads.search(topic["question"])
        kept = examples.stage.dag.compact(found)
        assert found == examples.payloads.search(topic["question"])
        assert len(kept["hits"]) == examples.payloads.HITS < len(json.loads(found)["results"])
        assert kept["saved"] > 0.8 * graph.tokens(found)
    with pytest.raises(LookupError, match="none of the questions"):
        examples.payloads.search("What is a token?")


def test_every_part_is_found_by_its_own_words(examples: Any) -> None:
    """The stand-in knows a question by its text or by its parts, so no text may stand in another."""
    topics = examples.payloads.TOPICS
    texts = [text for topic in topics.values() for text in (topic["question"], *topic["parts"])]

    assert len(topics) == 15
    assert [a for a in texts for b in texts if a is not b and a in b] == []
    assert [examples.words.topic_of(topic["parts"][2]) for topic in topics.values()] == list(topics)
    with pytest.raises(LookupError, match="none of the questions"):
        examples.words.topic_of("What is a token?")


def test_no_row_costs_more_than_its_bound(examples: Any) -> None:
    """The estimate is a bound for each system, in tokens and so in dollars."""
    bounds = examples.lab.bounds()

    for row in graph.rows_of("\n".join(ROWS) + "\n"):
        sent, made = bounds[row["SystemType"]]
        assert row["InputTokens"] <= sent
        assert row["OutputTokens"] <= made


def test_a_live_run_wants_keys_and_stops_at_its_cap(
    examples: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without keys nothing begins; with a cap of nothing, nothing is asked."""
    for name in examples.stage.KEYS:
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "new" / "live.csv"

    assert examples.lab.live(str(path), Decimal(1), 1) == 1
    assert "needs both keys" in capsys.readouterr().err
    assert not path.exists()
    for name in examples.stage.KEYS:
        monkeypatch.setenv(name, "none")
    assert examples.lab.live(str(path), Decimal(0), 1) == 0
    assert "120 rows, at most $" in (said := capsys.readouterr().out)
    assert "0 rows made, 120 left" in said
    assert path.read_text(encoding="utf-8") == graph.HEADER
