"""Where is everything? The only file that knows the layout; a module is its folders."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEY = re.compile(r"^(\d\d)_([a-z][a-z0-9_]*)$")


class UnknownModule(LookupError):
    """The name given is not one of the course's modules; the message lists those that are."""


@dataclass(frozen=True)
class Module:
    """One module of the course: `key` is `04_cot`, `slug` is `cot`, which is also the import name."""

    key: str
    root: Path = ROOT

    @property
    def number(self) -> str:
        return self.key[:2]

    @property
    def slug(self) -> str:
        return self.key[3:]

    @property
    def exercise(self) -> Path:
        return self.root / "exercises" / self.key

    @property
    def solution(self) -> Path:
        return self.root / "solutions" / self.key

    @property
    def cassettes(self) -> Path:
        return self.root / "cassettes" / self.key

    @property
    def chapter(self) -> Path:
        return self.root / "course" / f"{self.key}.md"

    @property
    def examples(self) -> Path:
        return self.root / "course" / "examples" / self.key

    @property
    def test_file(self) -> Path:
        return self.exercise / f"test_{self.slug}.py"

    @property
    def hints_file(self) -> Path:
        return self.exercise / "hints.md"

    @property
    def starter(self) -> Path:
        return self.exercise / f"{self.slug}.py"

    @property
    def reference(self) -> Path:
        return self.solution / f"{self.slug}.py"

    @property
    def script(self) -> Path:
        """What the stand-in provider says while this module's cassettes are recorded."""
        return self.solution / "script.yaml"

    @property
    def wrong_folder(self) -> Path:
        return self.solution / "wrong"

    @property
    def wrong(self) -> list[Path]:
        """The named misconceptions, sorted by name."""
        return sorted(p for p in self.wrong_folder.glob("*.py") if not p.name.startswith("_"))

    @cached_property
    def title(self) -> str:
        """The chapter's first heading without its number, or the slug while there is no chapter."""
        if self.chapter.is_file():
            for line in self.chapter.read_text(encoding="utf-8").splitlines():
                if line.startswith("# "):
                    return re.sub(r"^\d+\s*[.:·—-]?\s*", "", line[2:]).strip()
        return self.slug.replace("_", " ")

    def cassette(self, name: str) -> Path:
        return self.cassettes / f"{name}.yaml"


def modules(root: Path = ROOT) -> list[Module]:
    """Every module that has an exercise folder, in course order."""
    folders = sorted((root / "exercises").glob("[0-9][0-9]_*"))
    return [Module(folder.name, root) for folder in folders if folder.is_dir() and KEY.match(folder.name)]


def module(name: str | Path, root: Path = ROOT) -> Module:
    """The module that `name` means: `04_cot`, `cot`, `04`, `4`, or a path such as `exercises/04_cot`."""
    wanted = Path(str(name).rstrip("/")).name.removesuffix(".py").removeprefix("test_")
    for candidate in modules(root):
        if wanted in (candidate.key, candidate.slug, candidate.number, str(int(candidate.number))):
            return candidate
    known = ", ".join(m.key for m in modules(root)) or "none"
    raise UnknownModule(f"{str(name)!r} is not a module of this course. Known modules: {known}.")


def module_of(path: Path, root: Path = ROOT) -> Module | None:
    """The module whose exercise, solution or cassette folder holds `path`, if any."""
    for candidate in modules(root):
        for folder in (candidate.exercise, candidate.solution, candidate.cassettes):
            if path.is_relative_to(folder):
                return candidate
    return None


def state_folder(root: Path = ROOT) -> Path:
    """Where progress and hint levels are kept, out of version control."""
    return root / ".grader"
