"""The examples' recordings: how they are played, and how they are made again with `python recorded.py`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from direct import TRAIN, direct
from refund import propose
from refund_naive import approve
from refund_order import HINGE, JACKET, LATE_HINGE

from grader.course import module
from grader.replay.tape import Tape, use

HERE = Path(__file__).parent
COT = module(HERE.name)
# recording -> what makes it
MADE_BY: dict[str, Callable[[Any], Any]] = {
    "train_at_once": lambda client: direct(client, TRAIN),
    "refund_naive": lambda client: approve(client, JACKET),
    "refund_proposed": lambda client: propose(client, HINGE),
    "refund_on_the_edge": lambda client: propose(client, LATE_HINGE),
}


def playing(name: str, **options: Any) -> Tape:
    """The recording `name` of this module, to be opened with `with`; `scale=1` plays it at recorded speed."""
    os.environ.setdefault("OPENAI_API_KEY", "none-needed-for-a-recording")
    return use(COT.cassette(name), **options)


if __name__ == "__main__":
    from grader.record.examples import record_all

    sys.exit(
        record_all(COT, MADE_BY, [HERE / file for file in ("direct.py", "refund.py", "refund_naive.py")])
    )
