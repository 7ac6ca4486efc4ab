"""Another vendor's client in place of the first one, played on a recording."""

from __future__ import annotations

import os
from typing import Any

from grader.course import module
from grader.models import model
from grader.replay.tape import use

BRAKE = "My rear brake squeals. What should I do?"


# --8<-- [start:naive]
def advise(client: Any, question: str) -> str:
    reply = client.messages.create(
        model=model("balanced", "anthropic"),
        messages=[{"role": "user", "content": question}],
        max_tokens=500,
    )
    return reply.content[0].text


# --8<-- [end:naive]


def main() -> None:
    """Play the recording `brake_thinking`: the model answers, and the program does not find the answer."""
    os.environ.setdefault("ANTHROPIC_API_KEY", "none-needed-for-a-recording")
    from anthropic import Anthropic

    with use(module("02_adapters").cassette("brake_thinking")):
        try:
            print(advise(Anthropic(), BRAKE))
        except AttributeError as reason:
            print(f"AttributeError: {reason}")


if __name__ == "__main__":
    main()
