"""Hints: three levels per task, read from `hints.md`, one level further each time somebody asks."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from grader.course import Module, state_folder
from grader.verdict.outcome import write_json

LEVELS = (1, 2, 3)
TASK = re.compile(r"^## +(\d+)\. +(\S.*?) *$")
LEVEL = re.compile(r"^### +Level +(\d+) *$")
FORM = "Write `## 1. Title`, and under it `### Level 1`, `### Level 2` and `### Level 3`, each with a text."


class BadHints(ValueError):
    """A hints.md that does not have the agreed form; the message names the file, the line and the remedy."""


@dataclass(frozen=True)
class Hint:
    """One hint; `last` says that no further level follows."""

    task: int
    level: int
    text: str
    last: bool
    title: str = ""


@dataclass
class TaskHints:
    """The title of a task and its hints by level."""

    title: str
    levels: dict[int, str]


def parse(file: Path) -> dict[int, TaskHints]:
    """Every task's hints, by task number. Raises BadHints for a file that is missing or malformed."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError as reason:
        raise BadHints(f"{_short(file)} cannot be read. {FORM}") from reason
    tasks: dict[int, TaskHints] = {}
    task: TaskHints | None = None
    level, fenced = 0, False
    for number, line in enumerate(lines, start=1):
        fenced ^= line.lstrip().startswith("```")
        if not fenced and line.startswith("## "):
            task, level = _new_task(tasks, line, f"{_short(file)}:{number}"), 0
        elif not fenced and line.startswith("### "):
            level = _new_level(task, line, f"{_short(file)}:{number}")
        elif task is not None and level:
            task.levels[level] += line + "\n"
        elif task is not None and line.strip():
            raise BadHints(f"{_short(file)}:{number}: text between a task and its Level 1. {FORM}")
    _complete(tasks, file)
    return {
        number: TaskHints(t.title, {n: s.strip() for n, s in t.levels.items()}) for number, t in tasks.items()
    }


def _new_task(tasks: dict[int, TaskHints], line: str, place: str) -> TaskHints:
    found = TASK.match(line)
    if not found:
        raise BadHints(f"{place}: {line!r} is not the heading of a task. {FORM}")
    number = int(found[1])
    if number in tasks:
        raise BadHints(f"{place}: task {number} has a heading already. Number each task once.")
    tasks[number] = TaskHints(found[2], {})
    return tasks[number]


def _new_level(task: TaskHints | None, line: str, place: str) -> int:
    found = LEVEL.match(line)
    if not found or int(found[1]) not in LEVELS:
        raise BadHints(f"{place}: {line!r} is not a level. {FORM}")
    if task is None:
        raise BadHints(f"{place}: this level belongs to no task. {FORM}")
    level = int(found[1])
    if level != len(task.levels) + 1:
        raise BadHints(f"{place}: Level {level} is out of order. Write the levels 1, 2, 3, each once.")
    task.levels[level] = ""
    return level


def _complete(tasks: dict[int, TaskHints], file: Path) -> None:
    if not tasks:
        raise BadHints(f"{_short(file)} holds no task. {FORM}")
    for number, task in tasks.items():
        for level in LEVELS:
            if not task.levels.get(level, "").strip():
                raise BadHints(f"{_short(file)}: task {number} has no text for Level {level}. {FORM}")


def _short(file: Path) -> str:
    return "/".join(file.parts[-3:])


def titles(module: Module) -> dict[int, str]:
    """The tasks' titles by number; empty without readable hints, so that a report never fails on them."""
    try:
        return {number: task.title for number, task in parse(module.hints_file).items()}
    except BadHints:
        return {}


def hint(module: Module, task: int, level: int) -> Hint:
    """One hint, without remembering that it was shown. Raises LookupError for an unknown task or level."""
    tasks = parse(module.hints_file)
    if task not in tasks:
        raise LookupError(f"{module.key} has no task {task}. Its tasks: {', '.join(map(str, tasks))}.")
    if level not in LEVELS:
        raise LookupError(f"There is no level {level}. Levels: 1, 2, 3.")
    return Hint(task, level, tasks[task].levels[level], level == LEVELS[-1], tasks[task].title)


def next_hint(module: Module, task: int) -> Hint:
    """The next hint for a task: level 1, 2, 3, then 3 again; the level shown is kept in the state folder."""
    file = state_folder(module.root) / "hints.json"
    try:
        shown = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        shown = {}
    place = f"{module.key}/{task}"
    before = shown.get(place, 0) if isinstance(shown, dict) else 0
    found = hint(module, task, min(before + 1, LEVELS[-1]) if before in (0, *LEVELS) else 1)
    write_json(file, {**(shown if isinstance(shown, dict) else {}), place: found.level})
    return found
