"""The examples' recordings: how they are played, and how they are made again with `python recorded.py`."""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import tempfile
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


def record(name: str, url: str, voice: int, folder: Path) -> str:
    """Make one recording through the provider at `url`, put it in place if its words are new, and say so."""
    from openai import OpenAI

    from grader.provider.library import Library
    from grader.record.finish import finished, same_words
    from grader.record.place import write
    from grader.record.scrub import private_values

    take = folder / COT.key / f"{name}.yaml"
    take.parent.mkdir(parents=True, exist_ok=True)
    with use(take, mode="record", upstream=url, voice=voice):
        MADE_BY[name](OpenAI(api_key="stand-in"))
    sources = b"".join((HERE / file).read_bytes() for file in ("direct.py", "refund.py", "refund_naive.py"))
    title = Library(COT.root).scenarios(COT)[name].title
    head = {"title": title, "reference": f"sha256:{hashlib.sha256(sources).hexdigest()}"}
    text, kept = finished(take, head, private_values()), COT.cassette(name)
    if kept.is_file() and same_words(kept.read_text(encoding="utf-8"), text):
        return "unchanged"
    write(kept, text)
    return "new"


def main() -> int:
    """Record all examples with the stand-in."""
    from grader.provider.serve import running

    parser = argparse.ArgumentParser(description="Record the examples of 04_cot again, with the stand-in.")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the stand-in's voice (default 1)")
    voice = parser.parse_args().seed
    with tempfile.TemporaryDirectory() as folder, running(seed=voice) as url:
        for name in MADE_BY:
            print(f"  {name:<32} {record(name, url, voice, Path(folder))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
