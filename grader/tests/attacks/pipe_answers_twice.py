"""Right, and then right again, in case that the first answer got lost."""

from reply.pipe import NoNumber, honest, nonce, raw

__all__ = ["NoNumber"]


def number(text):
    value = honest(text) if text != "none" else 0
    raw(f'{{"kind": "value", "call": "{nonce()}", "value": {value}}}')
    return value


def ask(*_, **__):
    for value in range(30):
        raw(f'{{"kind": "value", "call": "{nonce()}", "value": {value}}}')


vote = aloud = patient = ask
