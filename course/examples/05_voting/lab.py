"""The numbers of 05_voting: grader lab 05_voting

Exact arithmetic for independent voters, a seeded simulation in which cases differ in difficulty, the calls
that stopping early saves in it, the layers of a triage, and the price of seven votes as they were recorded.
No model is asked: what the simulation counts is simulated, and measures no vendor.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import comb

from grader.course import module
from grader.learn.figure import INK, MARK, drawing
from grader.models import Usage, cost
from grader.replay.cassette import load

VOTING = module("05_voting")
ASSETS = VOTING.chapter.parent / "assets"
SIZES = (1, 3, 5, 7, 9, 11)
RIGHT = 0.8  # how often one vote is right, on average over all cases
# Share of the cases, and how often one vote on such a case is right: the average is RIGHT.
KINDS = {"clear": (0.60, 0.95), "middling": (0.25, 0.74), "hard": (0.15, 0.30)}
CASES, SEED = 6000, 5
# The layers of a triage as a source states them: share of the cases, and how often the layer is right.
LAYERS = {
    "rules": (0.05, 1.0),
    "sure votes": (0.75, 0.985),
    "likely votes": (0.15, 0.95),
    "people": (0.05, 0.999),
}
CLAIMED = 0.992

sys.path.insert(0, str(VOTING.solution))
import voting  # noqa: E402 - found by the line above


@dataclass(frozen=True)
class Case:
    """A simulated case: its kind, the right label, and what each of eleven voters says."""

    kind: str
    truth: str
    votes: tuple[str, ...]


def independent(n: int, right: float = RIGHT) -> float:
    """How often the majority of `n` independent votes, `n` odd, is right: the upper half of a binomial."""
    return sum(comb(n, k) * right**k * (1 - right) ** (n - k) for k in range(n // 2 + 1, n + 1))


def cases(count: int = CASES, seed: int = SEED) -> list[Case]:
    """The simulated set: the wrong votes on a case agree on one rival, as plausible mistakes do."""
    drawn, found = random.Random(seed), []
    for kind, (share, right) in KINDS.items():
        for _ in range(round(share * count)):
            truth, rival = drawn.sample(voting.LEVELS, 2)
            votes = tuple(truth if drawn.random() < right else rival for _ in range(SIZES[-1]))
            found.append(Case(kind, truth, votes))
    return found


def accuracy(found: Sequence[Case], n: int) -> float:
    """The share of the cases whose first `n` votes have a right majority."""
    right = [voting.majority([*case.votes[:n]], voting.LEVELS).winner == case.truth for case in found]
    return sum(right) / len(found)


def asked_early(case: Case, at_once: int, n: int = voting.VOTES) -> int:
    """How many votes are asked for, in waves, until those left can change nothing."""
    for asked in [*range(at_once, n, at_once), n]:
        if voting.decided([*case.votes[:asked]], voting.LEVELS, n - asked):
            return asked
    return n


def early(found: Sequence[Case], at_once: int) -> dict[str, float]:
    """Calls per case when stopping early, the share saved, and the accuracy, out of the votes asked for."""
    asked = [asked_early(case, at_once) for case in found]
    right = sum(
        voting.majority([*case.votes[:n]], voting.LEVELS).winner == case.truth
        for case, n in zip(found, asked, strict=True)
    )
    calls = sum(asked) / len(found)
    return {"calls": calls, "saved": 1 - calls / voting.VOTES, "accuracy": right / len(found)}


def gates(found: Sequence[Case]) -> dict[str, dict[str, float]]:
    """What the gates let through in the simulation: the share of cases, and how many of these are right."""
    sorted_out: dict[str, list[bool]] = {"sure": [], "likely": [], "person": []}
    for case in found:
        result = voting.majority([*case.votes[: voting.VOTES]], voting.LEVELS)
        most = result.support[str(result.winner)]
        gate = "sure" if most >= voting.SURE else "likely" if most >= voting.LIKELY else "person"
        sorted_out[gate].append(result.winner == case.truth)
    return {
        gate: {"share": len(rights) / len(found), "right": sum(rights) / len(rights)}
        for gate, rights in sorted_out.items()
    }


def layered(layers: dict[str, tuple[float, float]] | None = None) -> float:
    """How often the whole is right: each layer's accuracy, weighed with its share."""
    return sum(share * right for share, right in (layers or LAYERS).values())


def needed() -> float:
    """How often the sure votes would have to be right for the claim to hold."""
    share, _ = LAYERS["sure votes"]
    return (CLAIMED - layered({name: each for name, each in LAYERS.items() if name != "sure votes"})) / share


def bill() -> dict[str, Decimal]:
    """Dollars for one vote and for seven, from the recorded usage and the price table."""
    steps = load(VOTING.cassette("six_of_seven")).steps
    dollars = [cost(step.reply.usage, step.facts.model) for step in steps]
    usage = sum((step.reply.usage for step in steps), Usage())
    return {
        "one": sum(dollars, Decimal(0)) / len(dollars),
        "seven": sum(dollars, Decimal(0)),
        "tokens": Decimal(usage.total_tokens),
    }


def numbers() -> dict[str, object]:
    """What the chapter may quote, as it is to be written."""
    found, paid = cases(), bill()
    simulated = {n: accuracy(found, n) for n in SIZES}
    waves = {at_once: early(found, at_once) for at_once in (1, 3, 4)}
    passed = gates(found)
    wrong = passed["sure"]["share"] * (1 - passed["sure"]["right"])
    quotes = {
        **{f"gain of {n}, independent": f"+{100 * (independent(n) - RIGHT):.1f}" for n in SIZES[1:]},
        **{f"{n}, simulated": f"{simulated[n]:.1%}" for n in SIZES},
        "gain of 7, simulated": f"{100 * (simulated[7] - simulated[1]):.1f} points",
        "gain of 11, simulated": f"{100 * (simulated[11] - simulated[1]):.1f} points",
        "saved one by one": f"{waves[1]['saved']:.0%}",
        "saved in threes": f"{waves[3]['saved']:.0%}",
        "saved in fours": f"{waves[4]['saved']:.0%}",
        "calls one by one": f"{waves[1]['calls']:.1f} calls",
        "calls in threes": f"{waves[3]['calls']:.1f} calls",
        "calls in fours": f"{waves[4]['calls']:.1f} calls",
        **{f"{gate}, share": f"{each['share']:.1%}" for gate, each in passed.items()},
        **{f"{gate}, right": f"{each['right']:.1%}" for gate, each in passed.items()},
        "sure and wrong": f"{wrong:.1%}",
        "layers": f"{layered():.2%}",
        "claimed": f"{CLAIMED:.1%}",
        "needed": f"{needed():.2%}",
        "one vote": f"${1000 * paid['one']:.4f}",
        "seven votes": f"${1000 * paid['seven']:.4f}",
    }
    return {
        "note": "simulated votes; exact arithmetic; recorded usage",
        "cases": CASES,
        "seed": SEED,
        "independent": {n: independent(n) for n in SIZES},
        "simulated": simulated,
        "waves": waves,
        "gates": passed,
        "kinds": KINDS,
        "layers": LAYERS,
        "bill": {name: str(value) for name, value in paid.items()},
        "quotes": quotes,
    }


def table(found: dict[str, object]) -> str:
    """Accuracy by number of votes in Markdown, for the chapter to include; as `.txt`, or it became a page."""
    exact, simulated = found["independent"], found["simulated"]
    lines = ["| Votes | Independent voters, exact | Gain | Simulated cases | Gain |", "|--:|--:|--:|--:|--:|"]
    for n in SIZES:
        gains = [100 * (each[n] - each[1]) for each in (exact, simulated)]
        told = [f"+{gain:.1f}" if n > 1 else "" for gain in gains]
        lines.append(f"| {n} | {exact[n]:.1%} | {told[0]} | {simulated[n]:.1%} | {told[1]} |")
    return "\n".join(lines) + "\n"


def draw(found: dict[str, object]) -> None:
    """Accuracy over the number of votes: independent voters in ink, the simulated cases marked."""
    with drawing(ASSETS / "05_voting_accuracy.svg") as axes:
        for name, words, colour, below in (
            ("independent", "independent voters, exact", INK, 10),
            ("simulated", "cases that differ in difficulty, simulated", MARK, -18),
        ):
            heights = [100 * found[name][n] for n in SIZES]
            axes.plot(SIZES, heights, "o-", color=colour)
            axes.annotate(
                words, (SIZES[-1], heights[-1]), xytext=(0, below), textcoords="offset points",
                color=colour, ha="right",
            )  # fmt: skip
        axes.set(xlabel="votes per case", ylabel="right decisions, %", xticks=SIZES, ylim=(75, 104))


def main() -> int:
    """Compute, print the table and the quotes, and write them with the figure."""
    found = numbers()
    print(table(found))
    print("\n".join(f"{name}: {text}" for name, text in found["quotes"].items()))
    print(f"\nSimulated: {CASES} cases, seed {SEED}. The usage was recorded from the stand-in.")
    (ASSETS / "05_voting_numbers.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (ASSETS / "05_voting_table.txt").write_text(table(found), encoding="utf-8")
    draw(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
