"""Lists in the chapters that are made from the repository, so that they cannot fall behind it."""

from __future__ import annotations

import ast
import logging
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grader.course import Module, module, modules

log = logging.getLogger("mkdocs.hooks.macros")
MACRO = re.compile(r"^<!-- (common-mistakes|tasks|modules)(?:: (\w+))? -->$", re.MULTILINE)
TASK_TITLE = re.compile(r"^## (\d+)\. (.+)$", re.MULTILINE)
TODO = re.compile(r'NotImplementedError\(\s*"Task (\d+): (.+?)\.?"\s*\)')


def sentence(path: Path) -> str:
    """Return the first paragraph of a Python file's docstring as one line."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    if not text:
        raise ValueError(f"{path} has no docstring. Begin it with the misconception in one sentence.")
    return " ".join(text.split("\n\n")[0].split())


def common_mistakes(chosen: Module) -> str:
    """List the module's wrong solutions as the misconceptions they are, by task; many of them in a fold."""
    found: dict[int, list[str]] = {}
    for path in chosen.wrong:
        found.setdefault(_hint(path), []).append(sentence(path))
    blocks = []
    for number, title in titles(chosen).items():
        if number in found:
            blocks.append(f"**{number}. {title}**\n\n{_folded(found[number])}")
    return "\n\n".join(['<div class="dense" markdown>', *blocks, "</div>"]) if blocks else ""


def _folded(texts: list[str], most: int = 4) -> str:
    """A list; beyond `most` items, the first ones and a fold with the others."""
    shown = texts if len(texts) <= most else texts[: most - 1]
    lines = [f"- {text}" for text in shown]
    if rest := texts[len(shown) :]:
        lines += ["", f'??? checks "{len(rest)} more"', "", *(f"    - {text}" for text in rest)]
    return "\n".join(lines)


def tasks(chosen: Module) -> str:
    """List the module's tasks by number: title, what the starter says, and the checks in a fold."""
    checks = checks_by_task(chosen.test_file)
    todo: dict[str, list[str]] = {}
    for number, what in TODO.findall(handed_out(chosen.starter)):
        todo.setdefault(number, []).append(what)
    lines = []
    for number, title in titles(chosen).items():
        what = "; ".join(todo.get(str(number), []))
        lines.append(f"{number}. **{title}:** {what}." if what else f"{number}. **{title}**")
        if sentences := checks.get(number):
            lines += ["", '    ??? checks "What its checks hold you to"', ""]
            lines += [f"        - {text}" for text in sentences]
        lines.append("")
    return "\n".join(lines)


def handed_out(path: Path) -> str:
    """Return a file as it was last committed: whoever reads this has perhaps filled in its gaps by now."""
    # Stored without git, or outside it, the file itself has to do.
    command = ["git", "-C", str(path.parent), "show", f"HEAD:./{path.name}"]
    try:
        return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return path.read_text(encoding="utf-8")


def titles(chosen: Module) -> dict[int, str]:
    """Return the tasks' titles by number, from the headings of hints.md; a module without hints has none."""
    if not chosen.hints_file.is_file():
        return {}
    text = chosen.hints_file.read_text(encoding="utf-8")
    return {int(number): title.rstrip(". ") for number, title in TASK_TITLE.findall(text)}


def _hint(path: Path) -> int:
    found = re.search(r"^HINT = (\d+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    if not found:
        raise ValueError(f"{path} names no task. Add a line such as: HINT = 3")
    return int(found[1])


def checks_by_task(path: Path) -> dict[int, list[str]]:
    """Return the first sentence of each check's docstring, under the number of the task it marks."""
    found: dict[int, list[str]] = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (number := _task(node)):
            text = " ".join((ast.get_docstring(node) or node.name).split())
            found.setdefault(number, []).append(text)
    return found


def _task(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int | None:
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.task":
            return ast.literal_eval(mark.args[0])
    return None


def module_map(_: None = None) -> str:
    """Return the table of the modules: what you build, and how many mistakes its checks are proven on."""
    rows = ["| | Module | You build | Tasks | Mistakes |", "|---|---|---|--:|--:|"]
    for each in modules():
        title = f"[{each.title}]({each.key}.md)" if each.chapter.is_file() else each.title
        rows.append(f"| {each.number} | {title} | {goal(each)} | {len(titles(each))} | {len(each.wrong)} |")
    return "\n".join(rows)


def goal(chosen: Module) -> str:
    """Return the chapter's goal or, while there is no chapter, the first line of the starter."""
    if not chosen.chapter.is_file():
        return sentence(chosen.starter) if chosen.starter.is_file() else ""
    found = re.search(r"^\*\*Goal:\*\* (.+)$", chosen.chapter.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else ""


MAKERS: dict[str, Callable[..., str]] = {
    "common-mistakes": common_mistakes,
    "tasks": tasks,
    "modules": module_map,
}


def expand(markdown: str) -> str:
    """Return a chapter's text with every macro line replaced by the list it stands for."""

    def replace(found: re.Match[str]) -> str:
        kind, key = found[1], found[2]
        try:
            made = MAKERS[kind](module(key) if key else None)
        except (LookupError, OSError, ValueError, SyntaxError) as problem:
            made = ""
            log.warning("%s could not be made: %s", found[0], problem)
        else:
            if not made:
                log.warning("%s is empty: the module %s has nothing to list yet.", found[0], key)
        return made

    return MACRO.sub(replace, markdown)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """MkDocs calls this with each page's text before it is parsed."""
    return expand(markdown)
