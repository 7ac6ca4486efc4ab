"""What the capstone's tests share: the reference as a module, the real command in its own process."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from types import ModuleType

from grader.capstone import command
from grader.capstone.files import loaded
from grader.course import ROOT

FIFTEEN = "What is 15% of 240?"


@cache
def reference() -> ModuleType:
    """The reference solution, loaded once."""
    return loaded(command.MODULE, command.MODULE.reference)


def environment(**more: str) -> dict[str, str]:
    """This process's environment without anything that points at a provider."""
    names = ("OPENAI", "ANTHROPIC", "DEEPSEEK", "HTTP_PROXY", "HTTPS_PROXY", "NO_COLOR")
    return {name: value for name, value in os.environ.items() if not name.upper().startswith(names)} | more


def cot(*argv: str, **more: str) -> subprocess.CompletedProcess[str]:
    """`cot` as somebody types it, without a key unless `more` sets one."""
    typed = [sys.executable, "-m", "grader.capstone", *argv]
    return subprocess.run(
        typed, capture_output=True, text=True, env=environment(**more), cwd=ROOT, timeout=120
    )
