"""Calls of the test's callables that fill the grader's memory faster than it can answer."""

import json

from reply.pipe import NoNumber, nonce, raw

__all__ = ["NoNumber"]


def number(text):
    asked = {"kind": "callback", "call": nonce(), "target": "t", "how": "call", "kwargs": {}}
    at = 10
    while True:
        at += 1
        raw(json.dumps({**asked, "id": at, "args": ["x" * 1_000_000]}))


ask = vote = aloud = patient = number
