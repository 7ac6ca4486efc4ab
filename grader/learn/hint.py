"""Which hint comes next? Level one first, then two, then three; asking again moves one level on."""

from __future__ import annotations

import argparse
import sys

from grader import course


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("module", help="04_cot, cot or 4")
    parser.add_argument(
        "task", type=int, nargs="?", help="the task's number; the next unfinished task if left out"
    )
    parser.add_argument(
        "--level", type=int, choices=(1, 2, 3), help="show this level again instead of the next"
    )


def run(args: argparse.Namespace) -> int:
    """Print one hint and say how to get the next. Exit code 2 when the module has no such task."""
    from grader.learn.progress import done, next_task
    from grader.verdict.hints import BadHints, hint, next_hint

    module = course.module(args.module)
    if args.task is None and done(module):
        print(f"All tasks of {module.key} pass. For a hint all the same: grader hint {module.key} 1")
        return 0
    task = next_task(module) if args.task is None else args.task
    try:
        found = next_hint(module, task) if args.level is None else hint(module, task, args.level)
    except (BadHints, LookupError) as reason:
        print(reason.args[0] if reason.args else reason, file=sys.stderr)
        return 2
    print(f"{module.key} · Task {task} · hint {found.level} of 3\n\n{found.text.strip()}\n")
    if found.last:
        print("That was the last hint of this task. The chapter: course/" + module.chapter.name)
    else:
        print(f"more: grader hint {module.key} {task}")
    return 0
