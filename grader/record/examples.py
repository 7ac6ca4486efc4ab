"""Recordings of a chapter's examples, which no check makes: its `recorded.py` says what they are."""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from grader.course import Module
from grader.replay.tape import use

# recording -> what makes it, with an OpenAI client
Makers = Mapping[str, Callable[[Any], object]]


def record_all(
    module: Module, made_by: Makers, sources: Sequence[Path], argv: list[str] | None = None
) -> int:
    """Make every recording again with the stand-in, and put it in place if it says something new.

    `sources` are the files whose hash the recordings carry. With `--check` nothing is written, and the exit
    code is 1 when something would be.
    """
    from grader.provider.serve import running
    from grader.record.finish import says_the_same
    from grader.record.place import write

    args = _parser(module).parse_args(argv)
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in sources)).hexdigest()
    new = 0
    with tempfile.TemporaryDirectory() as folder, running(seed=args.seed, pace=0 if args.check else 1) as url:
        for name, make in made_by.items():
            take = Path(folder) / module.key / f"{name}.yaml"
            take.parent.mkdir(parents=True, exist_ok=True)
            _make(take, make, url, args.seed)
            text, kept = _text(module, take, f"sha256:{digest}"), module.cassette(name)
            same = kept.is_file() and says_the_same(kept.read_text(encoding="utf-8"), text)
            new += not same
            print(f"  {name:<32} {'unchanged' if same else 'new'}")
            if not same and not args.check:
                write(kept, text)
    return int(args.check and new > 0)


def _parser(module: Module) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=f"Record the examples of {module.key} again, with the stand-in."
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the stand-in's voice (default 1)")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 when something is new"
    )
    return parser


def _make(take: Path, make: Callable[[Any], object], url: str, voice: int) -> None:
    from openai import OpenAI

    with use(take, mode="record", upstream=url, voice=voice):
        make(OpenAI(api_key="stand-in"))


def _text(module: Module, take: Path, reference: str) -> str:
    """A take as a cassette keeps it."""
    from grader.provider.library import Library
    from grader.record.finish import finished
    from grader.record.scrub import private_values

    title = Library(module.root).scenarios(module)[take.stem].title
    return finished(take, {"title": title, "reference": reference}, private_values())
