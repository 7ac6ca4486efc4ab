"""The command line: what it understands, what it refuses, and that it stays light."""

from __future__ import annotations

import subprocess
import sys

import pytest

from grader import cli


def test_without_a_command_it_lists_the_commands(capsys):
    assert cli.main([]) == 0

    printed = capsys.readouterr().out
    assert all(f"  {name} " in printed for name in cli.COMMANDS)


def test_an_unknown_command_is_named_and_the_known_ones_listed(capsys):
    assert cli.main(["porve"]) == 2

    said = capsys.readouterr().err
    assert "'porve' is not a command" in said
    assert "prove" in said


@pytest.mark.parametrize("command", sorted(cli.COMMANDS))
def test_every_command_explains_its_arguments(command, capsys):
    with pytest.raises(SystemExit) as stop:
        cli.main([command, "--help"])

    assert stop.value.code == 0
    assert f"grader {command}" in capsys.readouterr().out


def test_an_unknown_module_lists_the_known_ones(capsys):
    assert cli.main(["hint", "41_nothing", "1"]) == 2

    assert "'41_nothing' is not a module of this course. Known modules: " in capsys.readouterr().err


def test_the_overview_imports_no_sdk():
    code = (
        "import sys; from grader import cli; cli.main([]);"
        "print(sorted({'openai', 'fastapi', 'vcr'} & set(sys.modules)))"
    )

    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert out.endswith("[]\n")
