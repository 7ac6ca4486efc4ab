"""What surrounds a submission's process. Today: limits, and no walls.

The process split keeps a submission away from the verdict; it does not keep it away from this machine.
A submission runs with the grader's own user: it can read and write files, open connections and send signals.
The seam is `command`: a sandbox wraps the argument list there, and `WORDS` then says which one it is.
"""

from __future__ import annotations

import shutil
from pathlib import Path

WORDS = "no sandbox: grade only submissions that you trust not to attack this machine"
# Inherited by everything the submission starts. The number of processes is not limited: that count belongs
# to the user, so one fork bomb would fail the neighbours, and it is void for root.
LIMITS = {
    "as": 8 << 30,  # bytes of address space: SDKs map much more than they use
    "fsize": 64 << 20,  # bytes of one file
    "cpu": 120,  # seconds
    "nofile": 4096,  # fewer make Chroma lose indexes, see grader.shelf
    "core": 0,
}


def command(argv: list[str], submission: Path) -> list[str]:  # noqa: ARG001 (walls will need the folder)
    """`argv` with what surrounds it: limits where the machine has `prlimit`, the plain command elsewhere."""
    prlimit = shutil.which("prlimit")
    if prlimit is None:
        return argv
    return [prlimit, *(f"--{name}={limit}" for name, limit in LIMITS.items()), *argv]
