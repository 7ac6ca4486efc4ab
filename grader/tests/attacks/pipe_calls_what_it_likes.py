"""Uses callables of the test that were never passed, and tags that may not come from here."""

import json

from reply.pipe import NoNumber, honest, nonce, raw

__all__ = ["NoNumber"]


def question(**fields):
    asked = {"kind": "callback", "call": nonce(), "target": "h1", "how": "call", "args": [], "kwargs": {}}
    raw(json.dumps({**asked, "id": 10_000_000, **fields}))


def number(text):
    question(target="builtins.exec", args=["raise SystemExit"])
    question(id=1, args=[{"$path": "/etc/passwd"}, {"$decimal": "NaN"}])
    return honest(text)


ask = vote = aloud = patient = number
