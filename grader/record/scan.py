"""Does a recording hold a key after all? It is read as it is, decoded, and as a client assembles it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from grader.replay.secrets import Secret, find_secrets

_BASE64 = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def secrets(text: str, known: Iterable[str] = ()) -> list[Secret]:
    """Every key in a recording's text; one that only shows once decoded is given line 0."""
    values = tuple(known)
    direct = find_secrets(text, values)
    seen = {(secret.kind, secret.excerpt) for secret in direct}
    hidden = {
        (s.kind, s.excerpt): Secret(s.kind, 0, s.excerpt)
        for decoded in _decoded(text)
        for s in find_secrets(decoded, values)
    }
    return direct + [secret for place, secret in hidden.items() if place not in seen]


def _decoded(text: str) -> Iterator[str]:
    """The same recording as others would read it: unfolded YAML, unpacked base64, streams put together."""
    try:
        data = yaml.load(text, Loader=_LOADER)
    except yaml.YAMLError:
        return
    for value in _strings(data):
        yield value
        for packed in _BASE64.findall(value):
            yield base64.b64decode(packed + "=" * (-len(packed) % 4)).decode("latin-1")
    for step in data.get("steps", []) if isinstance(data, dict) else []:
        # A key that comes in two chunks of a stream is in no line of the file, yet a client sees it whole.
        if isinstance(step, dict) and isinstance(step.get("response"), dict):
            yield _said(step["response"])


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _said(response: dict[str, Any]) -> str:
    from grader.replay.reply import Reply
    from grader.replay.steps import wire_body

    reply = Reply(int(response.get("status", 0)), dict(response.get("headers") or {}), wire_body(response))
    return "\n".join([reply.text, str(reply.message)])
