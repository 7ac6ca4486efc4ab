"""The structured outcome of grading one module: what the terminal, JSON, JUnit and progress are made from."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal
from pathlib import Path
from typing import Any

from grader.course import ROOT, state_folder
from grader.models import Usage

PASSED, FAILED, BLOCKED = "passed", "failed", "blocked"
NOT_STARTED, BROKEN, GRADER_ERROR = "not_started", "broken", "grader_error"
STATES = (PASSED, FAILED, BLOCKED, NOT_STARTED, BROKEN, GRADER_ERROR)
# A task is as bad as its worst check; the order says which state names it.
GRAVITY = (GRADER_ERROR, BROKEN, FAILED, NOT_STARTED, BLOCKED, PASSED)
VERSION = 1


@dataclass
class Check:
    """One test and how it ended. `kind` names the words used: wrong_value, exception, miss, timeout, ..."""

    id: str
    name: str
    task: int
    needs: list[int] = field(default_factory=list)
    state: str = PASSED
    sentence: str = ""
    happened: str = ""
    expected: str = ""
    next: str = ""
    where: str = ""
    seconds: float = 0.0
    calls: int = 0
    usage: Usage = field(default_factory=Usage)
    cost: Decimal | None = Decimal(0)  # None: a model without a known price, which is not zero
    kind: str = ""
    rows: list[tuple[str, str]] = field(default_factory=list)
    blocked_by: int | None = None
    printed: str = ""
    traceback: str = ""

    @property
    def function(self) -> str:
        """The test's name without the id of its parameters."""
        return self.name.split("[", 1)[0]


@dataclass
class Task:
    """One task of a module: its checks folded into one state."""

    number: int
    title: str
    state: str
    passed: int
    total: int
    blocked_by: int | None = None


@dataclass
class Outcome:
    """All of one module in one session. `error` is set when the checks could not be collected at all."""

    module: str
    side: str = "learner"
    checks: list[Check] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    cost: Decimal | None = Decimal(0)
    calls: int = 0
    source: str = ""
    error: str = ""
    hint_task: int | None = None
    next: str = ""
    total: int = 0  # checks of the module, including those that were left out or not reached

    @property
    def ok(self) -> bool:
        """Whether there was something to check and all of it passed."""
        return not self.error and bool(self.checks) and all(c.state == PASSED for c in self.checks)

    @property
    def complete(self) -> bool:
        """Whether every check of the module was judged: only then it says how far somebody is."""
        return not self.error and len(self.checks) == self.total

    @property
    def passed(self) -> int:
        return sum(check.state == PASSED for check in self.checks)

    def first(self) -> Check | None:
        """The check to look at first: the worst one of the first task that is not passed."""
        open_tasks = [task.number for task in self.tasks if task.state != PASSED]
        own = [task.number for task in self.tasks if task.state not in (PASSED, BLOCKED)]
        for number in (own or open_tasks)[:1]:
            checks = [check for check in self.checks if check.task == number]
            return min(checks, key=lambda check: GRAVITY.index(check.state))
        return None

    def check(self, name: str) -> Check:
        """The check of that name or id. Raises LookupError naming those that there are."""
        for check in self.checks:
            if name in (check.id, check.name, check.function):
                return check
        raise LookupError(f"{name!r} is no check of {self.module}: {', '.join(c.name for c in self.checks)}.")

    def to_json(self) -> dict[str, Any]:
        """JSON types only; money is text, because a float would round it."""
        data: dict[str, Any] = json.loads(json.dumps(asdict(self), default=str))
        return {"version": VERSION, "ok": self.ok, **data}

    @classmethod
    def from_json(cls, data: dict[str, Any] | str) -> Outcome:
        """From `to_json()` or its text. Raises ValueError for another version."""
        found = json.loads(data) if isinstance(data, str) else data
        if found.get("version") != VERSION:
            raise ValueError(f"Outcome version {found.get('version')!r} is not {VERSION}: grade again.")
        outcome = cls(**_known(cls, found))
        outcome.usage, outcome.cost = Usage(**found["usage"]), _dollars(found["cost"])
        outcome.tasks = [Task(**_known(Task, task)) for task in found["tasks"]]
        outcome.checks = [_check(check) for check in found["checks"]]
        return outcome


def _known(kind: Any, data: dict[str, Any]) -> dict[str, Any]:
    return {f.name: data[f.name] for f in fields(kind) if f.name in data}


def _dollars(found: str | None) -> Decimal | None:
    return None if found is None else Decimal(found)


def _check(data: dict[str, Any]) -> Check:
    check = Check(**_known(Check, data))
    check.usage, check.cost = Usage(**data["usage"]), _dollars(data["cost"])
    check.rows = [(label, text) for label, text in data["rows"]]
    return check


def write_json(path: Path, data: Any) -> None:
    """Write JSON in one step, so that a reader never sees half of it; lone surrogates are escaped."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(data) + "\n", encoding="ascii")
    fresh.replace(path)


def save(path: Path, outcomes: list[Outcome]) -> None:
    """Write one outcome as one object, several as `{"outcomes": [...]}`; `read` takes both."""
    data = [outcome.to_json() for outcome in outcomes]
    write_json(path, data[0] if len(data) == 1 else {"version": VERSION, "outcomes": data})


def read(path: Path) -> list[Outcome]:
    """The outcomes that `--outcome FILE` wrote."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return [Outcome.from_json(found) for found in data.get("outcomes", [data])]


def load_progress(root: Path = ROOT) -> dict[str, Outcome]:
    """The last outcome of each module that was graded, by key; unreadable entries are left out."""
    found = {}
    for key, outcome in _entries(state_folder(root) / "progress.json").items():
        try:
            found[key] = Outcome.from_json(outcome)
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
    return found


def _entries(file: Path) -> dict[str, Any]:
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def save_progress(outcome: Outcome, root: Path = ROOT) -> None:
    """Remember a module's outcome, without the words of each check; only whole runs of the learner's side."""
    file = state_folder(root) / "progress.json"
    kept = outcome.to_json()
    kept["checks"] = [{**check, "rows": [], "printed": "", "traceback": ""} for check in kept["checks"]]
    write_json(file, {**_entries(file), outcome.module: kept})
