"""Rules about the words of a module: checks, tasks, hints, misconceptions, and commands in texts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from grader.course import Module, UnknownModule
from grader.course import module as find
from grader.prove import reading
from grader.prove.finding import Finding, at
from grader.verdict import hints

FEWEST_WRONG = 8
FEWEST_WRONG_OF = {"04_cot": 10}
COMMAND = re.compile(r"(?:^|`|\$ )\s*((?:pytest|grader) [^`\n#]+)", re.MULTILINE)
TODO = re.compile(r"\bTODO\b[^\n`\"]*")
# By place: starter, checks, hints, chapter.
REMEDIES = (
    "Add the gap",
    "Add a check marked with the task",
    "Add `## N. Title` with its three levels",
    "Add the numbered item under `## Exercises`",
)
WITH_MODULE = ("hint", "watch", "lab", "prove", "record", "drift")


def well_formed_checks(module: Module) -> Iterator[Finding]:
    """Every check has a task, one sentence for the learner, and something that can fail."""
    numbers = {gap.task for gap in reading.gaps(module.starter)}
    for check in reading.checks(module.test_file):
        where = at(module, module.test_file, check.line)
        if check.task is None:
            yield Finding(where, f"{check.name} names no task.", "Add `@pytest.mark.task(1)`.")
        elif unknown := sorted(set(check.needs) - numbers):
            rule = f"{check.name} needs task {unknown[0]}, which the starter does not have."
            yield Finding(where, rule, "Name tasks that exist.")
        if not check.sentence:
            remedy = "Write the sentence that the learner reads when it fails."
            yield Finding(where, f"{check.name} has no docstring.", remedy)
        if not check.judges:
            yield Finding(where, f"{check.name} asserts nothing, so it cannot fail.", "Add an assert.")


def _listed_by_the_build(module: Module) -> bool:
    # A list of tasks that the site's build writes from hints.md cannot disagree with it.
    return f"<!-- tasks: {module.key} -->" in module.chapter.read_text(encoding="utf-8")


def tasks_agree(module: Module) -> Iterator[Finding]:
    """A task number ties the starter's gap, the check, the hint and the chapter's exercise."""
    here = {
        module.starter: {gap.task for gap in reading.gaps(module.starter) if gap.task},
        module.test_file: {check.task for check in reading.checks(module.test_file) if check.task},
    }
    if module.hints_file.is_file():
        here[module.hints_file] = _hinted(module)
    if module.chapter.is_file() and not _listed_by_the_build(module):
        here[module.chapter] = set(reading.chapter_tasks(module.chapter))
    last = max(set[int]().union(*here.values()), default=0)
    places = (module.starter, module.test_file, module.hints_file, module.chapter)
    remedies = dict(zip(places, REMEDIES, strict=True))
    for path, numbers in here.items():
        for number in sorted({*range(1, last + 1)} - numbers):
            rest = f"{remedies[path]}, or renumber: tasks run from 1 to {last} in all four places."
            yield Finding(at(module, path), f"task {number} is missing here.", rest)


def _hinted(module: Module) -> set[int]:
    """The tasks that have a heading in hints.md, whatever else is wrong with the file."""
    lines = module.hints_file.read_text(encoding="utf-8").splitlines()
    return {int(found[1]) for line in lines if (found := hints.TASK.match(line))}


def hint_levels(module: Module) -> list[Finding]:
    """A hint has three levels: a nudge, the way, nearly the line."""
    try:
        hints.parse(module.hints_file)
    except hints.BadHints as reason:
        return (
            [Finding(at(module, module.hints_file), str(reason), "")] if module.hints_file.is_file() else []
        )
    return []


def wrong_solutions(module: Module) -> list[Finding]:
    """Enough named misconceptions, each saying what it gets wrong, what catches it and which hint helps."""
    fewest = FEWEST_WRONG_OF.get(module.key, FEWEST_WRONG)
    found = [finding for path in module.wrong for finding in _wrong(module, reading.wrong(path))]
    if len(module.wrong) < fewest:
        found.append(
            Finding(
                at(module, module.solution / "wrong"),
                f"there are {len(module.wrong)} wrong solutions, and {fewest} are needed.",
                "Write one file per misconception that a learner really has.",
            )
        )
    return found


def _wrong(module: Module, wrong: reading.Wrong) -> Iterator[Finding]:
    if wrong.error:
        remedy = "Repair the syntax: a file that does not run proves nothing."
        yield Finding(at(module, wrong.path), f"it {wrong.error}.", remedy)
        return
    checks = {check.name: check.task for check in reading.checks(module.test_file)}
    own = ", ".join(reading.bound(module.reference, imports=False)[:6])
    for fault, rule, remedy in (
        (not wrong.sentence, "it has no docstring.", "Say the misconception in one sentence."),
        (not wrong.caught_by, "it names no check.", 'Write `CAUGHT_BY = ["test_..."]`.'),
        (
            wrong.hint not in checks.values(),
            f"HINT is {wrong.hint!r}, which is no task.",
            "Write the task whose hint helps: HINT = 2.",
        ),
        (
            not set(reading.bound(module.reference)) & set(wrong.defines),
            "it redefines nothing of the reference, so it is the reference.",
            f"Define at least one of {own}.",
        ),
    ):
        if fault:
            yield Finding(at(module, wrong.path), rule, remedy)
    for name in (name for name in wrong.caught_by if name.partition("[")[0] not in checks):
        rule = f"CAUGHT_BY names {name!r}, which is no check."
        yield Finding(at(module, wrong.path), rule, f"See {module.test_file.name}.")


def commands(module: Module) -> list[Finding]:
    """A command that a text tells the reader to type exists, and what it names exists."""
    found = []
    for path in (module.starter, module.hints_file, module.chapter):
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        for hit in COMMAND.finditer(text):
            if wrong := _wrong_command(module, hit[1].split()):
                line = text.count("\n", 0, hit.start(1)) + 1
                found.append(
                    Finding(at(module, path, line), f"`{hit[1].strip()}`: {wrong}.", "Correct the command.")
                )
    if f"pytest exercises/{module.key}" not in module.starter.read_text(encoding="utf-8"):
        found.append(
            Finding(
                at(module, module.starter),
                "its docstring does not say how to grade it.",
                f"Add `pytest exercises/{module.key}`.",
            )
        )
    return found


def _wrong_command(module: Module, words: list[str]) -> str:
    """What is wrong with one command, or nothing. A word in capitals stands for what the reader fills in."""
    plain = [word for word in words[1:] if not word.startswith("-")]
    if any(word.isupper() for word in plain) or not plain:
        return ""
    if words[0] == "pytest":
        path, _, test = plain[0].partition("::")
        if not (module.root / path).exists():
            return f"there is no {path}"
        known = reading.checks(module.root / path) if test and path.endswith(".py") else []
        return (
            f"{path} has no {test}" if test and test.partition("[")[0] not in {c.name for c in known} else ""
        )
    return _wrong_grader_command(module, plain)


def _wrong_grader_command(module: Module, plain: list[str]) -> str:
    from grader.cli import COMMANDS

    command, *rest = plain
    if command not in COMMANDS:
        return f"grader has no command {command!r}"
    if command not in WITH_MODULE or not rest:
        return ""
    try:
        named = find(rest[0], module.root)
    except UnknownModule:
        return f"there is no module {rest[0]!r}"
    if command == "hint" and len(rest) > 1 and named.hints_file.is_file():
        tasks = _hinted(named)
        return (
            ""
            if rest[1].isdigit() and int(rest[1]) in tasks
            else f"{named.key} has no hint for task {rest[1]}"
        )
    return ""


def nothing_left_to_do(module: Module) -> list[Finding]:
    """No text still says TODO: a fresh module marks so what its author has to write."""
    folders = (module.exercise, module.solution)
    files = [p for f in folders for p in sorted(f.rglob("*")) if p.suffix in (".py", ".md", ".yaml")]
    found = []
    for path in (*files, module.chapter):
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        for number, line in enumerate(lines, 1):
            if said := TODO.search(line):
                found.append(Finding(at(module, path, number), f"`{said[0].strip()}`", "is still to write."))
    return found
