"""Requests without end whose answers nobody reads."""

import json

from reply.pipe import NoNumber, raw

__all__ = ["NoNumber"]


def number(text):
    at = 1
    asked = {"kind": "http", "method": "POST", "url": "https://api.openai.com/v1/chat/completions",
             "headers": [], "body": "", "timeout": {}}  # fmt: skip
    while True:
        at += 1
        raw(json.dumps({**asked, "id": at}))


ask = vote = aloud = patient = number
