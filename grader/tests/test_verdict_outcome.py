"""The structured outcome: what it holds, how it is written, what a reader may rely on."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from grader.models import Usage
from grader.verdict import outcome
from grader.verdict.outcome import Check, Outcome, Task, load_progress, read, save, save_progress


def made(**changes):
    check = Check(
        "42_demo::test_a[1]", "test_a[1]", 1, usage=Usage(3, 4), cost=Decimal("0.1"), rows=[("got", "1")]
    )
    values = {"checks": [check], "tasks": [Task(1, "A", "passed", 1, 1)], "usage": Usage(3, 4), "total": 1}
    return Outcome("42_demo", **{**values, **changes})


def test_json_comes_back_as_it_was():
    """Usage, money and rows keep their types."""
    before = made(cost=Decimal("0.0000013"), hint_task=2)

    after = Outcome.from_json(json.dumps(before.to_json(), default=str))

    assert after == before


def test_an_unknown_price_stays_unknown():
    """None is not zero."""
    assert Outcome.from_json(json.dumps(made(cost=None).to_json(), default=str)).cost is None


def test_another_version_is_refused():
    """Reading a file of another form would give nonsense."""
    with pytest.raises(ValueError, match="grade again"):
        Outcome.from_json({**made().to_json(), "version": 99})


@pytest.mark.parametrize(
    ("changes", "ok"), [({}, True), ({"checks": []}, False), ({"error": "broken test file"}, False)]
)
def test_only_checks_that_passed_are_ok(changes, ok):
    """No checks at all is not a success."""
    assert made(**changes).ok is ok


@pytest.mark.parametrize(("total", "error", "complete"), [(1, "", True), (2, "", False), (1, "x", False)])
def test_complete_means_every_check_was_judged(total, error, complete):
    """`-k` and `-x` leave some out."""
    assert made(total=total, error=error).complete is complete


def test_a_check_is_found_by_each_of_its_names():
    """By id, by name, by the function behind its parameters."""
    found = made()

    assert found.check("42_demo::test_a[1]") is found.check("test_a[1]") is found.check("test_a")
    with pytest.raises(LookupError, match=r"'test_b' is no check of 42_demo: test_a\[1\]"):
        found.check("test_b")


def test_one_outcome_is_an_object_and_several_are_a_list(tmp_path):
    """`read` takes both."""
    save(tmp_path / "one.json", [made()])
    save(tmp_path / "two.json", [made(), Outcome("43_more")])

    assert json.loads((tmp_path / "one.json").read_text())["module"] == "42_demo"
    assert [o.module for o in read(tmp_path / "one.json")] == ["42_demo"]
    assert [o.module for o in read(tmp_path / "two.json")] == ["42_demo", "43_more"]


def test_a_lone_surrogate_does_not_stop_the_report(tmp_path):
    """A learner's text may hold anything."""
    save(tmp_path / "one.json", [made(next="\ud800")])

    assert read(tmp_path / "one.json")[0].next == "\ud800"


def test_progress_keeps_the_last_outcome_of_each_module(tmp_path):
    """A file that cannot be read counts as no progress, one entry of it as that one."""
    save_progress(made(), tmp_path)
    save_progress(Outcome("43_more"), tmp_path)
    save_progress(made(hint_task=3), tmp_path)

    assert {key: o.hint_task for key, o in load_progress(tmp_path).items()} == {"42_demo": 3, "43_more": None}

    file = tmp_path / ".grader" / "progress.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "44_bad": {"version": 0}, "45_bad": 3}))
    assert set(load_progress(tmp_path)) == {"42_demo", "43_more"}
    file.write_text("half a fi")
    assert load_progress(tmp_path) == {}


def test_the_first_check_is_the_worst_of_the_first_open_task():
    """A blocked task is not the one to work on, unless there is no other."""
    checks = [
        Check("a", "a", 1, state="blocked", blocked_by=3),
        Check("b", "b", 2, state="not_started"),
        Check("c", "c", 2, state="failed"),
        Check("d", "d", 3, state="passed"),
    ]
    tasks = [Task(1, "", "blocked", 0, 1), Task(2, "", "failed", 0, 2), Task(3, "", "passed", 1, 1)]
    found = Outcome("42_demo", checks=checks, tasks=tasks)

    assert found.first() is checks[2]
    found.tasks[1].state = outcome.PASSED
    assert found.first() is checks[0]
