"""Self-consistency: ask several times, count what can be counted, and know when a vote is not enough.

The cases are made up, and nothing here is medical advice. A list of labels begins with the safest.
Grade it: pytest exercises/05_voting
"""

from __future__ import annotations

import asyncio
import math
import os
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from openai import APIError, AsyncOpenAI

from grader.models import Usage, capabilities, cost, model
from grader.review import AUDIT, Decision, alike, line, opened

PROMPT = """You sort what the user writes. Reply with one label, spelled as here, and nothing else:
{labels}"""
LEVELS = ["emergency", "appointment", "home"]
VOTES, SURE, LIKELY = 7, 6, 5
RED_FLAGS = ["chest pain", "trouble breathing", "severe bleeding", "slurred speech", "passed out"]
DENIALS = {"no", "not", "never", "without", "denies", "denied"}
Labels = list[str]
Cast = tuple[str | None, float, Usage]  # one answered call: its label or None, its weight, its tokens


class NoQuorum(RuntimeError):
    """Too few valid votes, with the numbers; `ballot` holds what came in and what it cost."""

    def __init__(self, ballot: Ballot, quorum: int) -> None:
        super().__init__(
            f"{ballot.valid} valid votes, {quorum} are needed: {ballot.votes.count(None)} abstained, "
            f"{ballot.failed} failed, {ballot.usage.total_tokens} tokens were spent."
        )
        self.ballot = ballot


@dataclass
class Ballot:
    """The answered calls, abstentions as None, with the weight of each; and how many calls `failed`."""

    votes: list[str | None] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    failed: int = 0
    usage: Usage = field(default_factory=Usage)

    @property
    def valid(self) -> int:
        return len(self.votes) - self.votes.count(None)


@dataclass
class Result:
    """The winner (None when nobody voted), its share of all support, and the support of every label."""

    winner: str | None
    confidence: float
    support: dict[str, float]


@cache
def client(provider: str = "openai") -> AsyncOpenAI:
    """Made at the first call, so that the import needs no key. It repeats a 429 or 500, twice."""
    if provider == "openai":
        return AsyncOpenAI()
    key = os.environ.get("DEEPSEEK_API_KEY", "none")  # the wire format is the same
    return AsyncOpenAI(base_url="https://api.deepseek.com", api_key=key)


def counted(casts: list[Cast | None], quorum: int = 0) -> Ballot:
    """The ballot of all calls, answered or failed (None). Raises NoQuorum below `quorum` valid votes."""
    answered = [vote for vote in casts if vote is not None]
    labels, weights, spent = [[*part] for part in zip(*answered, strict=True)] or ([], [], [])
    ballot = Ballot(labels, weights, len(casts) - len(answered), sum(spent, Usage()))
    if ballot.valid < quorum:
        raise NoQuorum(ballot, quorum)
    return ballot


def parse_vote(text: str | None, labels: Labels) -> str | None:
    """The label that `text` is, spelled as in `labels`; None is an abstention.

    Case does not matter, nor do spaces, quotes, backticks and full stops around the label.
    A sentence that holds a label is no label, and neither is half of one, a doubt ("home?"), or nothing.
    """
    raise NotImplementedError("Task 1: accept a label of the set and nothing else")


async def cast(question: str, labels: Labels, provider: str, weighted: bool = False) -> Cast | None:
    """One vote of the provider's fast tier: label or None, weight and usage. A call that failed gives None.

    Our words, with every label, are in the system role, the question is in the user's and nowhere else.
    No temperature is sent: current models refuse it, and sample anyway. No limit is sent either: half a
    label is no vote, and is paid for. The client repeats what may pass; what raises APIError then is a vote
    less, and no reason to stop. Any other exception is a fault of ours, and is raised.
    A vote weighs 1; with `weighted`, the call sends `extras` too, and the vote weighs what `weight` makes of
    the logarithms of its tokens' probabilities (task 4).
    """
    raise NotImplementedError("Task 2: make one call, and turn what it says into a vote")


async def fan_out(
    question: str, labels: Labels, n: int = VOTES, at_once: int = 3, quorum: int = 4,
    provider: str = "openai", weighted: bool = False,
) -> Ballot:  # fmt: skip
    """`n` independent votes: the same call `n` times, as many in flight as allowed, and at most `at_once`.

    The usage is that of every answered call. Raises NoQuorum when fewer than `quorum` votes are valid.
    Whoever cancels it cancels the calls in flight, and no other begins.
    """
    raise NotImplementedError("Task 2: cast n votes, with at most at_once calls in flight")


def majority(votes: list[str | None], labels: Labels, weights: list[float] | None = None) -> Result:
    """The label with the most support: each vote supports its own by its weight, or by 1 without weights.

    `support` names every label, rounded to nine digits, so that neither the order of the votes decides nor
    the last digit of a sum.
    The confidence is the winner's share of all support; abstentions (None) support nobody.
    A tie goes to the label that stands first in `labels`. Without support: winner None, confidence 0.
    """
    raise NotImplementedError("Task 3: add up the support, and let ties go to the safer label")


def extras(provider: str) -> dict[str, Any]:
    """{"logprobs": True} where the provider's fast model has them, by its `capabilities`, and else {}."""
    raise NotImplementedError("Task 4: ask for logprobs where the model has them")


def weight(logprobs: list[float] | None) -> float:
    """The probability of the whole reply: the product over its tokens, from their logarithms; 1 for None."""
    raise NotImplementedError("Task 4: turn logarithms into the probability of the reply")


def decided(votes: list[str | None], labels: Labels, left: int) -> bool:
    """Whether the present winner wins whatever the `left` votes will say; a tie goes as in `majority`.

    Each of them supports one label by 1, or none. False while nobody has a vote.
    """
    raise NotImplementedError("Task 5: say whether the votes left can change the winner")


async def stop_early(
    question: str, labels: Labels, n: int = VOTES, at_once: int = 3, quorum: int = 4
) -> Ballot:
    """As `fan_out`, in waves of `at_once` calls, the last one smaller if `n` says so.

    After each wave it stops, if at least `quorum` votes are valid and the winner is `decided`: the calls
    that were not made are what it saves. A failed call is not made again, nor is it a vote that is left.
    Raises NoQuorum after the last wave.
    """
    raise NotImplementedError("Task 5: cast votes in waves until the winner is decided")


def red_flag(text: str) -> str | None:
    """The first of RED_FLAGS, in their order, that the text reports, or None.

    Whole words count, without case. Between the words of a flag stands white space or a hyphen, and each may
    be misspelled as `alike` allows. A report is denied by one of DENIALS, not misspelled, among the three
    words before it; punctuation, a dash (a hyphen between spaces), a new line or "but" ends a denial: "no
    fever or chest pain" reports nothing, "no fever, chest pain" does, because doubt goes to the safe side.
    One denied mention does not undo another that is not.
    """
    raise NotImplementedError("Task 6: find a red flag that is reported and not denied")


def keep(decision: Decision, text: str, path: str) -> None:
    """Write one `line` of AUDIT into the store, whatever the decision is; all is written, or nothing.

    What waits for a person also goes into `review`: a case that waits already is not put there twice, but
    keeps its place, with the newest text and reason. What is decided later takes no case out of the queue.
    """
    raise NotImplementedError("Task 6: write the decision, and queue what waits for a person")


async def triage(case_id: str, text: str, path: str) -> Decision:
    """Decide a case by rule, by vote or by a person, keep it in the store at `path`, and return the decision.

    A red flag is the first of LEVELS, by "rule", and no model is asked. Else VOTES votes are cast on LEVELS:
    SURE of them for the winner decide by "vote", and so do LIKELY, but `flagged`. A vote that failed or
    abstained supports nobody. All the rest, and whatever finds no quorum, is for a "person".
    `support`, `confidence` and `dollars` tell what was voted and spent, also when a person has to decide;
    where nothing was voted they are empty and zero.
    """
    raise NotImplementedError("Task 6: decide by rule, by vote or by a person, and keep it")
