"""When does a submission's process end, and what is left of it? Deaths, limits, and the end of a check."""

from __future__ import annotations

import asyncio
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from grader.contract.facade import Facade
from grader.contract.missing import BrokenModule, MissingName
from grader.grade import names, sandbox
from grader.grade.raising import SubmissionGone
from grader.grade.remote import Remote
from grader.tests.grade_support import FILES, check, course, remote, submission
from grader.verdict.network import NetworkBlocked

TEXT = (FILES / "remote.py").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def facade(tmp_path_factory: pytest.TempPathFactory) -> Facade:
    """One submission for the tests that need no other."""
    return remote(tmp_path_factory.mktemp("endings"), TEXT)


@pytest.mark.parametrize("name", ["connect", "swallow"])
def test_reaching_for_the_network_fails_the_check(facade: Facade, name: str) -> None:
    """By accident, that is: also if the submission swallows the error."""
    with pytest.raises(NetworkBlocked, match=r"198\.51\.100\.1"), check(facade):
        getattr(facade, name)("198.51.100.1")


async def test_tasks_that_a_check_leaves_end_with_it(facade: Facade) -> None:
    """The loop of the submission is closed when the check is over."""
    with check(facade):
        await facade.leave_task()
    with check(facade):
        assert facade.log()[-1] == "ended"


def test_callables_of_a_check_end_with_it(facade: Facade, tmp_path: Path) -> None:
    """A submission that kept one may not use it in the next check."""
    kept = remote(tmp_path, "kept = []\ndef keep(f): kept.append(f)\ndef use(): return kept[0]()\n")
    with check(kept):
        kept.keep(lambda: 1)
        assert kept.use() == 1
    with check(kept), pytest.raises(LookupError, match="over"):
        kept.use()


def test_missing_and_broken(tmp_path: Path) -> None:
    """A name that is not there, a class that cannot come, a file that does not load."""
    partial = remote(tmp_path / "a", TEXT.replace("def left_behind", "def renamed"), reference=TEXT)
    with check(partial):
        with pytest.raises(MissingName):
            partial.left_behind()
        with pytest.raises(Exception, match="Keeper cannot leave"):
            partial.Keeper()
    broken = remote(tmp_path / "b", TEXT + "\nx = = 1\n", reference=TEXT)
    assert broken.source.broken is not None
    assert broken.source.broken.kind == "syntax"
    assert broken.source.broken.line == len(TEXT.splitlines()) + 2
    with pytest.raises(BrokenModule):
        broken.pair(1)


@pytest.mark.parametrize(
    ("body", "words"),
    [("import os; os._exit(3)", "exit code 3"), ("import os; os.kill(os.getpid(), 9)", "signal 9")],
)
def test_a_death_ends_the_check_and_not_the_next(tmp_path: Path, body: str, words: str) -> None:
    """Whoever swallows it hears of it again when the check is over; then a new process starts."""
    text = f"def die():\n    {body}\n\ndef live(): return 1\n"
    facade = remote(tmp_path, text)

    with pytest.raises(SubmissionGone, match=words), check(facade):
        facade.die()
    with pytest.raises(SubmissionGone, match=words), check(facade), suppress(SubmissionGone):
        facade.die()
    with check(facade):
        assert facade.live() == 1


def test_an_interrupted_call_ends_its_process(tmp_path: Path) -> None:
    """The time limit of a check raises in the test, and the loop in the submission is gone."""
    from grader.verdict.limits import TimeUp, limit

    facade = remote(tmp_path, "def loop():\n    while True: pass\n\ndef live(): return 1\n")
    with check(facade):
        facade.live()
    child = _remote(facade).child
    with pytest.raises(TimeUp), check(facade), limit(0.3):
        facade.loop()

    assert child is not None
    assert child.process.poll() is not None
    with check(facade):
        assert facade.live() == 1


def test_a_submission_gets_only_so_much_time(tmp_path: Path) -> None:
    """Later checks fail at once, and say why."""
    facade = remote(tmp_path, "def live(): return 1\n")
    _remote(facade).until = time.monotonic()

    with pytest.raises(SubmissionGone, match="used up"), check(facade):
        facade.live()


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="this machine has no prlimit")
def test_its_resources_are_limited(facade: Facade) -> None:
    """Before any of its code runs."""
    with check(facade):
        assert facade.limits() == [sandbox.LIMITS["fsize"], sandbox.LIMITS["nofile"]]


def test_nothing_is_left_when_it_is_closed(tmp_path: Path) -> None:
    """Neither a process nor a file."""
    facade = remote(tmp_path, "def live(): return 1\n")
    with check(facade):
        facade.live()
    handle = _remote(facade)
    handle.close()

    assert handle.child is not None
    assert handle.child.process.poll() is not None
    assert not handle.folder.exists()


def test_the_reference_decides_what_is_async(tmp_path: Path) -> None:
    """A plain function where the course has an async one fails when it is awaited, as in one process."""
    module = course(tmp_path / "course", reference="async def f(): return 1\ndef g(): return 1\n")
    folder = submission(tmp_path / "handed_in", "def f(): return 1\nasync def g(): return 1\n")
    facade = Facade(names.load(module, folder))

    async def use() -> None:
        with pytest.raises(TypeError, match="must be async"):
            await facade.f()

    with check(facade):
        asyncio.run(use())
        with pytest.raises(TypeError, match="plain function"):
            facade.g()


def _remote(facade: Facade) -> Remote:
    around: Any = facade.source.around
    found = around.__self__
    assert isinstance(found, Remote)
    return found
