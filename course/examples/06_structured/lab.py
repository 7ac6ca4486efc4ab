"""The numbers of 06_structured, measured now: grader lab 06_structured

(a) Which layer catches what: 200 mails through the reference's `extract`, by the real SDK over HTTP, against
the stand-in with the replies of mails.py; once the provider keeps the schema, once a gateway drops it.
(b) The same mails by hand and with instructor. (c) SIGKILL at random times, see kill.py. Under a minute.
"""

from __future__ import annotations

import json
import logging
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from kill import killed, ward
from mails import SEED, SHARES, TRIES, Case, cases
from openai.types.chat import ChatCompletion
from pipeline import STRUCTURED, WAYS, structured
from replies import Wire, asked

from grader.learn.figure import INK, MARK, SOFT, drawing
from grader.models import Usage, cost, model

ASSETS = STRUCTURED.chapter.parent / "assets"
KILLS, NAIVE_KILLS = 100, 25
# What can be wrong with an attempt, by who sees it first.
LAYERS = {
    "call": "refused, cut or empty",
    "JSON": "not JSON",
    "form": "not the form",
    "mail": "not in the mail",
}
SHADES = {
    "before": (INK, 0.25), "now": (INK, 0.85), "call": (SOFT, 0.9), "JSON": (MARK, 1.0), "form": (MARK, 0.6),
    "mail": (MARK, 0.3),
}  # fmt: skip
NAMES = {"whole": "outbox, then desk, with a key", "deliver_then_mark": "deliver, then mark",
         "mark_then_deliver": "mark, then deliver"}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """What became of one mail: the layer that caught each attempt ("" for the ticket), the tokens of each."""

    case: Case
    layers: tuple[str, ...]
    usages: tuple[Usage, ...]
    ticket: dict[str, Any] | None

    @property
    def right(self) -> bool:
        return self.ticket == self.case.truth


def measure(found: list[Case], extract: Callable[..., Any], *, drops: bool) -> list[Seen]:
    """Every mail through `extract`; what was said and what it took is read off the wire."""
    seen = []
    with asked(structured, found, drops=drops) as wire:
        for case in found:
            begin = len(wire.replies)
            try:
                ticket = extract(case.mail, TRIES).ticket.model_dump()
            except structured.Unusable:
                ticket = None
            seen.append(_seen(case, wire, begin, ticket))
    return seen


def _seen(case: Case, wire: Wire, begin: int, ticket: dict[str, Any] | None) -> Seen:
    heard = [structured.heard(ChatCompletion.model_validate(body)) for body in wire.replies[begin:]]
    layers = tuple(layer(attempt, case) for attempt in heard)
    return Seen(case, layers, tuple(attempt.usage for attempt in heard), ticket)


def layer(attempt: Any, case: Case) -> str:
    """Who stops this attempt first; "" when nobody does."""
    if attempt.problem:
        return "call"
    try:
        said = json.loads(attempt.text)
    except ValueError:
        return "JSON"
    try:
        structured.Ticket.model_validate_json(attempt.text)  # without the mail
    except ValueError:
        return "form" if isinstance(said, dict) else "JSON"
    try:
        structured.read(attempt.text, case.mail)
    except structured.Unreadable:
        return "mail"
    return ""


def by_attempt(seen: list[Seen]) -> list[dict[str, Any]]:
    """For each attempt: mails accepted before, accepted now, caught by each layer; tokens and dollars."""
    rows: list[dict[str, Any]] = []
    for number in range(TRIES):
        here = [(each.layers[number], each.usages[number]) for each in seen if len(each.layers) > number]
        caught = Counter(name for name, _ in here)
        spent = sum((usage for _, usage in here), Usage())
        rows.append({
            "asked": len(here),
            "before": sum(row["now"] for row in rows),
            "now": caught[""],
            **{name: caught[name] for name in LAYERS},
            "tokens per call": round(spent.total_tokens / len(here)) if here else 0,
            "dollars": cost(spent, model("fast")),
        })  # fmt: skip
    return rows


def bill(seen: list[Seen]) -> dict[str, Any]:
    """What all mails took: calls, tokens, dollars for 1,000 of them; tickets, and the wrong ones."""
    spent = sum((usage for each in seen for usage in each.usages), Usage())
    tickets = [each for each in seen if each.ticket]
    return {
        "tickets": len(tickets),
        "wrong": sum(not each.right for each in tickets),
        "people": len(seen) - len(tickets),
        "calls": sum(len(each.layers) for each in seen),
        "tokens": spent.total_tokens,
        "dollars": cost(spent, model("fast")) * 1000 / len(seen),
    }


def library(seen: list[Seen]) -> dict[str, Counter[str]]:
    """How many calls each kind of first failure led to, for those that ended without a ticket."""
    lost: dict[str, Counter[str]] = {}
    for each in seen:
        if each.ticket is None:
            lost.setdefault(each.case.kind, Counter())[str(len(each.layers))] += 1
    return lost


def numbers() -> dict[str, Any]:
    """What the chapter may quote from (a) and (b); the same on every machine."""
    found = cases()
    dropped = measure(found, structured.extract, drops=True)
    kept = measure(found, structured.extract, drops=False)
    own = structured.extract_with_instructor
    logging.getLogger("instructor").setLevel(logging.CRITICAL)  # it logs every mail that it gives up
    given = measure(found, own, drops=True)
    runs = {"dropped": dropped, "kept": kept}
    return {
        "note": "replies written for the course, said by the stand-in; tokens as it counts them",
        "mails": len(found),
        "seed": SEED,
        "shares": SHARES,
        "attempts": {name: by_attempt(seen) for name, seen in runs.items()},
        "bills": {name: bill(seen) for name, seen in (*runs.items(), ("instructor", given))},
        "without a ticket": {"by hand": library(dropped), "instructor": library(given)},
    }


def kills(count: int = KILLS, naive: int = NAIVE_KILLS) -> dict[str, Any]:
    """What SIGKILL at random times loses and doubles, for the reference and two naive orders."""
    with ward(cases()) as where:
        return {way: asdict(killed(where, way, count if way == "whole" else naive)) for way in WAYS}


def quotes(found: dict[str, Any]) -> dict[str, str]:
    """The numbers as the text says them."""
    dropped, kept = found["attempts"]["dropped"], found["attempts"]["kept"]
    bills = found["bills"]
    first, second, third = (row["tokens per call"] for row in dropped)
    more = Decimal(dropped[1]["dollars"]) / dropped[1]["now"] / (Decimal(dropped[0]["dollars"]) / 200)
    return {
        "mess": f"{found['mails'] - found['shares']['fine']} of the {found['mails']}",
        **{f"first, {name}": f"{rows[0]['now']}" for name, rows in (("dropped", dropped), ("kept", kept))},
        **{f"all, {name}": f"{bills[name]['tickets']}" for name in bills},
        **{f"people, {name}": f"{bills[name]['people']}" for name in bills},
        **{f"wrong, {name}": f"{bills[name]['wrong']}" for name in bills},
        **{f"calls, {name}": f"{bills[name]['calls']}" for name in bills},
        **{f"tokens, {name}": f"{bills[name]['tokens']:,}" for name in bills},
        **{f"bill, {name}": f"${Decimal(bills[name]['dollars']):.4f}" for name in bills},
        "tokens, first call": str(first),
        "tokens, second call": str(second),
        "tokens, third call": str(third),
        "a ticket by correction": f"{more:.1f} times",
    }


def table(found: dict[str, Any]) -> str:
    """Both runs by attempt, in Markdown, for the chapter to include."""
    caught = [LAYERS[key].capitalize().replace("json", "JSON") for key in ("JSON", "form", "mail")]
    heads = ["Schema, attempt", "Asked", "Accepted", "No reply", *caught, "Tokens"]
    lines = [f"| {' | '.join(heads)} |", "|---|" + "--:|" * (len(heads) - 1)]
    for name, words in (("dropped", "none"), ("kept", "strict")):
        for number, row in enumerate(found["attempts"][name], start=1):
            cells = [row["asked"], row["now"], *(row[key] for key in LAYERS), row["tokens per call"]]
            lines.append(f"| {words}, {number} | " + " | ".join(f"{cell:,}" for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def kill_table(found: dict[str, Any]) -> str:
    """What was lost and doubled, in Markdown."""
    lines = ["| | Kills | Mails | Lost | Two tickets | Came again, same key |", "|---|" + "--:|" * 5]
    for way, row in found.items():
        cells = [row[name] for name in ("kills", "mails", "lost", "double", "again")]
        lines.append(f"| {NAMES[way]} | " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


def draw(found: dict[str, Any], folder: Path = ASSETS) -> None:
    """The mails at each attempt: accepted before, accepted now, caught by each layer; two runs."""
    with drawing(folder / "06_structured_attempts.svg", height=3.6) as axes:
        named, ticks = {"before": "accepted before", "now": "accepted now", **LAYERS}, []
        for group, (run, words) in enumerate((("kept", "strict schema"), ("dropped", "no schema"))):
            for number, row in enumerate(found["attempts"][run]):
                y, left = 4 * group + TRIES - 1 - number, 0
                ticks.append((y, f"{words}, {number + 1}"))
                for name in named:
                    colour, alpha = SHADES[name]
                    axes.barh(y, row[name], left=left, color=colour, alpha=alpha, height=0.75,
                              label=named[name] if len(ticks) == 1 else None)  # fmt: skip
                    left += row[name]
        axes.set_yticks([y for y, _ in ticks], [words for _, words in ticks])
        axes.set(xlabel=f"of {found['mails']} mails", xlim=(0, found["mails"]))
        axes.grid(visible=False, axis="y")
        axes.figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=10)


def main() -> int:
    """Measure, print the tables, write them with the numbers and the figure."""
    found = json.loads(json.dumps(numbers(), default=str))
    found["quotes"] = quotes(found)
    print(table(found))
    print("\n".join(f"{name}: {text}" for name, text in found["quotes"].items()), "\n")
    ended = kills()
    print(kill_table(ended))
    print("Replies and their shares were written for the course; the kills fall at random times.")
    (ASSETS / "06_structured_numbers.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (ASSETS / "06_structured_kills.json").write_text(json.dumps(ended, indent=1) + "\n", encoding="utf-8")
    (ASSETS / "06_structured_table.txt").write_text(table(found), encoding="utf-8")
    (ASSETS / "06_structured_kills.txt").write_text(kill_table(ended), encoding="utf-8")
    draw(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
