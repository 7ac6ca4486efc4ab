"""A tiny course in a temporary folder, and sessions over it: one module `42_demo` with its own test file."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

from grader.verdict import outcome
from grader.verdict.outcome import Check, Outcome

GOLDEN = Path(__file__).with_name("golden")
SETTINGS = """
[tool.pytest.ini_options]
addopts = "--disable-plugin-autoload -p anyio -p grader.plugin --import-mode=importlib"
anyio_mode = "auto"
testpaths = ["exercises"]
"""
HINTS = "".join(
    f"## {task}. {title}\n" + "".join(f"### Level {level}\nHint {task}.{level}\n" for level in (1, 2, 3))
    for task, title in ((1, "Double it"), (2, "Know when to stop"), (3, "Ask the model"))
)


@dataclass
class Result:
    """How a session ended: what the terminal shows, the exit code, the outcome."""

    text: str
    code: int
    outcome: Outcome | None

    def check(self, name: str) -> Check:
        assert self.outcome is not None, self.text
        return self.outcome.check(name)

    @property
    def states(self) -> dict[str, str]:
        assert self.outcome is not None, self.text
        return {check.name: check.state for check in self.outcome.checks}


class Course:
    """A course root with one module; `write` takes the learner's file, the checks, the reference."""

    def __init__(self, root: Path, key: str = "42_demo") -> None:
        self.root, self.key, self.slug = root, key, key[3:]
        (root / "pyproject.toml").write_text(SETTINGS)
        for folder in ("exercises", "solutions", "cassettes"):
            (root / folder / key).mkdir(parents=True, exist_ok=True)

    def write(self, *, learner: str, checks: str, reference: str | None = None, hints: str = HINTS) -> Course:
        exercise = self.root / "exercises" / self.key
        (exercise / f"{self.slug}.py").write_text(dedent(learner))
        declared = dedent(reference or learner)
        names = ", ".join(re.findall(r"^(?:async )?(?:def|class) (\w+)", declared, re.MULTILINE))
        head = f"import pytest\nfrom {self.slug} import {names}\n\n" if names else "import pytest\n"
        text = dedent(checks)
        (exercise / f"test_{self.slug}.py").write_text(text if text.startswith("import") else head + text)
        (exercise / "hints.md").write_text(hints)
        solution = self.root / "solutions" / self.key / f"{self.slug}.py"
        solution.write_text(dedent(reference if reference is not None else learner))
        return self

    def cassette(self, name: str, *turns: str) -> None:
        """A recording of chat completions, one step per text."""
        file = self.root / "cassettes" / self.key / f"{name}.yaml"
        file.write_text(json.dumps(_recording(turns)))

    def run(self, *words: str, target: str | None = None) -> Result:
        """One session in a process of its own, 80 columns wide, without colour."""
        file, made = self.root / "output", self.root / "outcome.json"
        made.unlink(missing_ok=True)
        where = target or f"exercises/{self.key}"
        args = [where, f"--outcome={made}", "-p", "no:cacheprovider", *words]
        process = _context().Process(target=_session, args=(str(self.root), args, str(file)))
        process.start()
        process.join(60)
        assert process.exitcode is not None, "the session hangs"
        text = re.sub(r"[ \t]+$", "", file.read_text(errors="replace"), flags=re.MULTILINE)
        found = outcome.read(made) if made.exists() else []
        text = text.replace(str(self.root.resolve()), "<root>")
        return Result(text, process.exitcode, found[0] if found else None)


def _context() -> Any:
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pytest", "openai", "vcr", "grader.replay.engine", "grader.replay.tap"])
    return context


def _session(root: str, args: list[str], output: str) -> None:
    os.environ.update({"COLUMNS": "80", "OPENAI_API_KEY": "sk-real", "OPENAI_BASE_URL": "http://elsewhere"})
    os.environ.pop("PYTEST_ADDOPTS", None)
    for name in [name for name in os.environ if name.startswith("PYTEST_")]:
        del os.environ[name]
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.chdir(root)
    import pytest

    code = int(pytest.main(args))
    sys.stdout.flush()
    os._exit(code)


def _recording(turns: tuple[str, ...]) -> dict[str, Any]:
    steps = [_step(number, text) for number, text in enumerate(turns, start=1)]
    return {
        "cassette": 1, "title": "Demo", "source": "stand-in", "note": "For tests.", "recorded": "2026-11-20",
        "voice": 1, "models": {"asked": ["gpt-6-luna"], "answered": ["gpt-6-luna"]}, "sdk": {},
        "cost_usd": "0",
        "usage": {"input_tokens": 0, "output_tokens": 0, "cached_tokens": 0}, "facts": 1,
        "reference": "sha256:0", "steps": steps,
    }  # fmt: skip


def _step(number: int, text: str) -> dict[str, Any]:
    asked = {"model": "gpt-6-luna", "messages": [{"role": "user", "content": "Say something"}]}
    message = {"role": "assistant", "content": text}
    body = {
        "id": f"c{number}", "object": "chat.completion", "created": 1, "model": "gpt-6-luna",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 12, "completion_tokens": 5, "total_tokens": 17},
    }  # fmt: skip
    return {
        "step": number, "repeat": "once",
        "request": {"method": "POST", "url": "https://api.openai.com/v1/chat/completions", "body": asked},
        "response": {"status": 200, "headers": {"content-type": "application/json"}, "body": body},
        "timing": {"headers": 0.01, "total": 0.01},
    }  # fmt: skip


def golden(name: str, text: str) -> None:
    """Hold a text to its golden file; `UPDATE_GOLDEN=1` writes them anew, for a person to read the diff."""
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")
    assert max(map(len, text.splitlines())) <= 80
