"""The `grader` command: parses, calls a room, prints. Each room brings its own arguments and its `run`."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

# command -> (room, what it does); a room is imported only when its command is typed: SDKs cost a second.
COMMANDS = {
    "list": ("grader.learn.progress", "modules and how far you are"),
    "hint": ("grader.learn.hint", "the next hint for a task: grader hint 04_cot 2"),
    "watch": ("grader.learn.watch", "grade a module again whenever you save"),
    "doctor": ("grader.learn.doctor", "what is missing on this machine, and how to get it"),
    "lab": ("grader.learn.lab", "compute a module's numbers and draw its figure"),
    "provider": ("grader.provider.serve", "serve the stand-in provider, to play without a key"),
    "prove": ("grader.prove.matrix", "show that each check catches what it claims"),
    "record": ("grader.record.recorder", "record a module's cassettes again"),
    "drift": ("grader.record.drift", "compare the recordings with what a provider says today"),
    "grade": ("grader.grade.cohort", "grade submissions, their code in a process of its own"),
    "new": ("grader.learn.new", "make the skeleton of a module: grader new 42_answer"),
}


def usage() -> str:
    """The overview that `grader` and `grader --help` print."""
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {what}" for name, (_, what) in COMMANDS.items()]
    return "\n".join(
        ["usage: grader COMMAND [...]", "", *lines, "", "Arguments of a command: grader COMMAND --help"]
    )


def parser_for(command: str) -> argparse.ArgumentParser:
    """The argument parser of one command; imports that command's room."""
    room, what = COMMANDS[command]
    parser = argparse.ArgumentParser(prog=f"grader {command}", description=what.capitalize() + ".")
    import_module(room).add_arguments(parser)
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one command. Exit codes: 0 done, 1 something did not hold, 2 the call was not understood."""
    words = sys.argv[1:] if argv is None else argv
    if not words or words[0] in ("-h", "--help", "help"):
        print(usage())
        return 0
    command, *rest = words
    if command not in COMMANDS:
        print(f"{command!r} is not a command of grader.\n\n{usage()}", file=sys.stderr)
        return 2
    from grader.course import UnknownModule

    try:
        return int(import_module(COMMANDS[command][0]).run(parser_for(command).parse_args(rest)))
    except UnknownModule as reason:
        print(reason.args[0], file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
