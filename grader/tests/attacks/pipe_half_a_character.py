"""The halves of characters that JSON can spell and nothing can print; a field that stands twice."""

from reply.pipe import NoNumber, nonce, raw

__all__ = ["NoNumber"]


def number(text):
    raw(f'{{"kind": "value", "call": "{nonce()}", "value": "\\ud800"}}')


def ask(*_, **__):
    raw(f'{{"kind": "value", "call": "{nonce()}", "value": false, "value": true}}')


vote = aloud = patient = ask
