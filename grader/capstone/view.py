"""How does a run look on a terminal? Steps as they come, 80 columns, readable without colour."""

from __future__ import annotations

import json
import os
import re
import sys
import textwrap
from collections.abc import Callable
from dataclasses import asdict
from decimal import Context, Decimal
from typing import Any

INDENT = " " * 15
SAID = 240  # characters shown of a reply that was no step
# The beginning of a step while it is still being written: its kind, and as much of its thought as has come.
SPOKEN = re.compile(r'"step_type"\s*:\s*"(\w+)",\s*"thought"\s*:\s*"((?:[^"\\]|\\u[\da-fA-F]{4}|\\[^u])*)')


class View:
    """Writes the events of a run: `text` (a streamed piece), `step`, `invalid`; the others only help it."""

    def __init__(self, write: Callable[[str], Any]) -> None:
        self.write = write
        self.number, self.heard, self.shown, self.reply = 1, "", "", ""

    def __call__(self, event: dict[str, Any]) -> None:
        """Show one event: a streamed thought word by word, then the rest of its step."""
        if event["event"] == "text":
            self.heard += event["piece"]
            if found := SPOKEN.search(self.heard):
                self._more(self._head(found[1], _whole_words(found[2])))
        elif event["event"] == "step":
            self._more(self._step(event))
            self.number, self.heard, self.shown = self.number + 1, "", ""
        elif event["event"] == "call":
            self.reply = event["reply"]
        elif event["event"] == "invalid":
            again = ". Asked again." if event["asked_again"] else "."
            words = indented(f"Not a valid step: {event['reason']}{again}")
            if said := textwrap.shorten(printable(self.reply), SAID, placeholder=" ..."):
                words += indented(f"It said: {said}")
            self.write("\n" * bool(self.shown) + paint("31", words))
            self.heard = self.shown = ""

    def _more(self, text: str) -> None:
        """Write what of this text is not yet on the screen."""
        self.write(text.removeprefix(self.shown))
        self.shown = text

    def _step(self, step: dict[str, Any]) -> str:
        """The whole step: why it was taken, then what came out."""
        kind, came = step["step_type"], step["result"]
        said = f"  (the model said {step['said']})" if step.get("said") else ""
        if kind == "calculate":
            came = f"{step['action']} = {came}{said}"
        colour = {"calculate": "33" if said else "36", "final_answer": "1"}.get(kind, "2")
        return self._head(kind, step["thought"]) + "\n" + paint(colour, indented(came))

    def _head(self, kind: str, thought: str) -> str:
        """The number and kind of a step, and as much of its thought as is known."""
        name = f"{self.number:2}  {kind.removeprefix('final_'):<10} "
        return paint("1", name) + indented(thought)[len(name) :].rstrip("\n")


def indented(text: str) -> str:
    """Wrapped to 80 columns behind a step's name; control characters of a reply never reach the terminal."""
    folded = textwrap.fill(
        printable(text), 79, initial_indent=INDENT, subsequent_indent=INDENT, break_on_hyphens=False
    )
    return folded + "\n"


def printable(text: str) -> str:
    """The text on one line, without escape sequences and other control characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def dollars(amount: Decimal | None) -> str:
    """Two significant digits, such as $0.00021."""
    return "price unknown" if amount is None else f"${Context(prec=2).plus(amount).normalize():f}"


def to_stdout(text: str) -> None:
    """Write at once, so that a step is seen when it comes, also through a pipe."""
    print(text, end="", flush=True)


def to_stderr(text: str) -> None:
    """Write an error where it does not mix with the answer."""
    print(text, end="", file=sys.stderr, flush=True)


def paint(code: str, text: str) -> str:
    """The text in a colour or weight, on a terminal that wants it."""
    wanted = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return f"\033[{code}m{text}\033[0m" if wanted else text


def _whole_words(spoken: str) -> str:
    """Without the last word: a word that grew would wrap differently, and what is printed stays."""
    try:
        return str(json.loads(f'"{spoken}"', strict=False)).rpartition(" ")[0]
    except ValueError:
        return ""


def report(run: Any, **ending: Any) -> str:
    """A run (a dataclass, or None) and its ending as one JSON object; dollars as text: they are decimal."""
    return json.dumps({**ending, **(asdict(run) if run else {})}, indent=2, default=str) + "\n"


def summary(run: Any) -> str:
    """A run's bill in one line: calls, tokens, dollars, model."""
    lost = f" + {run.uncounted} uncounted" if run.uncounted else ""
    tokens = f"{run.usage.input_tokens:,} tokens in, {run.usage.output_tokens:,} out"
    calls = "1 call" if run.calls == 1 else f"{run.calls} calls"
    return f"{calls} · {tokens} · {dollars(run.cost_usd)}{lost} · {run.model}\n"
