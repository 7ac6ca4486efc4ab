"""What must not be in a recording? Known private values are replaced; what else looks like a key stops it.

Two layers, because they fail differently: what is ours is known exactly and can be replaced unread,
while a key-shaped string in a reply may be a vendor's words or a stranger's key, and a person has to look.
"""

from __future__ import annotations

import base64
import copy
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

# A reply's headers that a client acts on; everything else is noise, a cookie, or the name of an account.
HEADERS = frozenset(
    {"content-type", "retry-after", "retry-after-ms", "x-should-retry", "request-id", "x-request-id"}
)
REMOVED = "removed"
KEY_NAMES = re.compile(r"(?:_API_KEY|_AUTH_TOKEN|_TOKEN|_SECRET|_SECRET_KEY|_PASSWORD)$")
SHORTEST_KEY = 12
QUERY_KEYS = frozenset({"key", "api_key", "apikey", "api-key", "token", "access_token", "sig", "signature"})
ACCOUNTS = re.compile(
    r"\b(org|proj|user|acct|workspace|wrkspc)([-_])(?!course\b)(?=[A-Za-z0-9]*\d)[A-Za-z0-9]{12,}\b"
)
BEARER = re.compile(r"\b(Bearer|Basic) (?!removed\b)[A-Za-z0-9._~+/=-]{12,}")
# Ids that a vendor makes: a known prefix and a tail that is no word; `custom_id` is the learner's own.
VENDOR_ID = re.compile(
    r"^(chatcmpl|cmpl|resp|msg|msgbatch|batch_req|batch|file|call|toolu|req|gen|embd|fp)([-_])([A-Za-z0-9-]+)$"
)
ID_FIELDS = re.compile(r"(?:^|_)ids?$|^system_fingerprint$|^request-id$|^x-request-id$")
TIME_FIELDS = re.compile(r"^created$|_at$")
MOMENT = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
PLAUSIBLE = range(1_000_000_000, 4_000_000_000)
ISO = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)$")


def private_values(environment: Mapping[str, str] | None = None) -> list[str]:
    """The values of variables named like keys, with the forms that they take in a URL, longest first."""
    known = os.environ if environment is None else environment
    values = {v.strip() for name, v in known.items() if KEY_NAMES.search(name.upper())}
    found = {value for value in values if len(value) >= SHORTEST_KEY}
    encoded = {quote(value, safe="") for value in found}
    encoded |= {base64.b64encode(value.encode()).decode().rstrip("=") for value in found}
    return sorted(found | encoded, key=lambda value: (-len(value), value))


def scrub(cassette: dict[str, Any], private: Iterable[str] = ()) -> dict[str, Any]:
    """The cassette without private values, and with ids and moments that are the same on every recording."""
    clean = copy.deepcopy(cassette)
    for step in clean.get("steps", []):
        _scrub_headers(step.get("response") or {})
        request = step.get("request") or {}
        request.pop("headers", None)
        if isinstance(request.get("url"), str):
            request["url"] = scrub_url(request["url"])
    secrets = list(private)
    clean = _map_text(clean, lambda text: scrub_text(text, secrets))
    steps = clean.get("steps", [])
    names = _names(steps)
    clean["steps"] = [
        _still(_map_text(step, lambda text: _renamed(text, names)), _first_moment(steps)) for step in steps
    ]
    return clean


def scrub_url(url: str) -> str:
    """A URL without user, password and the query's keys."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if name.lower() not in QUERY_KEYS]
    return (
        urlunsplit(parts._replace(netloc=host, query=urlencode(kept)))
        if pairs or "@" in parts.netloc
        else url
    )


def scrub_text(text: str, private: Iterable[str] = ()) -> str:
    """One text without private values, account ids and credentials of a header."""
    for value in private:
        text = text.replace(value, REMOVED)
    text = ACCOUNTS.sub(r"\1\2course", text)
    return BEARER.sub(rf"\1 {REMOVED}", text)


def _scrub_headers(response: dict[str, Any]) -> None:
    headers = response.get("headers")
    if isinstance(headers, dict):
        response["headers"] = {k.lower(): v for k, v in headers.items() if k.lower() in HEADERS}


def _map_text(value: Any, change: Any) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {key: _map_text(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [_map_text(inner, change) for inner in value]
    return value


def fields(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every (field name, scalar) of nested data, JSON lines and server-sent events inside texts read too."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from fields(inner, str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from fields(inner, name)
    else:
        yield name, value
        if isinstance(value, str) and name in ("sse", "text"):
            for inner in _json_lines(value):
                yield from fields(inner, name)


def _json_lines(text: str) -> Iterator[Any]:
    from grader.replay.sse import parsed

    for line in text.splitlines():
        bare = line.removeprefix("data:").strip()
        if bare.startswith("{") and isinstance(found := parsed(bare), dict):
            yield found


def _names(steps: list[dict[str, Any]]) -> dict[str, str]:
    """A vendor's id -> its plain name, numbered per prefix by first appearance: `chatcmpl-0001`."""
    names: dict[str, str] = {}
    counts: dict[str, int] = {}
    for field, value in fields(steps):
        if not (isinstance(value, str) and ID_FIELDS.search(field) and field != "custom_id"):
            continue
        found = VENDOR_ID.match(value)
        if found and value not in names and (any(c.isdigit() for c in found[3]) or len(found[3]) >= 16):
            counts[found[1]] = counts.get(found[1], 0) + 1
            names[value] = f"{found[1]}{found[2]}{counts[found[1]]:04d}"
    return names


def _renamed(text: str, names: dict[str, str]) -> str:
    if not names:
        return text
    pattern = re.compile(
        r"(?<![A-Za-z0-9])(?:"
        + "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
        + r")(?![A-Za-z0-9])"
    )
    return pattern.sub(lambda hit: names[hit[0]], text)


def _first_moment(steps: list[dict[str, Any]]) -> int | None:
    moments = [
        moment
        for field, value in fields([step.get("response") for step in steps])
        if TIME_FIELDS.search(field) and (moment := _moment(value)) is not None
    ]
    return min(moments, default=None)


def _moment(value: Any) -> int | None:
    if isinstance(value, int) and value in PLAUSIBLE:
        return value
    if isinstance(value, str) and ISO.match(value):
        return int(datetime.fromisoformat(value).timestamp())
    return None


def _still(step: dict[str, Any], first: int | None) -> dict[str, Any]:
    """One step whose moments count from one fixed day, to the minute: a batch still lasts its 24 hours."""
    response = step.get("response")
    if first is None or not isinstance(response, dict):
        return step
    return {**step, "response": _still_fields(response, first)}


def _still_fields(value: Any, first: int, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _still_fields(inner, first, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_still_fields(inner, first, name) for inner in value]
    if isinstance(value, str) and name in ("sse", "text"):
        return re.sub(
            r'("(?:created|\w+_at)":\s*)(\d{10})\b',
            lambda hit: f"{hit[1]}{_shifted(int(hit[2]), first)}",
            value,
        )
    if not TIME_FIELDS.search(name) or (moment := _moment(value)) is None:
        return value
    shifted = _shifted(moment, first)
    return (
        shifted
        if isinstance(value, int)
        else datetime.fromtimestamp(shifted, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    )


def _shifted(moment: int, first: int) -> int:
    return MOMENT + (moment - first + 30) // 60 * 60
