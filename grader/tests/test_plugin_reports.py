"""What the terminal shows, held to golden files. Change one with UPDATE_GOLDEN=1 and read the diff."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest

from grader.tests.plugin_support import ASK, SWALLOWS
from grader.tests.verdict_support import Course, golden

DOUBLES = '''
@pytest.mark.task(1)
def test_doubles():
    """A number comes back twice as large."""
    assert double(2)["result"] == 4
'''
CASES = '''
@pytest.mark.task(1)
@pytest.mark.parametrize("n", [1, 2, 3])
def test_doubles(n):
    """A number comes back twice as large."""
    assert double(n)["result"] == 2 * n
'''
STOPS = '''
@pytest.mark.task(2, needs=[1])
def test_stops():
    """An endless chain stops at its limit, and says so."""
    with pytest.raises(StepLimit):
        loop(3)
'''
ASKED = '''
@pytest.mark.task(3)
@pytest.mark.cassette("hello")
def test_asks_once(tape):
    """One question is one call."""
    assert ask("Say something", times=TIMES)["answer"] == tape.steps[0].reply.text
'''
REFERENCE = '''
class StepLimit(Exception):
    """Too many steps."""

def double(number: int) -> dict:
    return {"result": number * 2}

def loop(limit: int) -> None:
    raise StepLimit(limit)
'''
LOOP = """
class StepLimit(Exception): pass
def loop(limit): raise StepLimit(limit)
"""
STUBS = """
class StepLimit(Exception): pass

def double(number):
    raise NotImplementedError("Task 1: return twice the number")

def loop(limit):
    raise NotImplementedError("Task 2: stop at the limit")
"""
TASK_1 = 'raise NotImplementedError("Task 1: return twice the number")'
STEPS = "[{'thought': 'Look at the number.', 'number': n} for n in range(%d)]"


def double(*body: str) -> str:
    """A file whose `double` has this body, and whose `loop` is right."""
    return "\n    ".join(["def double(number):", *body]) + "\n" + LOOP


@dataclass
class Scene:
    learner: str
    checks: str = DOUBLES + STOPS
    words: list[str] = field(default_factory=list)
    code: int = 1


SCENES = {
    "not_started": Scene(STUBS),
    "wrong_value": Scene(double('print("doubling", number)', "return {'result': number + 1}")),
    "wrong_record": Scene(
        double(f"return {{'steps': {STEPS % 9}, 'result': 3}}"),
        DOUBLES.replace('["result"] == 4', f" == {{'steps': {STEPS % 8}, 'result': 4}}"),
    ),
    "unreadable": Scene(double("number * 2")),
    "exception": Scene(double("return look(number)") + "def look(number):\n    return {}['result']\n"),
    "other_exception": Scene(REFERENCE.replace("raise StepLimit(limit)", "raise ValueError(limit)")),
    "no_exception": Scene(REFERENCE.replace("raise StepLimit(limit)", "return {'steps': limit}")),
    "not_plain": Scene(double("return {'result': object()}")),
    "signature": Scene("def double():\n    return {'result': 4}\n" + LOOP),
    "missing_name": Scene(LOOP),
    "syntax": Scene(double("return {'result': number * 2")),
    "missing_package": Scene("import nonsense_package\n" + REFERENCE),
    "timeout": Scene(double("while True:", "    pass"), words=["--limit=0.5"]),
    "network": Scene("import socket\n" + double('socket.getaddrinfo("example.com", 80)')),
    "reached": Scene(STUBS.replace(TASK_1, "loop(1)")),
    "one_call_too_many": Scene(ASK, ASKED.replace("TIMES", "2")),
    "swallowed": Scene(ASK.replace("def ask", "def real") + SWALLOWS, ASKED.replace("TIMES", "2")),
    "passed": Scene(ASK, ASKED.replace("TIMES", "1"), code=0),
    "our_fault": Scene(REFERENCE, DOUBLES.replace("double(2)", "doubel(2)") + STOPS),
    "no_mark": Scene(REFERENCE, DOUBLES.replace("@pytest.mark.task(1)\n", "")),
    "cases": Scene(double("return {'result': number}"), CASES + STOPS),
    "verbose": Scene(STUBS.replace(TASK_1, "return {'result': 3}"), CASES + STOPS, words=["-v"]),
}


@pytest.mark.parametrize("name", SCENES)
def test_the_screen(tmp_path, name):
    """80 columns, no colour, no traceback, the same in every run."""
    scene = SCENES[name]
    reference = ASK if "cassette" in scene.checks else REFERENCE
    course = Course(tmp_path).write(learner=scene.learner, checks=scene.checks, reference=reference)
    course.cassette("hello", "Hello there")

    result = course.run(*scene.words)

    assert result.code == scene.code
    assert "Traceback" not in result.text
    golden(name, result.text)


def test_several_modules(tmp_path):
    """A line for each, and the first unfinished one in full."""
    more = double("return {'result': number}")
    Course(tmp_path).write(learner=REFERENCE, checks=DOUBLES + STOPS)
    Course(tmp_path, "43_more").write(learner=more, checks=DOUBLES + STOPS)
    Course(tmp_path, "44_bad").write(learner=REFERENCE, checks="def test_nothing(): pass\n")
    last = Course(tmp_path, "45_last").write(learner="def double(n) n", checks=DOUBLES, reference=REFERENCE)

    golden("several_modules", last.run(target="exercises").text)


def test_colour_only_repeats_what_the_words_say(tmp_path):
    """Without its escape sequences, a coloured report is the plain one."""
    learner = SCENES["wrong_value"].learner
    course = Course(tmp_path).write(learner=learner, checks=DOUBLES + STOPS, reference=REFERENCE)

    coloured = course.run("--color=yes").text

    assert "\x1b[31m" in coloured
    assert re.sub(r"\x1b\[\d*m", "", coloured) == course.run().text


def test_what_a_learner_prints_cannot_move_the_cursor(tmp_path):
    """Escape sequences in output, in values and in messages are spelled out."""
    learner = double('print("\\x1b[2J")', 'raise ValueError("\\x1b]0;title\\x07 \\ud800")')
    result = Course(tmp_path).write(learner=learner, checks=DOUBLES, reference=REFERENCE).run()

    assert "\x1b" not in result.text
    assert r"\x1b[2J" in result.text
    assert r"\x1b]0;title\x07" in result.text


def test_an_exception_of_a_package_is_told_with_its_package(tmp_path):
    """`httpx2.ReadError` says where to look it up; the learner's own error and Python's need no package."""
    checks = '''
@pytest.mark.task(1)
@pytest.mark.parametrize("kind", ["theirs", "mine", "pythons"])
def test_fails(kind):
    """It returns."""
    fail(kind)
'''
    learner = """
    import httpx2, pydantic
    class Mine(Exception): pass
    def fail(kind):
        raise {"theirs": httpx2.ReadError("gone"), "mine": Mine("x"), "pythons": KeyError("y")}[kind]
    """
    result = Course(tmp_path).write(learner=learner, checks=checks).run()

    told = [result.check(f"test_fails[{kind}]").happened for kind in ("theirs", "mine", "pythons")]
    assert told == [
        "fail() raised httpx2.ReadError: gone",
        "fail() raised Mine: x",
        "fail() raised KeyError: 'y'",
    ]


def test_a_call_that_was_not_made_is_told_as_that(tmp_path):
    """A check that looks at a call says that there was none, not that an index is out of range."""
    checks = '''
@pytest.mark.task(1)
def test_sends(tape):
    """It asks."""
    ask()
    assert tape.calls[0].tier == "fast"
'''
    result = Course(tmp_path).write(learner="def ask(): return 'from memory'", checks=checks).run()

    assert "NoSuchCall: your code made no call to the model" in result.check("test_sends").happened
    assert result.check("test_sends").state == "failed"


def test_a_function_that_is_right_is_not_pointed_at(tmp_path):
    """What the file is given with cannot be the fault: the report sends the reader below it."""
    checks = '''
@pytest.mark.task(1)
def test_doubles():
    """It doubles."""
    assert total([1, 2]) == 6
'''
    given = "def total(numbers):\n    return sum(map(double, numbers))\n"
    reference = "def double(number):\n    return number * 2\n\n" + given
    learner = "def double(number):\n    return number * 3\n\n" + given
    result = Course(tmp_path).write(learner=learner, reference=reference, checks=checks).run()

    check = result.check("test_doubles")
    assert check.next == "total() itself is right: look at what it uses in exercises/42_demo/demo.py."
    assert "at" not in dict(check.rows)
