"""A check that does not end becomes a failed check in words; no session hangs, none ends silently."""

from __future__ import annotations

import subprocess
import sys

import pytest

from grader.tests.verdict_support import Course

CHECK = '''
@pytest.mark.task(1)
@pytest.mark.limit(0.3)
{async_}def test_ends():
    """It ends."""
    {await_}run()

@pytest.mark.task(1)
{async_}def test_other():
    """The next check runs as ever."""
    assert {await_}fine() == 1
'''
SYNC = CHECK.format(async_="", await_="")
ASYNC = CHECK.format(async_="async ", await_="await ")
SWALLOWS_EVERYTHING = """
import asyncio
async def run():
    while True:
        try: await asyncio.sleep(0.01)
        except BaseException: pass
"""
# Shorter than a learner would wait, so that this file is.
IMPATIENT = (
    "import grader.verdict.limits as limits\nlimits.GRACE, limits.AGAIN, limits.LOADING = 0.5, 0.1, 5\n"
)


@pytest.fixture
def course(tmp_path):
    (tmp_path / "conftest.py").write_text(IMPATIENT)
    return Course(tmp_path)


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "time.sleep(60)",
        "\n    while True:\n        try: time.sleep(60)\n        except Exception: pass",
        "\n    for _ in range(3):\n        try: time.sleep(60)\n        except: pass",
        "thread = threading.Thread(target=time.sleep, args=(60,)); thread.start(); thread.join()",
        "re.match(r'(a+)+$', 'a' * 60 + 'b')",
        "return 9 ** 9 ** 9",
    ],
    ids=["loop", "sleep", "except_exception", "bare_except", "join", "regex", "arithmetic"],
)
def test_code_that_does_not_end(course, body):
    """Whatever it is doing, the check fails in words with the line, and the next check runs."""
    learner = f"import re, threading, time\ndef fine(): return 1\ndef run():\n    {body}\n"
    result = course.write(learner=learner, checks=SYNC).run()

    assert result.states == {"test_ends": "failed", "test_other": "passed"}
    assert result.code == 1
    check = result.check("test_ends")
    assert check.kind == "timeout"
    assert check.happened == "demo.run was still running after 0.3 s; 0 calls to the model were made."
    assert check.where.startswith("exercises/42_demo/demo.py:")


@pytest.mark.parametrize(
    "body",
    [
        "await asyncio.sleep(60)",
        "\n    while True: pass",
        "await asyncio.to_thread(time.sleep, 60)",
        "\n    while True:\n        try: await asyncio.sleep(0.01)\n        except BaseException: pass",
        "\n    async with asyncio.TaskGroup() as group: group.create_task(asyncio.sleep(60))",
    ],
    ids=["sleep", "loop", "thread", "swallows_everything", "group"],
)
def test_async_code_that_does_not_end(course, body):
    """The loop is dropped with what runs in it; the next check gets another one."""
    learner = f"import asyncio, time\nasync def fine(): return 1\nasync def run():\n    {body}\n"
    result = course.write(learner=learner, checks=ASYNC).run()

    assert result.states == {"test_ends": "failed", "test_other": "passed"}
    assert result.check("test_ends").kind == "timeout"
    assert result.check("test_ends").where.startswith("exercises/42_demo/demo.py:")


def test_code_that_swallows_every_interruption(course):
    """A thread says what happened and ends the process: the checks after it are not run."""
    learner = """
    import time
    def fine(): return 1
    def run():
        while True:
            try:
                time.sleep(60)
            except:
                pass
    """
    result = course.write(learner=learner, checks=SYNC).run()

    assert result.code == 1
    assert result.states == {"test_ends": "failed"}
    assert "demo.run was still running after 0.3 s" in " ".join(result.text.split())
    assert "exercises/42_demo/demo.py:" in result.check("test_ends").where
    assert "1 not run" in result.text


def test_code_that_never_lets_go_of_the_interpreter(course):
    """faulthandler ends the process from C, and prints the line; no words are possible there."""
    learner = """
    import ctypes, signal
    def fine(): return 1
    def run():
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
        ctypes.PyDLL(None).sleep(60)
    """
    result = course.write(learner=learner, checks=SYNC).run()

    assert result.code == 1
    assert 'demo.py", line 6 in run' in result.text


def test_a_file_that_does_not_end_while_it_is_imported(course):
    """Every check is broken by the line that loops."""
    result = course.write(
        learner="while True: pass", checks="@pytest.mark.task(1)\ndef test_1(): pass\n"
    ).run()

    check = result.check("test_1")
    assert (check.state, check.kind) == ("broken", "slow")
    assert check.where == "exercises/42_demo/demo.py:1"


@pytest.mark.parametrize(
    "body",
    [
        "threading.Thread(target=time.sleep, args=(60,)).start()",
        "ThreadPoolExecutor().submit(time.sleep, 60)",
    ],
)
def test_threads_left_behind_do_not_keep_the_terminal(course, body):
    """The report is printed, and the process ends with its own exit code."""
    learner = (
        "import threading, time\nfrom concurrent.futures import ThreadPoolExecutor\n"
        f"def fine(): return 1\ndef run():\n    {body}\n    return None\n"
    )
    result = course.write(learner=learner, checks=SYNC).run()

    assert result.code == 0
    assert "2 of 2 checks passed" in result.text


@pytest.mark.parametrize(
    ("checks", "learner"),
    [
        (
            SYNC,
            "import threading, time\ndef run(): threading.Thread(target=time.sleep, args=(60,)).start()\n",
        ),
        (ASYNC, SWALLOWS_EVERYTHING),
    ],
    ids=["thread", "task"],
)
def test_the_process_itself_ends(course, checks, learner):
    """As typed in a terminal: Python joins threads and frees tasks at its end, where code could run on."""
    fine = "async def fine(): return 1\n" if checks is ASYNC else "def fine(): return 1\n"
    course.write(learner=learner + fine, checks=checks)
    (course.root / "test_plain.py").write_text("def test_plain(): pass\n")

    for targets in (["exercises"], ["exercises", "test_plain.py"]):
        words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *targets]
        done = subprocess.run(words, cwd=course.root, capture_output=True, text=True, timeout=40, check=False)

        assert done.returncode == (1 if checks is ASYNC else 0), done.stdout + done.stderr
        assert done.stderr == ""


def test_reaching_for_the_network(course):
    """In a check, while importing, and swallowed."""
    learner = """
    import socket
    def run(): socket.create_connection(("93.184.216.34", 80))
    def fine():
        try: run()
        except: return 1
    """
    result = course.write(learner=learner, checks=SYNC).run()

    assert result.states == {"test_ends": "failed", "test_other": "failed"}
    assert {check.kind for check in result.outcome.checks} == {"network"}
    assert "Your code caught this" in result.check("test_other").next

    result = course.write(
        learner="import socket\nsocket.getaddrinfo('example.com', 80)\n",
        checks="@pytest.mark.task(1)\ndef test_1(): pass\n",
    ).run()
    assert (result.check("test_1").state, result.check("test_1").kind) == ("broken", "network")


def test_one_case_that_does_not_end_is_enough(course):
    """The other cases of the same check are not run, and are told in one line; other checks run as ever."""
    checks = """
@pytest.mark.task(1)
@pytest.mark.limit(0.3)
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_counts(number):
    \"\"\"It ends.\"\"\"
    assert count(number) == number

@pytest.mark.task(1)
def test_other():
    \"\"\"The next check runs as ever.\"\"\"
    assert count(1) == 1
"""
    learner = """
    from pathlib import Path
    def count(number):
        with Path("asked").open("a") as file:
            file.write(f"{number}\\n")
        while number > 1:
            pass
        return number
    """
    result = course.write(learner=learner, checks=checks).run()

    assert [state for _, state in sorted(result.states.items())] == [
        "passed",
        "failed",
        "failed",
        "failed",
        "passed",
    ]
    assert result.check("test_counts[2]").happened.startswith("demo.count was still running after 0.3 s")
    assert result.check("test_counts[4]").happened == "Not run, because test_counts[2] did not end."
    assert (course.root / "asked").read_text().split() == ["1", "2", "1"]
    assert "2 more cases: 3, 4" in result.text
