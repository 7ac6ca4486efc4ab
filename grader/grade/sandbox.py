"""What surrounds a submission's process: walls where the machine can build them, and limits.

The process split keeps a submission away from the verdict; the walls keep it away from this machine.
They are bubblewrap's: namespaces of its own (no network, no other process to see or signal), the runtime and
the submission read-only, one folder to write that the checks share with it, memory for scratch, and a filter
of system calls. Tests, recordings and references are not in there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from grader.grade import seccomp

GRADER = Path(__file__).resolve().parents[1]
# Inherited by everything the submission starts.
LIMITS = {
    "as": 8 << 30,  # bytes of address space: SDKs map much more than they use
    "fsize": 64 << 20,  # bytes of one file
    "cpu": 120,  # seconds
    "nofile": 4096,  # fewer make Chroma lose indexes, see grader.shelf
    "core": 0,
}
PROCESSES = 256  # of one submission; the kernel counts them per user namespace, and never limits root's
SCRATCH = 256 << 20  # bytes that a submission may write into its home
INSTALL = "On Debian and Ubuntu: apt install bubblewrap"
SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin")
SETTINGS = ("/etc/ld.so.cache", "/etc/ssl", "/etc/localtime")


@dataclass(frozen=True)
class Room:
    """What one submission's process may see: its own files, its home, and the folder that checks share."""

    graded: Path
    scratch: Path
    shared: Path


@cache
def exchange() -> Path:
    """This session's folder for files that pass between checks and submission, removed at its end."""
    folder = tempfile.TemporaryDirectory(prefix="exchange-", ignore_cleanup_errors=True)
    _kept.append(folder)
    return Path(folder.name)


_kept: list[tempfile.TemporaryDirectory[str]] = []


def start(argv: list[str], room: Room, **options: Any) -> subprocess.Popen[bytes]:
    """The process of `argv`, behind walls if this machine has them, and within limits if it has `prlimit`."""
    if missing():
        return subprocess.Popen(limited(argv), cwd=room.scratch, **options)
    return _walled(argv, room, **options)


def limited(argv: list[str], *, walled: bool = False) -> list[str]:
    """`argv` within LIMITS. The number of processes is limited only behind walls: outside of them it is the
    user's, and one fork bomb would fail the neighbours.
    """
    prlimit = shutil.which("prlimit")
    if prlimit is None:
        return argv
    limits = {**LIMITS, "nproc": PROCESSES} if walled else LIMITS
    return [prlimit, *(f"--{name}={limit}" for name, limit in limits.items()), *argv]


@cache
def missing() -> str:
    """Why there are no walls on this machine, with the remedy; empty when there are. Tried once, for real."""
    if not sys.platform.startswith("linux"):
        return "Walls around a submission need Linux: grade in a container or in WSL"
    if shutil.which("bwrap") is None:
        return f"bubblewrap is not installed. {INSTALL}"
    with tempfile.TemporaryDirectory(prefix="walls-") as folder:
        room = Room(*(Path(folder, name) for name in ("graded", "scratch", "shared")))
        for each in (room.graded, room.scratch, room.shared):
            each.mkdir()
        tried = _walled([sys.executable, "-I", "-S", "-c", ""], room, stderr=subprocess.PIPE)
        said = tried.communicate(timeout=20)[1].decode(errors="replace").strip()
    return f"bubblewrap cannot work here ({said[:200]})" if tried.returncode else ""


def words() -> str:
    """Which walls there are, for the report."""
    if missing():
        return f"no sandbox: {missing()}"
    closed = ", system calls filtered" if seccomp.program() else ""
    root = "; as root, processes are not counted" if os.geteuid() == 0 else ""
    return f"sandbox: bubblewrap, no network, no files but its own{closed}{root}"


def _walled(argv: list[str], room: Room, **options: Any) -> subprocess.Popen[bytes]:
    program, passed = seccomp.program(), []
    if program:
        reading, writing = os.pipe()  # it takes far more than a filter: nobody has to read meanwhile
        os.write(writing, program)
        os.close(writing)
        passed = [reading]
    walls = [*_bubblewrap(room), *(["--seccomp", str(passed[0])] if passed else []), "--"]
    try:
        return subprocess.Popen([*walls, *limited(argv, walled=True)], pass_fds=passed, **options)
    finally:
        for each in passed:
            os.close(each)


def _bubblewrap(room: Room) -> list[str]:
    """The walls, in the order in which they are built: what comes later lies over what came before."""
    walls = [str(shutil.which("bwrap")), "--unshare-all", "--unshare-user", "--disable-userns"]
    walls += ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "graded"]
    for path in SYSTEM:
        if os.path.islink(path):  # noqa: PTH114 - what it points at matters, not what it is
            walls += ["--symlink", str(Path(path).readlink()), path]
        elif Path(path).is_dir():
            walls += ["--ro-bind", path, path]
    walls += [part for path in SETTINGS for part in ("--ro-bind-try", path, path)]
    walls += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    walls += ["--size", str(SCRATCH), "--tmpfs", "/tmp"]
    for path in _runtime():
        walls += ["--ro-bind", path, path]
    # The alternatives in there are solutions.
    walls += ["--size", "4096", "--tmpfs", str(GRADER / "tests"), "--remount-ro", str(GRADER / "tests")]
    walls += ["--ro-bind", str(room.graded), str(room.graded), "--bind", str(room.shared), str(room.shared)]
    walls += ["--size", str(SCRATCH), "--tmpfs", str(room.scratch)]
    return [*walls, "--remount-ro", "/", "--chdir", str(room.scratch)]


@cache
def _runtime() -> tuple[str, ...]:
    """Python, what is installed for it, and the grader, which holds the child's side and `grader.models`."""
    paths = sysconfig.get_paths()
    found = [paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    found = [sys.base_prefix, sys.prefix, *found, str(GRADER)]
    return tuple(path for path in dict.fromkeys(found) if Path(path).is_dir())
