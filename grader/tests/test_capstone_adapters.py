"""The adapters that a learner wrote in 02 make the capstone's calls, over recordings and over sockets."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from grader.capstone import adapters, command
from grader.course import ROOT, Module
from grader.provider.serve import running
from grader.replay.cassette import load
from grader.tests.capstone_support import FIFTEEN

REFERENCE = Module("02_adapters").reference
OTHERS = sorted((ROOT / "grader/tests/alternatives/02_adapters").glob("*.py"))
CAPSTONE = Module("99_capstone")
Bring = Callable[..., None]
# Where each provider's adapter sends its calls, under a host of one's own.
PATHS = {"openai": "/v1", "deepseek": "", "anthropic": "", "llama": ""}


@pytest.fixture
def bring(tmp_path, monkeypatch) -> Iterator[Bring]:
    """A learner's folder: starters, until `bring` puts a file of 02 or of 99 in their place."""
    for module in (command, adapters):
        mine = Module(module.MODULE.key, tmp_path)
        mine.exercise.mkdir(parents=True)
        shutil.copy(Module(mine.key).starter, mine.starter)
        monkeypatch.setattr(module, "MODULE", mine)
    shutil.copytree(CAPSTONE.cassettes, command.MODULE.cassettes)
    # The reference stays the course's own.
    shutil.copytree(CAPSTONE.solution, command.MODULE.solution)
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "DEEPSEEK_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    adapters.yours.cache_clear()
    yield lambda file, to=adapters: shutil.copy(file, to.MODULE.starter)
    adapters.yours.cache_clear()


def edited(folder: Path, file: Path, old: str, new: str) -> Path:
    """A copy of the file with one passage changed."""
    text = file.read_text()
    assert text.count(old) == 1
    changed = folder / "edited.py"
    changed.write_text(text.replace(old, new))
    return changed


def ran(capsys, *argv: str) -> tuple[int, dict]:
    """Exit code and report of `cot --json`."""
    code = command.run([*argv, "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("file", [REFERENCE, *OTHERS], ids=lambda file: file.stem)
@pytest.mark.parametrize("provider", ["openai", "anthropic"])
def test_every_correct_solution_drives_the_capstone(file, provider, bring, capsys):
    """`cot --mine` on 02 alone: steps, tokens and dollars are those of the recording."""
    bring(file)
    name = {"openai": "fifteen_percent", "anthropic": "fifteen_percent_claude"}[provider]
    tape = load(command.MODULE.cassette(name))

    code, told = ran(capsys, "--mine", "--provider", provider, FIFTEEN)

    assert (code, told["answer"], told["calls"]) == (0, "36", len(tape.steps))
    assert told["usage"]["input_tokens"] == tape.head["usage"]["input_tokens"]
    assert Decimal(told["cost_usd"]) == Decimal(tape.head["cost_usd"])
    assert "your exercises/02_adapters/adapters.py makes its calls" in told["source"]
    assert "The loop is the reference" in told["source"]


@pytest.mark.parametrize("provider", PATHS)
def test_all_four_formats_reach_a_server(provider, bring, capsys):
    """Each adapter answers the same question over a socket, the raw prompt of Llama included."""
    bring(REFERENCE)
    with running(pace=0) as url:
        code, told = ran(
            capsys, "--mine", "--provider", provider, "--base-url", url + PATHS[provider], FIFTEEN
        )

    assert (code, told["answer"]) == (0, "36")
    assert told["usage"]["input_tokens"] > 0


def test_they_drive_the_learners_own_loop_too(bring, capsys):
    """`--mine --adapters`: the learner's capstone, without the adapters that it has of its own."""
    bring(OTHERS[0])
    bring(CAPSTONE.reference, to=command)
    before = adapters.made["openai"]

    code, told = ran(capsys, "--mine", "--adapters", FIFTEEN)

    assert (code, told["answer"]) == (0, "36")
    assert "The loop is your capstone" in told["source"]
    assert adapters.made["openai"] - before == told["calls"]


def test_a_loop_that_takes_no_other_adapters_is_told(bring, capsys):
    """A capstone may be correct without `ask`: then `--adapters` says what it would need, in one line."""
    bring(REFERENCE)
    bring(ROOT / "grader/tests/alternatives/99_capstone/by_hand.py", to=command)

    code, told = ran(capsys, "--mine", "--adapters", FIFTEEN)

    assert code == 1
    assert "does not hand `ask` on to solve" in told["error"]


def test_a_finished_capstone_brings_its_own(bring, capsys):
    """`--mine` alone runs the learner's capstone as it is, whatever stands in 02."""
    bring(REFERENCE)
    bring(CAPSTONE.reference, to=command)
    before = adapters.made.total()

    code, told = ran(capsys, "--mine", FIFTEEN)

    assert (code, told["answer"]) == (0, "36")
    assert "makes its calls" not in told["source"]
    assert adapters.made.total() == before


def test_the_budget_counts_what_they_spend(bring, capsys):
    """The loop reserves and settles around any adapter: a small budget ends the run after some calls."""
    bring(REFERENCE)

    code, told = ran(capsys, "--adapters", "--budget", "0.00125", FIFTEEN)

    assert code == 6
    assert 0 < told["calls"] < 4
    assert Decimal(told["cost_usd"]) <= Decimal("0.00125")


def test_a_refusal_keeps_its_name(bring, capsys):
    """Overloaded comes out under the learner's own name; nobody asks again, so one call was made."""
    bring(REFERENCE)

    code, told = ran(capsys, "--adapters", "--provider", "anthropic", "What is 40% of 55?")

    assert (code, told["calls"]) == (4, 1)
    assert "your adapter raised Overloaded: anthropic: Error code: 529" in told["error"]


COMPLETE = "    return client_for(config)(messages)\n\n\ndef signup"


def test_nobody_at_home_is_told_as_that(bring, capsys):
    """A connection that is refused is no reply of a model: one call, exit code 4, and what to look at."""
    bring(REFERENCE)

    code, told = ran(capsys, "--adapters", "--base-url", "http://127.0.0.1:1/v1", FIFTEEN)

    assert (code, told["calls"]) == (4, 1)
    assert told["error"].endswith("Is it running?")


def test_a_wrong_address_names_the_option(bring, capsys):
    """Anthropic's client adds /v1 by itself: the 404 of the doubled path comes with the rule."""
    bring(REFERENCE)
    with running(pace=0) as url:
        code, told = ran(capsys, "--adapters", "--provider", "anthropic", "--base-url", f"{url}/v1", FIFTEEN)
        slash, _ = ran(capsys, "--adapters", "--provider", "llama", "--base-url", f"{url}/", FIFTEEN)

    assert (code, slash) == (4, 0)
    assert "Check --base-url (Anthropic's has no /v1)" in told["error"]


@pytest.mark.parametrize(
    "made",
    ["'36'", "{'text': '36'}", "{'text': '36', 'usage': 5, 'finish': 'stop'}", "object()",
     "Completion('openai', None, Usage(1, 1), 'stop')"],
)  # fmt: skip
def test_another_kind_of_reply_is_refused_in_words(made, bring, tmp_path, capsys):
    """Exit code 4, what is missing, and the command that grades it; no traceback."""
    bring(edited(tmp_path, REFERENCE, COMPLETE, f"    return {made}\n\n\ndef signup"))

    code, told = ran(capsys, "--adapters", FIFTEEN)

    assert code == 4
    assert "no text, usage and finish" in told["error"]
    assert "pytest exercises/02_adapters" in told["error"]


def test_a_fault_of_the_adapter_is_told_with_its_line(bring, tmp_path, capsys):
    """What is no failure of a provider is one of the file: kind, words and line, and still a report."""
    bring(edited(tmp_path, REFERENCE, COMPLETE, "    return {}['text']\n\n\ndef signup"))

    code, told = ran(capsys, "--adapters", FIFTEEN)
    line = adapters.MODULE.starter.read_text().split("return {}[")[0].count("\n") + 1

    assert code == 4
    assert (
        told["error"] == f"your adapter raised KeyError: 'text' (exercises/02_adapters/adapters.py:{line})."
    )


def test_open_tasks_are_those_of_the_file_that_raised(bring, capsys):
    """`--adapters` on a starter of 02 lists the tasks of 02; `--mine` on both starters those of 99."""
    assert command.run(["--adapters", FIFTEEN]) == 1
    assert "grader hint 02_adapters 1" in capsys.readouterr().err
    assert command.run(["--mine", FIFTEEN]) == 1
    told = capsys.readouterr().err
    assert "grader hint 99_capstone 1" in told
    assert "Or write ask_openai, error_of, usage_of in exercises/02_adapters/adapters.py" in told


def test_only_the_functions_on_the_way_are_needed(bring, tmp_path, capsys):
    """What no call of this provider goes through may be open: the window, failover, other formats."""
    text = REFERENCE.read_text()
    for name, number in (("window", 1), ("ask_anthropic", 4), ("failover", 6)):
        head, _, rest = text.partition(f"def {name}(")
        declared, end, body = rest.partition('\n    """\n')
        kept = "\n\n\n".join(body.split("\n\n\n")[1:])
        stub = f'    raise NotImplementedError("Task {number}: open")\n\n\n'
        text = f"{head}def {name}({declared}{end}{stub}{kept}"
    mine = tmp_path / "partly.py"
    mine.write_text(text)
    bring(mine)
    assert adapters.missing("anthropic") == {"ask_anthropic"}

    code, told = ran(capsys, "--mine", FIFTEEN)

    assert (code, told["answer"]) == (0, "36")


def test_a_file_that_cannot_be_imported_is_named(bring, tmp_path, capsys):
    """File, line and error in words; exit code 1."""
    broken = tmp_path / "broken.py"
    broken.write_text("def complete(config, messages):\n    return (\n")
    bring(broken)

    code = command.run(["--adapters", FIFTEEN])
    out, errors = capsys.readouterr()

    assert (code, out) == (1, "")
    assert "exercises/02_adapters/adapters.py, line 2: SyntaxError" in errors
    assert "Traceback" not in errors


def test_a_main_that_drops_the_adapters_is_told(bring, tmp_path, capsys):
    """A capstone that does not hand `ask` on to solve would run without them, and nobody would know."""
    bring(REFERENCE)
    taken = "asked = options(args)"
    mine = edited(tmp_path, CAPSTONE.reference, taken, f"{taken}\n        asked.pop('ask', None)")
    bring(mine, to=command)

    assert command.run(["--mine", "--adapters", "--json", FIFTEEN]) == 0
    assert "does not hand `ask` on to solve" in capsys.readouterr().err


@pytest.mark.parametrize(("more", "word"), [(["--stream"], "--stream"), (["--model", "x"], "--tier")])
def test_what_the_protocol_cannot_say_is_refused(more, word, bring, capsys):
    """Exit code 2 before anything is sent."""
    code, told = ran(capsys, "--adapters", *more, FIFTEEN)

    assert (code, word in told["error"]) == (2, True)
