"""How can a run end without an answer? One error per exit code; `cot --help` prints them from here."""

from __future__ import annotations

from typing import Any


class CotError(Exception):
    """The run ended without an answer."""

    code = 1
    run: Any = None  # what happened until then, where anything did


class Unfinished(CotError):
    """with --mine or --adapters: your file is unfinished, or cannot be imported"""

    code = 1


class BadUsage(CotError):
    """the command line is wrong; nothing was sent"""

    code = 2


class NoKey(CotError):
    """no key for the provider, and no recording of the question; nothing was sent"""

    code = 3


class ProviderFailed(CotError):
    """the provider refused a call, or does not answer"""

    code = 4


class NoAnswer(CotError):
    """no answer: the step limit was reached, or a step stayed invalid"""

    code = 5


class OverBudget(CotError):
    """the budget cannot hold the next call, or nobody knows its price"""

    code = 6


class Interrupted(CotError):
    """interrupted"""

    code = 130


def exit_codes() -> str:
    """The table of exit codes, one per line."""
    endings = [(0, "answered"), *((kind.code, kind.__doc__) for kind in CotError.__subclasses__())]
    lines = [f"  {code:<4} {meaning}" for code, meaning in endings]
    return "\n".join(["exit codes:", *lines])


class InvalidStep(Exception):
    """A reply is not a step; the message goes back to the model."""


class NotArithmetic(Exception):
    """The calculator refuses an expression; the message says what it met."""
