"""What does not pass, and whose fault it is: ours, or the learner's."""

from __future__ import annotations

import pytest

from grader.tests.plugin_support import checks
from grader.tests.verdict_support import Course


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("def test_x():\n    one()\n", "test_x names no task. Mark it"),
        ("def helper(): pass\n", "holds no checks"),
        ("@pytest.mark.task('one')\ndef test_x(): pass\n", "is not a task"),
        ("@pytest.mark.task(2, needs=[2])\ndef test_x(): pass\n", "cannot need itself"),
        ("@pytest.mark.task(1)\nclass TestX:\n    def test_x(self): pass\n", "is no function"),
        ("undefined_name\n", "Our fault"),
        ("import nonsense_package\n", "Our fault"),
        ("import sys\nsys.modules['chromadb'] = None\nimport chromadb\n", "pip install -e '.[fewshot]'"),
        ("X = one.attribute\n", "has no 'one'"),
    ],
)
def test_a_test_file_that_cannot_grade_is_an_error_in_words(course, body, said):
    """Grading nothing must not look like success."""
    learner = "def two(): return 1" if "no 'one'" in said else "def one(): return 1"
    course.write(learner=learner, checks=body, reference="def one(): return 1")

    result = course.run()

    assert result.code == 1
    assert said in " ".join(result.text.split())
    assert result.outcome.error
    assert not result.outcome.ok
    assert "Traceback" not in result.text


@pytest.mark.parametrize("key", ["06_json", "43_demo"])
def test_a_name_that_is_taken_is_refused(course, key):
    """`import json` must go on meaning Python's, and `import demo` one module alone."""
    course.write(learner="def one(): return 1", checks=checks((1, [], "assert one() == 1")))
    Course(course.root, key).write(learner="def one(): return 1", checks=checks((1, [], "one()")))

    result = course.run(target="exercises")

    assert result.code == 1
    assert f"Rename the folder {key}" in " ".join(result.text.split())
    assert "42_demo         demo                                      passed" in result.text


def test_nothing_selected_is_an_error_in_words(course):
    """pytest's exit code 5, and a sentence."""
    result = course.write(learner="def one(): return 1", checks=checks((1, [], "one()"))).run("-k", "nothing")

    assert result.code == 5
    assert "No check ran: nothing matches nothing." in result.text


def test_skipping_and_leaving_do_not_pass(course):
    """Only a result does."""
    course.write(
        learner="""
        import os, sys, unittest, pytest
        def a(): pytest.skip("later")
        def b(): raise unittest.SkipTest("later")
        def c(): sys.exit(0)
        def d(): pytest.exit("done", returncode=0)
        def e(): os._exit(0)
        def f(): pytest.xfail("known")
        """,
        checks=checks(*((n, [], f"{name}()") for n, name in enumerate("abcdef", start=1))),
    )

    result = course.run()

    assert result.code == 1
    assert set(result.states.values()) == {"failed"}
    assert len(result.states) == 6


def test_an_unfinished_task_does_not_pass_as_an_expected_error(course):
    """`pytest.raises(RuntimeError)` would take NotImplementedError."""
    course.write(
        learner='def one(): raise NotImplementedError("Task 1: fail well")',
        checks=checks((1, [], "with pytest.raises(RuntimeError): one()")),
    )

    assert course.run().states == {"test_1": "not_started"}


def test_an_unfinished_task_is_found_inside_other_exceptions(course):
    """Behind `raise ... from`, and in a task group."""
    course.write(
        learner="""
        import asyncio
        def one():
            try:
                two()
            except Exception as error:
                raise ValueError("no") from error
        def two(): raise NotImplementedError("Task 1: do it")
        async def three():
            async with asyncio.TaskGroup() as group:
                group.create_task(four())
        async def four(): two()
        """,
        checks="""
        @pytest.mark.task(1)
        def test_1(): one()
        @pytest.mark.task(2)
        async def test_2(): await three()
        """,
    )

    assert course.run().states == {"test_1": "not_started", "test_2": "blocked"}


def test_our_own_failure_is_not_the_learners(course):
    """A test that breaks before it called anything, and a fixture that breaks."""
    course.write(
        learner="def one(): return 1",
        checks="""
        @pytest.fixture
        def broken(): raise KeyError("ours")

        @pytest.mark.task(1)
        def test_1(): undefined_name()
        @pytest.mark.task(2)
        def test_2(broken): one()
        """,
    )

    result = course.run()

    assert set(result.states.values()) == {"grader_error"}
    assert result.outcome.hint_task is None
    assert "the grader failed, not your code" in result.text


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        (("no", "no"), "raised     KeyError: 'no'"),
        (("no", "nor"), "ExceptionGroup of 2, the first: KeyError: 'no'"),
    ],
)
def test_what_tasks_raised_is_told(course, messages, told):
    """One fault in all of them is that fault; different ones are a group, with its first."""
    course.write(
        learner=f"""
        import asyncio

        async def fail(message):
            await asyncio.sleep(0)
            raise KeyError(message)

        async def one():
            async with asyncio.TaskGroup() as group:
                for message in {messages!r}:
                    group.create_task(fail(message))
        """,
        checks="@pytest.mark.task(1)\nasync def test_1():\n    '''It holds.'''\n    await one()\n",
    )

    text = course.run().text

    assert told in text
    assert "raise KeyError(message)" in text
