"""Numbers that strict JSON does not know, in the right place."""

from reply.pipe import NoNumber, nonce, raw

__all__ = ["NoNumber"]


def number(text):
    raw(f'{{"kind": "value", "call": "{nonce()}", "value": NaN}}')


def ask(*_, **__):
    raw(f'{{"kind": "value", "call": "{nonce()}", "value": {{"number": 1e999}}}}')


vote = aloud = patient = ask
