"""What the stand-in's tests share: a course with one script, and clients of the real SDKs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anthropic
import openai

from grader.models import model
from grader.provider.library import Library


def library(root: Path, script: str, key: str = "04_cot") -> Library:
    """A library whose only script is `script`."""
    (root / "exercises" / key).mkdir(parents=True, exist_ok=True)
    (root / "solutions" / key).mkdir(parents=True, exist_ok=True)
    (root / "solutions" / key / "script.yaml").write_text(script, encoding="utf-8")
    return Library(root)


def headers(scenario: str | None, **more: str) -> dict[str, str]:
    """The headers with which a recorder names its scenario."""
    return {**({"x-stand-in-scenario": f"04_cot/{scenario}"} if scenario else {}), **more}


def chatter(
    url: str, scenario: str | None = None, sent: Any = None, retries: int = 0, **options: Any
) -> openai.OpenAI:
    """An OpenAI client; `sent` are more headers."""
    extra = headers(scenario, **(sent or {}))
    return openai.OpenAI(
        base_url=f"{url}/v1", api_key="any", default_headers=extra, max_retries=retries, **options
    )


def claude(url: str, scenario: str | None = None, sent: Any = None, **options: Any) -> anthropic.Anthropic:
    """An Anthropic client; `sent` are more headers."""
    extra = headers(scenario, **(sent or {}))
    return anthropic.Anthropic(base_url=url, api_key="any", default_headers=extra, max_retries=0, **options)


def said(content: Any) -> list[dict[str, Any]]:
    """Messages as they are, or one user message."""
    return [{"role": "user", "content": content}] if isinstance(content, str) else content


def ask(client: openai.OpenAI, content: Any = "hello", **options: Any) -> Any:
    """A chat completion of the fast model, unless the options name another."""
    return client.chat.completions.create(**{"model": model("fast"), "messages": said(content), **options})


def ask_claude(client: anthropic.Anthropic, content: Any = "hello", **options: Any) -> Any:
    """A message of the fast Anthropic model, unless the options name another."""
    asked = {"model": model("fast", "anthropic"), "max_tokens": 1000, "messages": said(content), **options}
    return client.messages.create(**asked)
