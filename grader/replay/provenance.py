"""Where does a recording come from? Its head: source, date, models, SDK versions, tokens, cost."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import version
from typing import Any

from grader.models import Usage
from grader.replay.facts import FACTS_VERSION
from grader.replay.steps import Step

NOTES = {"stand-in": "The words come from a script of this course, not from a vendor."}
SDKS = ("openai", "anthropic", "instructor", "langchain_openai", "langchain_anthropic", "httpx2")


def finished(
    given: Mapping[str, Any], steps: Sequence[Step], *, upstream: str | None, voice: int | None
) -> dict[str, Any]:
    """The head of a new recording: what the recorder gave, and what the steps tell. Raises UnknownPrice."""
    source = given.get("source") or ("stand-in" if upstream else "live")
    head: dict[str, Any] = {"title": "Untitled", "source": source, "recorded": datetime.now(UTC).date()}
    if source in NOTES:
        head["note"] = NOTES[source]
    if source == "stand-in":
        head["voice"] = voice or 1
    return {**head, **_counted(steps), "sdk": sdk_versions(), "facts": FACTS_VERSION, **given}


def _counted(steps: Sequence[Step]) -> dict[str, Any]:
    answered = [(step.reply, step.facts.model) for step in steps if step.reply]
    spent = sum((reply.dollars(model) for reply, model in answered), Decimal(0))
    used = sum((reply.usage for reply, _ in answered), Usage())
    total = {name: count for name, count in asdict(used).items() if count}
    return {
        "models": {
            "asked": _names(step.facts.model for step in steps),
            "answered": _names(step.reply.model for step in steps if step.reply),
        },
        "usage": total,
        "cost_usd": format(spent.normalize(), "f"),
    }


def sdk_versions() -> dict[str, str]:
    """The versions of the client libraries that this process has loaded."""
    return {name: version(name.replace("_", "-")) for name in SDKS if name in sys.modules}


def _names(models: Iterable[str | None]) -> list[str]:
    return sorted({model for model in models if model})
