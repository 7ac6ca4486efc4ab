"""Rules about the files of a module: their places, the gaps, the sizes, the names of models."""

from __future__ import annotations

import ast
import difflib
import re
import tomllib
from collections.abc import Iterator

from grader.course import Module
from grader.models import TABLE
from grader.prove import reading
from grader.prove.finding import Finding, at

MOST_LINES = 150
# 04_cot has eight tasks, among them a stream and a web app, 03_fewshot seven with their refusals by name,
# 01_gigo every tier of a cascade and the prompts of two, 02_adapters four wires and their errors by name,
# 05_voting a vote, six ways to count it or to stop, and a triage on top,
# 06_structured a form, a day, two ways to correct, a store and a desk; the rules in words are a third of it,
# 07_cost the rules of money, windows and refusals, which stand in its docstrings,
# 08_dag a filter, a cacheable request, a chain, a graph, a benchmark and its statistics; a third are rules.
MOST_LINES_OF = {
    "adapters": 250, "capstone": 330, "cost": 298, "cot": 220, "dag": 425, "fewshot": 225, "gigo": 230,
    "structured": 385, "voting": 265,
}  # fmt: skip
# Vendors' names with a version; the table's own ids are added, so that a new one is covered at once.
MODEL_IDS = re.compile(
    r"\b(?:gpt-\d|o\d-(?:mini|pro)|claude-[a-z0-9]|deepseek-[a-z]|gemini-\d|llama-?\d)[\w.-]*"
)


def places(module: Module) -> list[Finding]:
    """A module is files in four places: exercises, solutions, cassettes and course."""
    files = (
        (
            module.starter,
            "the starter is missing.",
            "Write the reference with the body of each task replaced by its gap.",
        ),
        (module.test_file, "the checks are missing.", "Write one test function per behaviour."),
        (
            module.hints_file,
            "the hints are missing.",
            "Write `## 1. Title` with three levels under it for each task.",
        ),
        (module.reference, "the reference is missing.", "Write the finished module."),
        (module.chapter, "the chapter is missing.", "Write about 1,000 words that end in `## Exercises`."),
    )
    found = [Finding(at(module, path), what, remedy) for path, what, remedy in files if not path.is_file()]
    if not module.cassettes.is_dir() and _plays_something(module):
        remedy = f"Run `grader record {module.key}`."
        found.append(Finding(at(module, module.cassettes), "there are no recordings.", remedy))
    return found


def _plays_something(module: Module) -> bool:
    if not module.test_file.is_file() or unreadable(module):
        return False
    return any(check.cassettes for check in reading.checks(module.test_file))


def unreadable(module: Module) -> list[Finding]:
    """Files that do not parse: nothing else can be said about them."""
    found = []
    for path in (module.starter, module.reference, module.test_file):
        try:
            reading.tree(path) if path.is_file() else None
        except SyntaxError as reason:
            found.append(
                Finding(
                    at(module, path, reason.lineno or 0),
                    f"it does not parse: {reason.msg}.",
                    "Repair the syntax.",
                )
            )
    return found


GAP = 'raise NotImplementedError("Task 1: say what to do")'


def gaps(module: Module) -> Iterator[Finding]:
    """A starter's gaps say their task, and nothing in a finished file is a gap."""
    found = reading.gaps(module.starter)
    if not found:
        remedy = f"Replace the body of each task by `{GAP}`."
        yield Finding(at(module, module.starter), "the starter has no gap.", remedy)
    for gap in found:
        if gap.task is None:
            where = at(module, module.starter, gap.line)
            yield Finding(where, f"the gap of {gap.name} names no task.", f"Write `{GAP}`.")
    for gap in reading.gaps(module.reference):
        where = at(module, module.reference, gap.line)
        remedy = "The reference is the finished module: write the body."
        yield Finding(where, f"{gap.name} is not finished.", remedy)


def skeleton(source: str, names: set[str]) -> list[str]:
    """The lines of `source` without the bodies (docstrings stay) of the functions called `names`.

    Nor has it the statements of the classes called so, or the comment that stands for them in a starter.
    """
    lines = source.splitlines()
    cut: set[int] = set()
    parsed = ast.parse(source)
    for name, node in reading.functions(parsed.body):
        if name in names:
            cut |= _body_lines(node, lines)
    for each in parsed.body:
        if isinstance(each, ast.ClassDef) and each.name in names:
            cut |= _statements(each, lines)
    return [line for number, line in enumerate(lines, 1) if number not in cut]


OPEN = re.compile(r"\s+# Task \d+: .+")


def open_classes(source: str) -> set[str]:
    """The classes of a starter that hold a docstring and a comment `# Task 1: say what to declare`."""
    lines = source.splitlines()
    return {
        node.name
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef) and len(node.body) == 1 and _marks(node, lines)
    }


def _marks(node: ast.ClassDef, lines: list[str]) -> list[int]:
    """The numbers of the lines that say which task declares a class."""
    return [
        number for number in range(node.lineno, _end(node, lines) + 1) if OPEN.fullmatch(lines[number - 1])
    ]


def _end(node: ast.ClassDef, lines: list[str]) -> int:
    """The last line of a class, with the comments that end it."""
    end = number = node.end_lineno or node.lineno
    while number < len(lines) and _deeper(lines[number], node.col_offset):
        number += 1
        end = number if lines[number - 1].strip() else end
    return end


def _statements(node: ast.ClassDef, lines: list[str]) -> set[int]:
    """Line numbers from a class's first statement after the docstring, or from its mark, to its end."""
    starts = [*_marks(node, lines), *(each.lineno for each in node.body[1:2])]
    return set(range(min(starts), _end(node, lines) + 1)) if starts else set()


def _body_lines(node: reading.Function, lines: list[str]) -> set[int]:
    """Line numbers of a function's body, with the comments around it; the docstring is not among them."""
    first, last = node.body[0], node.body[-1]
    documented = ast.get_docstring(node, clean=False) is not None
    start = (first.end_lineno or first.lineno) + 1 if documented else _signature_end(node, lines) + 1
    end = last.end_lineno or last.lineno
    if documented and len(node.body) == 1:
        end = start - 1
    number = end + 1
    while number <= len(lines) and _deeper(lines[number - 1], node.col_offset):
        end, number = (number if lines[number - 1].strip() else end), number + 1
    return set(range(start, end + 1))


def _signature_end(node: reading.Function, lines: list[str]) -> int:
    number = node.body[0].lineno - 1
    while number > node.lineno and not lines[number - 1].rstrip().endswith(":"):
        number -= 1
    return max(number, node.lineno)


def _deeper(line: str, indent: int) -> bool:
    return not line.strip() or len(line) - len(line.lstrip()) > indent


def only_bodies_differ(module: Module) -> list[Finding]:
    """From starter to reference only bodies of tasks change, and classes that a task declares."""
    given = module.starter.read_text(encoding="utf-8")
    names = {gap.name for gap in reading.gaps(module.starter)} | open_classes(given)
    starter = skeleton(given, names)
    reference = skeleton(module.reference.read_text(encoding="utf-8"), names)
    changed = [
        line
        for line in difflib.unified_diff(starter, reference, lineterm="", n=0)
        if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    if not changed:
        return []
    shown = "; ".join(f"`{line}`" for line in changed[:3])
    return [
        Finding(
            at(module, module.starter),
            f"it differs from the reference outside the tasks' bodies: {shown}.",
            "Make both files the same there, or make the place a task.",
        )
    ]


def sizes(module: Module) -> list[Finding]:
    """A reference is read as literature: it stays within its number of lines."""
    most = MOST_LINES_OF.get(module.slug, MOST_LINES)
    lines = len(module.reference.read_text(encoding="utf-8").splitlines())
    if lines <= most:
        return []
    return [
        Finding(
            at(module, module.reference),
            f"it has {lines} lines, and a reference has at most {most}.",
            "Shorten it, or teach less in one module.",
        )
    ]


def model_ids() -> re.Pattern[str]:
    """What counts as a model id: the ids of models.toml, and vendors' names that carry a version."""
    known = sorted(tomllib.loads(TABLE.read_text(encoding="utf-8"))["models"], key=len, reverse=True)
    return re.compile("|".join([*map(re.escape, known), MODEL_IDS.pattern]))


def no_model_ids(module: Module) -> list[Finding]:
    """Code of the course names a tier: model ids live in models.toml alone."""
    folders = (module.exercise, module.solution, module.examples)
    files = [path for folder in folders if folder.is_dir() for path in sorted(folder.rglob("*.py"))]
    found, pattern = [], model_ids()
    for path in files:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if named := pattern.search(line):
                found.append(
                    Finding(
                        at(module, path, number),
                        f"it names the model {named[0]!r}.",
                        'Ask for a tier: `model("fast")`.',
                    )
                )
    return found
