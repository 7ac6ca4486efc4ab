"""Store what the grader really prints: `python site/record_screens.py [NAME...]` rewrites the stored screens.

`course/assets/terminal/screens.toml` says which command a screen shows, and what the learner's file holds.
The commands run in a scratch copy of the repository, so that nobody's progress is touched or shown.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from grader.course import ROOT, module

FOLDER = ROOT / "course" / "assets" / "terminal"
COPIED = ("cassettes", "course", "exercises", "grader", "solutions", "pyproject.toml")
PROGRAMS = {
    "pytest": ["-m", "pytest"],
    "grader": ["-m", "grader.cli"],
    "cot": ["-m", "grader.capstone"],
    "python": [],
}
WIDTH = "88"  # characters; a screen in a chapter is about that wide
SECONDS = re.compile(r"\b\d+\.\d+ ?s\b")


def screens() -> dict[str, dict[str, Any]]:
    """Return what screens.toml says, by the screen's name."""
    return tomllib.loads((FOLDER / "screens.toml").read_text(encoding="utf-8"))


def prepare(scratch: Path, screen: dict[str, Any]) -> None:
    """Copy the repository into `scratch` and put into the learner's file what the screen asks for."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, scratch / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, scratch / name)
    if "wrong" in screen:
        chosen = module(screen["module"])
        overlay = chosen.solution / "wrong" / f"{screen['wrong']}.py"
        code = _replaced(chosen.reference.read_text(encoding="utf-8"), overlay.read_text(encoding="utf-8"))
        (scratch / chosen.starter.relative_to(ROOT)).write_text(code, encoding="utf-8")


def _replaced(reference: str, overlay: str) -> str:
    """The reference with what a wrong solution defines in its place, so that lines are a learner's own.

    What has no place there comes last, as it does when the wrong solutions are proven.
    """
    lines, found = overlay.splitlines(), {}
    for node in ast.parse(overlay).body:
        if not (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            found[getattr(node, "name", f"line {node.lineno}")] = "\n".join(
                lines[_first(node) : node.end_lineno]
            )
    code = reference.splitlines()
    for node in reversed(ast.parse(reference).body):
        if getattr(node, "name", None) in found:
            code[_first(node) : node.end_lineno] = found.pop(node.name).splitlines()
    return "\n".join([*code, "", "", *found.values(), ""])


def _first(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min(part.lineno for part in (node, *decorators)) - 1


def output(screen: dict[str, Any]) -> str:
    """Run the screen's command and return the text of the screen, prompt line included."""
    program, *arguments = shlex.split(screen["command"])
    command = [sys.executable, *PROGRAMS[program], *arguments]
    unset = ("FORCE_COLOR", "PYTEST_ADDOPTS", "PYTHONPATH", "CI", "OPENAI_API_KEY", "ANTHROPIC_API_KEY")
    environment = {key: value for key, value in os.environ.items() if key not in unset}
    environment |= {"NO_COLOR": "1", "COLUMNS": WIDTH, "TERM": "dumb", "PYTHONDONTWRITEBYTECODE": "1"}
    with tempfile.TemporaryDirectory(prefix="screen-") as name:
        scratch = Path(name).resolve()
        prepare(scratch, screen)
        environment["PYTHONPATH"] = str(scratch)
        done = subprocess.run(
            command, cwd=scratch, env=environment, text=True, capture_output=True, timeout=120, check=False
        )
        text = done.stdout + done.stderr
    lines = [line.rstrip() for line in text.replace(f"{scratch}/", "").splitlines()]
    return f"$ {screen['command']}\n" + "\n".join(lines).strip("\n") + "\n"


def comparable(text: str) -> str:
    """Return a screen without what differs from run to run: seconds."""
    return SECONDS.sub("0.0 s", text)


def main(names: list[str]) -> None:
    """Record the named screens, or all."""
    known = screens()
    for name in names or known:
        path = FOLDER / f"{name}.txt"
        path.write_text(output(known[name]), encoding="utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main(sys.argv[1:])
