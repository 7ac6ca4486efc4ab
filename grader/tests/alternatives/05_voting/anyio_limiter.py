"""Alternative: anyio's task group and capacity limiter, named tuples, decided by trying everything."""

from __future__ import annotations

import itertools
import math
import re
from collections import namedtuple

import anyio
from openai import APIError, AsyncOpenAI

from grader.models import Usage, capabilities, cost, model
from grader.review import AUDIT, Decision, alike, line, opened

Answer = namedtuple("Answer", "label mass usage")
SCALE = ["emergency", "appointment", "home"]
FLAGS = [
    ("chest", "pain"),
    ("trouble", "breathing"),
    ("severe", "bleeding"),
    ("slurred", "speech"),
    ("passed", "out"),
]


class NoQuorum(RuntimeError):
    pass


def parse_vote(text, labels):
    match = re.fullmatch(r"[\s\"'`.“”‘’]*(.*?)[\s\"'`.“”‘’]*", text or "", re.DOTALL)
    wanted = match[1].casefold()
    return next((label for label in labels if label.casefold() == wanted), None)


async def answers(question, labels, n, at_once, provider="openai", weighted=False):
    where = {} if provider == "openai" else {"base_url": "https://api.deepseek.com", "api_key": "-"}
    limiter, came = anyio.CapacityLimiter(at_once), []
    async with AsyncOpenAI(**where) as client:

        async def one():
            async with limiter:
                try:
                    reply = await client.chat.completions.create(
                        messages=[
                            {"role": "system", "content": "Choose one: " + "; ".join(labels)},
                            {"role": "user", "content": f"Here is the case.\n\n{question}"},
                        ],
                        model=model("fast", provider),
                        **(extras(provider) if weighted else {}),
                    )
                except APIError:
                    return
            choice = reply.choices[0]
            content = choice.logprobs.content if weighted and choice.logprobs else None
            mass = weight([token.logprob for token in content] if content is not None else None)
            usage = Usage(reply.usage.prompt_tokens, reply.usage.completion_tokens)
            came.append(Answer(parse_vote(choice.message.content, labels), mass, usage))

        async with anyio.create_task_group() as group:
            for _ in range(n):
                group.start_soon(one)
    return came


def told(came, asked, quorum):
    usage = sum((answer.usage for answer in came), Usage())
    valid = sum(answer.label is not None for answer in came)
    if valid < quorum:
        raise NoQuorum(f"{valid}/{quorum} after {usage.total_tokens} tokens")
    return {"votes": [a.label for a in came], "weights": [a.mass for a in came], "failed": asked - len(came),
            "usage": usage}  # fmt: skip


async def fan_out(question, labels, n=7, at_once=3, quorum=4, provider="openai", weighted=False):
    return told(await answers(question, labels, n, at_once, provider, weighted), n, quorum)


def majority(votes, labels, weights=None):
    support = {}
    for label in labels:
        masses = [weights[i] if weights else 1 for i, vote in enumerate(votes) if vote == label]
        support[label] = round(math.fsum(masses), 9)
    total = math.fsum(support.values())
    ranked = sorted(labels, key=support.__getitem__, reverse=True)  # stable: the first of equals stays first
    if total == 0:
        return dict(winner=None, confidence=0.0, support=support)
    return dict(winner=ranked[0], confidence=support[ranked[0]] / total, support=support)


def extras(provider):
    return {"logprobs": True} if capabilities(model("fast", provider)).logprobs else {}


def weight(logprobs):
    return math.exp(sum(logprobs or [0]))


def decided(votes, labels, left):
    """By trying every way in which the votes left may fall."""
    if not any(votes):
        return False
    falls = itertools.combinations_with_replacement([*labels, None], left)
    return len({majority([*votes, *fall], labels)["winner"] for fall in falls}) == 1


async def stop_early(question, labels, n=7, at_once=3, quorum=4):
    came, asked = [], 0
    while asked < n:
        wave = min(at_once, n - asked)
        came += await answers(question, labels, wave, wave)
        asked += wave
        votes = [answer.label for answer in came]
        if sum(map(bool, votes)) >= quorum and decided(votes, labels, n - asked):
            break
    return told(came, asked, quorum)


def red_flag(text):
    found = list(re.finditer(r"[a-z0-9]+", text.lower()))
    words = [each[0] for each in found]
    gaps = ["", *(text[a.end() : b.start()] for a, b in itertools.pairwise(found))]
    for flag in FLAGS:
        for i in range(len(words) - 1):
            parted = re.search(r"[^\s-]|\s-", gaps[i + 1])
            if (
                alike(words[i], flag[0])
                and alike(words[i + 1], flag[1])
                and not parted
                and not denied(words, gaps, i)
            ):
                return " ".join(flag)
    return None


def denied(words, gaps, i):
    for back in range(i - 1, max(i - 4, -1), -1):
        if words[back] == "but" or re.search(r"[^\s-]|\s-|\n", gaps[back + 1]):
            return False
        if words[back] in {"no", "not", "never", "without", "denies", "denied"}:
            return True
    return False


async def triage(case_id, text, path):
    decision = await judged(case_id, text)
    with opened(path) as store:
        if decision.who == "person":
            store.execute("INSERT OR IGNORE INTO review VALUES (?, ?, ?)", (case_id, text, decision.why))
            store.execute("UPDATE review SET text=?, why=? WHERE case_id=?", (text, decision.why, case_id))
        store.execute(AUDIT, line(decision))
    return decision


async def judged(case_id, text):
    if flag := red_flag(text):
        return Decision(case_id, "rule", SCALE[0], flag)
    came = await answers(text, SCALE, 7, 2)
    result = majority([answer.label for answer in came], SCALE)
    dollars = cost(sum((answer.usage for answer in came), Usage()), model("fast"))
    rest = (result["support"], result["confidence"], dollars)
    match round(max(result["support"].values())):
        case 6 | 7:
            return Decision(case_id, "vote", result["winner"], "clear", False, *rest)
        case 5:
            return Decision(case_id, "vote", result["winner"], "fairly clear", True, *rest)
        case most:
            return Decision(case_id, "person", None, f"no more than {most} agree", False, *rest)
