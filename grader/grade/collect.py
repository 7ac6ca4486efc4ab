"""Takes from a submission only what is graded: `cot.py`, or the package `cot/`. Nothing else crosses.

Links are never followed, only regular files are read, and each read is capped: a submission that is a link to
the reference, a pipe that never ends or a bomb of source text is refused before any of it runs.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

LARGEST = 256_000  # bytes of one file: the longest reference has a tenth of this
MOST = 40  # files of one package
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
NEVER = ("conftest.py", "sitecustomize.py", "usercustomize.py")
POSIX = os.name == "posix"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC if POSIX else 0
# O_NONBLOCK: opening a named pipe must not wait for a writer that never comes.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC if POSIX else 0


class Refused(Exception):
    """The submission cannot be collected; the message says which file, the rule and the remedy."""


def collect(submission: Path, slug: str, into: Path) -> list[str]:
    """Copy the graded files into the empty folder `into`; returns their names. Raises Refused."""
    taken: list[str] = []
    try:
        folder = os.open(submission, _FOLDER)
    except OSError as reason:
        raise Refused(f"{submission.name} is not a plain folder ({reason.strerror}).") from None
    try:
        if _kind(folder, slug) == "folder":
            _package(folder, slug, into, taken)
        elif _kind(folder, f"{slug}.py"):
            _copy(folder, f"{slug}.py", into / f"{slug}.py", taken)
        else:
            raise Refused(
                f"{submission.name} has no {slug}.py. Hand in the file {slug}.py, or a package {slug}/."
            )
    finally:
        os.close(folder)
    return taken


def has(submission: Path, slug: str) -> bool:
    """Does the folder look like a submission for `slug`? Follows no link."""
    return any(os.path.lexists(submission / name) for name in (f"{slug}.py", f"{slug}/__init__.py"))


def _kind(folder: int, name: str) -> str:
    try:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except OSError:
        return ""
    return "folder" if stat.S_ISDIR(mode) else "file"


def _package(parent: int, name: str, into: Path, taken: list[str]) -> None:
    """Copy the `.py` files of a package and of its packages; anything else in it is left behind."""
    folder = os.open(name, _FOLDER, dir_fd=parent)
    (into / name).mkdir()
    try:
        for entry in sorted(os.listdir(folder)):  # noqa: PTH208 (a descriptor, not a path)
            stem, dot, ending = entry.partition(".")
            if not NAME.fullmatch(stem) or entry in NEVER or stem.startswith("test_"):
                continue
            if not dot and entry != "__pycache__" and _kind(folder, entry) == "folder":
                _package(folder, entry, into / name, taken)
            elif ending == "py":
                _copy(folder, entry, into / name / entry, taken)
    finally:
        os.close(folder)


def _copy(folder: int, name: str, target: Path, taken: list[str]) -> None:
    if len(taken) >= MOST:
        raise Refused(f"The package has more than {MOST} files. Hand in fewer.")
    try:
        opened = os.open(name, _FILE, dir_fd=folder)
    except OSError as reason:
        raise Refused(
            f"{name} cannot be read as a plain file ({reason.strerror}). Hand in no links."
        ) from None
    with os.fdopen(opened, "rb") as source:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise Refused(f"{name} is not a regular file. Hand in a plain text file.")
        content = source.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Refused(f"{name} is over {LARGEST:,} bytes. Hand in your own source text only.")
    target.write_bytes(content)
    taken.append(target.name)
