"""Sessions over a tiny course: states, order, sides, options, and what becomes of pytest's own behaviour."""

from __future__ import annotations

import json
import threading
import xml.etree.ElementTree as ET
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from grader.tests.verdict_support import Course

ASK = """
from openai import OpenAI
from grader.models import model

def ask(question, times=1):
    for _ in range(times):
        messages = [{"role": "user", "content": question}]
        reply = OpenAI().chat.completions.create(model=model("fast"), messages=messages)
    return {"answer": reply.choices[0].message.content}
"""
ASKS = '''
@pytest.mark.task(3)
@pytest.mark.cassette("hello")
def test_gives_the_answer(tape):
    """The answer is what the model said."""
    reply = ask("Say something", times=TIMES)

    assert reply["answer"] == tape.steps[0].reply.text
    assert len(tape.calls) == 1
'''

SWALLOWS = """
def ask(question, times):
    try:
        return real(question, times)
    except:
        return {"answer": "Hello there"}
"""


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path)


def checks(*needs_and_bodies: tuple[int, list[int], str]) -> str:
    """One check per (task, needs, body); the check of task 1 is test_1."""
    parts = []
    for task, needs, body in needs_and_bodies:
        parts.append(
            f"@pytest.mark.task({task}, needs={needs})\ndef test_{task}():\n    '''It holds.'''\n    {body}\n"
        )
    return "\n".join(parts)


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


def test_a_call_that_is_answered(course):
    """The SDK gets the recorded reply; what it would have cost is summed up."""
    course.cassette("hello", "Hello there")
    result = course.write(learner=ASK, checks=ASKS.replace("TIMES", "1")).run()

    assert result.code == 0, result.text
    check = result.check("test_gives_the_answer")
    assert (check.calls, check.usage.total_tokens) == (1, 17)
    assert check.cost > 0
    assert result.outcome.source == "stand-in"


def test_a_miss_is_told_even_when_it_was_swallowed(course):
    """A bare `except` around the call does not make a call that the recording has not."""
    course.cassette("hello", "Hello there")
    learner = ASK.replace("def ask", "def real") + SWALLOWS

    result = course.write(learner=learner, checks=ASKS.replace("TIMES", "2")).run()

    check = result.check("test_gives_the_answer")
    assert (check.state, check.kind) == ("failed", "miss")
    assert "Your code caught this" in check.next


def test_a_check_without_a_cassette_calls_no_model(course):
    """Every HTTP call is a miss then."""
    result = course.write(learner=ASK, checks=checks((1, [], "ask('hi')"))).run()

    assert "This check calls no model" in result.check("test_1").happened


def test_a_cassette_that_is_not_there_is_our_fault(course):
    """The learner cannot have deleted what git gives back."""
    result = course.write(learner=ASK, checks=ASKS.replace("TIMES", "1")).run()

    check = result.check("test_gives_the_answer")
    assert (check.state, check.kind) == ("grader_error", "no_cassette")
    assert "cassettes/42_demo/hello.yaml" in check.happened


def test_other_cassettes_can_be_played(course, tmp_path):
    """`--cassettes DIR` looks in DIR/<module>/."""
    course.cassette("hello", "Hello there")
    (tmp_path / "mine").mkdir()
    (course.root / "cassettes" / "42_demo").rename(tmp_path / "mine" / "42_demo")
    course.write(learner=ASK, checks=ASKS.replace("TIMES", "1"))

    assert course.run().code == 1
    assert course.run("--cassettes", str(tmp_path / "mine")).code == 0


def test_keys_and_addresses_of_the_machine_do_not_matter(course):
    """The session's environment holds a real key and another host: neither reaches the code."""
    course.write(
        learner="import os\ndef env(name): return os.environ.get(name)",
        checks=checks(
            (1, [], "assert env('OPENAI_API_KEY') == 'offline'"),
            (2, [], "assert env('OPENAI_BASE_URL') is None"),
        ),
    )

    assert course.run().code == 0


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


def test_a_failure_inside_the_tape_is_not_the_learners(course):
    """Even where the SDK has wrapped it in an error of its own."""
    course.cassette("hello", "Hello there")
    course.write(learner=ASK, checks=ASKS.replace("TIMES", "1"))
    (course.root / "conftest.py").write_text("from grader.replay.match import Matcher\nMatcher.take = None\n")

    check = course.run().check("test_gives_the_answer")

    assert (check.state, check.kind) == ("grader_error", "grader")
    assert "not your code: TypeError" in check.happened


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


class Provider(BaseHTTPRequestHandler):
    """The smallest provider: answers each chat completion with the number of requests so far."""

    asked = 0

    def do_POST(self):
        type(self).asked += 1
        self.rfile.read(int(self.headers["content-length"]))
        message = {"role": "assistant", "content": f"answer {type(self).asked}"}
        reply = {
            "id": "c", "object": "chat.completion", "created": 1, "model": "gpt-6-luna",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 12, "completion_tokens": 5, "total_tokens": 17},
        }  # fmt: skip
        body = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def provider():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    Provider.asked = 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_recording_asks_the_provider_once_for_each_cassette(course, provider):
    """The first check records, the second replays the fresh file; afterwards no provider is needed."""
    both = ASKS + ASKS.replace("test_gives", "test_gives_again")
    course.write(learner=ASK, checks=both.replace("TIMES", "1"))

    recorded = course.run("--record", provider, "--voice", "1", "--cassettes", "made")

    assert recorded.code == 0, recorded.text
    assert Provider.asked == 1
    assert (course.root / "made" / "42_demo" / "hello.yaml").is_file()
    assert course.run("--cassettes", "made").code == 0


def test_a_check_that_fails_leaves_no_recording(course, provider):
    """A recording of something wrong would teach the next run to expect it."""
    course.write(learner=ASK, checks=ASKS.replace("TIMES", "2"))

    assert course.run("--record", provider, "--cassettes", "made").code == 1
    assert not (course.root / "made" / "42_demo" / "hello.yaml").exists()
