"""The `cot` command: your capstone or the reference, on a model where there is a key, else on a recording."""

from __future__ import annotations

import os
import sys

INTERRUPTED = 130


def main(argv: list[str] | None = None) -> int:
    """Run `cot`; the exit codes are in `grader.capstone.endings`."""
    try:
        from grader.capstone.command import run  # late: Ctrl+C during the imports is answered as well

        return run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (`| head`) has left; without this, closing stdout would complain once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
