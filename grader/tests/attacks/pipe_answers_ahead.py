"""Answers questions that nobody asked yet, by guessing their marks."""

from reply.pipe import NoNumber, honest, raw

__all__ = ["NoNumber"]


def number(text):
    for guess in range(50):
        raw(f'{{"kind": "value", "call": "{guess}", "value": true}}')
    return honest(text)


ask = vote = aloud = patient = number
