"""`cot` as people type it: without a key, with a wrong line, with an unfinished file."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from decimal import Decimal

import pytest

from grader.capstone import command
from grader.capstone.endings import CotError, exit_codes
from grader.capstone.recordings import find, recorded
from grader.course import ROOT, Module
from grader.models import model
from grader.replay.cassette import load
from grader.tests.capstone_support import FIFTEEN, cot, environment

INVEST = "If I invest $1000 at 5% compounded monthly for 2 years, how much will I have?"
SOURCE = "from the stand-in: scripted text, not a vendor's words."


def test_without_a_key_the_recording_answers_and_says_so():
    """Steps, answer, tokens and cost as recorded, and the sentence that names the source."""
    tape = load(command.MODULE.cassette("fifteen_percent"))

    done = cot(FIFTEEN)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.rstrip().endswith(SOURCE)
    assert tape.steps[-1].reply.json_text()["result"] in done.stdout
    assert f"{tape.head['usage']['input_tokens']:,} tokens in" in done.stdout
    assert "\033" not in done.stdout


@pytest.mark.parametrize("run", recorded(command.MODULE), ids=lambda run: run.path.stem)
def test_every_recorded_question_can_be_asked(run, capsys, monkeypatch):
    """No question is offered that then has no answer on the tape."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    tape = load(run.path)

    code = command.run([*run.options.split(), "--json", run.question])
    told = json.loads(capsys.readouterr().out)

    assert code == told["exit_code"]
    assert code in (0, 4, 5)
    assert told["source"] == run.source
    assert told["usage"]["input_tokens"] == tape.head["usage"]["input_tokens"]
    assert Decimal(told["cost_usd"]) == Decimal(tape.head["cost_usd"])


def test_an_unknown_question_names_the_known_ones_and_both_ways_out():
    """Exit code 3, every recorded question, the key, and the stand-in; nothing on standard output."""
    done = cot("How high is the moon?")

    assert (done.returncode, done.stdout) == (3, "")
    words = " ".join(done.stderr.split())
    assert all(run.question in words for run in recorded(command.MODULE))
    assert "OPENAI_API_KEY" in done.stderr
    assert "grader provider" in done.stderr
    assert all(len(line) <= 80 for line in done.stderr.splitlines())


@pytest.mark.parametrize(
    "typed",
    [
        INVEST.upper(),
        INVEST.replace("1000", "1,000"),
        INVEST.rstrip("?"),
        "  " + INVEST,
        INVEST.replace("$1", ""),
    ],
)
def test_a_question_is_found_however_it_is_typed(typed):
    """Case, spacing and separators do not matter, and neither does a shell that replaced $1."""
    found = find(recorded(command.MODULE), typed, "openai", False)

    assert found
    assert found.question == INVEST


def test_what_the_shell_took_is_said():
    """`$1000` in double quotes arrives as `000`: the recording answers, and the remedy is named."""
    done = cot(INVEST.replace("$1", ""), "--json")

    assert "single quotes" in done.stderr
    assert json.loads(done.stdout)["question"] == INVEST


def test_other_questions_are_not_confused():
    """A question that merely resembles a recorded one has no recording."""
    assert find(recorded(command.MODULE), "What is 16% of 240?", "openai", False) is None
    assert find(recorded(command.MODULE), FIFTEEN, "deepseek", False) is None


def test_another_model_than_the_recorded_one_is_not_played():
    """Its tokens and its price would be invented; the recorded model may be named."""
    runs = recorded(command.MODULE)

    assert find(runs, FIFTEEN, "openai", False, "smart") is None
    assert find(runs, FIFTEEN, "openai", False, "fast", "gpt-99") is None
    assert find(runs, FIFTEEN, "openai", False, "smart", model("fast"))


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (["x" * 100_000], "100,000 characters"),
        ([""], "empty"),
        ([" \t\n"], "empty"),
        ([FIFTEEN, "--max-steps", "0"], "--max-steps is 0"),
        ([FIFTEEN, "--max-steps", "51"], "Use 1 to 50"),
        ([FIFTEEN, "--budget", "nan"], "dollars above zero"),
        ([FIFTEEN, "--budget", "0.00"], "dollars above zero"),
        ([FIFTEEN, "--base-url", "127.0.0.1:8000"], "--base-url"),
        ([FIFTEEN, "--base-url", "http://[::1"], "--base-url"),
        ([FIFTEEN, "--base-url", "http://host:99999/v1"], "--base-url"),
        ([FIFTEEN, "--provider", "llama"], "--base-url"),
        ([FIFTEEN, "--provider", "nobody"], "invalid choice"),
        ([FIFTEEN, "--trace", "/nowhere/at/all"], "cannot be written"),
        ([FIFTEEN, "--trace", str(ROOT)], "cannot be written"),
    ],
)
def test_bad_input_is_refused_in_one_line(argv, word, capsys):
    """Exit code 2; one line that names the value and the rule."""
    code = command.run(argv)
    out, errors = capsys.readouterr()

    assert (code, out) == (2, "")
    assert word in errors
    assert len(errors.splitlines()) == 1


def test_help_lists_every_exit_code():
    """The table in `--help` comes from the error classes, so that it cannot be out of date."""
    done = cot("--help")

    assert done.returncode == 0
    assert exit_codes() in done.stdout
    assert [str(kind.code) in exit_codes() for kind in CotError.__subclasses__()] == [True] * 7


def test_an_unfinished_file_is_answered_in_words():
    """`--mine` on a starter lists the open tasks and the next command; no traceback."""
    done = cot("--mine", FIFTEEN)
    if done.returncode == 0:
        pytest.skip("the file in exercises/ is finished")

    assert (done.returncode, done.stdout) == (1, "")
    assert "1  limit, respell" in done.stderr
    assert "pytest exercises/99_capstone" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_finished_file_runs_as_mine(tmp_path, monkeypatch, capsys):
    """`--mine` runs the learner's file: here another correct solution, without any SDK."""
    other = ROOT / "grader/tests/alternatives/99_capstone/by_hand.py"
    mine = Module("99_capstone", tmp_path)
    mine.exercise.mkdir(parents=True)
    shutil.copy(other, mine.starter)
    shutil.copytree(command.MODULE.cassettes, mine.cassettes)
    monkeypatch.setattr(command, "MODULE", mine)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)

    code = command.run(["--mine", "--json", FIFTEEN])

    assert code == 0
    assert json.loads(capsys.readouterr().out)["answer"] == "36"


def test_the_trace_holds_every_call_and_no_key(tmp_path):
    """One JSON object per line: question, calls with messages and replies, steps; never the key."""
    file = tmp_path / "trace.jsonl"

    cot("What is 30% of 90?", "--trace", str(file))

    events = [json.loads(line) for line in file.read_text().splitlines()]
    assert [event["event"] for event in events][:3] == ["question", "call", "step"]
    assert sum(event["event"] == "invalid" for event in events) == 2
    assert all(
        event["messages"][1]["content"] == "What is 30% of 90?"
        for event in events
        if event["event"] == "call"
    )
    assert "recorded" not in file.read_text()


def on_a_terminal(*argv: str, **more: str) -> str:
    """What a person sees: the output of `cot` on a terminal of its own."""
    leader, follower = pty.openpty()
    done = subprocess.Popen(
        [sys.executable, "-m", "grader.capstone", *argv],
        stdout=follower,
        stderr=follower,
        cwd=ROOT,
        env=environment(**more),
    )
    os.close(follower)
    seen = b""
    try:
        while piece := os.read(leader, 4096):
            seen += piece
    except OSError:  # Linux reports the end of a terminal this way
        pass
    done.wait()
    os.close(leader)
    return seen.decode()


def test_colour_is_for_terminals_that_want_it():
    """A terminal gets colour; NO_COLOR or TERM=dumb gets the same words without."""
    coloured = on_a_terminal("--fast", FIFTEEN, TERM="xterm")
    plain = on_a_terminal("--fast", FIFTEEN, TERM="xterm", NO_COLOR="1")

    assert "\033[1m" in coloured
    assert "\033" not in plain
    assert "\033" not in on_a_terminal("--fast", FIFTEEN, TERM="dumb")


def test_an_ascii_terminal_gets_question_marks_and_no_traceback():
    """A character that the terminal cannot show costs that character only."""
    done = cot(FIFTEEN, PYTHONIOENCODING="ascii")

    assert done.returncode == 0
    assert "4 calls ?" in done.stdout


def test_a_reader_that_leaves_is_no_error():
    """`cot ... | head -1` ends without a traceback."""
    line = f"{sys.executable} -m grader.capstone --fast '{FIFTEEN}' | head -1"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, cwd=ROOT, env=environment())

    assert done.stderr == ""
    assert done.stdout.startswith(" 1  analyze")
