"""How is a provider reached, and what if it refuses? SDK clients, and their errors as one of ours."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from grader.capstone.endings import ProviderFailed

KEYS = {
    "openai": "OPENAI_API_KEY",
    "anthropic": "ANTHROPIC_API_KEY",
    "deepseek": "DEEPSEEK_API_KEY",
    "llama": "",
}
HOSTS = {"deepseek": "https://api.deepseek.com"}  # the SDKs know their own vendors' hosts
REMEDIES = {
    400: "Is this model reached with the right --provider?",
    401: "Check the key in {key}.",
    403: "Check what the key in {key} may do.",
    404: "Check --base-url (OpenAI-compatible ones usually end in /v1) and the model.",
    429: "Wait a minute; three tries were made.",
}


@cache  # one client keeps its connections open from step to step
def client(provider: str, base_url: str | None) -> Any:
    """The vendor's SDK client; it tries three times on 408, 409, 429, 5xx and lost connections."""
    key = os.environ.get(KEYS[provider]) or "none"  # a local server asks for no key
    settings: dict[str, Any] = {"api_key": key, "base_url": base_url or HOSTS.get(provider), "timeout": 60}
    if provider == "anthropic":
        import anthropic  # late: an SDK takes longer to import than everything else together

        return anthropic.Anthropic(**settings, max_retries=2)
    import openai

    return openai.OpenAI(**settings, max_retries=2)


@contextmanager
def refusals(provider: str, sdk: Any) -> Iterator[None]:
    """Within it, the SDK's errors come out as ProviderFailed, in the vendor's words and with a remedy."""
    errors = sys.modules["anthropic" if provider == "anthropic" else "openai"]
    try:
        yield
    except errors.APIStatusError as reason:
        said = reason.body if isinstance(reason.body, dict) else {}
        words = (said.get("error") or said).get("message") or "no reason given."
        remedy = REMEDIES.get(reason.status_code, "Try later, or another --provider.")
        remedy = remedy.format(key=KEYS[provider])
        raise ProviderFailed(f"{provider} answered {reason.status_code}: {words} {remedy}") from reason
    except errors.APIError as reason:
        raise ProviderFailed(f"{sdk.base_url} does not answer: {reason} Is it running?") from reason


def genuine(reply: Any, field: str, sdk: Any) -> Any:
    """The reply, if it has what a completion has: an SDK does not look, and takes a web page for a reply."""
    if not getattr(reply, field, None):
        raise ProviderFailed(f"{sdk.base_url} answers, but not with a completion. Check --base-url.")
    return reply


def unbroken(stream: Any) -> Iterator[Any]:
    """The items of a stream; a lost connection ends it early instead of raising."""
    import httpx2

    try:
        yield from stream
    except httpx2.TransportError:
        return
