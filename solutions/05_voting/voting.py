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
    said = (text or "").strip(" \t\r\n\"'`“”‘’.").casefold()
    return {label.casefold(): label for label in labels}.get(said)


async def cast(question: str, labels: Labels, provider: str, weighted: bool = False) -> Cast | None:
    """One vote of the provider's fast tier: label or None, weight and usage. A call that failed gives None.

    Our words, with every label, are in the system role, the question is in the user's and nowhere else.
    No temperature is sent: current models refuse it, and sample anyway. No limit is sent either: half a
    label is no vote, and is paid for. The client repeats what may pass; what raises APIError then is a vote
    less, and no reason to stop. Any other exception is a fault of ours, and is raised.
    A vote weighs 1; with `weighted`, the call sends `extras` too, and the vote weighs what `weight` makes of
    the logarithms of its tokens' probabilities (task 4).
    """
    messages = [
        {"role": "system", "content": PROMPT.format(labels="\n".join(labels))},
        {"role": "user", "content": question},
    ]
    more = extras(provider) if weighted else {}
    try:
        reply = await client(provider).chat.completions.create(
            model=model("fast", provider), messages=messages, **more
        )
    except APIError:
        return None
    choice, used = reply.choices[0], reply.usage
    logprobs = [token.logprob for token in choice.logprobs.content or []] if choice.logprobs else None
    spent = Usage(used.prompt_tokens, used.completion_tokens)  # no cache keeps a prompt as short as this
    return parse_vote(choice.message.content, labels), weight(logprobs) if weighted else 1.0, spent


async def fan_out(
    question: str, labels: Labels, n: int = VOTES, at_once: int = 3, quorum: int = 4,
    provider: str = "openai", weighted: bool = False,
) -> Ballot:  # fmt: skip
    """`n` independent votes: the same call `n` times, as many in flight as allowed, and at most `at_once`.

    The usage is that of every answered call. Raises NoQuorum when fewer than `quorum` votes are valid.
    Whoever cancels it cancels the calls in flight, and no other begins.
    """
    gate = asyncio.Semaphore(at_once)

    async def one() -> Cast | None:
        async with gate:
            return await cast(question, labels, provider, weighted)

    return counted(await asyncio.gather(*(one() for _ in range(n))), quorum)


def majority(votes: list[str | None], labels: Labels, weights: list[float] | None = None) -> Result:
    """The label with the most support: each vote supports its own by its weight, or by 1 without weights.

    `support` names every label, rounded to nine digits, so that neither the order of the votes decides nor
    the last digit of a sum.
    The confidence is the winner's share of all support; abstentions (None) support nobody.
    A tie goes to the label that stands first in `labels`. Without support: winner None, confidence 0.
    """
    given = list(zip(votes, weights or [1.0] * len(votes), strict=True))
    support = {
        label: round(math.fsum(weight for vote, weight in given if vote == label), 9) for label in labels
    }
    winner = max(labels, key=lambda label: support[label])  # the first of several: the safest
    if not support[winner]:
        return Result(None, 0.0, support)
    return Result(winner, support[winner] / math.fsum(support.values()), support)


def extras(provider: str) -> dict[str, Any]:
    """{"logprobs": True} where the provider's fast model has them, by its `capabilities`, and else {}."""
    return {"logprobs": True} if capabilities(model("fast", provider)).logprobs else {}


def weight(logprobs: list[float] | None) -> float:
    """The probability of the whole reply: the product over its tokens, from their logarithms; 1 for None."""
    return 1.0 if logprobs is None else math.exp(math.fsum(logprobs))


def decided(votes: list[str | None], labels: Labels, left: int) -> bool:
    """Whether the present winner wins whatever the `left` votes will say; a tie goes as in `majority`.

    Each of them supports one label by 1, or none. False while nobody has a vote.
    """
    now = majority(votes, labels)
    if now.winner is None:
        return False
    safer = labels[: labels.index(now.winner)]  # they win a tie
    mine, rivals = now.support[now.winner], [label for label in labels if label != now.winner]
    return all(mine >= now.support[rival] + left + (rival in safer) for rival in rivals)


async def stop_early(
    question: str, labels: Labels, n: int = VOTES, at_once: int = 3, quorum: int = 4
) -> Ballot:
    """As `fan_out`, in waves of `at_once` calls, the last one smaller if `n` says so.

    After each wave it stops, if at least `quorum` votes are valid and the winner is `decided`: the calls
    that were not made are what it saves. A failed call is not made again, nor is it a vote that is left.
    Raises NoQuorum after the last wave.
    """
    casts: list[Cast | None] = []
    while (left := n - len(casts)) > 0:
        casts += await asyncio.gather(*(cast(question, labels, "openai") for _ in range(min(at_once, left))))
        ballot = counted(casts)
        if ballot.valid >= quorum and decided(ballot.votes, labels, n - len(casts)):
            break
    return counted(casts, quorum)


def red_flag(text: str) -> str | None:
    """The first of RED_FLAGS, in their order, that the text reports, or None.

    Whole words count, without case. Between the words of a flag stands white space or a hyphen, and each may
    be misspelled as `alike` allows. A report is denied by one of DENIALS, not misspelled, among the three
    words before it; punctuation, a dash (a hyphen between spaces), a new line or "but" ends a denial: "no
    fever or chest pain" reports nothing, "no fever, chest pain" does, because doubt goes to the safe side.
    One denied mention does not undo another that is not.
    """
    # A new line ends a denial and parts no flag, so the text is read both ways.
    ends, text = r"[^\w\s-]|\s-+\s|\bbut\b", text.casefold()
    clauses = [*re.split(ends, text), *re.split(rf"{ends}|\n", text)]
    for flag in RED_FLAGS:
        wanted = flag.split()
        for clause in clauses:
            words = re.findall(r"[^\W_]+", clause)
            for at in range(len(words) - len(wanted) + 1):
                found = all(map(alike, words[at : at + len(wanted)], wanted))
                if found and not DENIALS & set(words[max(0, at - 3) : at]):
                    return flag
    return None


def keep(decision: Decision, text: str, path: str) -> None:
    """Write one `line` of AUDIT into the store, whatever the decision is; all is written, or nothing.

    What waits for a person also goes into `review`: a case that waits already is not put there twice, but
    keeps its place, with the newest text and reason. What is decided later takes no case out of the queue.
    """
    with opened(path) as store:
        store.execute(AUDIT, line(decision))
        if decision.who == "person":
            # An upsert keeps the row, and with it the place in the queue; REPLACE would make a new one.
            store.execute(
                "INSERT INTO review VALUES (?, ?, ?) ON CONFLICT (case_id)"
                " DO UPDATE SET text = excluded.text, why = excluded.why",
                (decision.case_id, text, decision.why),
            )


async def triage(case_id: str, text: str, path: str) -> Decision:
    """Decide a case by rule, by vote or by a person, keep it in the store at `path`, and return the decision.

    A red flag is the first of LEVELS, by "rule", and no model is asked. Else VOTES votes are cast on LEVELS:
    SURE of them for the winner decide by "vote", and so do LIKELY, but `flagged`. A vote that failed or
    abstained supports nobody. All the rest, and whatever finds no quorum, is for a "person".
    `support`, `confidence` and `dollars` tell what was voted and spent, also when a person has to decide;
    where nothing was voted they are empty and zero.
    """
    flag, why = red_flag(text), ""
    if flag:
        decision = Decision(case_id, "rule", LEVELS[0], f"red flag: {flag}")
    else:
        try:
            ballot = await fan_out(text, LEVELS, VOTES)
        except NoQuorum as reason:
            ballot, why = reason.ballot, str(reason)
        found, dollars = majority(ballot.votes, LEVELS), cost(ballot.usage, model("fast"))
        ours = max(found.support.values())
        who, label = ("vote", found.winner) if ours >= LIKELY else ("person", None)
        told = (found.support, found.confidence, dollars)
        decision = Decision(
            case_id, who, label, why or f"{ours:.0f} of {VOTES} votes", LIKELY <= ours < SURE, *told
        )
    keep(decision, text, path)
    return decision
