"""The recordings of the chapters' examples are those that their programs make."""

from __future__ import annotations

import subprocess
import sys

import pytest

from grader.course import ROOT, module, modules
from grader.record.examples import record_all

PROGRAMS = sorted(path for each in modules() for path in each.examples.glob("recorded.py"))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.parent.name)
def test_the_recordings_are_what_the_program_makes(program):
    """Made again with the stand-in, every one says the same."""
    made = subprocess.run(
        [sys.executable, str(program), "--check"], capture_output=True, text=True, cwd=ROOT, check=False
    )

    assert made.returncode == 0, made.stdout + made.stderr
    assert "unchanged" in made.stdout


def test_a_recording_that_says_something_else_is_new(tmp_path, capsys):
    """Another question is another recording: it is told, and not written while checking."""

    def ask(client):
        client.chat.completions.create(
            model="gpt-6-luna", messages=[{"role": "user", "content": "A train, again?"}]
        )

    chosen = module("04_cot")
    before = chosen.cassette("train_at_once").read_bytes()

    assert record_all(chosen, {"train_at_once": ask}, [], ["--check"]) == 1
    assert "new" in capsys.readouterr().out
    assert chosen.cassette("train_at_once").read_bytes() == before
