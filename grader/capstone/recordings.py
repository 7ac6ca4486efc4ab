"""Which questions can be answered without a key? The capstone's recordings, found by their question."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.course import Module


@dataclass(frozen=True)
class Recorded:
    """One recorded run of the capstone; `source` says in words where its replies come from."""

    path: Path
    question: str
    provider: str
    stream: bool
    tier: str
    model: str
    source: str

    @property
    def options(self) -> str:
        """What to type before the question; empty for the defaults."""
        provider = "" if self.provider == "openai" else f"--provider {self.provider}"
        tier = "" if self.tier == "fast" else f"--tier {self.tier}"
        return " ".join(word for word in (provider, tier, "--stream" * self.stream) if word)


def recorded(module: Module) -> list[Recorded]:
    """All runs of the capstone that are on tape, by question; single calls and broken files are left out."""
    found = (_read(path) for path in sorted(module.cassettes.glob("*.yaml")))
    return sorted(
        (run for run in found if run), key=lambda run: (run.stream, run.provider != "openai", run.question)
    )


def find(
    runs: list[Recorded],
    question: str,
    provider: str,
    stream: bool,
    tier: str = "fast",
    model: str | None = None,
) -> Recorded | None:
    """The run that answers this question, spelled as loosely as people type; of this model and no other."""
    for same in (_key, _after_the_shell):
        for run in runs:
            asked = run.model == model if model else run.tier == tier
            if asked and (run.provider, run.stream, same(run.question)) == (provider, stream, _key(question)):
                return run
    return None


def _read(path: Path) -> Recorded | None:
    from grader.replay.cassette import BadCassette, load  # late: reading YAML is needed only without a key

    try:
        tape = load(path)
    except BadCassette:
        return None
    first = tape.steps[0]
    said = [message["content"] for message in _messages(first.request.get("body") or {})]
    if (
        len(said) != 2 or "step_type" not in said[0]
    ):  # one system prompt, one question: the beginning of a run
        return None
    provider = "anthropic" if first.facts.operation.startswith("anthropic") else "openai"
    facts = first.facts
    return Recorded(
        path, said[1], provider, facts.stream, str(facts.tier), str(facts.model), _source(tape.head)
    )


def _messages(body: dict[str, Any]) -> list[dict[str, str]]:
    from grader.replay.facts import messages_of

    return messages_of(body)


def _source(head: Any) -> str:
    """Where the words come from, in one sentence."""
    whence = {
        "stand-in": "from the stand-in: scripted text, not a vendor's words",
        "live": "from the vendor's own host",
        "authored": "nowhere: written by hand",
        "pocket": "from the tiny model of this course",
    }
    return f"Recorded {head['recorded']} {whence[head['source']]}."


def _key(question: str) -> str:
    """The question without case, spacing, thousands separators and final marks."""
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", question.casefold())
    return " ".join(plain.split()).rstrip(" ?.!")


def _after_the_shell(question: str) -> str:
    """What is left of `$1000` between double quotes, where the shell takes `$1` for an empty argument."""
    return _key(re.sub(r"\$\d", "", question))
