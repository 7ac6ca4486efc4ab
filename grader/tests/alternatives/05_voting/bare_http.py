"""Alternative: httpx2 and the wire format by hand, workers on a queue, tuples and dicts, own words."""

from __future__ import annotations

import asyncio
import itertools
import json
import math
import os
import re
import sqlite3
from fractions import Fraction

import httpx2

from grader.models import Usage, capabilities, cost, model
from grader.review import SCHEMA

URLS = {"openai": "https://api.openai.com/v1", "deepseek": "https://api.deepseek.com"}
FLAGS = ["chest pain", "trouble breathing", "severe bleeding", "slurred speech", "passed out"]
SCALE = ["emergency", "appointment", "home"]


class NoQuorum(Exception):
    """Not enough said anything."""


def parse_vote(text, labels):
    bare = re.sub(r"^[\s\"'`“”‘’.]+|[\s\"'`“”‘’.]+$", "", text or "")
    for label in labels:
        if bare.lower() == label.lower():
            return label
    return None


async def post(http, provider, body):
    key = os.environ.get(f"{provider.upper()}_API_KEY", "none")
    for attempt in range(3):
        try:
            reply = await http.post(
                f"{URLS[provider]}/chat/completions",
                json=body,
                headers={"authorization": f"Bearer {key}"},
                timeout=60,
            )
        except httpx2.HTTPError:
            return None
        if reply.status_code == 200:
            return reply.json()
        if reply.status_code != 429 and reply.status_code < 500:
            return None
        await asyncio.sleep(float(reply.headers.get("retry-after-ms", 1000)) / 1000 * (attempt + 1))
    return None


def body_of(question, labels, provider, weighted):
    rules = "Which of these words fits best? " + " / ".join(labels) + "\nAnswer with that word only."
    return {
        "model": model("fast", provider),
        "messages": [{"role": "developer", "content": rules}, {"role": "user", "content": question}],
        **(extras(provider) if weighted else {}),
    }


def read(reply, labels, weighted):
    choice = reply["choices"][0]
    logprobs = (
        [token["logprob"] for token in choice["logprobs"]["content"]] if choice.get("logprobs") else None
    )
    return {
        "vote": parse_vote(choice["message"]["content"], labels),
        "weight": weight(logprobs) if weighted else 1,
        "in": reply["usage"]["prompt_tokens"],
        "out": reply["usage"]["completion_tokens"],
    }


async def ask_all(question, labels, n, at_once, provider="openai", weighted=False):
    """What came of n calls, made by workers that take numbers from a queue; None for a failure."""
    numbers: asyncio.Queue[int] = asyncio.Queue()
    for number in range(n):
        numbers.put_nowait(number)
    came = [None] * n
    async with httpx2.AsyncClient() as http:

        async def worker():
            while not numbers.empty():
                number = numbers.get_nowait()
                reply = await post(http, provider, body_of(question, labels, provider, weighted))
                came[number] = read(reply, labels, weighted) if reply else None

        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, n)):
                group.create_task(worker())
    return came


def ballot_of(came):
    answered = [each for each in came if each]
    return {
        "votes": [each["vote"] for each in answered],
        "weights": [each["weight"] for each in answered],
        "failed": came.count(None),
        "usage": {
            "input_tokens": sum(each["in"] for each in answered),
            "output_tokens": sum(each["out"] for each in answered),
        },
    }


def sealed(ballot, quorum):
    valid = len([vote for vote in ballot["votes"] if vote])
    if valid < quorum:
        spent = sum(ballot["usage"].values())
        raise NoQuorum(f"quorum {quorum}, valid {valid}, {spent} tokens gone")
    return ballot


async def fan_out(question, labels, n=7, at_once=3, quorum=4, provider="openai", weighted=False):
    return sealed(ballot_of(await ask_all(question, labels, n, at_once, provider, weighted)), quorum)


def majority(votes, labels, weights=None):
    masses = [Fraction(str(each)) for each in weights] if weights else [Fraction(1)] * len(votes)
    sums = {label: Fraction(0) for label in labels}
    for vote, mass in zip(votes, masses, strict=True):
        if vote is not None:
            sums[vote] += mass
    total = sum(sums.values())
    if not total:
        return {"winner": None, "confidence": 0, "support": dict.fromkeys(labels, 0)}
    [winner, *_] = sorted(labels, key=lambda label: (-sums[label], labels.index(label)))
    support = {label: round(float(each), 9) for label, each in sums.items()}
    return {"winner": winner, "confidence": float(sums[winner] / total), "support": support}


def extras(provider):
    return dict(logprobs=True) if capabilities(model("fast", provider)).logprobs else dict()


def weight(logprobs):
    product = 1.0
    for each in logprobs or ():
        product *= math.e**each
    return product


def decided(votes, labels, left):
    """The worst that can happen: all votes left go to one rival."""
    winner = majority(votes, labels)["winner"]
    return winner is not None and all(
        majority([*votes, *[rival] * left], labels)["winner"] == winner for rival in labels
    )


async def stop_early(question, labels, n=7, at_once=3, quorum=4):
    came = []
    for begin in range(0, n, at_once):
        wave = min(at_once, n - begin)
        came += await ask_all(question, labels, wave, wave)
        votes = ballot_of(came)["votes"]
        enough = len(votes) - votes.count(None) >= quorum
        if enough and decided(votes, labels, n - len(came)):
            break
    return sealed(ballot_of(came), quorum)


def near(word, meant):
    if word == meant or len(meant) < 4 or abs(len(word) - len(meant)) > 1:
        return word == meant
    start = next(
        (i for i, (a, b) in enumerate(zip(word, meant, strict=False)) if a != b), min(len(word), len(meant))
    )
    w, m = word[start:], meant[start:]
    return w[1:] == m[1:] or w[1:] == m or w == m[1:] or (w[:2] == m[:2][::-1] and w[2:] == m[2:])


def red_flag(text):
    clauses = re.sub(r"[^\w\s-]|\s-+\s|\bbut\b", "|", text.lower()).split("|")
    clauses += [part for clause in clauses for part in clause.splitlines()]
    for flag in FLAGS:
        first, second = flag.split()
        for clause in clauses:
            words = clause.replace("-", " ").split()
            for i, (a, b) in enumerate(itertools.pairwise(words)):
                before = words[max(i - 3, 0) : i]
                denied = any(each in ("no", "not", "never", "without", "denies", "denied") for each in before)
                if near(a, first) and near(b, second) and not denied:
                    return flag
    return None


def store(path, decision, text):
    base = sqlite3.connect(path)
    base.executescript(SCHEMA)
    with base:
        base.execute(
            "INSERT INTO audit (case_id, who, label, flagged, why, support, confidence, dollars)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [decision["case_id"], decision["who"], decision["label"], decision["flagged"], decision["why"],
             json.dumps(decision["support"]), decision["confidence"], decision["dollars"]],
        )  # fmt: skip
        if decision["who"] == "person":
            changed = base.execute(
                "UPDATE review SET text = ?, why = ? WHERE case_id = ?",
                (text, decision["why"], decision["case_id"]),
            )
            if not changed.rowcount:
                base.execute(
                    "INSERT INTO review VALUES (?, ?, ?)", (decision["case_id"], text, decision["why"])
                )
    base.close()


async def triage(case_id, text, path):
    decision = {"case_id": case_id, "who": "rule", "label": "emergency", "flagged": False, "support": {},
                "confidence": 0.0, "dollars": "0"}  # fmt: skip
    flag = red_flag(text)
    if flag is None:
        ballot = ballot_of(await ask_all(text, SCALE, 7, 7))
        result = majority(ballot["votes"], SCALE)
        most = max(result["support"].values())
        decision |= {"support": result["support"], "confidence": result["confidence"], "flagged": most == 5}
        decision["dollars"] = str(cost(Usage(**ballot["usage"]), model("fast")))
        decision |= (
            {"who": "person", "label": None} if most < 5 else {"who": "vote", "label": result["winner"]}
        )
    decision["why"] = flag or f"{result['support']} of seven"
    store(path, decision, text)
    return decision
