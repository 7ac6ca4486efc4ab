"""Why a check does not even begin."""

from __future__ import annotations


class Blocked(BaseException):
    """A check that is not run, because a task that it needs has not passed."""

    def __init__(self, task: int) -> None:
        super().__init__(f"It needs task {task}, which has not passed.")
        self.task = task


class Endless(BaseException):
    """A check that is not run: another case of it did not end, and each would take its whole time limit."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Not run, because {name} did not end.")
        self.name = name


class NoCassette(LookupError):
    """A check names a recording that is not there: our fault, or that of an unfinished recording session."""


class Refused(Exception):
    """A test file that cannot be used for grading; the message says what the author has to change."""
