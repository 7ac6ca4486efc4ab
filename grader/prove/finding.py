"""One thing to repair, in words: the file, the rule, the remedy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grader.course import Module


@dataclass(frozen=True)
class Finding:
    """`where` is a path from the course's root, with `:line` when a line is to blame."""

    where: str
    rule: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.rule} {self.remedy}"


def at(module: Module, path: Path, line: int = 0) -> str:
    """`path` as a finding names it: from the course's root, with the line when there is one."""
    shown = path.relative_to(module.root) if path.is_relative_to(module.root) else path
    return f"{shown}:{line}" if line else str(shown)
