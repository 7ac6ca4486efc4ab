"""What `cot` does: choose the file, choose between model and recording, say where the words come from."""

from __future__ import annotations

import argparse
import io
import os
import sys
import textwrap
import traceback

from grader.capstone import adapters
from grader.capstone.endings import BadUsage, CotError, NoKey, Unfinished
from grader.capstone.files import loaded, open_tasks, shown, unfinished
from grader.capstone.hosts import KEYS
from grader.capstone.recordings import Recorded, find, recorded
from grader.capstone.terminal import options, parser
from grader.capstone.view import paint, report, to_stderr, to_stdout
from grader.course import Module

MODULE = Module("99_capstone")
NEEDED = {"1", "2", "3", "6"}  # without these tasks of the capstone no question is answered
UNASKED = "does not hand `ask` on to solve and its calls: your adapters made none."


def run(argv: list[str]) -> int:
    """`cot` with these words; the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without × shows ? instead of a traceback
    no_key = None
    try:
        args = parser().parse_args(argv)
        if args.mine and not args.adapters and _only_adapters(args.provider):
            argv = ["--adapters", *argv]
            args.adapters = True
        options(args)
    except SystemExit:  # --help
        return 0
    except BadUsage as reason:
        return _refuse(reason, f"cot: {reason}", as_json="--json" in argv)
    except NoKey as reason:
        no_key = reason
    if no_key:
        return _replay(args, no_key)
    # The SDKs read these variables too: name the host that is really asked.
    host = args.base_url or os.environ.get(f"{args.provider.upper()}_BASE_URL") or args.provider
    return _ask(argv, args, f"Live from {host}.")


def _only_adapters(provider: str) -> bool:
    """Whether the learner can bring adapters that work, but no capstone yet."""
    return bool(NEEDED & open_tasks(MODULE).keys()) and not adapters.missing(provider)


def _replay(args: argparse.Namespace, reason: NoKey) -> int:
    """Answer from the recording of this question; if somebody is watching, at the speed it was made."""
    question = " ".join(args.question)
    runs = recorded(MODULE)
    chosen = find(runs, question, args.provider, args.stream, args.tier, args.model)
    if chosen is None:
        words = f"cot: This question is not recorded.\n{reason}\n{_known(runs, args)}".rstrip("\n")
        return _refuse(reason, words, as_json=args.json)
    if "$" in chosen.question and "$" not in question:
        to_stderr("cot: your shell replaced the $ in the question; single quotes keep it.\n")
    from grader.replay.miss import Miss  # late: the tape costs time that a live run need not pay
    from grader.replay.tape import use

    os.environ[KEYS[args.provider]] = "recorded"  # the SDKs want a key; nothing is sent
    try:
        # Like the exercise's checks: with JSON mode, with a schema, or with neither.
        with use(chosen.path, scale=float(sys.stdout.isatty() and not args.fast), ignore=["format"]):
            return _ask(_argv(args, chosen.question), args, chosen.source)
    except Miss as miss:
        return _refuse(reason, f"cot: {miss.words()}", as_json=args.json)


def _ask(argv: list[str], args: argparse.Namespace, source: str) -> int:
    """Run the chosen file's `main`, and say where the words come from and what of the learner's ran."""
    mine = args.mine and not (args.adapters and NEEDED & open_tasks(MODULE).keys())
    path = MODULE.starter if mine else MODULE.reference
    if args.adapters:
        loop = "your capstone" if mine else "the reference"
        yours = shown(adapters.MODULE, adapters.MODULE.starter)
        source += f"\nThe loop is {loop}; your {yours} makes its calls."
        before = adapters.made.total()
    try:
        if args.adapters:
            adapters.yours()  # before anything is called: what cannot be imported makes no call
        code = int(loaded(MODULE, path).main(argv, source=source))
    except NotImplementedError as gap:
        words = unfinished(_whose(gap), str(gap)) + _instead(args)
        return _refuse(Unfinished(), words, as_json=args.json)
    except Unfinished as broken:
        return _refuse(broken, f"cot: {broken}", as_json=args.json)
    except TypeError as reason:
        if not args.adapters or "argument 'ask'" not in str(reason):
            raise
        return _refuse(Unfinished(), f"cot: {shown(MODULE, path)} {UNASKED}", as_json=args.json)
    if args.adapters and adapters.made.total() == before and code == 0:
        to_stderr(f"cot: {shown(MODULE, path)} {UNASKED}\n")
    if not args.json and code != BadUsage.code:
        to_stdout(paint("2", source) + "\n")
    return code


def _instead(args: argparse.Namespace) -> str:
    """What of 02 would do in place of a finished capstone."""
    if args.adapters:
        return ""
    functions = ", ".join(sorted(adapters.missing(args.provider)))
    file = shown(adapters.MODULE, adapters.MODULE.starter)
    return f"\nOr write {functions} in {file}:\ncot --mine then runs the reference's loop on them."


def _whose(gap: NotImplementedError) -> Module:
    """The module whose task a run met: the one whose file raised."""
    raised_in = traceback.extract_tb(gap.__traceback__)[-1].filename
    return adapters.MODULE if raised_in == str(adapters.MODULE.starter) else MODULE


def _refuse(reason: CotError, words: str, *, as_json: bool) -> int:
    """Say why there is no run, for a script as one object; the exit code."""
    if as_json:
        to_stdout(report(None, exit_code=reason.code, error=words.removeprefix("cot: "), source=None))
    else:
        to_stderr(words + "\n")
    return reason.code


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


def _known(runs: list[Recorded], args: argparse.Namespace) -> str:
    """What can be asked without a key, and how to ask anything else."""
    groups: dict[str, list[str]] = {}
    for run in runs:
        if not (run.stream and args.adapters):
            groups.setdefault(run.options, []).append(f"  {run.question}")
    for questions in groups.values():
        questions[:] = [textwrap.fill(words, 79, subsequent_indent="    ") for words in questions]
    lines = ["", "Without a key, cot answers what is recorded:"]
    unusual = args.provider != "openai" or args.tier != "fast" or bool(args.model)
    for typed, questions in groups.items():
        label = f"with {typed}" if typed else "with no more than the question" * unusual
        lines += [f"{label}:", *questions] if label else questions
    lines += [
        "",
        "Anything else needs a model:",
        f"  with a key:                   export {KEYS[args.provider]}=...",
        "  one on this machine:          cot --base-url URL --model NAME '...'",
        "`grader provider` serves the questions above, and has no words for others.",
    ]
    return "\n".join(lines) + "\n"
