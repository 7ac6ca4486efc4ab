"""Every submission in `attacks` scores nothing, and an honest one in their midst gets full marks."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.course import Module
from grader.grade import cohort
from grader.grade.cohort import clean
from grader.grade.desk import Desk, signed
from grader.grade.job import mark
from grader.grade.protocol import Violation
from grader.tests.grade_support import ATTACKS, FILES, course, submission

PIPE = (ATTACKS / "_pipe.py").read_text(encoding="utf-8")
NAMES = sorted(path.stem for path in ATTACKS.glob("[!_]*.py"))
# These hold on to the grader's time, so they get little of it; load may end them even sooner.
SLOW = ("loops_without_end", "sleeps_through_signals", "floods_its_output", "pipe_asks_without_reading")
HONEST = (FILES / "reply.py").read_text(encoding="utf-8")
STUB = "raise NotImplementedError('Task 1: read the last number')\n"
HOOK = """
import pytest

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    made = yield
    made.get_result().outcome = "passed"
"""
BROUGHT = {
    "conftest.py": HOOK,
    "pytest.ini": "[pytest]\naddopts = --collect-only\n",
    "pytest.py": "import os; os._exit(0)\n",
    "json.py": "def loads(*_, **__): return {}\n",
    "sitecustomize.py": "import os; os._exit(0)\n",
    "test_reply.py": "def test_reads_the_last_number(): pass\n",
    "checks.py": "def test_reads_the_last_number(): pass\n",
    "eggs.yaml": "cassette: 1\n",
}


def _links(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "reply.py").symlink_to(FILES / "reply.py")


def _pipes(folder: Path) -> None:
    folder.mkdir(parents=True)
    os.mkfifo(folder / "reply.py")


def _brings_files(folder: Path) -> None:
    for name, text in {"reply.py": STUB, **BROUGHT}.items():
        submission(folder, text, name)


SPECIAL: dict[str, Callable[[Path], object]] = {
    "honest": lambda folder: submission(folder, HONEST),
    "brings_files": _brings_files,
    "far_too_long": lambda folder: submission(folder, f"{HONEST}\nX = '{'x' * 300_000}'\n"),
    "links_to_the_reference": _links,
    "named_pipe": _pipes,
    "nothing": lambda folder: submission(folder, HONEST, "answer.py"),
}


@pytest.fixture(scope="session")
def module(tmp_path_factory: pytest.TempPathFactory) -> Module:
    return course(tmp_path_factory.mktemp("attacked") / "course")


@pytest.fixture(scope="session")
def desk() -> Iterator[Desk]:
    """One grading process for all attacks: whatever they do, it must go on to grade the next."""
    shared = Desk()
    yield shared
    shared.close()


def hand_in(name: str, folder: Path) -> Path:
    """The submission of that name."""
    if name in SPECIAL:
        SPECIAL[name](folder)
        return folder
    text = (ATTACKS / f"{name}.py").read_text(encoding="utf-8")
    if not name.startswith("pipe_"):
        return submission(folder, text)
    submission(folder / "reply", text, "__init__.py")  # a package, because these share a module
    return submission(folder / "reply", PIPE, "pipe.py").parent


@pytest.mark.parametrize("name", [*NAMES, *(name for name in SPECIAL if name != "honest")])
def test_an_attack_scores_nothing(module: Module, desk: Desk, tmp_path: Path, name: str) -> None:
    """No check passes, all of them were expected, and it is the submission's fault, not the grader's."""
    options = ["--limit=1.5"] if name in SLOW else []
    grade = cohort.grade(module, hand_in(name, tmp_path / name), options, desk)

    assert len(grade.checks) == 7, grade.error
    assert grade.passed == 0, grade.checks
    assert set(grade.checks.values()) <= {"failed", "broken", "blocked", "not_started"}, grade.outcome
    assert grade.trouble()


def test_an_honest_submission_after_attacks_gets_full_marks(
    module: Module, desk: Desk, tmp_path: Path
) -> None:
    """What others did to the grading process does not matter."""
    for name in ("patches_pytest", "exits_when_called", "honest"):
        grade = cohort.grade(module, hand_in(name, tmp_path / name), [], desk)

    assert len(grade.checks) == 7
    assert grade.passed == 7, grade.trouble()


def test_a_flood_is_cut_short(module: Module, desk: Desk, tmp_path: Path) -> None:
    """What it says would fill the memory long before the time limit."""
    grade = cohort.grade(
        module, hand_in("pipe_says_too_much", tmp_path / "flood"), ["-k", "last_number"], desk
    )

    assert "it said more than" in grade.trouble()


def test_reading_the_recording_is_no_call(module: Module, desk: Desk, tmp_path: Path) -> None:
    """Recordings are public: who returns their words without asking passes only what needs no model."""
    assert "24 eggs" in module.cassette("eggs").read_text()
    text = """
def ask(question):
    return {"said": "24 eggs", "number": 24}

def patient(question, sleep):
    sleep(1.0)
    return ask(question)

async def vote(question, times, at_once):
    return 24

async def aloud(question):
    yield "two "
    yield "dozen "
"""
    number = HONEST[HONEST.index("class NoNumber") : HONEST.index("def body")]
    grade = cohort.grade(module, submission(tmp_path / "reader", f"import re\n{number}\n{text}"), [], desk)

    passed = {name.partition("::")[2] for name, state in grade.checks.items() if state == "passed"}
    assert passed == {"test_reads_the_last_number", "test_no_number_is_an_error"}, grade.trouble()


def test_every_attack_is_tried() -> None:
    """A slow attack that was renamed would get the full time limit, and be forgotten."""
    assert set(SLOW) <= set(NAMES)
    assert len(NAMES) > 30


@pytest.mark.parametrize(
    "code",
    [
        "import os; os._exit(0)",
        "import os; os.write(1, b'x' * 100)",
        "import os; os.write(1, b'\\0\\0\\0\\x02{}')",
        "import sys; print('7 passed'); sys.exit(0)",
        "import time; time.sleep(60)",
    ],
    ids=["silent", "garbage", "unsigned", "success", "hangs"],
)
def test_a_grading_process_that_fails_is_no_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """Its exit code and its output count for nothing, and the next submission gets a new one."""
    monkeypatch.setattr(cohort, "BUDGET", 1.0)
    monkeypatch.setattr(cohort, "MARGIN", 0.0)
    desk = Desk((sys.executable, "-c", code))
    started = time.monotonic()
    grade = cohort.grade(course(tmp_path / "course"), submission(tmp_path / "honest", HONEST), [], desk)

    assert grade.error
    assert grade.passed == 0
    assert grade.to_json()["score"] == 0
    assert desk.process is None
    assert time.monotonic() - started < 30


def test_a_report_that_somebody_else_signed_is_refused() -> None:
    """Who does not hold the key of the order cannot report."""
    text = json.dumps({"outcomes": []})

    assert signed({"report": text, "mark": mark("key", text)}, "key") == {"outcomes": []}
    for forged in ({"report": text, "mark": mark("other", text)}, {"report": text}, {"outcomes": []}):
        with pytest.raises(Violation, match="somebody else"):
            signed(forged, "key")


def test_what_a_submission_says_cannot_drive_the_terminal() -> None:
    """Escapes and line breaks in names and messages become visible."""
    assert clean("\x1b[2J7 passed\r\nall\tgood\u202e") == "?[2J7 passed all good?"
