"""What becomes of pytest's own behaviour: async checks, its options, JUnit, other tests beside ours."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest

from grader.tests.plugin_support import checks
from grader.tests.verdict_support import Course


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path)


def test_async_checks_run_one_by_one_in_fresh_loops(course):
    """No backend in the names, and a task left behind does not reach the next check."""
    course.write(
        learner="""
        import asyncio
        async def one():
            asyncio.ensure_future(asyncio.sleep(99))
            return 1
        """,
        checks="""
        @pytest.mark.task(1)
        async def test_1(): assert await one() == 1
        @pytest.mark.task(2)
        async def test_2():
            import asyncio
            assert len(asyncio.all_tasks()) == 1
        """,
    )

    assert course.run().states == {"test_1": "passed", "test_2": "passed"}


def test_pytests_own_options_still_work(course):
    """`-x` stops, `--tb=native` shows Python's traceback from the test on, `-v` tells every check."""
    course.write(
        learner="def one(): return two()\ndef two(): return {}['x']",
        checks=checks((1, [], "one()"), (2, [], "two()")),
    )

    stopped = course.run("-x")
    assert list(stopped.states) == ["test_1"]
    assert "1 not run" in stopped.text

    native = course.run("--tb=native").text
    assert 'demo.py", line 2, in two' in native
    assert "pluggy" not in native

    assert course.run("-v").text.count("KeyError: 'x'") == 2
    assert "test_1" in course.run("--collect-only", "-q").text


def test_junit_has_a_failure_with_one_sentence_for_each_check(course):
    """A blocked check is one failure too, not an error of the set-up."""
    course.write(
        learner="def one(): return 1\ndef two(): return 2",
        checks=checks((1, [], "assert one() == 2"), (2, [1], "assert two() == 2")),
    )

    course.run("--junitxml=junit.xml")

    suite = ET.parse(course.root / "junit.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "2", "0")
    messages = [failure.get("message") for failure in suite.iter("failure")]
    assert messages == ["one() was 1, expected 2", "It needs task 1, which has not passed."]


def test_several_modules_in_one_session(course):
    """One line each, the first unfinished one in full, one outcome each."""
    course.write(learner="def one(): return 1", checks=checks((1, [], "assert one() == 1")))
    Course(course.root, "43_more").write(
        learner="def one(): return 1", checks=checks((1, [], "assert one() == 2"))
    )
    Course(course.root, "44_bad").write(
        learner="def one() return 1", checks=checks((1, [], "one()")), reference="def one(): return 1"
    )

    result = course.run(target="exercises")

    assert result.code == 1
    data = json.loads((course.root / "outcome.json").read_text())
    assert [o["module"] for o in data["outcomes"]] == ["42_demo", "43_more", "44_bad"]
    assert [o["passed"] if "passed" in o else o["ok"] for o in data["outcomes"]] == [True, False, False]
    assert "one() \n" not in result.text
    assert result.text.count("FAILED  task 1") == 1
    assert "BROKEN" not in result.text


def test_ordinary_tests_are_left_alone(course):
    """pytest's own report, no limits, no tape, no fixture asked for."""
    (course.root / "test_plain.py").write_text(
        "def test_a():\n    assert [1] == [2]\n\nasync def test_b(): pass\n"
    )

    result = course.run(target="test_plain.py")

    assert "1 failed, 1 passed" in result.text
    assert "At index 0 diff: 1 != 2" in result.text
    assert result.outcome is None


def test_a_mixed_session_keeps_pytests_report(course):
    """The check's words stand where pytest puts a traceback."""
    course.write(learner="def one(): return 1", checks=checks((1, [], "assert one() == 2")))
    (course.root / "test_plain.py").write_text("def test_a(): pass\n")

    result = course.run("test_plain.py")

    assert "1 failed, 1 passed" in result.text
    assert "looked at  one()" in result.text
