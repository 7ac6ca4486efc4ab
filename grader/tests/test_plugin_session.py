"""Sessions over a tiny course: states, their order, and the side that is graded."""

from __future__ import annotations

import json

import pytest

from grader.tests.plugin_support import checks
from grader.tests.verdict_support import Course


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path)


def test_states_of_a_half_finished_file(course):
    """Passed, failed, not started, blocked by a failure and blocked by an unfinished task."""
    course.write(
        learner="""
        def one(): return 1
        def two(): return 3
        def three(): raise NotImplementedError("Task 3: count to three")
        def four(): return 4
        def five(): return three()
        """,
        checks=checks(
            (5, [], "assert five() == 5"),
            (4, [2], "assert four() == 4"),
            (3, [], "assert three() == 3"),
            (2, [1], "assert two() == 2"),
            (1, [], "assert one() == 1"),
        ),
    )

    result = course.run()

    assert result.code == 1
    assert list(result.states.items()) == [
        ("test_1", "passed"),
        ("test_2", "failed"),
        ("test_3", "not_started"),
        ("test_4", "blocked"),
        ("test_5", "blocked"),
    ]
    assert (result.check("test_4").blocked_by, result.check("test_5").blocked_by) == (2, 3)
    assert result.outcome.hint_task == 2
    assert result.check("test_3").next == "Task 3: count to three"


def test_blocking_goes_through_blocked_tasks(course):
    """Task 3 needs 2, which needs 1: one cause, one red line."""
    course.write(
        learner="def one(): return 0",
        checks=checks((1, [], "assert one()"), (2, [1], "assert one()"), (3, [2], "assert one()")),
    )

    assert course.run().states == {"test_1": "failed", "test_2": "blocked", "test_3": "blocked"}


def test_choosing_checks_is_choosing_to_go_on(course):
    """`-k` runs a check whose needed task was left out, and says how many were not run."""
    course.write(
        learner="def one(): return 0",
        checks=checks((1, [], "assert one()"), (2, [1], "assert one() == 0")),
    )

    result = course.run("-k", "test_2")

    assert result.states == {"test_2": "passed"}
    assert "1 of 1 check passed, 1 not run" in result.text
    assert not (course.root / ".grader").exists()


def test_only_a_whole_run_of_the_learners_side_is_progress(course):
    """The reference's success is not the learner's."""
    course.write(
        learner="def one(): return 0", checks=checks((1, [], "assert one()")), reference="def one(): return 1"
    )

    course.run("--solution")
    assert not (course.root / ".grader" / "progress.json").exists()

    course.run()
    kept = json.loads((course.root / ".grader" / "progress.json").read_text())
    assert kept["42_demo"]["ok"] is False


def test_sides(course, tmp_path):
    """Learner, reference, reference with an overlay, another file."""
    course.write(
        learner="def one(): return 0", checks=checks((1, [], "assert one()")), reference="def one(): return 1"
    )
    wrong = tmp_path / "wrong.py"
    wrong.write_text("def one(): return None\n")
    right = tmp_path / "right.py"
    right.write_text("def one(): return 5\n")

    found = {
        words: course.run(*words).states["test_1"]
        for words in ((), ("--solution",), ("--overlay", str(wrong)), ("--file", str(right)))
    }

    assert list(found.values()) == ["failed", "passed", "failed", "passed"]
    assert course.run("--solution", "--overlay", "x").code == 4
