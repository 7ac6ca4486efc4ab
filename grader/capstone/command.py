"""What `cot` does: choose the file, choose between model and recording, say where the words come from."""

from __future__ import annotations

import argparse
import importlib.util
import io
import os
import re
import sys
import textwrap
from pathlib import Path
from types import ModuleType

from grader.capstone.endings import BadUsage, NoKey, Unfinished
from grader.capstone.recordings import Recorded, find, recorded
from grader.capstone.terminal import KEYS, options, parser
from grader.capstone.view import paint, to_stderr, to_stdout
from grader.course import ROOT, Module

MODULE = Module("99_capstone")


def run(argv: list[str]) -> int:
    """`cot` with these words; the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without × shows ? instead of a traceback
    no_key = None
    try:
        args = parser().parse_args(argv)
        options(args)
    except SystemExit:  # --help
        return 0
    except BadUsage as reason:
        to_stderr(f"cot: {reason}\n")
        return reason.code
    except NoKey as reason:
        no_key = reason
    if no_key:
        return _replay(args, no_key)
    # The SDKs read these variables too: name the host that is really asked.
    host = args.base_url or os.environ.get(f"{args.provider.upper()}_BASE_URL") or args.provider
    return _ask(argv, args, f"Live from {host}.")


def _replay(args: argparse.Namespace, reason: NoKey) -> int:
    """Answer from the recording of this question; if somebody is watching, at the speed it was made."""
    question = " ".join(args.question)
    runs = recorded(MODULE)
    chosen = find(runs, question, args.provider, args.stream)
    if chosen is None:
        to_stderr(f"cot: This question is not recorded.\n{reason}\n{_known(runs, args)}")
        return reason.code
    if "$" in chosen.question and "$" not in question:
        to_stderr("cot: your shell replaced the $ in the question; single quotes keep it.\n")
    from grader.replay.miss import Miss  # late: the tape costs time that a live run need not pay
    from grader.replay.tape import use

    os.environ[KEYS[args.provider]] = "recorded"  # the SDKs want a key; nothing is sent
    try:
        with use(chosen.path, scale=float(sys.stdout.isatty() and not args.fast)):
            return _ask(_argv(args, chosen.question), args, chosen.source)
    except Miss as miss:
        to_stderr(f"cot: {miss.words()}\n")
        return reason.code


def _ask(argv: list[str], args: argparse.Namespace, source: str) -> int:
    """Run the chosen file's `main`, and say where the words come from."""
    path = MODULE.starter if args.mine else MODULE.reference
    try:
        code = int(_load(path).main(argv, source=source))
    except NotImplementedError as gap:
        to_stderr(_unfinished(path, str(gap)))
        return Unfinished.code
    if not args.json and code != BadUsage.code:
        to_stdout(paint("2", source) + "\n")
    return code


def _argv(args: argparse.Namespace, question: str) -> list[str]:
    """The command line again, with the question as it was recorded."""
    words = []
    for name, value in vars(args).items():
        option = f"--{name.replace('_', '-')}"
        if value is True:
            words.append(option)
        elif value not in (None, False) and name != "question":
            words += [option, str(value)]
    return [*words, "--", question]


def _load(path: Path) -> ModuleType:
    """The file as a module named like the exercise. Raises what its import raises."""
    spec = importlib.util.spec_from_file_location(MODULE.slug, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE.slug] = module  # dataclasses look their module up by name
    spec.loader.exec_module(module)
    return module


def _known(runs: list[Recorded], args: argparse.Namespace) -> str:
    """What can be asked without a key, and how to ask anything else."""
    groups: dict[str, list[str]] = {}
    for run in runs:
        groups.setdefault(run.options, []).append(f"  {run.question}")
    for questions in groups.values():
        questions[:] = [textwrap.fill(words, 79, subsequent_indent="    ") for words in questions]
    lines = ["", "Without a key, cot answers what is recorded:"]
    for typed, questions in groups.items():
        lines += [f"with {typed}:", *questions] if typed else questions
    lines += [
        "",
        "Anything else needs a model:",
        f"  with a key:                   export {KEYS[args.provider]}=...",
        "  one on this machine:          cot --base-url URL --model NAME '...'",
        "`grader provider` serves the questions above, and has no words for others.",
    ]
    return "\n".join(lines) + "\n"


def _unfinished(path: Path, gap: str) -> str:
    """Which tasks are open, and the next command."""
    open_tasks: dict[str, str] = {}
    for number, words in re.findall(
        r'NotImplementedError\(\s*"Task (\d+): ([^"]+)', path.read_text(encoding="utf-8")
    ):
        open_tasks.setdefault(number, words)
    lines = [f"  {number}  {words}" for number, words in open_tasks.items()] or [f"  {gap}"]
    first = next(iter(open_tasks), "1")
    shown = path.relative_to(ROOT)
    return "\n".join(
        [f"Your {shown} is not finished. Open tasks:", *lines, "", f"Next: pytest {shown.parent}",
         f"Stuck? grader hint {MODULE.key} {first}", ""]
    )  # fmt: skip
