"""A conversation that nobody keeps, played on its recording."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any

from grader.course import module
from grader.models import model
from grader.replay.tape import use


# --8<-- [start:forgetful]
def talk(client: Callable[[], Any]) -> None:
    for text in ("My name is Ada.", "What is my name?"):
        reply = client().chat.completions.create(
            model=model("fast"), messages=[{"role": "user", "content": text}]
        )
        print(f"> {text}\n{reply.choices[0].message.content}\n")


# --8<-- [end:forgetful]


def main() -> None:
    """Play the recording `two_conversations`: for the model, these are two conversations."""
    os.environ.setdefault("OPENAI_API_KEY", "none-needed-for-a-recording")
    from openai import OpenAI

    with use(module("00_start").cassette("two_conversations")):
        talk(cache(OpenAI))


if __name__ == "__main__":
    main()
