"""`cot` against hosts that really answer: the stand-in, and servers that are none."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from grader.capstone import command
from grader.course import ROOT
from grader.provider.serve import running
from grader.tests.capstone_support import FIFTEEN, cot, environment

OVERLOADED = "What is 40% of 55?"


@pytest.fixture(scope="module")
def standin() -> Iterator[str]:
    with running(pace=0) as url:
        yield url


@contextmanager
def host(kind: str, body: str) -> Iterator[str]:
    """A server that gives every request the same answer."""

    class Same(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-type", kind)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Same)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def ran(capsys, *argv: str) -> tuple[int, dict, str]:
    """Exit code, the report, the errors of `cot --json`."""
    code = command.run([*argv, "--json"])
    out, errors = capsys.readouterr()
    return code, json.loads(out), errors


@pytest.mark.parametrize("stream", [[], ["--stream"]], ids=["whole", "streamed"])
@pytest.mark.parametrize(
    ("provider", "path"), [("openai", "/v1"), ("anthropic", ""), ("deepseek", ""), ("llama", "/v1")]
)
def test_every_provider_answers_through_its_wire(provider, path, stream, standin, capsys):
    """The same question, the same answer, whatever the wire format and however it is read."""
    code, told, _ = ran(capsys, "--provider", provider, "--base-url", standin + path, *stream, FIFTEEN)

    assert (code, told["answer"], told["calls"]) == (0, "36", 4)
    assert told["usage"]["output_tokens"] > 100
    assert told["source"] == f"Live from {standin}{path}."


def test_a_dead_address_is_named():
    """Nothing listens there: exit code 4, and the address in the error."""
    done = cot("--base-url", "http://127.0.0.1:9/v1", FIFTEEN)

    assert done.returncode == 4
    assert "http://127.0.0.1:9/v1/ does not answer" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_refused_key_is_named_with_its_variable(standin, capsys):
    """401 ends the run with exit code 4 and says which variable holds the key."""
    code, told, _ = ran(capsys, "--base-url", f"{standin}/v1", "What is 5% of 500?")

    assert (code, told["answer"], told["calls"]) == (4, None, 1)
    assert "401" in told["error"]
    assert "OPENAI_API_KEY" in told["error"]


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
@pytest.mark.parametrize(
    ("kind", "body"),
    [("text/html", "<h1>It works</h1>"), ("application/json", "{}"), ("application/json", "[1]")],
)
def test_a_host_that_is_no_provider_is_named(provider, kind, body, capsys):
    """A web server that answers 200 to everything is no model: exit code 4, not a traceback."""
    with host(kind, body) as url:
        code, told, _ = ran(capsys, "--provider", provider, "--base-url", url, FIFTEEN)

    assert code == 4
    assert url in told["error"]


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_a_stream_without_events_is_no_answer(provider, capsys):
    """Three empty streams are three invalid replies: exit code 5, all three counted as unreported."""
    with host("text/event-stream", "") as url:
        code, told, _ = ran(capsys, "--provider", provider, "--base-url", url, "--stream", FIFTEEN)

    assert (code, told["calls"], told["uncounted"]) == (5, 3, 3)


def completion(text: str, usage: object) -> str:
    """A chat completion in OpenAI's format."""
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return json.dumps({"id": "1", "object": "chat.completion", "choices": [choice], "usage": usage})


FINAL = json.dumps(
    {"step_type": "final_answer", "thought": "t", "action": "a", "result": 36, "next_step_needed": False}
)


def test_a_model_without_a_price_costs_an_unknown_amount(capsys):
    """The answer comes, its cost is null and not zero; with a budget the call is refused."""
    with host("application/json", completion(FINAL, {"prompt_tokens": 9, "completion_tokens": 3})) as url:
        mine = ("--provider", "llama", "--model", "my-own-model", "--base-url", url, FIFTEEN)
        code, told, _ = ran(capsys, *mine)
        refused, report, _ = ran(capsys, *mine, "--budget", "5")

    assert (code, told["answer"], told["cost_usd"]) == (0, "36", None)
    assert (refused, report["calls"]) == (6, 0)


def test_a_reply_without_usage_is_not_free(capsys):
    """A host that reports no tokens: the reply counts as uncounted, and its reservation stays spent."""
    with host("application/json", completion("no step", None)) as url:
        code, told, _ = ran(capsys, "--base-url", url, "--budget", "0.0025", FIFTEEN)

    assert (code, told["calls"], told["uncounted"]) == (6, 2, 2)


def test_ctrl_c_reports_what_was_spent():
    """Interrupted between two steps: exit code 130, the step that came, the calls made so far."""
    with running() as url:
        typed = [sys.executable, "-m", "grader.capstone", "--base-url", f"{url}/v1", FIFTEEN]
        run = subprocess.Popen(
            typed, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment(),
            # A shell ignores Ctrl-C for what it runs in the background, and that would be inherited.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
        assert run.stdout
        first = run.stdout.readline()
        run.send_signal(signal.SIGINT)
        out, errors = run.communicate(timeout=30)

    assert first.startswith(" 1  analyze")
    assert run.returncode == 130
    assert "tokens in" in out
    assert errors == "cot: Interrupted.\n"


def test_an_overloaded_host_is_asked_again(standin, capsys):
    """The first request of this question gets 529, the second an answer; the run never notices."""
    code, told, _ = ran(capsys, "--provider", "anthropic", "--base-url", standin, OVERLOADED)

    assert (code, told["answer"]) == (0, "22")


def test_the_budget_holds_against_a_real_host(standin, capsys):
    """Less than one call's worst case: exit code 6, and no call was made."""
    code, told, _ = ran(capsys, "--base-url", f"{standin}/v1", "--budget", "0.0005", FIFTEEN)

    assert (code, told["calls"], told["cost_usd"]) == (6, 0, "0")
