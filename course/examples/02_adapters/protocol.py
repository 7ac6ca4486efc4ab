"""What business code knows of a provider, and a provider that needs no network."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Protocol

from grader.models import Usage

USER = "Extract the user from the text. Reply with one JSON object with the fields name and email."


@dataclass(frozen=True)
class Completion:
    """A reply in one form, whoever gave it."""

    provider: str
    text: str
    usage: Usage
    finish: str


# --8<-- [start:protocol]
class ModelClient(Protocol):
    """What business code knows of a provider. Raises ProviderError."""

    def __call__(self, messages: list[dict[str, str]]) -> Completion: ...


def extract_user(client: ModelClient, text: str) -> dict[str, str]:
    """Business code: name and email of the user in `text`, from whatever model it is given."""
    reply = client([{"role": "system", "content": USER}, {"role": "user", "content": text}])
    return json.loads(reply.text)


# --8<-- [end:protocol]


def canned(messages: list[dict[str, str]]) -> Completion:
    """A client for tests of business code: it says the same to every conversation."""
    assert messages, "a conversation has at least one message"
    return Completion("canned", '{"name": "Ada", "email": "ada@engine.example"}', Usage(), "stop")


if __name__ == "__main__":
    print(extract_user(canned, "I am Ada."))
