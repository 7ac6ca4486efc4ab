"""Does a text hold a key? One list of patterns, for those who write recordings and those who read them."""

from __future__ import annotations

import re
from dataclasses import dataclass

# The lengths keep placeholders such as `sk-test` out: a chapter may show those.
PATTERNS = (
    ("an Anthropic key", re.compile(r"\bsk-ant-[A-Za-z0-9_-]{16,}")),
    ("an OpenAI or DeepSeek key", re.compile(r"\bsk-(?!ant-)[A-Za-z0-9_-]{20,}")),
    ("a Google key", re.compile(r"\bAIza[A-Za-z0-9_-]{30,}")),
    ("an AWS key", re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b")),
    ("a GitHub token", re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})")),
    ("a Hugging Face token", re.compile(r"\bhf_[A-Za-z0-9]{30,}")),
    ("a Groq or xAI key", re.compile(r"\b(?:gsk_|xai-)[A-Za-z0-9]{20,}")),
    ("a bearer token", re.compile(r"\b[Bb]earer\s+[A-Za-z0-9._~+/-]{20,}=*")),
    ("an authorization header", re.compile(r"(?im)^\s*['\"]?(?:authorization|x-api-key)['\"]?\s*:\s*\S{8,}")),
    ("a private key", re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----")),
)


@dataclass(frozen=True)
class Secret:
    """A key found in a text: what it looks like, on which line (from 1), and its first characters."""

    kind: str
    line: int
    excerpt: str


def find_secrets(text: str, known: tuple[str, ...] = ()) -> list[Secret]:
    """Every key in `text`, by pattern, and every one of the `known` values (of at least eight characters)."""
    found = [
        _secret(kind, text, match.start(), match[0])
        for kind, pattern in PATTERNS
        for match in pattern.finditer(text)
    ]
    for value in known:
        if len(value) >= 8 and value in text:
            found.append(_secret("a key of this machine", text, text.index(value), value))
    return found


def _secret(kind: str, text: str, start: int, value: str) -> Secret:
    return Secret(kind, text.count("\n", 0, start) + 1, value.strip()[:10] + "…")
