"""What the naive vote does on its bad days: python course/examples/05_voting/naive_demo.py"""

from __future__ import annotations

import asyncio
import os

from naive import parse, vote, winner
from openai import APIStatusError, AsyncOpenAI

from grader.course import module
from grader.replay.cassette import load
from grader.replay.tape import Tape, use

VOTING = module("05_voting")
CASE = "For two weeks I have been dizzy now and then, and two fingers go numb."


def playing(name: str) -> Tape:
    """The recording `name` of this module, to be opened with `with`."""
    os.environ.setdefault("OPENAI_API_KEY", "none-needed-for-a-recording")
    return use(VOTING.cassette(name))


def main() -> None:
    """Print what a tie, a sentence and one refused call do to it."""
    votes = [parse(step.reply.text) for step in load(VOTING.cassette("tied")).steps]
    for words, arrived in (("one order", sorted(votes)), ("another one", sorted(votes, reverse=True))):
        label, share = winner(arrived)
        print(f"a tie, in {words + ':':<12} {label}, {share:.0%}")
    said = "I cannot tell, so please do not stay at home."
    print(f"a sentence: {said!r} counts for {parse(said)}")
    with playing("some_fail"):
        try:
            print(asyncio.run(vote(AsyncOpenAI(), CASE)))
        except APIStatusError as error:
            print(f"one call refused: {type(error).__name__}, and the other votes are gone")


if __name__ == "__main__":
    main()
