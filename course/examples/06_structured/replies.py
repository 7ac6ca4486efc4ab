"""The stand-in with the replies of `mails.py`, behind it or behind a gateway that drops the schema."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
from mails import Case
from openai import DefaultHttpxClient, OpenAI

from grader.provider.ask import Ask
from grader.provider.library import Library
from grader.provider.script import Scenario
from grader.provider.serve import running


class Replies(Library):
    """A library in memory: which mail is meant is read from the conversation, by the mail's subject."""

    def __init__(self, found: Iterable[Case]) -> None:
        super().__init__()
        self.by_subject = {case.mail["subject"]: _scenario(case) for case in found}

    def all(self) -> list[Scenario]:
        return [*self.by_subject.values()]

    def matching(self, ask: Ask) -> list[tuple[Scenario, int]]:
        found = (each for subject, each in self.by_subject.items() if subject in ask.text)
        return [(scenario, 0) for scenario in found]


def _scenario(case: Case) -> Scenario:
    """What is said to this mail, one reply after another, with a schema and without one."""
    turns = [
        {**reply, "when": {"format": form}}
        for form, replies in (("text", case.free), ("json_schema", case.bound))
        for reply in replies
    ]
    # By calls, and not by what the model has said so far: who is told nothing has nothing to send back.
    title = case.mail["subject"]
    return Scenario.model_validate({"key": title, "title": title, "by": "calls", "turns": turns})


class Wire(httpx2.HTTPTransport):
    """What goes over the wire, counted: `drops` takes the schema out, as a gateway does that knows none."""

    def __init__(self, *, drops: bool) -> None:
        super().__init__()
        self.drops = drops
        self.bodies: list[dict[str, Any]] = []
        self.replies: list[dict[str, Any]] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        body = json.loads(request.read())
        self.bodies.append(dict(body))
        if self.drops:
            body.pop("response_format", None)
        headers = {name: value for name, value in request.headers.items() if name != "content-length"}
        passed_on = httpx2.Request(
            request.method, request.url, headers=headers, json=body, extensions=request.extensions
        )
        response = super().handle_request(passed_on)
        self.replies.append(json.loads(response.read()))
        return response


@contextmanager
def asked(module: Any, found: Iterable[Case], *, drops: bool = False) -> Iterator[Wire]:
    """`module.client()` speaks to the stand-in, which has these replies; yields what went over the wire."""
    own, wire = module.client, Wire(drops=drops)
    with running(library=Replies(found), pace=0) as url:
        spoken_to = OpenAI(
            base_url=f"{url}/v1", api_key="none-needed", http_client=DefaultHttpxClient(transport=wire)
        )
        module.client = lambda: spoken_to
        try:
            yield wire
        finally:
            module.client = own
            spoken_to.close()
