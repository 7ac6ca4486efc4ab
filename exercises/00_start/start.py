"""The loop itself: call a model, which remembers nothing, and make it seem to remember.

Grade it: pytest exercises/00_start
"""

from __future__ import annotations

from functools import cache

from openai import OpenAI

from grader.models import model

Messages = list[dict[str, str]]

# Made at the first call, so that the import needs no key.
client = cache(OpenAI)


def ask(messages: Messages) -> str:
    """The model's words in reply to `messages`, from one call to the `fast` tier; its errors are raised."""
    raise NotImplementedError("Task 1: call the model once, and return the words of its reply")


def tell(messages: Messages, text: str) -> Messages:
    """`messages`, the user's `text`, and the model's reply to all of it; the list given stays as it is."""
    raise NotImplementedError("Task 2: send everything said so far, and return it with the reply at the end")
