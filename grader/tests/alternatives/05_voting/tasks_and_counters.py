"""Alternative: tasks with a bounded set, Counters, a votes class; a wave is a fan-out of its own."""

from __future__ import annotations

import asyncio
import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

import openai

from grader.models import Usage, capabilities, cost, model
from grader.review import AUDIT, Decision, alike, line, opened

ORDER = ["emergency", "appointment", "home"]
STOPS = {"but", "\n", "|"}


class NoQuorum(ValueError):
    def __init__(self, words, votes):
        super().__init__(words)
        self.votes = votes


@dataclass
class Votes:
    votes: list
    weights: list
    failed: int
    usage: Usage

    def __add__(self, other):
        return Votes(self.votes + other.votes, self.weights + other.weights, self.failed + other.failed,
                     self.usage + other.usage)  # fmt: skip

    def counted(self):
        return [vote for vote in self.votes if vote is not None]

    def enough(self, quorum):
        if len(self.counted()) >= quorum:
            return self
        raise NoQuorum(
            f"Only {len(self.counted())} said something, {quorum} had to ({self.usage.total_tokens} tokens)",
            self,
        )


NOTHING = Votes([], [], 0, Usage())


def parse_vote(text, labels):
    if not text:
        return None
    while text and (text[0].isspace() or text[0] in ".\"'`“”‘’"):
        text = text[1:]
    while text and (text[-1].isspace() or text[-1] in ".\"'`“”‘’"):
        text = text[:-1]
    fitting = [label for label in labels if label.upper() == text.upper()]
    return fitting[0] if fitting else None


def sdk(provider):
    if provider == "deepseek":
        return openai.AsyncOpenAI(base_url="https://api.deepseek.com/v1", api_key="none", max_retries=4)
    return openai.AsyncOpenAI(max_retries=2)


async def single(client, provider, question, labels, weighted):
    try:
        answer = await client.chat.completions.create(
            model=model("fast", provider),
            messages=[
                {
                    "role": "system",
                    "content": f"You are one of several judges. Your only words: {', '.join(labels)}.",
                },
                {"role": "user", "content": question},
            ],
            **(extras(provider) if weighted else {}),
        )
    except openai.OpenAIError:
        return Votes([], [], 1, Usage())
    choice = answer.choices[0]
    mass = 1.0
    if weighted and choice.logprobs is not None:
        mass = weight([token.logprob for token in choice.logprobs.content])
    spent = Usage(answer.usage.prompt_tokens, answer.usage.completion_tokens)
    return Votes([parse_vote(choice.message.content, labels)], [mass], 0, spent)


async def gathered(question, labels, n, at_once, provider="openai", weighted=False):
    """Start a task when one has ended: the set never grows beyond `at_once`."""
    client, flying, done, started = sdk(provider), set(), [], 0
    try:
        while started < n or flying:
            while started < n and len(flying) < at_once:
                flying.add(asyncio.create_task(single(client, provider, question, labels, weighted)))
                started += 1
            ended, flying = await asyncio.wait(flying, return_when=asyncio.FIRST_COMPLETED)
            done += [task.result() for task in ended]
    finally:
        for task in flying:
            task.cancel()
        await asyncio.gather(*flying, return_exceptions=True)
    return sum(done, NOTHING)


async def fan_out(question, labels, n=7, at_once=3, quorum=4, provider="openai", weighted=False):
    return (await gathered(question, labels, n, at_once, provider, weighted)).enough(quorum)


def majority(votes, labels, weights=None):
    support = Counter({label: 0 for label in labels})
    pairs = zip(votes, weights or [1] * len(votes), strict=True)
    for vote, mass in sorted(pair for pair in pairs if pair[0] is not None):
        support[vote] += Decimal(str(mass))
    total, most = sum(support.values()), max(support.values())
    first = next(label for label in labels if support[label] == most)
    return {
        "winner": first if most else None,
        "confidence": float(most / total) if total else 0.0,
        "support": {label: round(float(support[label]), 9) for label in labels},
    }


def extras(provider):
    knows = capabilities(model("fast", provider))
    return {name: True for name in ("logprobs",) if getattr(knows, name)}


def weight(logprobs):
    return math.prod(map(math.exp, logprobs)) if logprobs is not None else 1


def decided(votes, labels, left):
    """Ranks by support and place: nobody below may reach the first."""
    heads = Counter(vote for vote in votes if vote is not None)
    if not heads:
        return False
    key = lambda label, more=0: (heads[label] + more, -labels.index(label))  # noqa: E731
    first = max(labels, key=key)
    return all(key(label, left) < key(first) for label in labels if label != first)


async def stop_early(question, labels, n=7, at_once=3, quorum=4):
    so_far, asked = NOTHING, 0
    while asked < n:
        wave = min(at_once, n - asked)
        so_far += await gathered(question, labels, wave, at_once)
        asked += wave
        if len(so_far.counted()) >= quorum and decided(so_far.votes, labels, n - asked):
            return so_far
    return so_far.enough(quorum)


def red_flag(text):
    dashed = re.sub(r"\s-+\s", " | ", text.lower())
    marked = "".join(
        each if each.isalnum() or each in " \n" else " " if each in "-\t" else " | " for each in dashed
    )
    words = unicodedata.normalize("NFC", marked).replace("\n", " \n ").split(" ")
    words = [word for word in words if word]
    for flag in ["chest pain", "trouble breathing", "severe bleeding", "slurred speech", "passed out"]:
        one, two = flag.split()
        for i in range(len(words)):
            after = [word for word in words[i + 1 : i + 3] if word != "\n"]
            if alike(words[i], one) and after and alike(after[0], two):
                for back in reversed(words[max(0, i - 3) : i]):
                    if back in STOPS:
                        return flag
                    if back in {"no", "not", "never", "without", "denies", "denied"}:
                        break
                else:
                    return flag
    return None


async def triage(case_id, text, path):
    found = red_flag(text)
    if found:
        decision = Decision(case_id, "rule", "emergency", f"it says {found}")
    else:
        votes = await gathered(text, ORDER, 7, 3)
        result, dollars = majority(votes.votes, ORDER), cost(votes.usage, model("fast"))
        agree = votes.votes.count(result["winner"]) if result["winner"] else 0
        who = "vote" if agree > 4 else "person"
        decision = Decision(
            case_id, who, result["winner"] if agree > 4 else None, f"{agree} agree", agree == 5,
            result["support"], result["confidence"], dollars,
        )  # fmt: skip
    with opened(path) as store:
        store.execute(AUDIT, line(decision))
        if decision.who == "person":
            known = store.execute("SELECT rowid FROM review WHERE case_id = ?", (case_id,)).fetchone()
            if known:
                store.execute(
                    "UPDATE review SET text = ?, why = ? WHERE rowid = ?", (text, decision.why, *known)
                )
            else:
                store.execute("INSERT INTO review VALUES (?, ?, ?)", (case_id, text, decision.why))
    return decision
