"""What a session plays: recordings, misses, and recordings that it makes."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from grader.tests.plugin_support import ASK, ASKS, SWALLOWS, checks
from grader.tests.verdict_support import Course


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path)


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
            (1, [], "assert env('OPENAI_API_KEY') == 'offline-OPENAI_API_KEY'"),
            (2, [], "assert env('OPENAI_BASE_URL') is None"),
        ),
    )

    assert course.run().code == 0


def test_a_failure_inside_the_tape_is_not_the_learners(course):
    """Even where the SDK has wrapped it in an error of its own."""
    course.cassette("hello", "Hello there")
    course.write(learner=ASK, checks=ASKS.replace("TIMES", "1"))
    (course.root / "conftest.py").write_text("from grader.replay.match import Matcher\nMatcher.take = None\n")

    check = course.run().check("test_gives_the_answer")

    assert (check.state, check.kind) == ("grader_error", "grader")
    assert "not your code: TypeError" in check.happened


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
